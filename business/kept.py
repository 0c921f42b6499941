"""Small tables that staff hardly ever change (rules), kept in the process for as long as they stay as they are.

``business`` knows no cache: ``cms.pages.cache`` plugs itself in, and without it every answer comes from the database.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)

_provider: list[Callable[[type[Any]], list[Any]]] = []


def set_provider(provider: Callable[[type[Any]], list[Any]]) -> None:
    """Plug in the function that returns all rows of a table (called once)."""
    _provider[:] = [provider]


def all_rows(model: type[M]) -> list[M]:
    """Return new instances of all rows of a small table; one SQL at most, none while nobody has changed it."""
    return _provider[0](model) if _provider else list(model._default_manager.all())
