"""What has changed, known to every process by one tiny query a request; no Redis needed.

:func:`touch` adds a mark in the transaction of the change, so that both are seen at the same moment. Whoever keeps
something made from the database keeps beside it the marks read *before* it was made; it is good as long as they stay.
"""

import secrets
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from django.db import connection, transaction

Marks = Mapping[str, int]

TOKEN_BITS: Final = 40  # a million sums of a million tokens fit into a column
# Fragments may go by marks this old; a shell never does.
LEASE_SECONDS: Final = 1.0

_current: ContextVar["Span | None"] = ContextVar("page_cache_marks", default=None)
_lease: list[tuple[float, Marks]] = []
_paused: list[set[str]] = []  # while the tables are being made
_READ: Final = "SELECT tag, token FROM page_cache_mark"
_ADD: Final = "INSERT INTO page_cache_mark (tag, token) VALUES "


def read() -> dict[str, int]:
    """Ask the database for the state of every subject: one query."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        for tag, token in cursor.fetchall():
            found[tag] = found.get(tag, 0) + token
    _touched().clear()
    _lease[:] = [(time.monotonic(), found)]
    return found


class Span:
    """One request: its marks are read when first asked for, before anything made from the database is looked up."""

    def __init__(self, *, lenient: bool = False) -> None:
        """``lenient``: marks that this process read up to a second ago will do."""
        self._lenient = lenient
        self.marks: Marks | None = None

    def __enter__(self) -> "Span":
        """Begin."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_unused: object) -> None:
        _current.reset(self._token)

    def ask(self) -> Marks:
        """Return the marks of this request; raises DatabaseError."""
        if self.marks is None:
            leased = self._lenient and _lease and time.monotonic() - _lease[0][0] < LEASE_SECONDS and not _touched()
            self.marks = _lease[0][1] if leased else read()
        return self.marks

    def renew(self) -> bool:
        """Forget marks that may be out of date; return whether they may have been."""
        might = self._lenient
        self._lenient = False
        if might:
            self.marks = None
        return might


def current() -> Marks | None:
    """Return the marks by which this request goes, None outside a request."""
    span = _current.get()
    return None if span is None else span.ask()


def renew() -> bool:
    """Read the marks of this request again where they may be a second old; return whether that is so."""
    span = _current.get()
    return span is not None and span.renew()


def touch(*tags: str) -> None:
    """Say that subjects have changed; every process knows when the surrounding transaction commits."""
    if _paused:
        _paused[0].update(tags)
        return
    touched = _touched()
    fresh = [tag for tag in tags if not _is_pending(touched.get(tag))]
    if (span := _current.get()) is not None:
        span.marks = None
    _lease.clear()
    if not fresh:
        return
    # One plain statement: SQLite allows it while the rows of an INSERT … RETURNING are still to be fetched.
    values = [value for tag in fresh for value in (tag, secrets.randbits(TOKEN_BITS))]
    with connection.cursor() as cursor:
        cursor.execute(_ADD + ", ".join(["(%s, %s)"] * len(fresh)), values)
    if connection.in_atomic_block:
        pending = _Pending()
        transaction.on_commit(pending)
        touched.update(dict.fromkeys(fresh, pending))


class _Pending:
    """Stands among the connection's commit hooks for as long as marks of its transaction may still be taken back."""

    def __call__(self) -> None:
        _lease.clear()


def _touched() -> dict[str, _Pending]:
    """Return what this connection has marked since it last read the marks."""
    touched: dict[str, _Pending] | None = getattr(connection, "portal_touched", None)
    if touched is None:
        touched = connection.portal_touched = {}  # type: ignore[attr-defined]
    return touched


def _is_pending(pending: _Pending | None) -> bool:
    """Whether this transaction has marked it already; the hooks go when it ends, whichever way."""
    hooks: list[tuple[Any, ...]] = connection.run_on_commit
    return pending is not None and any(hook[1] is pending for hook in hooks)


def forget_touched() -> None:
    """Go on as if nothing had been marked: a savepoint is rolled back, and perhaps marks with it."""
    _touched().clear()


def pause(**_unused: Any) -> None:
    """Remember changes while migrations run: the table of marks may not be there yet."""
    if not _paused:
        _paused.append(set())


def resume(**_unused: Any) -> None:
    """Add the marks of what migrations changed."""
    if _paused and "page_cache_mark" in connection.introspection.table_names():
        touch(*_paused.pop())


def forget() -> None:
    """Forget what this process has read and marked (tests: the database they knew is gone)."""
    _lease.clear()
    forget_touched()
