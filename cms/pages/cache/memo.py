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
    _keep({key: value}, notes, now)
    return value


def remember_many(kind: Hashable, keys: list[Any], make: Callable[[list[Any]], dict[Any, Any]]) -> dict[Any, Any]:
    """Return an answer for every key; ``make`` is asked once, for those not remembered."""
    now = marks.current()
    if now is None:
        return make(keys) if keys else {}
    found: dict[Any, Any] = {}
    missing = []
    for key in keys:
        kept = _kept.get((kind, key))
        if kept is not None and is_good(*kept[1:], now):
            watch.include(kept[2])
            found[key] = kept[0]
        else:
            missing.append(key)
    if missing:
        with watch.NoteTaking() as notes:
            made = make(missing)
        _keep({(kind, key): value for key, value in made.items()}, notes, now)
        found.update(made)
    return found


def _keep(made: dict[Hashable, Any], notes: watch.Notes, now: marks.Marks) -> None:
    # After a change of our own, what was read may be older or newer than the marks say.
    if notes.unwatched or marks.current() is not now:
        return
    good = {tag: now.get(tag, 0) for tag in notes.tags}
    with _lock:
        for key, value in made.items():
            _kept[key] = value, good, notes
            _kept.move_to_end(key)
        while len(_kept) > ENTRIES:
            _kept.popitem(last=False)


def is_good(kept: marks.Marks, notes: watch.Notes, now: marks.Marks) -> bool:
    """Whether nothing has changed of what something was made of."""
    if notes.until is not None and notes.until <= timezone.now():
        return False
    return all(now.get(tag, 0) == mark for tag, mark in kept.items())


def forget() -> None:
    """Forget everything (tests)."""
    _kept.clear()


def drop(key: Hashable) -> None:
    """Forget one answer in this process."""
    _kept.pop(key, None)
