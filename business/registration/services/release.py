"""Release: an unpaid hold ends by expiry or by the patient; the channel's order is closed first, always (§7.3)."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration import sweeper
from business.integration.outcomes import OutsideError, Unknown
from business.payments import services as payments
from business.payments.errors import PostingRefused
from business.registration import states
from business.registration.kind import KIND
from business.registration.models import Appointment, Slot
from business.registration.notices import tell
from business.registration.services.hold import enqueue_unlock
from business.security.errors import PortalError

logger = logging.getLogger(__name__)

State = Appointment.State
RETRY_SECONDS = 10
SWEEP_LIMIT = 200


def release(
    appointment: Appointment, *, to: str, actor: str, cause: str = Appointment.Cause.PATIENT, reason: str = ""
) -> Appointment:
    """Begin to release an unpaid hold (``to`` is expired or cancelled) and finish it if the channel answers.

    ``cause`` and ``reason`` say who gave an unpaid booking up where it was not the patient.

    Returns the appointment as it now is: ended, still ``releasing`` (a sweep goes on), or ``confirming`` because the
    money turned out to have been paid.
    """
    with transaction.atomic():
        payments.lock_order(KIND, appointment.ref)
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.HELD:
            return row
        row.release_to = to
        row.next_check_at = timezone.now() + timedelta(seconds=RETRY_SECONDS)
        row.cause = cause if to == State.CANCELLED else ""
        states.move(row, State.RELEASING, actor=actor, reason=reason)
    return finish_release(row)


def finish_release(appointment: Appointment) -> Appointment:
    """Close the order at the channel, then give the slot back; safe to repeat, gives nothing back while unsure."""
    with transaction.atomic():
        order = payments.lock_order(KIND, appointment.ref)
    if order is not None:
        try:
            order = payments.close_order(order_ref=order.ref, reason=appointment.release_to, actor="system")
        except (Unknown, PostingRefused):
            # Silent, or with money that fits nothing and that a person looks at: the slot is not given away.
            pause = timezone.now() + timedelta(seconds=RETRY_SECONDS)
            Appointment.objects.filter(pk=appointment.pk, state=State.RELEASING).update(next_check_at=pause)
            appointment.refresh_from_db()
            return appointment
    with transaction.atomic():
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.RELEASING:
            return row
        expired = row.release_to == State.EXPIRED
        by_patient = row.cause in {"", Appointment.Cause.PATIENT}
        given_up = _("您取消了预约") if by_patient else row.reason
        states.move(row, row.release_to, actor="system", reason=_("超过支付时间，号源已释放") if expired else given_up)
        enqueue_unlock(row)
        if expired:
            tell(row, "registration.expired", key=f"expired:{row.ref}")
        elif not by_patient:
            event = "stopped" if row.cause == Appointment.Cause.STOP else "cancelled"
            tell(row, f"registration.{event}", key=f"cancelled:{row.ref}", amount_fen=0)
        return row


def free_slot(appointment: Appointment) -> None:
    """Offer the slot again, now that HIS has freed what it had locked for this appointment."""
    if not appointment.lock_id:
        return  # HIS never locked it for us: whoever has it there keeps it
    Slot.objects.filter(pk=appointment.slot_id, state=Slot.State.TAKEN).update(state=Slot.State.OPEN)


def expire_due() -> int:
    """Release every hold whose time is over and go on with what is stuck half-way; return how many were looked at."""
    now = timezone.now()
    over = Appointment.objects.filter(state=State.HELD, hold_expires_at__lte=now).order_by("hold_expires_at")
    stuck = Appointment.objects.filter(state=State.RELEASING, next_check_at__lte=now).order_by("next_check_at")
    looked = 0
    for row in sweeper.share(over[:SWEEP_LIMIT]):
        looked += 1
        _carefully(row, lambda one: release(one, to=State.EXPIRED, actor="sweep"))
    for row in sweeper.share(stuck[:SWEEP_LIMIT]):
        if _claim(row):
            looked += 1
            _carefully(row, finish_release)
    return looked


def _claim(row: Appointment) -> bool:
    """Take one look for this worker; whatever comes of it, the row does not stay at the head of the queue."""
    pause = timezone.now() + timedelta(seconds=RETRY_SECONDS)
    same = Appointment.objects.filter(pk=row.pk, state=State.RELEASING, next_check_at=row.next_check_at)
    return bool(same.update(next_check_at=pause))


def _carefully(row: Appointment, what: Callable[[Appointment], Appointment]) -> None:
    """One that fails does not keep the others waiting."""
    try:
        what(row)
    except (PortalError, OutsideError):
        logger.warning("release of %s will be tried again", row.ref, exc_info=True)
    except Exception:
        logger.exception("release of %s failed", row.ref)
