"""The request being served, for those who hear of a deed by signal and must still say who did it and from where."""

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_request: ContextVar["HttpRequest | None"] = ContextVar("backoffice_request", default=None)


@contextmanager
def serving(request: "HttpRequest") -> "Iterator[None]":
    """Remember ``request`` until the block ends."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def current_request() -> "HttpRequest | None":
    """Return the back-office request being served, None in commands, workers and patient pages."""
    return _request.get()
