"""Sees every statement of this process: what is written is marked, what a kept thing is made of is noted.

Statements and not model signals: ``update()``, ``bulk_update()``, m2m tables and the tree's own SQL send no signals.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created

from cms.pages.cache import marks, tables


class Notes:
    """What something was made of: the subjects it depends on, and until when it is good."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.tags: set[str] = set()
        self.until: datetime | None = None
        self.unwatched: set[str] = set()  # tables that nobody watches: what is made of them cannot be kept

    def add(self, *tags: str, until: datetime | None = None) -> None:
        """Add subjects, and a moment if it is earlier."""
        self.tags.update(tags)
        if until is not None and (self.until is None or until < self.until):
            self.until = until

    def include(self, other: "Notes") -> None:
        """Take over what a part was made of."""
        self.add(*other.tags, until=other.until)
        self.unwatched |= other.unwatched


_taking: ContextVar[Notes | None] = ContextVar("page_cache_notes", default=None)


class NoteTaking:
    """Notes what is read inside; notes of the outside get it too."""

    def __enter__(self) -> Notes:
        """Begin."""
        self._outer = _taking.get()
        self._notes = Notes()
        self._token = _taking.set(self._notes)
        return self._notes

    def __exit__(self, *_unused: object) -> None:
        _taking.reset(self._token)
        if self._outer is not None:
            self._outer.include(self._notes)


def depends_on(*tags: str, until: datetime | None = None) -> None:
    """Say what the thing being made depends on; nothing happens where nobody keeps it."""
    notes = _taking.get()
    if notes is not None:
        notes.add(*tags, until=until)


def include(notes: Notes) -> None:
    """Say that something kept is part of the thing being made."""
    outer = _taking.get()
    if outer is not None:
        outer.include(notes)


def _watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    result = execute(sql, params, many, context)
    text = sql if isinstance(sql, str) else str(sql)
    notes = _taking.get()
    if notes is not None:
        _note(notes, text)
    if text.startswith("ROLLBACK TO"):
        marks.forget_touched()
    tag = tables.tag_written(text)
    if tag:
        marks.touch(tag)
    return result


def _note(notes: Notes, sql: str) -> None:
    known = tables.tags()
    for table in tables.tables_read(sql):
        tag = known.get(table)
        if tag is None:
            notes.unwatched.add(table)
        elif tag:
            notes.tags.add(tag)


def _begin(connection: Any, **_unused: Any) -> None:
    # First in the list: others push theirs on top and take it away again.
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _watch)


def install() -> None:
    """Watch every connection, those that are open already too."""
    connection_created.connect(_begin, dispatch_uid="page_cache.watch")
    for each in connections.all(initialized_only=True):
        if each.connection is not None:
            _begin(each)
