"""Words made from an article: its summary, what search looks through, its share card."""

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest
from django.utils.html import strip_tags
from wagtail.blocks import StreamValue

from blocks import images

SUMMARY_CHARACTERS = 80
# Where the running text of an article stands; other blocks speak up only where there is none.
TEXT_BLOCKS = ("rich_text", "pasted")


def plain_text(body: Any, *, most: int = 2000) -> str:
    """Return the words of a body in one line, at most ``most`` characters; the running text where there is any."""
    if not isinstance(body, StreamValue):
        return ""
    running = [child for child in body if child.block_type in TEXT_BLOCKS]
    words = ""
    for child in running or body:
        parts = child.block.get_searchable_content(child.value)
        words += " ".join(unescape(strip_tags(str(part))) for part in parts) + " "
        if len(words) > most:
            break
    return re.sub(r"\s+", " ", words).strip()[:most]


def summary_of(body: Any) -> str:
    """Return the beginning of the text, cut behind a sentence where one ends in time."""
    return shortened(plain_text(body, most=400))


def shortened(text: str) -> str:
    """Return the beginning of a text, cut behind a sentence where one ends in time."""
    if len(text) <= SUMMARY_CHARACTERS:
        return text
    cut = text[:SUMMARY_CHARACTERS]
    ends = [cut.rfind(mark) for mark in "。！？"]
    return cut[: max(ends) + 1] if max(ends) > SUMMARY_CHARACTERS // 2 else cut.rstrip("，、；：,;: ") + "…"


def search_text(*parts: str) -> str:
    """Return what a search for words looks through, in small letters."""
    return "\n".join(part.lower() for part in parts if part)


def share_card(page: Any, request: HttpRequest) -> dict[str, str]:
    """Return title, words, address and picture of a shared article; addresses are whole ones."""
    picture = images.plain_url_of(page.cover, "card")
    return {
        "title": page.title,
        "text": page.search_description or page.digest,
        "url": urljoin(f"{settings.PORTAL_URL}/", (page.get_url(request) or "/") if page.pk else "/"),
        "image_url": urljoin(f"{settings.PORTAL_URL}/", picture) if picture else "",
    }
