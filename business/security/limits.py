"""How often something may be done, counted in the database so that every process counts together.

A row a purpose, subject and window; the conditional UPDATE decides every race, on every database. Subjects (a phone
number, an address, an account) are stored as blind indexes only.
"""

from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from business.security import crypto
from business.security.models import Allowance


def _key(purpose: str, subject: str, window: object = "") -> str:
    return f"{purpose}:{crypto.blind_index(f'limit.{purpose}', subject)[:32]}:{window}"


def take(purpose: str, subject: str, *, most: int, seconds: int) -> bool:
    """Use up one of the ``most`` that a subject has in each window of ``seconds``; False where none is left."""
    window = int(timezone.now().timestamp()) // seconds
    key = _key(purpose, subject, window)
    ends_at = datetime.fromtimestamp((window + 1) * seconds, UTC)
    for _try in range(2):
        if Allowance.objects.filter(key=key, used__lt=most).update(used=F("used") + 1):
            return True
        if most < 1 or Allowance.objects.filter(key=key).exists():
            return False
        try:
            with transaction.atomic():
                Allowance.objects.create(key=key, used=1, ends_at=ends_at)
            return True
        except IntegrityError:
            continue  # somebody else made the row: count on it
    return False


def pause(purpose: str, subject: str, *, seconds: int) -> int:
    """Begin a pause of ``seconds`` for a subject and return 0; while one runs, return how many seconds are left."""
    key, now = _key(purpose, subject), timezone.now()
    ends_at = now + timedelta(seconds=seconds)
    if Allowance.objects.filter(key=key, ends_at__lte=now).update(ends_at=ends_at):
        return 0
    try:
        with transaction.atomic():
            Allowance.objects.create(key=key, used=1, ends_at=ends_at)
        return 0
    except IntegrityError:
        return pause_left(purpose, subject) or 1


def pause_left(purpose: str, subject: str) -> int:
    """Return how many seconds of a pause are left, 0 where none runs."""
    row = Allowance.objects.filter(key=_key(purpose, subject)).first()
    left = (row.ends_at - timezone.now()).total_seconds() if row else 0
    return max(0, int(-(-left // 1)))
