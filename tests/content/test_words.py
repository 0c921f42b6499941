"""Titles, texts, call-outs, steps, questions, tabs, tables: what they show and what they refuse."""

from typing import Any

import pytest
from django.test import Client

from blocks.content.hotline import tel
from blocks.content.table import rows_of
from blocks.prose import outline
from tests.content.building import assert_outline_has_no_gaps, cleaned, item, outline_of, refusals, shown
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db


@pytest.mark.req("5.2")
def test_a_page_of_all_words_has_an_outline_without_gaps(home: Any, site: Any, client: Client) -> None:
    text = "<h3>小</h3><p>文</p><h2>大</h2><h3>小</h3>"
    blocks = [
        (kind, value | {"title": title})
        for title in ("", "标题")
        for kind, value in (
            ("rich_text", {"text": text}),
            ("callout", {"text": text}),
            ("steps", {"items": [item({"title": "一", "text": text}), item({"title": "二"})]}),
            ("timeline", {"items": [item({"when": "1956", "title": "建院", "text": text})]}),
            ("accordion", {"items": [item({"question": "问", "answer": text})]}),
            ("tabs", {"items": [item({"label": "甲", "text": text}), item({"label": "乙", "text": text})]}),
        )
    ]
    html = shown(client, home, *blocks)
    assert_outline_has_no_gaps(html)
    assert len(outline_of(html)) > 40


def test_headings_are_nested_whatever_their_author_chose() -> None:
    assert outline("<h4>a</h4><h2>b</h2><h4>c</h4>", 3) == "<h3>a</h3><h3>b</h3><h4>c</h4>"
    assert outline('<h2 id="x">a</h2><hr><h6>b</h6>', 2) == '<h2 id="x">a</h2><hr><h3>b</h3>'


def test_a_small_title_below_a_large_one_is_one_deeper(home: Any, site: Any, client: Client) -> None:
    small, large = ("title", {"title": "小", "size": "small"}), ("title", {"title": "大", "size": "large"})
    assert outline_of(shown(client, home, small, large, small)) == [2, 2, 3]


def test_a_call_out_says_its_tone_in_words_too(home: Any, site: Any, client: Client) -> None:
    html = shown(client, home, ("callout", {"tone": "danger", "title": "胸痛请立即就诊", "text": "<p>拨打 120</p>"}))
    assert "紧急：" in html
    assert "is-danger" in html
    assert "温馨提示" in shown(client, home, ("callout", {"tone": "care", "text": "<p>请戴口罩</p>"}))
    assert "说明" in shown(client, home, ("callout", {"tone": "a tone of long ago", "text": "<p>文</p>"}))


def test_new_steps_and_questions_look_finished(home: Any, site: Any, client: Client) -> None:
    html = shown(client, home, ("steps", {}), ("accordion", {}))
    assert html.count('class="ph-process-mark"') == 4
    assert html.count("<details") == 2
    assert html.count('<details class="ph-fold" open') == 1


def test_a_step_without_a_page_for_its_button_has_no_button(home: Any, site: Any, client: Client) -> None:
    assert "ph-btn" not in shown(client, home, ("steps", {}))
    make_page(home, "选科室", [block("title", {"title": "科室"})], service_role="registration.departments")
    assert "ph-btn" in shown(client, home, ("steps", {}))


def test_what_staff_type_is_never_markup(home: Any, site: Any, client: Client) -> None:
    evil = "<script>alert(1)</script>"
    html = shown(
        client,
        home,
        ("title", {"title": evil, "subtitle": evil}),
        ("quote", {"text": evil, "author": evil, "role": evil}),
        ("table", {"title": evil, "text": f"{evil} | b\n{evil} | {evil}", "note": evil}),
        ("hotline", {"items": [item({"name": evil, "number": "120", "hours": evil})]}),
        ("steps", {"items": [item({"title": evil}), item({"title": evil})]}),
        ("tabs", {"items": [item({"label": evil, "text": ""}), item({"label": "b", "text": ""})]}),
    )
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_tabs_need_two_labels_that_differ() -> None:
    one = {"label": "主院区", "text": "<p>文</p>"}
    assert refusals("tabs", {"items": [one]})
    assert refusals("tabs", {"items": [one, one]}) == {"items": "第 2 个标签和前面的重名，请换一个名字。"}
    assert refusals("tabs", {"items": [one, {"label": "滨江", "text": ""}]}) == {"items.1.text": "请填写这一项。"}


def test_tabs_are_sections_until_the_script_is_there(home: Any, site: Any, client: Client) -> None:
    tabs = [item({"label": name, "text": f"<p>{name}的内容</p>"}) for name in ("甲", "乙")]
    html = shown(client, home, ("tabs", {"items": tabs}))
    assert "role=" not in html.split("ph-tabbox")[1]
    assert "甲的内容" in html
    assert "乙的内容" in html


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("a | b\n1 | 2", [["a", "b"], ["1", "2"]]),
        ("| a | b |\n\n|1｜ 2|", [["a", "b"], ["1", "2"]]),
        ("a\tb\r\n1\t\r\n", [["a", "b"], ["1", ""]]),
        ('"two\nlines"\tb\n1\t2', [["two lines", "b"], ["1", "2"]]),
        ("", []),
        ("\n \n", []),
    ],
)
def test_a_table_is_read_as_typed_or_as_a_spreadsheet_copies_it(typed: str, rows: list[list[str]]) -> None:
    assert rows_of(typed) == rows


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a | b", "表格至少要有一行内容（表头不算）。"),
        ("a\nb", "只有一列，不像表格：格子之间用竖线 | 隔开，或从 Excel 复制粘贴。"),
        (
            "|".join("abcdefghi") + "\n" + "|".join("abcdefghi"),
            "第 1 行有 9 列，手机上放不下，最多 8 列。请拆成两张表。",
        ),
        ("a|b\n" + "1|2\n" * 100, "有 101 行，太长了，最多 100 行。可以改成文件下载。"),
        ("a|b\n1|2|3", "第 2 行有 3 格，比第一行的 2 格多。请检查竖线 |。"),
    ],
)
def test_what_is_no_table_is_refused_at_its_field(text: str, sentence: str) -> None:
    assert refusals("table", {"title": "价格", "text": text}) == {"text": sentence}


def test_a_pasted_table_is_kept_readable_and_its_numbers_stand_right(home: Any, site: Any, client: Client) -> None:
    value = cleaned(
        "table", {"title": "价格", "text": "项目\t价格\n胃镜\t¥480\n肠镜\t1,280.00\n", "first_column": True}
    )
    assert value["text"] == "项目 | 价格\n胃镜 | ¥480\n肠镜 | 1,280.00"
    html = shown(client, home, ("table", {"title": "价格", "text": value["text"], "first_column": True}))
    assert '<th scope="col">项目</th>' in html
    assert '<th scope="col" class="is-number">价格</th>' in html
    assert '<th scope="row">胃镜</th>' in html
    assert '<td class="is-number">¥480</td>' in html
    assert "<caption>价格</caption>" in html


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("027-8555 1000", "tel:02785551000"),
        ("+86 (27) 8555-1000", "tel:+862785551000"),
        ("120", "tel:120"),
        ("8555 1000 转 8001", "tel:85551000,8001"),
    ],
)
def test_a_number_is_dialled_as_people_write_it(number: str, address: str) -> None:
    assert tel(number) == address
    assert cleaned("hotline", {"items": [{"name": "咨询", "number": number}]})


@pytest.mark.parametrize("number", ["12", "电话", "027-8555 1000 / 2000", "javascript:alert(1)", "1" * 30])
def test_what_cannot_be_dialled_is_refused(number: str) -> None:
    errors = refusals("hotline", {"items": [{"name": "咨询", "number": number}]})
    assert errors["items.0.number"].startswith("请填写能拨打的电话")
