"""One search over everything: families and ``cms`` register what can be found; the results block asks each of them.

A provider answers a cleaned text with a constant number of queries and never more than ``limit`` hits.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.utils.functional import Promise

LONGEST: Final = 40
FOUND_EACH: Final = 8
FEWEST_PAIRS: Final = 2  # fewer letters in common say nothing
T = TypeVar("T")


@dataclass(frozen=True)
class Hit:
    """One thing found, as ``themes/parts/card_list.html`` shows it."""

    title: str
    url: str
    text: str = ""
    meta: str = ""
    icon: str = ""
    tone: str = "teal"
    picture: str = ""  # markup


SearchFunction = Callable[[str, Any, int], list[Hit]]


@dataclass(frozen=True)
class Provider:
    """A kind of things that can be found; ``order`` says where its results stand, the smallest first."""

    code: str
    label: str | Promise
    find: SearchFunction
    order: int


_providers: dict[str, Provider] = {}


def register(code: str, label: str | Promise, find: SearchFunction, *, order: int = 50) -> None:
    """Plug in what can be found, once, when the app is ready; a second one of the same code takes its place."""
    _providers[code] = Provider(code, label, find, order)


def providers() -> list[Provider]:
    """Return what can be found, in the order of the results."""
    return sorted(_providers.values(), key=lambda provider: (provider.order, provider.code))


def cleaned(text: str) -> str:
    """Return what was typed as it is looked for: no control characters, single spaces, at most 40 characters."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()[:LONGEST]


def words(text: str) -> list[str]:
    """Return the words of a cleaned text."""
    return text.split(" ") if text else []


def bigrams(text: str) -> list[str]:
    """腹部彩超 → 腹部, 部彩, 彩超: what is looked for where the whole text is found nowhere."""
    letters = re.sub(r"[^\w]", "", text)
    return list(dict.fromkeys(letters[start : start + 2] for start in range(len(letters) - 1)))


def closest(
    rows: Iterable[T],
    words_of: Callable[[T], str],
    pairs: list[str],
    limit: int,
    *,
    rest_of: Callable[[T], str] | None = None,
) -> list[T]:
    """Return the rows whose words share enough pairs of letters with the text, those that share most first.

    ``rest_of``: further words of a row; a pair in the first then counts twice.
    """
    weight = 2 if rest_of else 1

    def shared(row: T) -> int:
        words, rest = words_of(row).lower(), rest_of(row).lower() if rest_of else ""
        return sum(weight if pair.lower() in words else int(pair.lower() in rest) for pair in pairs)

    enough = max(FEWEST_PAIRS, len(pairs) / 3)
    found = [(count, row) for row in rows if (count := shared(row)) >= enough]
    return [row for _count, row in sorted(found, key=lambda pair: -pair[0])[:limit]]
