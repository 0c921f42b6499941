"""From a page of docs/guide to clean HTML: headings with anchors, links that lead inside the desk, hashed pictures.

What is written there also reads well as plain files; only addresses are translated on the way.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote

import nh3
from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

FOLDER = Path(settings.BASE_DIR) / "docs" / "guide"
# Addresses of the desk are written as they are in every installation that was not told otherwise.
DESK = "/staff/"
START = "README"

_TAGS = {"h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "br"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "s", "a", "img"}
_ATTRIBUTES = {
    "h1": {"id"},
    "h2": {"id"},
    "h3": {"id"},
    "ol": {"start"},
    "a": {"href", "data-guide", "target"},
    "img": {"src", "alt", "width", "height", "loading"},
}


@dataclass(frozen=True)
class Section:
    """A part of a page: what stands below a heading, as words."""

    title: str
    anchor: str
    words: str


@dataclass(frozen=True)
class Text:
    """A page: its title, what it shows, its second headings and the words of each part."""

    title: str
    html: SafeString
    headings: Sequence[tuple[str, str]]
    sections: Sequence[Section]


def reader() -> MarkdownIt:
    """Return the one way Markdown is read: CommonMark with tables, HTML shown as text."""
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def anchor_of(words: str) -> str:
    """Return the anchor of a heading as code hosts make it, so that links work in both places."""
    kept = re.sub(r"[^\w\s-]", "", words.strip().lower())
    return re.sub(r"\s+", "-", kept)


def render(source: str, *, address_of: Callable[[str], str]) -> Text:
    """Render a page; ``address_of`` gives the address of another page of the guide by its name."""
    tokens = reader().parse(source)
    headings: list[tuple[str, str]] = []
    title = ""
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            words = _plain(tokens[position + 1])
            token.attrSet("id", anchor_of(words))
            if token.tag == "h1":
                title = title or words
            elif token.tag == "h2":
                headings.append((words, anchor_of(words)))
        for child in token.children or ():
            _address(child, address_of)
        if token.children:
            token.children = list(_framed(token.children))
    html = reader().renderer.render(tokens, reader().options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        link_rel="noopener",
        url_schemes={"http", "https", "mailto"},
    )
    # The allow-list above is what makes it safe.
    return Text(title, mark_safe(clean), tuple(headings), tuple(_sections(tokens)))  # noqa: S308


def links(source: str) -> Iterator[tuple[str, str]]:
    """Yield every link and picture of a page as it is written: ``("a", "notices.md#时间")``, ``("img", …)``."""
    for token in reader().parse(source):
        for child in token.children or ():
            if child.type == "link_open":
                yield "a", _written(child, "href")
            elif child.type == "image":
                yield "img", _written(child, "src")


def _written(token: Token, name: str) -> str:
    return unquote(str(token.attrGet(name) or ""))


def _address(token: Token, address_of: Callable[[str], str]) -> None:
    if token.type == "link_open":
        target = _written(token, "href")
        page, _hash, anchor = target.partition("#")
        if page.endswith(".md"):
            token.attrSet("data-guide", "")
            token.attrSet("href", address_of(page.removesuffix(".md")) + (f"#{anchor}" if anchor else ""))
        elif target.startswith(DESK):
            token.attrSet("href", f"/{settings.ADMIN_PATH}/{target.removeprefix(DESK)}")
            token.attrSet("target", "_blank")
    elif token.type == "image":
        name = normpath(_written(token, "src"))
        try:
            address = static(f"guide/pictures/{Path(name).name}")
            with Image.open(FOLDER / name) as picture:
                token.attrSet("width", str(picture.width))
                token.attrSet("height", str(picture.height))
        except (OSError, ValueError):  # not taken or not collected yet: its words stand there
            token.type = "text"
            return
        token.attrSet("src", address)
        token.attrSet("loading", "lazy")


def _framed(children: list[Token]) -> Iterator[Token]:
    """Yield the tokens with a link around each picture: a touch shows it in its full size."""
    for child in children:
        if child.type != "image":
            yield child
            continue
        yield Token("link_open", "a", 1, attrs={"href": child.attrGet("src") or "", "target": "_blank"})
        yield child
        yield Token("link_close", "a", -1)


def _plain(token: Token) -> str:
    return "".join(
        child.content for child in token.children or () if child.type in {"text", "code_inline", "softbreak"}
    )


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    title, anchor = "", ""
    words: list[str] = []
    for before, token in pairwise(tokens):
        if token.type != "inline":
            continue
        if before.type == "heading_open" and before.tag in {"h1", "h2"}:
            if words:
                yield Section(title, anchor, " ".join(words))
            title = _plain(token)
            anchor, words = anchor_of(title) if before.tag == "h2" else "", []
        else:
            words.append(_plain(token))
    if words or title:
        yield Section(title, anchor, " ".join(words))
