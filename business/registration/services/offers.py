"""What the line gets: the next free number is held for the next who waits (候补), strictly in order.

An offer is an appointment held for them: the same unique claim on the slot as every booking, the same order to pay,
the same expiry. So a number is never offered twice, and one that is not taken goes on to the next.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration.outcomes import OutsideError
from business.patients import services as patient_services
from business.patients.errors import PatientBlocked
from business.patients.models import Account
from business.registration import errors
from business.registration.models import Appointment, Schedule, Slot, WaitingEntry
from business.registration.notices import tell
from business.registration.rules import rule_for
from business.registration.services.cancel import cancel
from business.registration.services.claiming import claim_of, lock_account, lock_slot, new_hold
from business.registration.services.hold import settle_lock
from business.registration.services.line import end, free_numbers, over, recount
from business.security.errors import PortalError
from business.security.refs import new_ref

logger = logging.getLogger(__name__)

T = TypeVar("T")
State = WaitingEntry.State
Booking = Appointment.State
MOST_ROUNDS = 50
SWEEP_LIMIT = 200


def leave(*, account: Account, entry_ref: str) -> WaitingEntry:
    """Leave the line; who has an offer gives it back. Repeatable. Raises NotFound."""
    found = WaitingEntry.objects.filter(account=account, ref=entry_ref).select_related("offer").first()
    if found is None:
        raise errors.NotFound(_("没有找到这条候补。"))
    if found.state == State.OFFERED and found.offer is not None:
        cancel(account=account, appointment_ref=found.offer.ref)
        return follow(found)
    with transaction.atomic():
        schedule = Schedule.objects.select_for_update().get(pk=found.schedule_id)
        entry = WaitingEntry.objects.select_for_update().get(pk=found.pk)
        if entry.state == State.WAITING:
            end(entry, State.LEFT, _("您已退出候补"))
            recount(schedule)
        return entry


def offer_next(schedule: Schedule) -> bool:
    """Give the next free number to the next in line; return whether it is worth another round."""
    entry = WaitingEntry.objects.filter(schedule=schedule, state=State.WAITING).order_by("pk").first()
    if entry is None:
        return False
    try:
        appointment, again = _offer(entry)
    except IntegrityError:
        return True  # somebody was quicker at the slot or for the patient: look again
    if appointment is None:
        return again
    _settle(appointment)
    follow(WaitingEntry.objects.get(pk=entry.pk))
    return True


@transaction.atomic
def _offer(entry: WaitingEntry) -> tuple[Appointment | None, bool]:
    """Hold a number for an entry; (None, whether to go on) where none is held."""
    lock_account(entry.account)
    schedule = Schedule.objects.select_for_update().get(pk=entry.schedule_id)
    row = WaitingEntry.objects.select_for_update().get(pk=entry.pk)
    if row.state != State.WAITING:
        return None, True
    now = timezone.now()
    if row.until <= now:
        over(row, schedule, _("候补截止，没有等到号"))
        return None, True
    try:
        patient_services.must_be_admitted(row.patient)  # blocked since they joined
    except PatientBlocked as no:
        over(row, schedule, str(no))
        return None, True
    candidate = free_numbers(schedule).order_by("number", "pk").first()
    if candidate is None:
        return None, False
    slot = lock_slot(pk=candidate.pk)
    if slot is None or slot.state != Slot.State.OPEN or Appointment.objects.filter(claimed_slot=slot).exists():
        return None, True
    claim = claim_of(row.patient, schedule)
    if Appointment.objects.filter(patient_claim=claim).exists():
        over(row, schedule, _("就诊人当天在这个科室已有预约"))
        return None, True
    minutes = rule_for(schedule.campus_id).offer_minutes
    appointment = new_hold(
        account=row.account,
        patient=row.patient,
        slot=slot,
        schedule=schedule,
        key=f"{row.account_id}:waiting:{new_ref()}",
        expires_at=min(now + timedelta(minutes=minutes), slot.starts_at),
        actor="waiting",
    )
    row.state, row.offer, row.offered_at, row.reason = State.OFFERED, appointment, None, ""
    row.save()
    recount(schedule)
    return appointment, True


def _settle(appointment: Appointment) -> None:
    try:
        settle_lock(appointment)
    except (PortalError, OutsideError) as no:
        logger.info("the offer %s came to nothing: %s", appointment.ref, no)


@transaction.atomic
def follow(entry: WaitingEntry) -> WaitingEntry:
    """Bring an entry to where its offer is: told, taken, lapsed, given back, or in line again. Repeatable."""
    schedule = Schedule.objects.select_for_update().get(pk=entry.schedule_id)
    row = WaitingEntry.objects.select_for_update().get(pk=entry.pk)
    offer = row.offer
    if row.state != State.OFFERED or offer is None:
        return row
    if offer.state == Booking.HELD and row.offered_at is None:
        row.offered_at = timezone.now()
        row.save()
        until = f"{timezone.localtime(offer.hold_expires_at):%Y-%m-%d %H:%M}"
        tell(offer, "registration.offer", key=f"offer:{offer.ref}", more={"deadline": until})
    elif offer.state in {Booking.CONFIRMING, Booking.BOOKED, Booking.CANCELLING}:
        end(row, State.BOOKED)
    elif offer.state == Booking.EXPIRED:
        end(row, State.LAPSED, _("到号后没有在期限内支付，已轮到下一位"))
    elif offer.state == Booking.CANCELLED:
        stopped = offer.cause == Appointment.Cause.STOP
        end(row, State.OVER if stopped else State.LEFT, offer.reason)
    elif offer.state == Booking.FAILED:
        if schedule.state == Schedule.State.STOPPED:
            over(row, schedule, _("该门诊已停诊"))
        else:
            row.state, row.offer, row.offered_at = State.WAITING, None, None
            row.save()
            recount(schedule)
    return row


def sweep() -> int:
    """Follow offers, end waits whose time is over, offer what is free; return how many entries were looked at."""
    now = timezone.now()
    looked = 0
    moved = Q(offer__state=Booking.HELD, offered_at=None) | ~Q(
        offer__state__in=(Booking.LOCKING, Booking.HELD, Booking.RELEASING)
    )
    for entry in WaitingEntry.objects.filter(moved, state=State.OFFERED).order_by("pk")[:SWEEP_LIMIT]:
        looked += 1
        _carefully(follow, entry)
    for entry in WaitingEntry.objects.filter(state=State.WAITING, until__lte=now).order_by("pk")[:SWEEP_LIMIT]:
        looked += 1
        _carefully(_time_is_over, entry)
    lines = Schedule.objects.filter(waiting__gt=0, date__gte=timezone.localdate(), state=Schedule.State.OPEN)
    for schedule in lines.order_by("date", "pk")[:SWEEP_LIMIT]:
        for _round in range(MOST_ROUNDS):
            looked += 1
            if not _carefully(offer_next, schedule):
                break
    return looked


@transaction.atomic
def _time_is_over(entry: WaitingEntry) -> None:
    schedule = Schedule.objects.select_for_update().get(pk=entry.schedule_id)
    row = WaitingEntry.objects.select_for_update().get(pk=entry.pk)
    if row.state == State.WAITING and row.until <= timezone.now():
        over(row, schedule, _("候补截止，没有等到号"))


def _carefully(what: Callable[[T], object], one: T) -> object:
    """One that fails does not keep the others waiting."""
    try:
        return what(one)
    except Exception:
        logger.exception("the waiting list: one entry failed")
        return False
