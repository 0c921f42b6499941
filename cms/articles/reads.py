"""How often articles (and answers of the help centre) are read, at no write per view.

Every process counts in memory and adds what it has to the database every half minute, all articles at once. A process
that is killed loses half a minute of counting; nothing else hangs on it, neither Redis nor the page's own delivery.
"""

import atexit
import hashlib
import logging
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models import Case, F, Value, When
from django.http import HttpRequest

from blocks.client_address import source_ip

logger = logging.getLogger("portal.articles")

FLUSH_SECONDS = 30.0
REPEAT_SECONDS = 1800.0  # one reader counts once in half an hour
MOST_OF_ONE_ADDRESS = 60  # readers of one article behind one address in that time: a ward's wireless network
MOST_REMEMBERED = 50_000
TEN_THOUSAND = 10_000
BOTS = re.compile(
    r"bot|spider|crawl|slurp|curl|wget|python|java/|okhttp|go-http|headless|lighthouse|preview|monitor|^$", re.I
)


@dataclass(frozen=True)
class Book:
    """Where the views of one page type are kept.

    ``pages`` is the page type's label; ``reads`` that of a model with ``count``, whose primary key is a one-to-one
    relation to the page with the reverse name ``reads``.
    """

    pages: str
    reads: str

    def stored(self, pages: Iterable[int]) -> dict[int, int]:
        """Return what the database knows of live pages: one query."""
        live = apps.get_model(self.pages)._default_manager.filter(live=True, pk__in=list(pages))
        return {pk: count or 0 for pk, count in live.values_list("pk", "reads__count")}

    @transaction.atomic
    def add(self, views: dict[int, int]) -> None:
        """Add views to several pages at once: four statements however many they are."""
        pages, counts = apps.get_model(self.pages)._default_manager, apps.get_model(self.reads)
        there = list(pages.filter(pk__in=list(views)).order_by("pk").values_list("pk", flat=True))
        rows = counts._default_manager.filter(pk__in=there)
        known = set(rows.values_list("pk", flat=True))
        counts._default_manager.bulk_create([counts(pk=pk) for pk in there if pk not in known], ignore_conflicts=True)
        if there:
            more = Case(*(When(pk=pk, then=Value(views[pk])) for pk in there), output_field=models.BigIntegerField())
            rows.update(count=F("count") + more)


ARTICLES = Book("articles.ArticlePage", "articles.ArticleReads")


class Counter:
    """The views of one process that the database does not know yet."""

    def __init__(self, *, flush_seconds: float = FLUSH_SECONDS, book: Book = ARTICLES) -> None:
        """Begin empty; ``flush_seconds`` 0 leaves flushing to the caller."""
        self.flush_seconds = flush_seconds
        self.book = book
        self._lock = threading.Lock()
        self._pending: dict[int, int] = {}
        self._seen: OrderedDict[bytes, tuple[float, int]] = OrderedDict()
        self._totals: OrderedDict[int, tuple[float, int | None]] = OrderedDict()
        self._salt = secrets.token_bytes(16)
        self._timer: threading.Timer | None = None
        self._pid = os.getpid()

    def count(self, article: int, *, address: str, agent: str, visit: str = "") -> bool:
        """Count one view unless it is a programme's or a repetition; return whether it counted. Writes nothing."""
        if BOTS.search(agent):
            return False
        with self._lock:
            if not self._new(f"{article}|{address}|{agent}|{visit}", 1):
                return False
            if not self._new(f"{article}|{address}", MOST_OF_ONE_ADDRESS):
                return False
            self._pending[article] = self._pending.get(article, 0) + 1
            self._start_timer()
        return True

    def count_request(self, article: int, request: HttpRequest, visit: str = "") -> bool:
        """Count the visit behind a request; see :meth:`count`."""
        if "prefetch" in request.headers.get("Sec-Purpose", ""):
            return False
        agent = request.headers.get("User-Agent", "")[:300]
        return self.count(article, address=source_ip(request) or "", agent=agent, visit=visit[:40])

    def _new(self, who: str, most: int) -> bool:
        """Whether this key was seen fewer than ``most`` times lately; only a keyed hash of it is remembered."""
        key = hashlib.blake2b(who.encode(), key=self._salt, digest_size=16).digest()
        now = time.monotonic()
        began, times = self._seen.get(key, (now, 0))
        if now - began > REPEAT_SECONDS:
            began, times = now, 0
        if times >= most:
            return False
        self._seen[key] = (began, times + 1)
        self._seen.move_to_end(key)
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _start_timer(self) -> None:
        if self._pid != os.getpid():  # forked: the parent's timer runs in the parent
            self._pid, self._timer = os.getpid(), None
        if self.flush_seconds and self._timer is None:
            self._timer = threading.Timer(self.flush_seconds, self._flush_from_timer)
            self._timer.daemon = True
            self._timer.start()

    def _flush_from_timer(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self.flush()
        except DatabaseError:
            logger.warning("reads: the database did not take them; tried again with the next view", exc_info=True)
        finally:
            connection.close()  # this thread's own

    def flush(self) -> int:
        """Add everything counted so far to the database; return how many views."""
        with self._lock:
            taken, self._pending = self._pending, {}
        if not taken:
            return 0
        try:
            self.book.add(taken)
        except DatabaseError:
            with self._lock:
                for article, views in taken.items():
                    self._pending[article] = self._pending.get(article, 0) + views
            raise
        with self._lock:
            for article in taken:
                self._totals.pop(article, None)
        return sum(taken.values())

    def total(self, article: int) -> int | None:
        """Return all views of a live article, those not written yet included; None where there is none.

        Asks the database once in half a minute for each article.
        """
        now = time.monotonic()
        with self._lock:
            asked, known = self._totals.get(article, (0.0, None))
            pending = self._pending.get(article, 0)
        if not asked or now - asked > FLUSH_SECONDS:
            known = self.book.stored([article]).get(article)
            with self._lock:
                self._totals[article] = (now, known)
                self._totals.move_to_end(article)
                while len(self._totals) > MOST_REMEMBERED:
                    self._totals.popitem(last=False)
        return None if known is None else known + pending

    def forget(self) -> None:
        """Drop everything remembered (tests)."""
        with self._lock:
            self._pending, self._seen, self._totals = {}, OrderedDict(), OrderedDict()


def _at_exit(of: Counter) -> None:
    try:
        of.flush()
    except Exception:  # the database may be gone already
        logger.info("reads: the last views were not written")


def flushed_at_exit(of: Counter) -> Counter:
    """Return a counter that writes its last views when the process ends."""
    atexit.register(_at_exit, of)
    return of


counter = flushed_at_exit(Counter())


def count(article: int, request: HttpRequest, visit: str = "") -> bool:
    """Count the visit behind a request; see :meth:`Counter.count`."""
    return counter.count_request(article, request, visit)


def total(article: int) -> int | None:
    """Return all views of a live article; see :meth:`Counter.total`."""
    return counter.total(article)


def shown(views: int) -> str:
    """9999 → 9999, 12034 → 1.2万, 100000 → 10万."""
    if views < TEN_THOUSAND:
        return str(views)
    tenths = views * 10 // TEN_THOUSAND
    return f"{tenths // 10}.{tenths % 10}万" if tenths % 10 and tenths < 1000 else f"{tenths // 10}万"  # noqa: PLR2004
