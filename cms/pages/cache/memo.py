"""Small things that every page needs (sites, addresses, rows), kept in the process for as long as they are true."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from django.utils import timezone

from cms.pages.cache import marks, watch

T = TypeVar("T")

ENTRIES: Final = 4000
_kept: OrderedDict[Hashable, tuple[Any, marks.Marks, watch.Notes]] = OrderedDict()
_lock = threading.Lock()


def remember(key: Hashable, make: Callable[[], T]) -> T:
    """Return what ``make`` returned for ``key``, made again when something it read has changed.

    What it reads through the ORM is noted by itself. The answer is shared between threads: give back plain values,
    never a model instance. Outside a request, and where ``make`` reads a table nobody watches, nothing is kept.
    """
    now = marks.current()
    if now is None:
        return make()
    kept = _kept.get(key)
    if kept is not None and is_good(*kept[1:], now):
        watch.include(kept[2])
        return kept[0]
    with watch.NoteTaking() as notes:
        value = make()
    # A change of our own meanwhile: what was read may be older or newer than the marks say.
    if not notes.unwatched and marks.current() is now:
        with _lock:
            _kept[key] = value, {tag: now.get(tag, 0) for tag in notes.tags}, notes
            _kept.move_to_end(key)
            while len(_kept) > ENTRIES:
                _kept.popitem(last=False)
    return value


def is_good(kept: marks.Marks, notes: watch.Notes, now: marks.Marks) -> bool:
    """Whether nothing has changed of what something was made of."""
    if notes.until is not None and notes.until <= timezone.now():
        return False
    return all(now.get(tag, 0) == mark for tag, mark in kept.items())


def forget() -> None:
    """Forget everything (tests)."""
    _kept.clear()
