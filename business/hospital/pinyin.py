"""Pinyin of Chinese names, for search by sound or initials and for sorting (design.md §3)."""

import re

from pypinyin import Style, lazy_pinyin


def pinyin_of(text: str) -> str:
    """消化内科 → xiaohuaneike."""
    return _latin("".join(lazy_pinyin(text)))[:200]


def initials_of(text: str) -> str:
    """消化内科 → xhnk."""
    return _latin("".join(lazy_pinyin(text, style=Style.FIRST_LETTER)))[:60]


def _latin(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
