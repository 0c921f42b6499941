"""Taking a number: what may be taken now, and the row with its unique claims. Used by bookings and by offers."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from business.patients.models import Account, Patient
from business.registration import errors, release, states
from business.registration.models import Appointment, Schedule, Slot
from business.security.refs import new_ref

LOCK_CHECK_SECONDS = 3


def claim_of(patient: Patient, schedule: Schedule) -> str:
    """Return what is unique of a patient's booking: one a person, department and day (16.1)."""
    return f"{patient.id_index[:40]}:{schedule.department_id}:{schedule.date:%Y%m%d}"


def lock_account(account: Account) -> None:
    """Put the holds of one account in order, so that many at once are counted; first in the lock order."""
    no_key = connection.features.has_select_for_no_key_update
    Account.objects.select_for_update(no_key=no_key).get(pk=account.pk)


def lock_slot(**which: object) -> Slot | None:
    """Lock one slot, and nothing else: in the model's own order its clinic would be joined and locked with it."""
    return Slot.objects.select_for_update().filter(**which).order_by("pk").first()


def new_hold(
    *,
    account: Account,
    patient: Patient,
    slot: Slot,
    schedule: Schedule,
    key: str,
    expires_at: datetime,
    actor: str,
    **more: Any,
) -> Appointment:
    """Write the appointment that claims slot and patient-day; the unique columns refuse a second (I1).

    ``more`` is what a booking that replaces another has besides, its ``patient_claim`` among it (services/move.py).
    """
    now = timezone.now()
    appointment = Appointment.objects.create(
        trade_no=f"R{timezone.localtime(now):%y%m%d}{new_ref()}",
        account=account,
        patient=patient,
        slot=slot,
        claimed_slot=slot,
        request_key=key,
        fee_fen=schedule.fee_fen,
        hold_expires_at=expires_at,
        next_check_at=now + timedelta(seconds=LOCK_CHECK_SECONDS),
        place=schedule.place,
        **{"patient_claim": claim_of(patient, schedule), **more},
    )
    states.begin(appointment, actor=actor)
    return appointment


TODAY_SENTENCES = {
    "closed": _lazy("这个门诊不接受当日预约，请选择其他日期。"),
    "early": _lazy("今天的号还没有开始预约，请稍后再来。"),
    "late": _lazy("今天的这个门诊已停止预约，请选择其他日期。"),
}


def must_be_bookable(slot: Slot, schedule: Schedule) -> None:
    """Refuse, with a sentence, a number that cannot be booked now; claims are another matter."""
    if schedule.is_stopped_at(slot.starts_at):
        raise errors.SlotClosed(errors.his_sentence("SCHEDULE_STOPPED"))
    if slot.state == Slot.State.TAKEN:
        raise errors.SlotTaken(errors.his_sentence("SLOT_TAKEN"))
    if slot.state == Slot.State.CLOSED or slot.channel != Slot.Channel.PORTAL:
        raise errors.SlotClosed(errors.his_sentence("SLOT_CLOSED"))
    if slot.starts_at <= timezone.now():
        raise errors.SlotClosed(_("这个时段已经开始，请选择其他时间。"))
    rule = release.rule_of(schedule)
    opens_at = release.opening(schedule, slot, rule)
    if opens_at > timezone.now():
        when = f"{timezone.localtime(opens_at):%m月%d日 %H:%M}"
        raise errors.SlotClosed(_("这个号还没有开放预约，{when} 放号。").format(when=when))
    if problem := rule.same_day_problem(schedule, timezone.now()):
        raise errors.SlotClosed(str(TODAY_SENTENCES[problem]))
