"""Periodic work: each app registers what must be looked at again and again; the worker calls it."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")
SHARE_SECONDS = 15.0  # what one sweep may take of the thread that all of them share


@dataclass
class Sweep:
    """One periodic look; safe to run in several workers at once."""

    name: str
    every_seconds: float
    function: Callable[[], object]
    next_at: float = field(default=0.0)
    at_start: bool = True


_sweeps: dict[str, Sweep] = {}


def sweep(*, every_seconds: float, at_start: bool = True) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register a function without arguments to be called about every ``every_seconds``.

    Without ``at_start`` the first call comes one period after the program's start.
    """

    def register(function: Callable[[], object]) -> Callable[[], object]:
        name = f"{function.__module__}.{function.__qualname__}"
        next_at = 0.0 if at_start else time.monotonic() + every_seconds
        _sweeps[name] = Sweep(name, every_seconds, function, next_at, at_start)
        return function

    return register


def share(rows: Iterable[T], *, seconds: float = SHARE_SECONDS) -> Iterator[T]:
    """Yield rows until the sweep's time is over; the rest waits for the next round.

    For sweeps that call outside once a row: a system that answers nobody must not keep every other sweep waiting.
    """
    ends_at = time.monotonic() + seconds
    for row in rows:
        if time.monotonic() >= ends_at:
            return
        yield row


def run_due() -> int:
    """Call what is due by the monotonic clock; one that fails is logged and does not stop the others."""
    ran = 0
    for one in _sweeps.values():
        if time.monotonic() >= one.next_at:
            one.next_at = time.monotonic() + one.every_seconds
            ran += 1
            try:
                one.function()
            except Exception:
                logger.exception("sweep %s failed", one.name)
    return ran


def run_all() -> None:
    """Call every sweep that runs at the start once, now (commands and tests)."""
    for one in _sweeps.values():
        if one.at_start:
            one.function()
