"""The worker: does what is due, looks again at what must be looked at, and shows that it lives."""

import logging
import os
import socket
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from business.integration import outbox, sweeper
from business.integration.models import OutboxItem, WorkerBeat

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.3
TROUBLE_SECONDS = 2.0  # pause after the database itself failed
BEAT_SECONDS = 10.0
LIVES = timedelta(seconds=45)


class Worker:
    """Runs due outbox items in a few threads, so that one silent outside system does not hold up the others.

    Where Redis is configured it announces due items to RQ instead of running them. ``stop()`` lets the items in hand
    finish and begins no other.
    """

    def __init__(self, threads: int) -> None:
        """Prepare; nothing runs before ``run()``."""
        self.name = f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._threads = threads
        self._stopping = threading.Event()
        self._in_hand: dict[int, Future[None]] = {}
        self._sweeping: Future[None] | None = None
        self._done = 0
        self._started_at = timezone.now()
        self._next_beat = 0.0

    def stop(self) -> None:
        """Ask the loop to end; safe to call from a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped."""
        items = ThreadPoolExecutor(self._threads, thread_name_prefix="outbox")
        sweeps = ThreadPoolExecutor(1, thread_name_prefix="sweep")
        try:
            while not self._stopping.is_set():
                try:
                    close_old_connections()
                    busy = self._round(items, sweeps)
                except Exception:
                    logger.exception("worker: this round failed; trying again")
                    connections.close_all()
                    self._stopping.wait(TROUBLE_SECONDS)
                    continue
                if not busy:
                    self._stopping.wait(IDLE_SECONDS)
        finally:
            for future in self._in_hand.values():
                future.cancel()
            _end(items, self._threads)
            _end(sweeps, 1)
            WorkerBeat.objects.filter(name=self.name).delete()
            connections.close_all()

    def _round(self, items: ThreadPoolExecutor, sweeps: ThreadPoolExecutor) -> bool:
        self._beat()
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = sweeps.submit(self._sweep)
        if settings.REDIS_URL:
            outbox.announce_due()
            return False
        for item_id in [item_id for item_id, future in self._in_hand.items() if future.done()]:
            del self._in_hand[item_id]
            self._done += 1
        room = self._threads - len(self._in_hand)
        ids = outbox.due_ids(room, besides=self._in_hand) if room else []
        for item_id in ids:
            self._in_hand[item_id] = items.submit(self._do, item_id)
        if self._in_hand:
            wait(self._in_hand.values(), timeout=IDLE_SECONDS, return_when=FIRST_COMPLETED)
        return bool(self._in_hand)

    def _do(self, item_id: int) -> None:
        close_old_connections()
        try:
            outbox.run(item_id)
        except Exception:
            logger.exception("worker: item %s could not be noted; it will be tried again", item_id)
            connections.close_all()

    def _sweep(self) -> None:
        close_old_connections()
        try:
            sweeper.run_due()
        except Exception:
            logger.exception("worker: the sweep failed")
            connections.close_all()

    def _beat(self) -> None:
        if time.monotonic() < self._next_beat:
            return
        self._next_beat = time.monotonic() + BEAT_SECONDS
        WorkerBeat.objects.update_or_create(
            name=self.name,
            defaults={"started_at": self._started_at, "beat_at": timezone.now(), "done": self._done},
        )


def _end(pool: ThreadPoolExecutor, threads: int) -> None:
    """Let what runs finish, and every thread close its own connections."""
    together = threading.Barrier(threads)

    def farewell() -> None:
        together.wait()
        connections.close_all()

    for _ in range(threads):
        pool.submit(farewell)
    pool.shutdown(wait=True)


def run_once(rounds: int = 100) -> int:
    """Run every sweep once and then all that is due, in this thread; return how many items were tried."""
    tried = 0
    sweeper.run_all()
    for _ in range(rounds):
        now = outbox.run_due()
        if not now:
            break
        tried += now
    return tried


def health() -> dict[str, int | bool | datetime | None]:
    """Tell whether work is being done: a living worker, how much is overdue or dead, and since when."""
    now = timezone.now()
    pending = OutboxItem.objects.filter(state=OutboxItem.State.PENDING, due_at__lt=now - timedelta(minutes=1))
    oldest = pending.order_by("due_at").values_list("due_at", flat=True).first()
    return {
        "alive": WorkerBeat.objects.filter(beat_at__gt=now - LIVES).exists(),
        "overdue": pending.count(),
        "overdue_since": oldest,
        "dead": OutboxItem.objects.filter(state=OutboxItem.State.DEAD).count(),
    }
