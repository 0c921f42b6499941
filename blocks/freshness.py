"""What a page was made of, so that a kept page is made anew exactly when that changes.

What blocks read through the ORM is noted by itself (docs/adding-a-block.md, "Kept pages"). These functions are for what
cannot be seen there (dates at which the answer changes by itself, files), and for small answers that many blocks and
pages ask for again and again. ``blocks`` knows no cache; ``cms.pages.cache`` plugs itself in.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest

T = TypeVar("T")


@dataclass(frozen=True)
class Provider:
    """The functions behind this module."""

    depends_on: Callable[..., None]
    touch: Callable[..., None]
    remember: Callable[[Hashable, Callable[[], Any], HttpRequest | None], Any]
    rows: Callable[[type[Model], Iterable[Any]], dict[Any, Any]]
    many: Callable[[str, list[Any], Callable[[list[Any]], dict[Any, Any]]], dict[Any, Any]]
    drop: Callable[[str, Any], None]
    renew: Callable[[], bool]


_provider: list[Provider] = []


def set_provider(provider: Provider) -> None:
    """Plug in the cache (called once)."""
    _provider[:] = [provider]


def depends_on(*tags: str, until: datetime | None = None) -> None:
    """Say what the block being rendered depends on: subjects (``"articles"``), and the moment its answer changes."""
    if _provider:
        _provider[0].depends_on(*tags, until=until)


def touch(*tags: str) -> None:
    """Say that subjects have changed; pages made of them are made anew once the surrounding transaction commits."""
    if _provider:
        _provider[0].touch(*tags)


def remember(key: Hashable, make: Callable[[], T], request: HttpRequest | None = None) -> T:
    """Return what ``make`` returned for ``key``, made again when something it read has changed.

    The answer is shared between requests: plain values that nobody changes, no model instances. With ``request`` it is
    remembered for each site.
    """
    return _provider[0].remember(key, make, request) if _provider else make()


def rows(model: type[Model], pks: Iterable[Any]) -> dict[Any, Any]:
    """Return instances by primary key, those that exist; one query at most, none for rows seen before."""
    return _provider[0].rows(model, pks) if _provider else model._default_manager.in_bulk(list(pks))


def many(kind: str, keys: list[Any], make: Callable[[list[Any]], dict[Any, Any]]) -> dict[Any, Any]:
    """Return an answer for every key as :func:`remember` does; ``make`` is asked once, for those not remembered."""
    return _provider[0].many(kind, keys, make) if _provider else make(keys)


def drop(kind: str, key: Any) -> None:
    """Forget one answer of :func:`many`: this process has made something that nobody else needs to hear of."""
    if _provider:
        _provider[0].drop(kind, key)


def renew() -> bool:
    """Look again at what has changed: something was not found that may be younger than what this request goes by."""
    return bool(_provider) and _provider[0].renew()
