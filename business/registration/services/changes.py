"""Stop a clinic, swap its doctor, move it, reopen it: one path for staff and for HIS (46.13).

The change itself is one transaction: the clinic, the list of who is affected, a piece of outbox work for each of them,
the notice. What follows is done patient by patient, may be repeated at any point, and shows how far it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from business.hospital.models import Doctor
from business.integration import outbox
from business.registration import errors, states, stops
from business.registration.models import AffectedBooking, Appointment, ClinicChange, Schedule
from business.registration.notices import tell
from business.registration.services import line
from business.security.refs import new_ref

State = Appointment.State
Kind = ClinicChange.Kind
Done = AffectedBooking.State
TOPIC = "registration.affected"
PAID = (State.CONFIRMING, State.BOOKED, State.CANCELLING)
SWITCHES = (Kind.STOP, Kind.REOPEN)


def affected(schedule: Schedule, from_at: datetime | None = None) -> QuerySet[Appointment]:
    """Return the living bookings of a clinic whose visit is not over, from a moment on; those a change would touch."""
    rows = Appointment.objects.filter(slot__schedule=schedule, slot__ends_at__gt=timezone.now())
    rows = rows.exclude(state__in=states.ENDED).select_related("patient", "account", "slot")
    return (rows.filter(slot__starts_at__gte=from_at) if from_at else rows).order_by("slot__number", "pk")


@dataclass(frozen=True)
class Consequence:
    """Who is affected, for staff to see before they decide."""

    rows: list[Appointment]

    @property
    def paid(self) -> int:
        """Count those whose money will go back."""
        return sum(row.state in PAID and row.fee_fen > 0 for row in self.rows)

    @property
    def unpaid(self) -> int:
        """Count the others."""
        return len(self.rows) - self.paid

    @property
    def refund_fen(self) -> int:
        """Sum what will go back."""
        return sum(row.fee_fen for row in self.rows if row.state in PAID)


def consequence(schedule: Schedule, from_at: datetime | None = None) -> Consequence:
    """Return what a change would mean; 1 SQL."""
    return Consequence(list(affected(schedule, from_at)))


def _locked(schedule: Schedule) -> Schedule:
    locked = Schedule.objects.select_for_update().get(pk=schedule.pk)
    return locked


def _with_facts(schedule: Schedule) -> Schedule:
    return Schedule.objects.select_related("campus", "department", "doctor").get(pk=schedule.pk)


def _covers(earlier: ClinicChange, from_at: datetime | None) -> bool:
    """Tell whether a stop already says what a new one would."""
    return earlier.from_at is None or (from_at is not None and from_at >= earlier.from_at)


@transaction.atomic
def stop(
    schedule: Schedule,
    *,
    actor: str,
    reason: str = "",
    from_at: datetime | None = None,
    origin: str = ClinicChange.Origin.STAFF,
) -> ClinicChange:
    """Stop a clinic, or the rest of it from ``from_at`` on; a clinic that is stopped already keeps its change.

    Raises ClinicOver for a clinic whose day is past.
    """
    row = _locked(schedule)
    if row.date < timezone.localdate():
        raise errors.ClinicOver(_("这个门诊的日期已过，不能停诊。"))
    earlier = running_stop(row)
    if earlier is not None and _covers(earlier, from_at) and (row.state == Schedule.State.STOPPED or from_at):
        return earlier
    if from_at is None:
        row.state, row.stopped_from = Schedule.State.STOPPED, None
        row.stopped_here = row.stopped_here or origin == ClinicChange.Origin.STAFF
    else:
        row.stopped_from = from_at
    row.save(update_fields=["state", "stopped_from", "stopped_here"])
    change = ClinicChange.objects.create(
        schedule=row, kind=Kind.STOP, origin=origin, from_at=from_at, reason=reason[:100], actor=actor[:100]
    )
    enlist(change, affected(row, from_at))
    stops.publish([_with_facts(row)], [], from_at=from_at, reason=reason)
    if from_at is None:
        line.close(row, _("该门诊已停诊"))
    return change


def enlist(change: ClinicChange, rows: Iterable[Appointment]) -> int:
    """Put bookings on a change's list, each with its own work; return how many are new on it."""
    fresh = 0
    for row in rows:
        one, created = AffectedBooking.objects.get_or_create(
            change=change, appointment=row, defaults={"was_paid": row.state in PAID and row.fee_fen > 0}
        )
        if created:
            fresh += 1
            outbox.enqueue(TOPIC, {"affected": one.pk}, key=f"affected:{one.pk}")
    return fresh


def running_stop(schedule: Schedule) -> ClinicChange | None:
    """Return the stop that holds now: the last one that no reopening followed."""
    last = schedule.changes.filter(kind__in=SWITCHES).order_by("-pk").first()
    return last if last is not None and last.kind == Kind.STOP else None


@transaction.atomic
def reopen(schedule: Schedule, *, actor: str, origin: str = ClinicChange.Origin.STAFF) -> ClinicChange:
    """Let a clinic take place after all; what was refunded stays refunded, who lost their visit is told.

    Raises StillStopped where HIS itself stopped it.
    """
    row = _locked(schedule)
    by_his = row.origin == Schedule.Origin.HIS and row.state == Schedule.State.STOPPED and not row.stopped_here
    if by_his and origin == ClinicChange.Origin.STAFF:
        raise errors.StillStopped(_("这个门诊是在 HIS 中停诊的，请在 HIS 中恢复，随后自动同步。"))
    over = running_stop(row)
    row.state, row.stopped_from, row.stopped_here = Schedule.State.OPEN, None, False
    row.save(update_fields=["state", "stopped_from", "stopped_here"])
    change = ClinicChange.objects.create(schedule=row, kind=Kind.REOPEN, origin=origin, actor=actor[:100])
    stops.publish([], [_with_facts(row)])
    if over is not None:
        lost = over.affected.filter(state=Done.DONE, appointment__state=State.CANCELLED)
        for one in lost.select_related("appointment__account", "appointment__patient", "appointment__slot"):
            tell(one.appointment, "registration.reopened", key=f"reopened:{change.ref}:{one.appointment.ref}")
    return change


@transaction.atomic
def swap_doctor(
    schedule: Schedule,
    doctor: Doctor,
    *,
    actor: str,
    reason: str = "",
    origin: str = ClinicChange.Origin.STAFF,
) -> ClinicChange:
    """Give a clinic to another doctor; bookings stay, patients are told. Raises DoctorBusy."""
    row = _locked(schedule)
    elsewhere = Schedule.objects.filter(
        doctor=doctor, date=row.date, session=row.session, state=Schedule.State.OPEN
    ).exclude(pk=row.pk)
    if origin == ClinicChange.Origin.STAFF and elsewhere.exists():
        raise errors.DoctorBusy(_("{doctor}这个时段已有其他门诊，请换一位医生。").format(doctor=doctor.name))
    change = ClinicChange.objects.create(
        schedule=row,
        kind=Kind.DOCTOR,
        origin=origin,
        doctor_before_id=row.doctor_id,
        doctor_after=doctor,
        reason=reason[:100],
        actor=actor[:100],
    )
    row.doctor = doctor
    row.changed_here = row.changed_here or origin == ClinicChange.Origin.STAFF
    row.save(update_fields=["doctor", "changed_here"])
    enlist(change, affected(row))
    return change


@transaction.atomic
def change_room(
    schedule: Schedule,
    place: str,
    *,
    actor: str,
    reason: str = "",
    origin: str = ClinicChange.Origin.STAFF,
) -> ClinicChange:
    """Move a clinic to another room; bookings stay, patients are told."""
    row = _locked(schedule)
    change = ClinicChange.objects.create(
        schedule=row,
        kind=Kind.ROOM,
        origin=origin,
        place_before=row.place,
        place_after=place,
        reason=reason[:100],
        actor=actor[:100],
    )
    row.place = place
    row.changed_here = row.changed_here or origin == ClinicChange.Origin.STAFF
    row.save(update_fields=["place", "changed_here"])
    enlist(change, affected(row))
    return change


@transaction.atomic
def retry(one: AffectedBooking) -> None:
    """Do the work of one patient again (a member of staff decided so)."""
    row = AffectedBooking.objects.select_for_update().get(pk=one.pk)
    if row.state == Done.DONE:
        return
    row.state, row.outcome = Done.PENDING, ""
    row.save(update_fields=["state", "outcome"])
    outbox.enqueue(TOPIC, {"affected": row.pk}, key=f"affected:{row.pk}:{new_ref()}")


@transaction.atomic
def learn_stop(schedule: Schedule) -> None:
    """HIS refused because the clinic is stopped: the same path as if it had told us by itself."""
    row = _locked(schedule)
    if row.state != Schedule.State.STOPPED and row.date >= timezone.localdate():
        stop(row, actor="his", origin=ClinicChange.Origin.HIS)


def find_stragglers() -> int:
    """Enlist bookings that were being made while their clinic was stopped; return how many were found."""
    last = ClinicChange.objects.filter(schedule=OuterRef("slot__schedule"), kind__in=SWITCHES).order_by("-pk")
    enlisted = AffectedBooking.objects.filter(appointment=OuterRef("pk"), change=OuterRef("last_switch"))
    rows = (
        Appointment.objects.exclude(state__in=states.ENDED)
        .filter(slot__ends_at__gt=timezone.now(), slot__schedule__changes__kind=Kind.STOP)
        .annotate(last_switch=Subquery(last.values("pk")[:1]))
        .filter(~Exists(enlisted))
        .distinct()
    )
    found = 0
    for row in rows[:200]:
        change = ClinicChange.objects.get(pk=row.last_switch)
        slot = row.slot
        if change.kind == Kind.STOP and (change.from_at is None or slot.starts_at >= change.from_at):
            with transaction.atomic():
                found += enlist(change, [row])
    return found
