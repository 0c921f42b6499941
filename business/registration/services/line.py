"""The line for a full clinic (候补): who may join, until when, and its end; see offers.py for what the line gets.

Rows are locked in one order: account, clinic, entry, slot.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from business.patients import queries as patient_queries
from business.patients import services as patient_services
from business.patients.models import Account, Patient
from business.registration import errors, queries
from business.registration.models import Appointment, Schedule, Slot, WaitingEntry
from business.registration.notices import tell_waiting
from business.registration.release import Release, Releases, next_opening
from business.registration.rules import rule_for
from business.registration.services.claiming import claim_of, lock_account

State = WaitingEntry.State
LIVING = (State.WAITING, State.OFFERED)


def free_numbers(schedule: Schedule, rule: Release | None = None) -> QuerySet[Slot]:
    """Return the numbers that could be given out now, whoever waits."""
    now = timezone.now()
    rule = rule or Releases().of_schedule(schedule)
    return Slot.objects.filter(queries.bookable_slots(rule.released(now)), schedule=schedule)


def first_start(schedule: Schedule) -> datetime | None:
    """Return when the clinic begins."""
    found: datetime | None = schedule.slots.aggregate(first=Min("starts_at"))["first"]
    return found


def deadline_of(schedule: Schedule) -> datetime | None:
    """Return until when somebody may wait, None for a clinic without numbers."""
    begins = first_start(schedule)
    if begins is None:
        return None
    return begins - timedelta(minutes=rule_for(schedule.campus_id).waiting_until_minutes)


def why_not_joinable(schedule: Schedule, now: datetime) -> str:
    """Return the sentence that keeps everybody from the line now, or nothing."""
    rule = Releases().of_schedule(schedule)
    if schedule.state == Schedule.State.STOPPED or schedule.stopped_from:
        return str(_("这个门诊已停诊，不能候补。"))
    if next_opening(schedule, rule, now) is not None:
        return str(_("这个门诊还有号没有放出，请在放号后预约。"))
    until = deadline_of(schedule)
    if until is None or until <= now or rule.same_day_problem(schedule, now):
        return str(_("这个门诊快要开始，不再接受候补。"))
    if not schedule.waiting and free_numbers(schedule, rule).exists():
        return str(_("这个门诊还有号，请直接预约。"))
    if schedule.waiting >= rule_for(schedule.campus_id).waiting_per_clinic:
        return str(_("这个门诊的候补人数已满，请选择其他门诊。"))
    return ""


def join(*, account: Account, patient_ref: str, schedule_ref: str, until: datetime | None = None) -> WaitingEntry:
    """Join the line of a full clinic; the same person in the same line is one entry.

    Raises CannotWait, or PatientBlocked where the person may not book either.
    """
    patient = patient_queries.get_patient(account, patient_ref)
    patient_services.must_be_admitted(patient)
    try:
        with transaction.atomic():
            lock_account(account)
            schedule = Schedule.objects.select_for_update().filter(ref=schedule_ref).first()
            if schedule is None:
                raise errors.NotFound(_("没有找到这个门诊，请重新选择。"))
            claim = _claim(patient, schedule)
            if (earlier := WaitingEntry.objects.filter(claim=claim).first()) is not None:
                return _mine(earlier, account)
            now = timezone.now()
            if sentence := why_not_joinable(schedule, now):
                raise errors.CannotWait(sentence)
            if Appointment.objects.filter(patient_claim=claim_of(patient, schedule)).exists():
                raise errors.CannotWait(_("该就诊人当天在这个科室已有预约，不需要候补。"))
            most = rule_for(schedule.campus_id).max_waiting
            if WaitingEntry.objects.filter(account=account, state__in=LIVING).count() >= most:
                raise errors.CannotWait(_("您正在候补的门诊已达 {most} 个，请先退出一个。").format(most=most))
            latest = deadline_of(schedule)
            assert latest is not None  # noqa: S101  # why_not_joinable
            entry = WaitingEntry.objects.create(
                account=account,
                patient=patient,
                schedule=schedule,
                claim=claim,
                until=min(until, latest) if until and until > now else latest,
            )
            recount(schedule)
            return entry
    except IntegrityError:
        return _mine(WaitingEntry.objects.get(claim=_claim(patient, Schedule.objects.get(ref=schedule_ref))), account)


def _claim(patient: Patient, schedule: Schedule) -> str:
    return f"{patient.id_index[:40]}:{schedule.pk}"


def _mine(entry: WaitingEntry, account: Account) -> WaitingEntry:
    if entry.account_id != account.pk:
        raise errors.CannotWait(_("该就诊人已在这个门诊的候补中，请勿重复候补。"))
    return entry


def recount(schedule: Schedule) -> None:
    """Write down how many wait; the caller holds the clinic's lock."""
    waiting = WaitingEntry.objects.filter(schedule=schedule, state=State.WAITING).count()
    Schedule.objects.filter(pk=schedule.pk).update(waiting=waiting)
    schedule.waiting = waiting


def end(entry: WaitingEntry, state: str, reason: str = "") -> None:
    """End a locked entry and give its place in the line away."""
    entry.state, entry.reason, entry.claim, entry.ended_at = state, reason[:200], None, timezone.now()
    entry.save()


def close(schedule: Schedule, reason: str) -> None:
    """End the whole line of a clinic, in the caller's transaction, which holds the clinic's lock; tell everybody."""
    for entry in WaitingEntry.objects.select_for_update().filter(schedule=schedule, state=State.WAITING):
        end(entry, State.OVER, reason)
        tell_waiting(entry, "registration.waiting_over", key=f"waiting_over:{entry.ref}", reason=reason)
    recount(schedule)


def over(row: WaitingEntry, schedule: Schedule, reason: str) -> None:
    """End a wait that came to nothing and tell the patient; the caller holds clinic and entry."""
    end(row, State.OVER, reason)
    recount(schedule)
    tell_waiting(row, "registration.waiting_over", key=f"waiting_over:{row.ref}", reason=reason)
