"""Checks that hold for blocks of every family: pictures, links, headings, words, the times they are shown."""

import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock
from wagtail.rich_text import RichText

from blocks import roles
from blocks.base import PortalBlock
from blocks.checking import Finding, Node, check
from blocks.links import LinkBlock, check_address, kind_of
from blocks.visibility import SettingsBlock

# Phones get smaller versions; an original like these makes uploading, cropping and backups slow.
HEAVY_BYTES: Final = 8 * 1024 * 1024
HEAVY_PIXELS: Final = 24_000_000
# Names that cameras and chat programs give; nobody who cannot see the picture is helped by them.
FILE_NAME = re.compile(
    r"^(img|image|dsc|screenshot|微信图片|微信截图|截图|未命名|图片)[\s_\-0-9]*|\.(jpe?g|png|gif|webp)$", re.I
)
LISTS = (blocks.ListBlock, blocks.StreamBlock)
FILLED_IN = (blocks.CharBlock, blocks.TextBlock, blocks.RichTextBlock, ImageBlock)
HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def says_something(text: str) -> bool:
    """Tell whether a text holds a letter, a Chinese character or a digit, not only emoji and signs."""
    return any(unicodedata.category(sign)[0] in "LN" for sign in text)


class Prose(HTMLParser):
    """What a rich text holds: headings in their order, pictures without words, links."""

    def __init__(self, source: str) -> None:
        """Read the text as it is stored."""
        super().__init__(convert_charrefs=True)
        self.headings: list[int] = []
        self.empty_headings = 0
        self.bare_pictures = 0
        self.page_ids: list[int] = []
        self.addresses: list[str] = []
        self.text = ""
        self._heading: str | None = None
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a heading, a picture or a link."""
        facts = {name: value or "" for name, value in attrs}
        if tag in HEADINGS:
            self.headings.append(int(tag[1]))
            self._heading = ""
        elif tag == "embed" and facts.get("embedtype") == "image":
            self.bare_pictures += not facts.get("alt", "").strip()
        elif tag == "a" and facts.get("linktype") == "page":
            self.page_ids.append(int(facts["id"]) if facts.get("id", "").isdigit() else 0)
        elif tag == "a" and "linktype" not in facts:
            self.addresses.append(facts.get("href", ""))

    def handle_data(self, data: str) -> None:
        """Take words."""
        self.text += data
        if self._heading is not None:
            self._heading += data

    def handle_endtag(self, tag: str) -> None:
        """End a heading."""
        if tag in HEADINGS and self._heading is not None:
            self.empty_headings += not self._heading.strip()
            self._heading = None


def pages_linked_in(nodes: list[Node]) -> set[int]:
    """Return the pages that rich texts link to."""
    texts = (node.value.source for node in nodes if isinstance(node.value, RichText))
    return {pk for text in texts if "linktype" in text for pk in Prose(text).page_ids}


@check(ImageBlock)
def picture(node: Node, around: Any) -> Iterator[Finding]:
    """A picture needs words for those who cannot see it, and a bearable size."""
    image = node.value
    if image is None:
        return
    words = (getattr(image, "contextual_alt_text", "") or "").strip()
    if not getattr(image, "decorative", False):
        if not words:
            sentence = _("图片没有替代文字，读屏软件的用户不知道图里是什么。写一句话，或者勾选「装饰图」。")
            yield node.must("no_alt", sentence, "alt_text")
        elif FILE_NAME.search(words) or not says_something(words):
            sentence = _("替代文字「%(words)s」像是文件名，请写图里是什么。")
            yield node.should("odd_alt", sentence % {"words": words[:30]}, "alt_text")
    size, pixels = image.file_size or 0, (image.width or 0) * (image.height or 0)
    if size > HEAVY_BYTES or pixels > HEAVY_PIXELS:
        sentence = _("图片太大（%(width)d × %(height)d，%(size).1f MB），打开和裁剪都会慢，请换一张 4000 像素以内的。")
        facts = {"width": image.width, "height": image.height, "size": size / 1024 / 1024}
        yield node.should("heavy_picture", sentence % facts, "image")


@check(LinkBlock)
def link(node: Node, around: Any) -> Iterator[Finding]:
    """A link leads to something that patients can open."""
    kind = kind_of(node.value)
    role, page, url = (node.value.get(name) if name == kind else None for name in ("role", "page", "url"))
    if role:
        if role not in around.live_roles:
            sentence = _("没有已发布的「%(role)s」页，患者点了没有反应。")
            yield node.must("missing_role", sentence % {"role": roles.label_of(role)}, "role")
    elif page is not None:
        if not page.live:
            sentence = _("链接的页面「%(title)s」没有发布，患者打不开。")
            yield node.must("dead_link", sentence % {"title": page.title}, "page")
    elif url:
        yield from _address(node, url, around, "url")


def _address(node: Node, url: str, around: Any, *steps: str) -> Iterator[Finding]:
    try:
        check_address(url)
    except ValidationError as error:
        yield node.must(
            "bad_address", _("网址「%(url)s」打不开：") % {"url": url[:60]} + "".join(error.messages), *steps
        )
        return
    if around.is_dead_path(url):
        sentence = _("站内地址「%(url)s」没有对应的已发布页面。")
        yield node.should("dead_path", sentence % {"url": url[:60]}, *steps)


@check(blocks.RichTextBlock)
def prose(node: Node, around: Any) -> Iterator[Finding]:
    """A text has headings in order, links that open, words for its pictures."""
    if not isinstance(node.value, RichText):
        return
    found = Prose(node.value.source)
    levels = [2, *found.headings] if _is_titled(node) else found.headings
    if found.headings and found.headings[0] > 2 and not _is_titled(node):  # noqa: PLR2004  # the page's title is h1
        yield node.should("heading_order", _("正文第一个小标题跳级了：请先用「标题 2」，再用「标题 3」。"))
    elif any(after > before + 1 for before, after in pairwise(levels)):
        yield node.should("heading_order", _("小标题跳级了：「标题 2」下面应该用「标题 3」。"))
    if found.empty_headings:
        yield node.should("empty_heading", _("有一行空的小标题，请删掉。"))
    if found.bare_pictures:
        yield node.should("no_alt_in_text", _("正文里有图片没有替代文字；图里有信息时请点图片补上。"))
    if any(pk not in around.live_pages for pk in found.page_ids):
        yield node.must("dead_link", _("正文里有链接指向没有发布或已删除的页面，患者打不开。"))
    for url in found.addresses:
        yield from _address(node, url, around)


def _is_titled(node: Node) -> bool:
    value = node.top.value if node.top is not None else None
    return isinstance(value, blocks.StructValue) and bool(value.get("title"))


@check(blocks.CharBlock)
def words(node: Node, around: Any) -> Iterator[Finding]:
    """A title says something to somebody who has it read aloud."""
    if node.path[-1] in {"title", "label", "text"} and node.value and not says_something(node.value):
        yield node.should("only_signs", _("这里只有表情或符号，读屏软件读不出意思，请加上文字。"))


@check(SettingsBlock)
def times(node: Node, around: Any) -> Iterator[Finding]:
    """A block whose time is over is forgotten on the page."""
    end = node.value.get("visible_until")
    if end is not None and end <= around.now:
        sentence = _("这一块 %(when)s 已停止显示，患者看不到。不再需要就删掉。")
        when = timezone.localtime(end).strftime("%Y-%m-%d %H:%M")
        yield node.should("expired", sentence % {"when": when}, "visible_until")


@check(PortalBlock)
def whole_block(node: Node, around: Any) -> Iterator[Finding]:
    """A block holds something, and the pages its buttons lead to exist."""
    block: Any = node.block
    for role in block.links_to:
        if role not in around.live_roles:
            sentence = _("没有已发布的「%(role)s」页，这一块的按钮要去那里，患者点了没有反应。")
            yield node.must("missing_role", sentence % {"role": roles.label_of(role)})
    if _is_empty(block, node.value):
        yield node.should("empty_block", _("这一块没有内容，患者看不到它。填上内容，或者删掉。"))


def _is_empty(block: Any, value: Any) -> bool:
    """Tell whether every part of a block that staff fill in with words, pictures or items is empty."""
    if block.delivery != "inline":
        return False
    # A field that does not matter here (doctors chosen by hand, say, where all are shown) tells nothing.
    conditions = block.meta.conditions
    matters = {n: c for n, c in block.child_blocks.items() if n not in conditions or conditions[n].holds(value)}
    for kinds in (LISTS, FILLED_IN):
        parts = [value.get(name) for name, child in matters.items() if isinstance(child, kinds)]
        if parts:  # a block of items is empty without items, whatever its title says
            return not any(_holds(part) for part in parts)
    return False


def _holds(part: Any) -> bool:
    if isinstance(part, RichText):
        found = Prose(part.source)
        return bool(found.text.strip()) or "<embed" in part.source or "<hr" in part.source
    if isinstance(part, blocks.list_block.ListValue | blocks.StreamValue):
        return len(part) > 0
    return bool(part)
