"""What ``cms.help`` lends to the blocks: categories and answers.

``blocks`` knows no page types; ``cms.help`` plugs its functions in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from blocks import freshness

READS_MINUTES = 15  # a kept page may show an order of so many minutes ago: counting touches no page


@dataclass(frozen=True)
class AnswerQuery:
    """Which answers a block asks for: of a category (its address) or of all, the most read first."""

    category: str = ""
    most: int = 5


@dataclass(frozen=True)
class Provider:
    """The functions behind this module."""

    categories: Callable[[HttpRequest | None], list[dict[str, Any]]]
    answers: Callable[[AnswerQuery, HttpRequest | None], list[dict[str, Any]]]
    found: Callable[[str, int, HttpRequest | None], list[dict[str, Any]]]
    category_choices: Callable[[], list[tuple[str, str]]]


_provider: list[Provider] = []


def set_provider(provider: Provider) -> None:
    """Plug in the functions (called once, by ``cms.help``)."""
    _provider[:] = [provider]


def categories(request: HttpRequest | None) -> list[dict[str, Any]]:
    """Return the categories that hold an answer: ``slug``, ``label``, ``icon``, ``tone``."""
    if not _provider:
        return []
    return freshness.remember("help categories", lambda: _provider[0].categories(request), request)


def answers(query: AnswerQuery, request: HttpRequest | None) -> list[dict[str, Any]]:
    """Return answers, the most read first, as the part ``card_list`` takes them."""
    freshness.depends_on(until=timezone.now() + timedelta(minutes=READS_MINUTES))
    return _provider[0].answers(query, request) if _provider else []


def found(text: str, most: int, request: HttpRequest | None) -> list[dict[str, Any]]:
    """Return the answers that a cleaned text finds, as the part ``card_list`` takes them."""
    return _provider[0].found(text, most, request) if _provider else []


def category_choices() -> list[tuple[str, str]]:
    """Return the categories as choices of a form field."""
    return list(freshness.remember("help category choices", _provider[0].category_choices)) if _provider else []
