"""The words of an answer, for search and summaries: what staff wrote, not the labels of what they chose."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from django.utils.html import strip_tags
from wagtail import blocks

from blocks.shared import expansion

LONGEST = 4000  # characters
PARTS_END = re.compile(r"</(?:p|li|h\d|blockquote)>|<br\b")
CAPTIONED = frozenset({"image", "image_pair", "gallery", "video", "audio"})


def words_of(body: Any, *, captions: bool = True) -> str:
    """Return the words of a body in one line, at most :data:`LONGEST` characters.

    Without ``captions`` what stands below pictures and films is left out: a summary does not begin with it.
    """
    if not isinstance(body, blocks.StreamValue):
        return ""
    told = [child for child in expansion.children(body) if captions or child.block_type not in CAPTIONED]
    parts = (_plain(text) for child in told for text in _texts(child.block, child.value))
    return re.sub(r"\s+", " ", " ".join(parts)).strip()[:LONGEST]


def _plain(text: str) -> str:
    return unescape(strip_tags(PARTS_END.sub(lambda end: f" {end[0]}", text)))


def _texts(block: blocks.Block, value: Any) -> Iterator[str]:
    if isinstance(block, blocks.BaseStructBlock):
        if isinstance(value, Mapping):
            for name, child in block.child_blocks.items():
                if name != "settings":
                    yield from _texts(child, value.get(name))
    elif isinstance(block, blocks.ListBlock):
        for item in value or ():
            yield from _texts(block.child_block, item)
    elif isinstance(block, blocks.CharBlock | blocks.TextBlock | blocks.RichTextBlock) and value:
        yield str(getattr(value, "source", value))
