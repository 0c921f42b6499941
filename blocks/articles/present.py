"""A stored pasted text → what patients get: classes instead of ``style``, real pictures, and one style sheet."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.images import get_image_model

from blocks.articles.sanitise import TooLarge, sanitise
from blocks.images import prefetch_renditions, rendition_of

VIDEO_PLAYER: Final = "https://v.qq.com/txp/iframe/player.html?vid="
SCOPE: Final = ".ph-pasted"


@dataclass(frozen=True)
class Picture:
    """Where one of our images stands in a text."""

    image: int
    alt: str
    css: str


@dataclass(frozen=True)
class Parsed:
    """A text in pieces, and its style sheet."""

    pieces: tuple[str | Picture, ...]
    css: str

    @property
    def images(self) -> set[int]:
        """The numbers of the images in it."""
        return {piece.image for piece in self.pieces if isinstance(piece, Picture)}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str | Picture] = []
        self.rules: dict[str, str] = {}
        self._ends_swallowed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        css = self._class_of(given.pop("style", ""))
        if tag == "img":
            self._picture(given, css)
        elif video := given.get("data-ph-video"):
            title = escape(_("腾讯视频"))
            self.pieces.append(
                f'<div class="ph-pasted-video"><iframe src="{VIDEO_PLAYER}{escape(video)}" title="{title}"'
                ' loading="lazy" allowfullscreen></iframe></div>'
            )
            self._ends_swallowed += 1
        else:
            if css:
                given["class"] = css
            kept = "".join(f' {name}="{escape(value)}"' for name, value in given.items())
            self.pieces.append(f"<{tag}{kept}>")

    def _picture(self, given: dict[str, str], css: str) -> None:
        if given.get("data-ph-image"):
            self.pieces.append(Picture(int(given["data-ph-image"]), given.get("alt", ""), css))
        else:
            self.pieces.append(missing())

    def _class_of(self, style: str) -> str:
        if not style:
            return ""
        name = "w" + hashlib.blake2b(style.encode(), digest_size=6).hexdigest()
        self.rules[name] = style
        return name

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self._ends_swallowed:
            self._ends_swallowed -= 1  # a video stands in a paragraph of its own
        else:
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.pieces.append(escape(data))


def missing() -> str:
    """Return what stands where a picture did not come along."""
    return f'<span class="ph-pasted-missing">{escape(_("这里有一张图片没有带过来"))}</span>'


def _rule(name: str, style: str) -> str:
    """Return one rule; text never gets smaller than the reader's mode allows."""
    parts = []
    for declaration in style.split(";"):
        prop, _colon, value = declaration.partition(":")
        parts.append(f"font-size:max(var(--ph-pasted-least),{value})" if _is_length(prop, value) else declaration)
    return f"{SCOPE} .{name}{{{';'.join(parts)}}}"


def _is_length(prop: str, value: str) -> bool:
    return prop == "font-size" and value[:1].isdigit() and value != "0"


@lru_cache(maxsize=128)
def parse(clean: str) -> Parsed:
    """Return a text in pieces; cleaned again: what is stored may have come in a bundle, or be older than the rules."""
    reader = _Reader()
    with suppress(TooLarge):
        reader.feed(sanitise(clean))
    reader.close()
    joined: list[str | Picture] = []
    for piece in reader.pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return Parsed(tuple(joined), "\n".join(_rule(name, style) for name, style in sorted(reader.rules.items())))


def html_of(clean: str, picture: Callable[[Picture, Any], str] | None = None) -> SafeString:
    """Return the HTML of a sanitised text with its pictures: two queries however many they are."""
    parsed = parse(clean)
    images = get_image_model().objects.in_bulk(parsed.images) if parsed.images else {}
    prefetch_renditions(images.values())
    shown = picture or _shown
    html = [piece if isinstance(piece, str) else shown(piece, images.get(piece.image)) for piece in parsed.pieces]
    return mark_safe("".join(html))  # noqa: S308  # written piece by piece from what the sanitiser let through


def _shown(picture: Picture, image: Any) -> str:
    rendition = rendition_of(image, "figure")
    if rendition is None:
        return missing()
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}" class="{}" loading="lazy" decoding="async">',
        rendition.url,
        rendition.width,
        rendition.height,
        picture.alt,
        picture.css,
    )
