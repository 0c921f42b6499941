"""The outbox: work that must happen after a commit, remembered in the database, repeated until it is done.

The row is the record and the queue is only a hint (RQ where Redis is, the worker's own loop elsewhere), so an emptied
Redis or a killed worker loses nothing. Handlers must be idempotent: a row is done at least once.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from business.integration.models import OutboxItem
from business.security.masking import mask_text

logger = logging.getLogger(__name__)

BACKOFF_SECONDS = (2, 5, 10, 20, 40, 60, 120, 300, 600, 1800, 3600)
LEASE = timedelta(minutes=2)
DEFAULT_MAX_ATTEMPTS = 40  # about a day of hourly tries before staff are asked


class RetryLater(Exception):
    """A handler's way to say: not now, and nothing is wrong with the work itself."""

    def __init__(self, reason: str, *, after_seconds: float | None = None) -> None:
        """Keep the reason; ``after_seconds`` replaces the usual pause."""
        super().__init__(reason)
        self.after_seconds = after_seconds


class GiveUp(Exception):
    """A handler's way to say: repeating is useless, a person must look."""


@dataclass(frozen=True)
class Handler:
    """What does the work of a topic."""

    function: Callable[[dict[str, Any]], None]
    max_attempts: int


_handlers: dict[str, Handler] = {}
_on_dead: dict[str, Callable[[dict[str, Any], str], None]] = {}


def handler(
    topic: str, *, max_attempts: int = DEFAULT_MAX_ATTEMPTS
) -> Callable[[Callable[[dict[str, Any]], None]], Callable[[dict[str, Any]], None]]:
    """Register the function that does the work of ``topic``; it gets the payload."""

    def register(function: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        _handlers[topic] = Handler(function, max_attempts)
        return function

    return register


def on_dead(topic: str) -> Callable[[Callable[[dict[str, Any], str], None]], Callable[[dict[str, Any], str], None]]:
    """Register what is called, with the payload and the reason, when work of ``topic`` is given up."""

    def register(function: Callable[[dict[str, Any], str], None]) -> Callable[[dict[str, Any], str], None]:
        _on_dead[topic] = function
        return function

    return register


def enqueue(topic: str, payload: dict[str, Any], *, key: str, delay_seconds: float = 0) -> OutboxItem:
    """Remember work in the caller's transaction; the same ``key`` is the same work and is remembered once."""
    due_at = timezone.now() + timedelta(seconds=delay_seconds)
    item, created = OutboxItem.objects.get_or_create(
        key=key, defaults={"topic": topic, "payload": payload, "due_at": due_at}
    )
    if created and not delay_seconds:
        transaction.on_commit(lambda: _announce(item.pk))
    return item


def wake(key: str) -> None:
    """Make waiting work due at once (a callback came before its turn)."""
    now = timezone.now()
    if OutboxItem.objects.filter(key=key, state=OutboxItem.State.PENDING, due_at__gt=now).update(due_at=now):
        pk = OutboxItem.objects.values_list("pk", flat=True).get(key=key)
        transaction.on_commit(lambda: _announce(pk))


def _announce(item_id: int) -> None:
    """Tell RQ; a lost hint is made good by the worker's sweep."""
    if not settings.REDIS_URL:
        return
    import django_rq  # only where Redis is configured

    try:
        django_rq.get_queue("outbox").enqueue(run, item_id)
    except Exception:
        logger.warning("outbox: Redis did not take item %s; the sweep will find it", item_id, exc_info=True)


def run(item_id: int) -> bool:
    """Do one item if it is due and nobody else is at it; return whether it is done now.

    The try is counted before the work begins: work that kills its worker is not repeated for ever.
    """
    now = timezone.now()
    lease = now + LEASE
    mine = OutboxItem.objects.filter(_free(now), pk=item_id, state=OutboxItem.State.PENDING, due_at__lte=now).update(
        leased_until=lease, attempts=F("attempts") + 1
    )
    if not mine:
        return False
    item = OutboxItem.objects.get(pk=item_id)
    doing = _handlers.get(item.topic)
    try:
        if doing is None:
            raise GiveUp(f"no handler for {item.topic}")
        if item.attempts > doing.max_attempts:
            raise GiveUp(f"its worker ended without an answer at attempt {item.attempts - 1}")
        doing.function(item.payload)
    except GiveUp as reason:
        _bury(item, lease, str(reason))
        return False
    except Exception as error:
        _postpone(item, lease, error, doing.max_attempts if doing else 1)
        return False
    # Done is done, even if the lease ran out meanwhile and somebody began again.
    OutboxItem.objects.filter(pk=item.pk).exclude(state=OutboxItem.State.DONE).update(
        state=OutboxItem.State.DONE, last_error="", leased_until=None, done_at=timezone.now()
    )
    return True


def _free(now: datetime) -> Q:
    return Q(leased_until__isnull=True) | Q(leased_until__lt=now)


def _while_mine(item: OutboxItem, lease: datetime) -> QuerySet[OutboxItem]:
    return OutboxItem.objects.filter(pk=item.pk, state=OutboxItem.State.PENDING, leased_until=lease)


def _bury(item: OutboxItem, lease: datetime, reason: str) -> None:
    reason = mask_text(reason)
    with transaction.atomic():
        buried = _while_mine(item, lease).update(
            state=OutboxItem.State.DEAD, last_error=reason[:2000], leased_until=None
        )
        if buried and item.topic in _on_dead:
            _on_dead[item.topic](item.payload, reason)
    logger.error("outbox: gave up on %s after %s attempts: %s", item.key, item.attempts, reason)


def _postpone(item: OutboxItem, lease: datetime, error: Exception, max_attempts: int) -> None:
    reason = f"{type(error).__name__}: {error}"
    asked = error.after_seconds if isinstance(error, RetryLater) else None
    if not isinstance(error, RetryLater):
        logger.warning("outbox: %s failed (attempt %s)", item.key, item.attempts, exc_info=error)
    if item.attempts >= max_attempts:
        _bury(item, lease, reason)
        return
    pause = BACKOFF_SECONDS[min(item.attempts - 1, len(BACKOFF_SECONDS) - 1)] if asked is None else asked
    _while_mine(item, lease).update(
        last_error=mask_text(reason)[:2000], due_at=timezone.now() + timedelta(seconds=pause), leased_until=None
    )


def due_ids(limit: int = 50, *, besides: Collection[int] = ()) -> list[int]:
    """Return what is due and free, oldest first, besides those already in hand."""
    now = timezone.now()
    due = OutboxItem.objects.filter(_free(now), state=OutboxItem.State.PENDING, due_at__lte=now)
    return list(due.exclude(pk__in=list(besides)).order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


def run_due(limit: int = 50) -> int:
    """Do what is due, oldest first; return how many items were tried."""
    ids = due_ids(limit)
    for item_id in ids:
        run(item_id)
    return len(ids)


ANNOUNCE_AGAIN_SECONDS = 30.0
_announced: dict[int, float] = {}
_announcing = threading.Lock()


def announce_due(limit: int = 500) -> int:
    """Tell RQ of what is due (retries, hints that Redis lost), each at most every half minute; return how many."""
    with _announcing:
        now = time.monotonic()
        for item_id, at in list(_announced.items()):
            if now - at > ANNOUNCE_AGAIN_SECONDS:
                del _announced[item_id]
        ids = due_ids(limit, besides=_announced)
        for item_id in ids:
            _announce(item_id)
            _announced[item_id] = now
        return len(ids)


def revive(item: OutboxItem) -> None:
    """Start dead work again (a member of staff decided so)."""
    OutboxItem.objects.filter(pk=item.pk, state=OutboxItem.State.DEAD).update(
        state=OutboxItem.State.PENDING, attempts=0, due_at=timezone.now(), leased_until=None
    )
