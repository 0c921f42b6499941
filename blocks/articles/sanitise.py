"""HTML from the editors of WeChat articles (135, 秀米, 公众号) → HTML this portal can answer for.

Kept: text, headings, lists, tables, pictures, colours, borders, spacing, simple layouts. Gone: scripts, events, forms,
foreign frames, positions over the page, addresses that tell somebody who reads. The result is what pages store; it
still has ``style`` attributes, which :mod:`blocks.articles.present` turns into classes, and pictures only as numbers
of our own images (``data-ph-image``) or as the address they are to be fetched from (``data-ph-source``).
"""

import re
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

import nh3
from django.utils.translation import gettext as _

from blocks.articles.declarations import clean_style

TAGS: Final = {
    *("p", "section", "div", "span", "br", "hr", "h2", "h3", "h4", "h5", "h6"),
    *("strong", "b", "em", "i", "u", "s", "del", "sub", "sup", "small", "blockquote", "pre", "code"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"),
    *("figure", "figcaption", "img", "a", "ruby", "rt"),
}
# Understood and turned into something of the list above.
TRANSLATED: Final = {"h1": "h2", "center": "div", "font": "span", "article": "section", "header": "div",
                     "footer": "div", "main": "div", "aside": "div", "nav": "div", "strike": "s", "big": "span",
                     "ins": "u", "label": "span"}  # fmt: skip
# What stands inside these goes with them.
SWALLOWED: Final = {
    *("script", "style", "svg", "math", "noscript", "template", "object", "embed", "applet", "canvas", "audio"),
    *("video", "select", "textarea", "button", "title", "frameset", "noembed", "noframes", "xmp", "plaintext"),
}
VOID: Final = {"br", "hr", "img"}
ATTRIBUTES: Final = {
    "*": {"style"},
    "a": {"href"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
    "img": {"alt", "data-ph-image", "data-ph-source"},
    "p": {"data-ph-video"},
}
_RAW_ATTRIBUTES: Final = {
    **ATTRIBUTES,
    "img": {"alt", "src", "data-src", "data-original", "width", "height", "data-ph-image", "data-ph-source"},
    "iframe": {"src", "data-src"},
    "font": {"color"},
}
SCHEMES: Final = {"http", "https", "tel", "mailto"}
LINK_REL: Final = "noopener noreferrer nofollow"

MOST_RAW_BYTES: Final = 12_000_000  # pictures may stand inside as data
MOST_BYTES: Final = 1_000_000  # of what is stored
MOST_TAGS: Final = 30_000
MOST_OPEN: Final = 250  # inside each other: the parser's work grows with the square
MOST_DRESSED: Final = 40  # of these, which the parser opens again in every paragraph
MOST_SPAN: Final = 50
LONGEST_ADDRESS: Final = 2000
PIXEL: Final = 4  # a picture this small is there to count readers

VIDEO: Final = re.compile(r"(?:vid=|/x/(?:page|cover/\w+)/)([A-Za-z0-9]{6,20})(?:[&.#]|$)")
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9-]{0,40})", re.I)
# Nothing closes these, or the next of the kind does.
_CLOSED_ALONE: Final = {*("br", "hr", "img", "input", "meta", "link", "col", "area", "base", "embed", "source"),
                        *("p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "option", "wbr")}  # fmt: skip
_DRESSING: Final = {*("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong"), "tt", "u"}
_UNSAFE: Final = re.compile(r"[\s\"'<>\\]")
_DIGITS: Final = re.compile(r"[0-9]{1,15}\Z")
_TINY: Final = re.compile(r"(?:^|;)(?:width|height):([0-9.]+)px(?:;|$)")
_LEFT_OUT: Final = (
    (re.compile(r"<(?:script|object|embed|applet)\b", re.I), _("程序脚本")),
    (re.compile(r"<(?:form|input|select|textarea|button)\b", re.I), _("表单")),
    (re.compile(r"<svg\b", re.I), _("SVG 动画或装饰图形")),
    (re.compile(r"<(?:mpvoice|mp-common-mpaudio|audio)\b", re.I), _("音频")),
    (re.compile(r"<(?:mp-miniprogram|mp-weapp|mp-common-product)\b|weapp_", re.I), _("小程序卡片")),
    (re.compile(r"<(?:video|mpvideosnap|mp-common-videosnap)\b", re.I), _("视频号或网页视频")),
    (re.compile(r"position\s*:\s*(?:fixed|absolute|sticky)", re.I), _("浮动定位")),
)


class TooLarge(ValueError):
    """More than a page can hold; the text is a sentence for staff."""


def video_of(address: str) -> str:
    """Return the number of a Tencent video behind an address, empty where it is none."""
    try:
        parts = urlsplit(address if "://" in address else f"https:{address}")
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or parts.hostname not in {"v.qq.com", "m.v.qq.com"}:
        return ""
    found = VIDEO.search(f"{parts.path}?{parts.query}".rstrip("?"))
    return found[1] if found else ""


def left_out(raw: str) -> list[str]:
    """Return what of a pasted text will not come along, in words for staff."""
    named = [str(name) for pattern, name in _LEFT_OUT if pattern.search(raw)]
    # Bounded: a long row of open brackets must not be read to the end from each of them.
    frames = re.findall(r"<iframe\b[^<>]{0,2000}?\bsrc\s{0,9}=\s{0,9}[\"']?([^\"'\s>]+)", raw, re.I)
    if any(not video_of(address.replace("&amp;", "&")) for address in frames):
        named.append(_("嵌入的其他网页"))
    return named


def _check_nesting(raw: str) -> None:
    """Raise TooLarge for a text that would keep the parser busy for minutes."""
    open_tags: dict[str, int] = {}
    for number, found in enumerate(_TAG.finditer(raw)):
        slash, name = found[1], found[2].lower()
        if name not in _CLOSED_ALONE:
            open_tags[name] = max(0, open_tags.get(name, 0) + (-1 if slash else 1))
        if slash and number < MOST_TAGS:
            continue
        dressed = sum(count for name, count in open_tags.items() if name in _DRESSING)
        if number >= MOST_TAGS or dressed > MOST_DRESSED or sum(open_tags.values()) > MOST_OPEN:
            raise TooLarge(_("粘贴的内容排版太复杂，无法整理。请分成几段粘贴，或先粘贴为纯文字。"))


def sanitise(raw: str) -> str:
    """Return what may stay of ``raw``; doing it again changes nothing. Raises TooLarge."""
    if len(raw) > MOST_RAW_BYTES:
        raise TooLarge(_("粘贴的内容太大了（超过 12 MB），请分成几段粘贴。"))
    _check_nesting(raw)
    first = nh3.clean(
        raw,
        tags={*TAGS, *TRANSLATED, "iframe"},
        clean_content_tags=SWALLOWED,
        attributes=_RAW_ATTRIBUTES,
        attribute_filter=_raw_attribute,
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
    )
    rewriter = _Rewriter()
    rewriter.feed(first)
    rewriter.close()
    clean = nh3.clean(
        "".join(rewriter.written),
        tags=set(TAGS),
        clean_content_tags=SWALLOWED,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel=LINK_REL,
    )
    if len(clean.encode()) > MOST_BYTES:
        size = f"{len(clean.encode()) / 1_000_000:.1f}"
        raise TooLarge(
            _("整理以后还有 %(size)s MB，一个组件最多放 1 MB。请分成几段，粘贴到几个「粘贴的文章」组件里。")
            % {"size": size}
        )
    return clean.strip()


def _raw_attribute(tag: str, name: str, value: str) -> str | None:
    """Leave addresses to the rewriter, which knows what they are for."""
    return value if name in {"src", "data-src", "data-original", "width", "height"} else _attribute(tag, name, value)


def _attribute(tag: str, name: str, value: str) -> str | None:
    kept = value
    match name:
        case "style":
            kept = clean_style(value)
        case "alt":
            kept = value[:200]
        case "href":
            kept = value if urlsplit_ok(value) else ""
        case "colspan" | "rowspan" | "start":
            kept = value if _DIGITS.match(value) and int(value) <= MOST_SPAN else ""
        case "data-ph-image":
            kept = value if _DIGITS.match(value) else ""
        case "data-ph-source":
            kept = value if picture_source(value) == value else ""
        case "data-ph-video":
            kept = value if re.fullmatch(r"[A-Za-z0-9]{6,20}", value) else ""
        case "rel":
            kept = value  # nh3's own
        case "color":
            kept = value if clean_style(f"color:{value}") else ""
        case _:
            return None
    return kept or ("" if name == "alt" else None)


def urlsplit_ok(address: str) -> bool:
    """Whether a link leads to a web page, a telephone or a mailbox."""
    try:
        return urlsplit(address.strip()).scheme.lower() in SCHEMES
    except ValueError:
        return False


def picture_source(address: str) -> str:
    """Return the whole web address of a picture, empty where it is none."""
    address = address.strip()
    whole = f"https:{address}" if address.startswith("//") else address
    try:
        parts = urlsplit(whole)
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return whole if is_web and len(whole) <= LONGEST_ADDRESS and not _UNSAFE.search(whole) else ""


class _Rewriter(HTMLParser):
    """Turns nh3's well-formed output into our few tags; writes every piece anew."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._in_frame = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "iframe":
            self._in_frame += 1
            if video := video_of(given.get("data-src") or given.get("src", "")):
                self.written.append(f'<p data-ph-video="{video}"></p>')
        elif tag == "img" and not self._in_frame:
            self._picture(given)
        elif not self._in_frame:
            style = given.get("style", "")
            if tag == "center":
                style = clean_style(f"text-align:center;{style}")
            if color := given.pop("color", ""):
                style = clean_style(f"color:{color};{style}")
            kept = {k: v for k, v in given.items() if k != "style"} | ({"style": style} if style else {})
            self.written.append(_tag(TRANSLATED.get(tag, tag), kept.items()))

    def _picture(self, given: dict[str, str]) -> None:
        style = given.get("style", "")
        sizes = [given[side] for side in ("width", "height") if given.get(side, "").isdigit()]
        sizes += _TINY.findall(style)
        if any(float(size) < PIXEL for size in sizes):
            return
        kept = {"alt": given.get("alt", "")} | ({"style": style} if style else {})
        addresses = [given.get(name, "") for name in ("data-ph-source", "data-src", "data-original", "src")]
        source = next((whole for address in addresses if (whole := picture_source(address))), "")
        if given.get("data-ph-image"):
            kept["data-ph-image"] = given["data-ph-image"]
        elif source:
            kept["data-ph-source"] = source
        else:
            return
        self.written.append(_tag("img", kept.items()))

    def handle_endtag(self, tag: str) -> None:
        if tag == "iframe":
            self._in_frame = max(0, self._in_frame - 1)
        elif tag not in VOID and not self._in_frame:
            self.written.append(f"</{TRANSLATED.get(tag, tag)}>")

    def handle_data(self, data: str) -> None:
        if not self._in_frame:
            self.written.append(escape(data))


def _tag(tag: str, attributes: Iterable[tuple[str, str]]) -> str:
    return f"<{tag}" + "".join(f' {name}="{escape(value)}"' for name, value in attributes) + ">"


SOURCES: Final = re.compile(r'data-ph-source="([^"]+)"')
"""Pictures of a stored text that have not been fetched."""
