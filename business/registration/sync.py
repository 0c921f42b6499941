"""Schedules and slots from HIS: changed rows are written, nothing booked is ever lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from business.hospital.models import Campus, Department, Doctor
from business.integration import his
from business.integration.his import ScheduleFact, SlotFact
from business.integration.outcomes import Unknown
from business.registration import stops
from business.registration.models import Schedule, Slot
from business.registration.release import Releases

BATCH = 500

SLOT_STATES = {
    "free": Slot.State.OPEN,
    "locked": Slot.State.TAKEN,
    "taken": Slot.State.TAKEN,
    "closed": Slot.State.CLOSED,
}


@dataclass(frozen=True)
class SyncResult:
    """How many rows changed."""

    schedules: int
    slots: int


def sync_schedules(start: date | None = None, end: date | None = None) -> SyncResult:
    """Make our schedules and slots equal to HIS from ``start`` to ``end`` (default: the days that can be booked).

    Asks HIS first and writes afterwards; an answer that lists nothing at all is not believed. What HIS no longer lists
    is stopped or closed, never deleted. A slot that one of our own bookings claims stays as it is: HIS calls it taken
    because we took it. Raises Unknown or Refused.
    """
    start = start or timezone.localdate()
    end = end or start + timedelta(days=Releases().longest())
    listed_schedules = his.client().schedules(start, end)
    listed_slots = his.client().slots(start, end)
    if not listed_schedules or not listed_slots:
        _must_be_empty(start, end)
    with transaction.atomic():
        schedules = _write_schedules(listed_schedules, start, end)
    with transaction.atomic():
        slots = _write_slots(listed_slots, start, end)
    return SyncResult(schedules, slots)


def _must_be_empty(start: date, end: date) -> None:
    """Raise Unknown where HIS lists nothing although there was something: a fault there must not close every clinic."""
    open_slots = Slot.objects.exclude(state=Slot.State.CLOSED).filter(schedule__date__range=(start, end))
    if open_slots.filter(schedule__state=Schedule.State.OPEN, starts_at__gt=timezone.now()).exists():
        raise Unknown("HIS lists no clinic or no number at all: not believed")


def _write_schedules(listed: Iterable[ScheduleFact], start: date, end: date) -> int:
    campuses = dict(Campus.objects.values_list("code", "pk"))
    departments = dict(Department.objects.values_list("code", "pk"))
    doctors = dict(Doctor.objects.values_list("code", "pk"))
    ours = {row.code: row for row in Schedule.objects.filter(date__range=(start, end))}
    fields = (
        "campus_id",
        "department_id",
        "doctor_id",
        "date",
        "session",
        "clinic_name",
        "place",
        "fee_fen",
        "state",
    )
    changed: list[Schedule] = []
    stopped: list[str] = []
    reopened: list[str] = []
    seen: set[str] = set()
    for entry in listed:
        if entry.campus_code not in campuses or entry.department_code not in departments:
            continue  # base data not there yet: the next base synchronisation brings it
        seen.add(entry.code)
        values = {
            "campus_id": campuses[entry.campus_code],
            "department_id": departments[entry.department_code],
            "doctor_id": doctors.get(entry.doctor_code or ""),
            "date": entry.date,
            "session": entry.session,
            "clinic_name": entry.clinic_name,
            "place": entry.place,
            "fee_fen": entry.fee_fen,
            "state": Schedule.State.STOPPED if entry.state == "stopped" else Schedule.State.OPEN,
        }
        row = ours.get(entry.code)
        if values["state"] == Schedule.State.STOPPED and (row is None or row.state == Schedule.State.OPEN):
            stopped.append(entry.code)
        elif row is not None and row.state == Schedule.State.STOPPED and values["state"] == Schedule.State.OPEN:
            reopened.append(entry.code)
        if row is None:
            changed.append(Schedule(code=entry.code, **values))
        elif any(getattr(row, field) != values[field] for field in fields):
            for field in fields:
                setattr(row, field, values[field])
            changed.append(row)
    gone = [row for code, row in ours.items() if code not in seen and row.state == Schedule.State.OPEN]
    for row in gone:
        row.state = Schedule.State.STOPPED
    _save(Schedule, [*changed, *gone], [f.removesuffix("_id") for f in fields])
    # What HIS merely no longer lists says nothing to patients: it may never have been meant to take place.
    told = Schedule.objects.select_related("campus", "department", "doctor")
    stops.publish(told.filter(code__in=stopped), told.filter(code__in=reopened))
    return len(changed) + len(gone)


def _write_slots(listed: Iterable[SlotFact], start: date, end: date) -> int:
    schedules = {
        code: (pk, day)
        for code, pk, day in Schedule.objects.filter(date__range=(start, end)).values_list("code", "pk", "date")
    }
    ours = {row.code: row for row in Slot.objects.filter(schedule__date__range=(start, end))}
    claimed = set(
        Slot.objects.filter(schedule__date__range=(start, end), claim__isnull=False).values_list("pk", flat=True)
    )
    fields = ("schedule_id", "number", "starts_at", "ends_at", "state")
    changed: list[Slot] = []
    seen: set[str] = set()
    for entry in listed:
        if entry.schedule_code not in schedules:
            continue
        seen.add(entry.code)
        schedule_id, day = schedules[entry.schedule_code]
        row = ours.get(entry.code)
        state: str = SLOT_STATES.get(entry.state, Slot.State.CLOSED)
        if row is not None and row.pk in claimed and state == Slot.State.TAKEN:
            state = row.state
        values = {
            "schedule_id": schedule_id,
            "number": entry.number,
            "starts_at": _at(day, entry.start),
            "ends_at": _at(day, entry.end),
            "state": state,
        }
        if row is None:
            changed.append(Slot(code=entry.code, **values))
        elif any(getattr(row, field) != values[field] for field in fields):
            for field in fields:
                setattr(row, field, values[field])
            changed.append(row)
    gone = [row for code, row in ours.items() if code not in seen and row.state != Slot.State.CLOSED]
    for row in gone:
        row.state = Slot.State.CLOSED
    _save(Slot, [*changed, *gone], [f.removesuffix("_id") for f in fields])
    return len(changed) + len(gone)


def _save(model: type[Schedule] | type[Slot], rows: list[Any], fields: list[str]) -> None:
    """Insert or update by the HIS code; a row that another worker inserted meanwhile is updated."""
    known = [row for row in rows if row.pk is not None]
    fresh = [row for row in rows if row.pk is None]  # decided before the insert, which gives them their keys
    options: dict[str, Any] = {"update_conflicts": True, "update_fields": fields}
    if connection.features.supports_update_conflicts_with_target:
        options["unique_fields"] = ["code"]
    model._default_manager.bulk_create(fresh, batch_size=BATCH, **options)
    model._default_manager.bulk_update(known, fields, batch_size=BATCH)


def _at(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
