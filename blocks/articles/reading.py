"""What ``cms.articles`` lends to the blocks: articles, categories, and a place for the style sheets of pasted texts.

``blocks`` knows no page types; ``cms.articles`` plugs its functions in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from blocks import freshness


@dataclass(frozen=True)
class ArticleQuery:
    """Which articles a block asks for: of a category and those below it, the newest or the most read.

    ``first_wide``: the first one is wanted with a picture over the width of the page too.
    """

    category: str = ""
    most: int = 5
    most_read: bool = False
    first_wide: bool = False


@dataclass(frozen=True)
class Provider:
    """The functions behind this module."""

    articles: Callable[[ArticleQuery, HttpRequest | None], list[dict[str, Any]]]
    index_url: Callable[[str, HttpRequest | None], str]
    category_choices: Callable[[], list[tuple[str, str]]]
    style_url: Callable[[str], str]


_provider: list[Provider] = []


def set_provider(provider: Provider) -> None:
    """Plug in the functions (called once, by ``cms.articles``)."""
    _provider[:] = [provider]


def articles(query: ArticleQuery, request: HttpRequest | None) -> list[dict[str, Any]]:
    """Return articles as the part ``card_list`` takes them, with ``wide_picture`` for a big one."""
    return freshness.remember(query, lambda: _provider[0].articles(query, request), request) if _provider else []


def index_url(category: str, request: HttpRequest | None) -> str:
    """Return where all articles of a category are listed, empty where they are not."""
    if not _provider:
        return ""
    return freshness.remember(("articles", category), lambda: _provider[0].index_url(category, request), request)


def category_choices() -> list[tuple[str, str]]:
    """Return the categories as choices of a form field, children indented below their parents."""
    return list(freshness.remember("article categories", _provider[0].category_choices)) if _provider else []


def style_url(css: str) -> str:
    """Return the address of a style sheet with these words, made when it is first shown; empty for no words."""
    return _provider[0].style_url(css) if _provider and css else ""
