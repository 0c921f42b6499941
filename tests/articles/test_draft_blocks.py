"""What a draft of the official account shows of each block of words and pictures: plain HTML with styles of its own."""

import re
from typing import Any

import pytest

from cms.articles import wechat_html
from cms.articles.models import ArticlePage
from tests.pages.building import block, make_image

pytestmark = [pytest.mark.django_db, pytest.mark.req("7.4")]


def draft(*blocks: dict[str, Any]) -> wechat_html.WeChatBody:
    return wechat_html.compose(ArticlePage(title="文", body=list(blocks)).body, lambda pk: f"https://mmbiz/{pk}")


def item(**value: Any) -> dict[str, Any]:
    return {"type": "item", "value": value, "id": "b2f9c1de-0000-4000-8000-000000000001"}


WORDS = {
    "callout": ({"tone": "warning", "title": "", "text": "<p>请<b>空腹</b></p>"}, ["注意", "请<b>空腹</b>", "#fff3e0"]),
    "quote": ({"text": "早查<早好>", "author": "陈立群", "role": "主任"}, ["早查&lt;早好&gt;", "—— 陈立群 · 主任"]),
    "title": ({"title": "须知", "subtitle": "看看"}, [">须知</h2>", "看看"]),
    "steps": ({"title": "流程", "items": [item(title="预约", text="<p>选号</p>")]}, ["1. 预约", "选号"]),
    "timeline": ({"items": [item(when="1956 年", title="建院", text="<p>始</p>")]}, ["1956 年　建院", "始"]),
    "accordion": ({"items": [item(question="要取号吗", answer="<p>不用</p>")]}, ["要取号吗", "不用"]),
    "tabs": ({"items": [item(label="主院区", text="<p>八点</p>")]}, ["主院区", "八点"]),
    "table": (
        {"title": "价格", "text": "套餐 | 价格\n入职 | ¥180\n只有一格", "first_row": True, "note": "含抽血"},
        [">套餐</th>", ">¥180</td>", "含抽血"],
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_blocks_of_words_come_along_in_styles_that_wechat_keeps(name: str) -> None:
    value, wanted = WORDS[name]
    body = draft(block(name, value))
    assert not body.left_out
    assert all(words in body.html for words in wanted), body.html
    assert "class=" not in body.html
    assert not re.search(r"<(p|h2|h3|td|th|section)>", body.html)  # each says itself how it looks


def test_pictures_of_pairs_galleries_and_moments_are_uploaded(home: Any) -> None:
    numbers = [make_image(f"图{n}").pk for n in range(4)]
    chosen = [{"image": pk, "alt_text": "图", "decorative": False} for pk in numbers]
    blocks = [
        block("image_pair", {"left": {"image": chosen[0], "caption": "东"}, "right": {"image": chosen[1]}}),
        block("gallery", {"items": [item(image=chosen[2], caption="厅")]}),
        block("timeline", {"items": [item(when="今年", title="新楼", image=chosen[3])]}),
    ]
    body = ArticlePage(title="文", body=blocks).body
    assert wechat_html.images_in(body) == numbers
    shown = draft(*blocks)
    assert all(f"https://mmbiz/{pk}" in shown.html for pk in numbers)
    assert "东" in shown.html
    assert "厅" in shown.html


def test_what_only_works_on_the_portal_is_named_and_space_is_not(home: Any) -> None:
    body = draft(block("spacer", {}), block("countdown", {"title": "义诊"}), block("gallery", {"items": []}))
    assert body.left_out == ["倒计时", "图库"]
