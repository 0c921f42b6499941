"""Sessions of accounts: the browser holds a random token, we hold only its digest (T3, T26)."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, DateTimeField, FilteredRelation, Q, QuerySet
from django.utils import timezone

from business.integration.sweeper import sweep
from business.patients.models import Account, AccountSession, Patient
from business.prepared import Prepared
from business.security import audit

TOKEN_BYTES = 32
NOTE_EVERY = timedelta(minutes=1)  # a session's last use is written down at most this often


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _idle() -> timedelta:
    return timedelta(minutes=settings.ACCOUNT_IDLE_MINUTES)


@transaction.atomic
def start(account: Account, entrance: str, *, source_ip: str | None = None) -> str:
    """Open a session and return its token: 256 bits, told once and never stored. ``source_ip`` is for the trail."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = timezone.now()
    AccountSession.objects.create(
        account=account,
        token_digest=_digest(token),
        entrance=entrance,
        created_at=now,
        seen_at=now,
        ends_at=now + timedelta(hours=settings.ACCOUNT_MAX_HOURS),
    )
    audit.record("patients.signin", account_ref=account.ref, source_ip=source_ip, detail={"entrance": entrance})
    return token


def _live(digest: str, now: datetime, used_since: datetime) -> QuerySet[AccountSession]:
    # The digest is unique: nothing to sort.
    return AccountSession.objects.select_related("account").filter(
        token_digest=digest, ends_at__gt=now, seen_at__gt=used_since, account__is_active=True
    )


def _live_with_patients(digest: str, now: datetime, used_since: datetime) -> QuerySet[AccountSession]:
    listed = FilteredRelation("account__patients", condition=Q(account__patients__removed_at=None))
    return (
        _live(digest, now, used_since)
        .annotate(listed=listed)
        .select_related("account", "listed")  # type: ignore[misc]  # a filtered relation
        .order_by("-listed__is_default", "listed__pk")
    )


_ARGUMENTS = (CharField(), DateTimeField(), DateTimeField())
_session = Prepared(_live, *_ARGUMENTS)
_session_with_patients = Prepared(_live_with_patients, *_ARGUMENTS)


def _used(session: AccountSession, now: datetime) -> Account:
    if now - session.seen_at >= NOTE_EVERY:
        AccountSession.objects.filter(pk=session.pk, seen_at__lt=now).update(seen_at=now)
    return session.account


def account_of(token: str) -> Account | None:
    """Return whose live session this is, None for a stranger's, an idle, an ended or a disabled one; one query."""
    if not token:
        return None
    now = timezone.now()
    found = _session(_digest(token), now, now - _idle())
    return _used(found[0], now) if found else None


def account_and_patients_of(token: str) -> tuple[Account | None, list[Patient]]:
    """Return what :func:`account_of` does and the account's listed patients in their order, in one query."""
    if not token:
        return None, []
    now = timezone.now()
    found = _session_with_patients(_digest(token), now, now - _idle())
    if not found:
        return None, []
    account = _used(found[0], now)
    patients: list[Patient] = [mine for row in found if (mine := getattr(row, "listed", None)) is not None]
    for patient in patients:
        patient.account = account
    return account, patients


@transaction.atomic
def end(token: str, *, source_ip: str | None = None) -> None:
    """End a session: its row goes, and with it every trace of it."""
    session = AccountSession.objects.select_related("account").filter(token_digest=_digest(token)).first()
    if session is not None:
        session.delete()
        audit.record("patients.signout", account_ref=session.account.ref, source_ip=source_ip)


def end_all(account: Account) -> int:
    """End every session of an account; return how many there were."""
    return AccountSession.objects.filter(account=account).delete()[0]


@sweep(every_seconds=600)
def forget_ended() -> int:
    """Delete sessions that are over."""
    now = timezone.now()
    over = AccountSession.objects.filter(ends_at__lt=now) | AccountSession.objects.filter(seen_at__lt=now - _idle())
    return over.delete()[0]
