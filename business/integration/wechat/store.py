"""Where WeChat's tokens live: one row each, shared by every process, refreshed by one at a time."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from wechatpy.session import SessionStorage

from business.integration.models import SharedValue
from business.security.crypto import DecryptionError

LEASE = timedelta(seconds=10)
WAIT_SECONDS = 3.0  # how long to wait for the process that is refreshing before asking ourselves
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Fresh:
    """A value just fetched, and for how many seconds it is good."""

    value: str
    seconds: float


def _row(name: str) -> SharedValue | None:
    try:
        return SharedValue.objects.filter(name=name).first()
    except DecryptionError:
        SharedValue.objects.filter(name=name).update(value="", expires_at=None)  # its key is gone: fetch a new one
        return None


def read_or_fetch(name: str, fetch: Callable[[], Fresh], *, margin: timedelta, refused_value: str | None = None) -> str:
    """Return the shared value; fetch it first if it has less than ``margin`` to live or is the one WeChat refused.

    Only one process fetches; the others use what they have while it lives, wait a little otherwise, and at last fetch
    for themselves, which the stable token allows.
    """
    give_up_at = time.monotonic() + WAIT_SECONDS
    leased = False
    while True:
        now = timezone.now()
        row = _row(name)
        usable = bool(row and row.value and row.value != refused_value and row.expires_at and row.expires_at > now)
        if row and usable and row.expires_at and row.expires_at - now > margin:
            if leased:
                _release(name)  # somebody fetched between our look and our lease
            return str(row.value)
        if not leased and _lease(name, now):
            leased = True
            continue
        if leased or time.monotonic() > give_up_at:
            try:
                fresh = fetch()
            except Exception:
                _release(name)
                if row and usable:
                    return str(row.value)  # WeChat is silent, but the old one still lives
                raise
            write(name, fresh.value, fresh.seconds)
            return fresh.value
        if row and usable:
            return str(row.value)
        time.sleep(POLL_SECONDS)


def _release(name: str) -> None:
    SharedValue.objects.filter(name=name).update(leased_until=None)


def _lease(name: str, now: datetime) -> bool:
    SharedValue.objects.get_or_create(name=name)
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    return bool(SharedValue.objects.filter(free, name=name).update(leased_until=now + LEASE))


def write(name: str, value: str, seconds: float) -> None:
    """Share a value for a number of seconds."""
    now = timezone.now()
    SharedValue.objects.update_or_create(
        name=name,
        defaults={
            "value": value,
            "fetched_at": now,
            "expires_at": now + timedelta(seconds=seconds),
            "leased_until": None,
        },
    )


class DatabaseSession(SessionStorage):
    """What wechatpy's sub-APIs keep between calls (the JS-SDK ticket), in the same table."""

    FOREVER = 10 * 365 * 86400

    def get(self, key: str, default: Any = None) -> Any:
        """Return a live value or the default."""
        row = _row(key)
        if row is None or not row.value or not row.expires_at or row.expires_at <= timezone.now():
            return default
        return json.loads(row.value)

    def set(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Keep a value."""
        write(key, json.dumps(value), ttl or self.FOREVER)

    def delete(self, key: str) -> None:
        """Forget a value."""
        SharedValue.objects.filter(name=key).delete()
