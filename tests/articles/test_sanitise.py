"""Pasted articles keep their look and lose what is dangerous."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.articles import present, sanitise
from blocks.articles.declarations import clean_style
from tests.articles.samples import EDITOR_135, HOSTILE, WECHAT, XIUMI

ALLOWED_TAGS = sanitise.TAGS | {"iframe"}


class Reader(HTMLParser):
    """Reads HTML as a browser's parser would, and keeps what it met."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def patients_get(raw: str) -> tuple[str, str]:
    parsed = present.parse(sanitise.sanitise(raw))
    return "".join(piece for piece in parsed.pieces if isinstance(piece, str)), parsed.css


def assert_harmless(html: str, css: str) -> None:
    for tag, attributes in Reader(html).tags:
        assert tag in ALLOWED_TAGS, tag
        for name, value in attributes.items():
            assert not name.startswith("on") and name != "style", (tag, name)
            assert name in {"class", "href", "rel", "src", "alt", "title", "loading", "allowfullscreen",
                            "colspan", "rowspan", "start", "data-ph-video"}, (tag, name)  # fmt: skip
            if name == "href":
                assert value.strip().lower().startswith(("http:", "https:", "tel:", "mailto:")), value
            if name == "src":
                assert tag == "iframe" and value.startswith(present.VIDEO_PLAYER), value
            if name == "class":
                assert re.fullmatch(r"w[0-9a-f]{12}|ph-pasted-(video|missing)", value), value
    assert "<" not in css
    for word in ("url(", "expression", "javascript", "@", "\\", "position", "fixed", "behavior"):
        assert word not in css, css
    for rule in css.splitlines():
        assert re.fullmatch(r"\.ph-pasted \.w[0-9a-f]{12}\{[^{}<>\\@]*\}", rule), rule


@pytest.mark.parametrize("raw", HOSTILE)
def test_nothing_hostile_is_left(raw: str):
    assert_harmless(*patients_get(raw))


PIECES = st.sampled_from(
    [
        *HOSTILE,
        EDITOR_135[:700],
        XIUMI[:600],
        WECHAT[:300],
        "<p>",
        "</p>",
        "<section style='",
        '"',
        ">",
        "<",
        "]]>",
        "<style>",
        "<svg>",
        "<math>",
        "</title>",
        "<iframe src=https://v.qq.com/x/page/a1234567.html>",
        "&lt;script&gt;",
        "style=color:red",
        "<img src=",
        "//a.b/c.png",
        "\x00",
        '<p style="font-size:12px;',
        "url(",
        "/*",
        "*/",
        "}",
        "{",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=12).map("".join))
@settings(max_examples=200, deadline=None)
def test_whatever_is_pasted_no_script_event_or_style_attribute_comes_out(raw: str):
    clean = sanitise.sanitise(raw)
    assert sanitise.sanitise(clean) == clean, "cleaning again changes nothing"
    assert_harmless(*patients_get(raw))


@given(st.text(alphabet="abcdefurlpxemositn()-:;,.#%!{}\\/*\"'@ 0123456789", max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_declaration_breaks_out_of_its_rule(style: str):
    clean = clean_style(style)
    assert not set(clean) & set("{}<>\\@\"'!")
    assert clean_style(clean) == clean


def test_an_article_of_135_keeps_its_look():
    clean = sanitise.sanitise(EDITOR_135)
    for kept in (
        "background-color:#1e9be8;padding:4px 18px;border-radius:20px;box-shadow:3px 3px 0px #b6e4fd",
        "display:flex;justify-content:center",
        "border-left:4px solid rgb(30, 155, 232)",
        "text-align:justify;line-height:1.75em;text-indent:2em",
        "color:rgb(255, 104, 39)",
        "font-size:18px",
        "<strong>冬季护心指南</strong>",
        "血压容易升高",
        'data-ph-source="https://image2.135editor.com/cache/',
        "盖住整页",
    ):
        assert kept in clean, kept
    for gone in ("position", "z-index", "t.gif", "font-family", "data-tools", "class="):
        assert gone not in clean, gone


def test_a_layout_of_xiumi_keeps_columns_borders_and_gradients():
    clean = sanitise.sanitise(XIUMI)
    for kept in ("width:30%", "flex:0 0 auto", "transform:rotatez(357deg)", "border-style:dashed",
                 "linear-gradient(90deg, rgb(255, 240, 237) 0%, rgb(255, 255, 255) 100%)",
                 'data-ph-source="https://img.xiumi.us/xmi/ua/', 'colspan="2"', "孩子发热先看精神"):  # fmt: skip
        assert kept in clean, kept
    assert "svg" not in clean and "animate" not in clean
    assert sanitise.left_out(XIUMI) == ["SVG 动画或装饰图形"]


def test_an_article_of_the_official_account_brings_pictures_and_tencent_video():
    clean = sanitise.sanitise(WECHAT)
    assert 'data-ph-source="https://mmbiz.qpic.cn/mmbiz_png/abc/640?wx_fmt=png&amp;from=appmsg"' in clean
    assert '<p data-ph-video="x3530ywyp4b"></p>' in clean
    assert 'href="https://mp.weixin.qq.com/s/abc?a=1&amp;b=2"' in clean and "noopener" in clean
    html, _css = patients_get(WECHAT)
    assert f'<iframe src="{present.VIDEO_PLAYER}x3530ywyp4b" title="腾讯视频"' in html
    assert "小程序卡片" in sanitise.left_out(WECHAT)
    assert "嵌入的其他网页" not in sanitise.left_out(WECHAT)


def test_text_never_gets_smaller_than_the_reader_allows():
    _html, css = patients_get('<p style="font-size:10px">小字</p>')
    assert "font-size:max(var(--ph-pasted-least),10px)" in css


def test_old_tags_become_what_they_mean():
    clean = sanitise.sanitise('<h1>大</h1><center>中</center><font color="#f00">红</font>')
    assert clean == ('<h2>大</h2><div style="text-align:center">中</div><span style="color:#f00">红</span>')


def test_two_megabytes_end_in_a_clear_result():
    part = EDITOR_135 + XIUMI
    large = part * (2_000_000 // len(part.encode()) + 1)
    with pytest.raises(sanitise.TooLarge, match="分成几段"):
        sanitise.sanitise(large)
    fits = part * (600_000 // len(part.encode()))
    assert sanitise.sanitise(fits).count("冬季护心指南") == fits.count("冬季护心指南")
    with pytest.raises(sanitise.TooLarge, match="12 MB"):
        sanitise.sanitise("x" * 12_000_001)


@pytest.mark.parametrize(
    ("address", "video"),
    [
        ("https://v.qq.com/iframe/preview.html?width=500&vid=x3530ywyp4b", "x3530ywyp4b"),
        ("https://v.qq.com/x/page/x3530ywyp4b.html", "x3530ywyp4b"),
        ("//v.qq.com/txp/iframe/player.html?vid=x3530ywyp4b", "x3530ywyp4b"),
        ("https://v.qq.com.evil.example/?vid=x3530ywyp4b", ""),
        ("https://evil.example/?u=v.qq.com&vid=x3530ywyp4b", ""),
        ("javascript:alert(1)//v.qq.com/?vid=x3530ywyp4b", ""),
        ("https://[v.qq.com/?vid=x3530ywyp4b", ""),
    ],
)
def test_only_tencent_video_is_a_video(address: str, video: str):
    assert sanitise.video_of(address) == video


@pytest.mark.parametrize(
    "raw",
    [
        "<div>" * 2_000,
        "".join(f"<b><i{n}>" for n in range(2_000)),
        "<p>" + "".join(f"<b title=x{n}>" for n in range(1_000)) + "</p>" + "<p>x" * 20_000,
        "<p>x" * 100_000,
    ],
)
def test_what_would_keep_the_parser_busy_for_minutes_is_refused_at_once(raw: str) -> None:
    with pytest.raises(sanitise.TooLarge, match="分成几段"):
        sanitise.sanitise(raw)


def test_a_row_of_open_brackets_is_read_once() -> None:
    # Quadratic, this would take longer than any test may
    assert sanitise.left_out("<iframe " * 200_000) == []


def test_what_is_stored_is_cleaned_again_before_patients_get_it() -> None:
    # Given a text that came past the editor, in a bundle
    parsed = present.parse(
        '<p style="color:red}body{display:none">甲</p><a href="javascript:alert(1)">乙</a>'
        '<form action="https://evil.example"><input name="password"></form><script src="/x.js"></script>'
    )
    html = "".join(piece for piece in parsed.pieces if isinstance(piece, str))
    # Then nothing of that reaches a page
    assert "甲" in html
    assert not any(word in html for word in ("javascript", "<form", "<input", "<script"))
    assert "body" not in parsed.css
