"""Finding answers by what a patient types: words, part of a sentence, or the pinyin initials of the question."""

from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpRequest

from blocks import search
from cms.help import listing
from cms.pages.roles import address_of, site_of

MOST_COMPARED = 80
# Two letters that every question has.
SAY_NOTHING = frozenset(
    (
        *("怎么", "么办", "么样", "什么", "怎样", "如何", "哪里", "多久"),
        *("可以", "能不", "不能", "是不", "我想", "我要", "请问", "想问", "问一", "一下"),
    )
)


def _holding(word: str) -> Q:
    return Q(search_text__contains=word)


def _ranked(found: Any, words: list[str]) -> Any:
    """Put answers whose question holds a word first, then the most read."""
    in_title = reduce(or_, (Q(title__icontains=word) for word in words))
    rank = Case(When(in_title, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.annotate(rank=rank).order_by("rank", *listing.MOST_READ_FIRST)


def matching(site: Any, text: str, most: int) -> list[Any]:
    """Return the site's answers that hold every word; where there is none, those that share most pairs of letters.

    ``text`` is cleaned. At most two queries.
    """
    words = search.words(text.lower())
    if not words:
        return []
    answers = listing.answers_of(site)
    found = list(_ranked(answers.filter(reduce(and_, map(_holding, words))), words)[:most])
    pairs = [pair for pair in search.bigrams(text.lower()) if pair not in SAY_NOTHING]
    if found or not pairs:
        return found
    # A whole sentence, 「我想退号怎么办」: compare it with question and keywords, which stand first in the text.
    some = answers.defer(None).defer("body", "search_description").filter(reduce(or_, map(_holding, pairs)))
    some = some.order_by(*listing.MOST_READ_FIRST)[:MOST_COMPARED]
    return search.closest(some, _head, pairs, most, rest_of=lambda page: page.search_text)


def _head(page: Any) -> str:
    # A pair in the question says more than one somewhere in the answer.
    return f"{page.title} {page.keywords}"


def cards_for(text: str, most: int, request: HttpRequest | None) -> list[dict[str, Any]]:
    """Return what is found as cards of the help centre."""
    site = site_of(request)
    return listing.cards(matching(site, text, most), site, with_category=True) if site else []


def find_answers(text: str, request: Any, limit: int) -> list[search.Hit]:
    """Find answers for the portal's search; see :func:`matching`."""
    site = site_of(request)
    if site is None:
        return []
    return [
        search.Hit(title=page.title, text=page.summary, url=address_of(page, site), icon="help", tone="slate")
        for page in matching(site, text, limit)
    ]
