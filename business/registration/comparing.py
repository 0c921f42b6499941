"""Compare what HIS lists with our rows and write the difference; used by sync.py.

A row of ours that was made here is never touched. What patients must hear of goes through services.changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.utils import timezone

from business.hospital.models import Campus, Department, Doctor
from business.integration.his import ScheduleFact, SlotFact
from business.registration import stops
from business.registration.models import ClinicChange, Schedule, Slot, SyncRun
from business.registration.planning.codes import OWN_PREFIX
from business.registration.services import changes

BATCH = 500
LONGEST_LIST = 200
HIS = Schedule.Origin.HIS

SLOT_STATES = {
    "free": Slot.State.OPEN,
    "locked": Slot.State.TAKEN,
    "taken": Slot.State.TAKEN,
    "closed": Slot.State.CLOSED,
}


@dataclass
class Found:
    """What one run found, for its record."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    more: int = 0

    def add(self, what: str, code: str, change: str, before: Any = "", after: Any = "", booked: int = 0) -> None:
        """Note one difference; beyond the longest list only their number is kept."""
        if len(self.lines) >= LONGEST_LIST:
            self.more += 1
            return
        line = {"what": what, "code": code, "change": change, "before": str(before), "after": str(after)}
        self.lines.append({**line, "booked": booked} if booked else line)


FIELDS = (
    "campus_id",
    "department_id",
    "doctor_id",
    "date",
    "session",
    "clinic_name",
    "place",
    "fee_fen",
    "state",
    "ends_at",
)
WORDS = {
    "doctor_id": "医生",
    "date": "日期",
    "session": "时段",
    "clinic_name": "门诊名称",
    "place": "地点",
    "fee_fen": "挂号费（分）",
    "state": "状态",
    "department_id": "科室",
    "campus_id": "院区",
    "ends_at": "结束时间",
}


def _booked(start: date, end: date) -> dict[str, int]:
    """Return how many of our bookings each clinic of HIS has."""
    found: dict[str, int] = {}
    claims = Slot.objects.filter(schedule__date__range=(start, end), schedule__origin=HIS, claim__isnull=False)
    for code in claims.values_list("schedule__code", flat=True):
        found[code] = found.get(code, 0) + 1
    return found


class _Clinics:
    """One pass over the listed clinics: what is to be written, and which of it is a change that patients hear of."""

    def __init__(self, run: SyncRun, ends: dict[str, time], found: Found) -> None:
        start, end = run.first_day, run.last_day
        self.ends, self.found = ends, found
        self.campuses = dict(Campus.objects.values_list("code", "pk"))
        self.departments = dict(Department.objects.values_list("code", "pk"))
        self.doctors = {doctor.code: doctor for doctor in Doctor.objects.all()}
        self.names: dict[Any, str] = {doctor.pk: doctor.name for doctor in self.doctors.values()}
        self.ours = {row.code: row for row in Schedule.objects.filter(date__range=(start, end), origin=HIS)}
        self.booked = _booked(start, end)
        self.seen: set[str] = set()
        self.changed: list[Schedule] = []
        self.born_stopped: list[str] = []
        self.stopped: list[Schedule] = []
        self.reopened: list[Schedule] = []
        self.swapped: list[tuple[Schedule, Doctor]] = []
        self.moved: list[tuple[Schedule, str]] = []

    def take(self, entry: ScheduleFact) -> None:
        """Compare one clinic."""
        if entry.campus_code not in self.campuses or entry.department_code not in self.departments:
            return  # base data not there yet: the next base synchronisation brings it
        if entry.code.startswith(OWN_PREFIX):
            self.found.add("schedule", entry.code, "代码与本平台排班冲突，未同步")
            return
        self.seen.add(entry.code)
        row = self.ours.get(entry.code)
        values = self._values(entry, row)
        if row is None:
            self.changed.append(Schedule(code=entry.code, origin=HIS, **values))
            self.found.add("schedule", entry.code, "新增", after=entry.clinic_name)
            if values["state"] == Schedule.State.STOPPED:
                self.born_stopped.append(entry.code)
            return
        _keep_what_staff_decided(row, values)
        if values["state"] == row.state == Schedule.State.STOPPED and self.booked.get(entry.code):
            self.stopped.append(row)  # it was only missing before; now HIS says why
        differing = [name for name in FIELDS if getattr(row, name) != values[name]]
        if differing:
            self._differs(entry, row, values, differing)

    def _values(self, entry: ScheduleFact, row: Schedule | None) -> dict[str, Any]:
        doctor, last = self.doctors.get(entry.doctor_code or ""), self.ends.get(entry.code)
        return {
            "campus_id": self.campuses[entry.campus_code],
            "department_id": self.departments[entry.department_code],
            "doctor_id": doctor.pk if doctor else None,
            "date": entry.date,
            "session": entry.session,
            "clinic_name": entry.clinic_name,
            "place": entry.place,
            "fee_fen": entry.fee_fen,
            "state": Schedule.State.STOPPED if entry.state == "stopped" else Schedule.State.OPEN,
            "ends_at": _at(entry.date, last) if last else (row.ends_at if row else None),
        }

    def _differs(self, entry: ScheduleFact, row: Schedule, values: dict[str, Any], differing: list[str]) -> None:
        count = self.booked.get(entry.code, 0)
        for name in differing:
            before, after = getattr(row, name), values[name]
            if name == "doctor_id":
                before, after = self.names.get(before), self.names.get(after)
            self.found.add("schedule", entry.code, WORDS[name], before or "", after or "", count)
        if "state" in differing:
            (self.stopped if values["state"] == Schedule.State.STOPPED else self.reopened).append(row)
            values["state"] = row.state  # the change itself writes it
        doctor = self.doctors.get(entry.doctor_code or "")
        if count and "doctor_id" in differing and doctor is not None:
            self.swapped.append((row, doctor))
            values["doctor_id"] = row.doctor_id
        if count and "place" in differing and entry.place:
            self.moved.append((row, entry.place))
            values["place"] = row.place
        for name in FIELDS:
            setattr(row, name, values[name])
        self.changed.append(row)

    def miss(self) -> list[Schedule]:
        """Stop what HIS no longer lists; its bookings stay, and patients are told nothing."""
        gone = [row for code, row in self.ours.items() if code not in self.seen and row.state == Schedule.State.OPEN]
        for row in gone:
            row.state = Schedule.State.STOPPED
            booked = self.booked.get(row.code, 0)
            self.found.add("schedule", row.code, "HIS 未列出，停止预约", row.clinic_name, booked=booked)
        return gone

    def tell(self) -> None:
        """Take the path of every change for what patients hear of."""
        if self.born_stopped:
            told = Schedule.objects.select_related("campus", "department", "doctor")
            stops.publish(told.filter(code__in=self.born_stopped), [])
        by_his: dict[str, Any] = {"actor": "his", "origin": ClinicChange.Origin.HIS}
        for row in self.stopped:
            changes.stop(row, **by_his)
        for row in self.reopened:
            changes.reopen(row, **by_his)
        for row, doctor in self.swapped:
            changes.swap_doctor(row, doctor, **by_his)
        for row, place in self.moved:
            changes.change_room(row, place, **by_his)


def write_schedules(
    run: SyncRun, listed: Iterable[ScheduleFact], ends: dict[str, time], found: Found, *, is_full: bool
) -> int:
    """Make our clinics equal to the listed ones, in the caller's transaction; return how many rows changed."""
    clinics = _Clinics(run, ends, found)
    for entry in listed:
        clinics.take(entry)
    gone = clinics.miss() if is_full else []
    rows = [*clinics.changed, *gone]
    _save(Schedule, rows, [name.removesuffix("_id") for name in (*FIELDS, "origin")])
    clinics.tell()
    return len(rows)


def _keep_what_staff_decided(row: Schedule, values: dict[str, Any]) -> None:
    """Leave a clinic stopped that staff stopped here, and the doctor and room that staff gave it here."""
    if row.stopped_here:
        values["state"] = row.state
    if row.changed_here:
        values["doctor_id"], values["place"] = row.doctor_id, row.place


def write_slots(run: SyncRun, listed: Iterable[SlotFact], found: Found, codes: list[str] | None) -> int:
    """Make our numbers equal to the listed ones, of ``codes`` only where given; return how many rows changed."""
    here: dict[str, Any] = {"date__range": (run.first_day, run.last_day), "origin": HIS}
    if codes is not None:
        here["code__in"] = codes
    schedules = {code: (pk, day) for code, pk, day in Schedule.objects.filter(**here).values_list("code", "pk", "date")}
    of_slots = Slot.objects.filter(**{f"schedule__{name}": value for name, value in here.items()})
    ours = {row.code: row for row in of_slots}
    claimed = set(of_slots.filter(claim__isnull=False).values_list("pk", flat=True))
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
        values: dict[str, Any] = {
            "schedule_id": schedule_id,
            "number": entry.number,
            "starts_at": _at(day, entry.start),
            "ends_at": _at(day, entry.end),
            "state": state,
        }
        if row is None:
            changed.append(Slot(code=entry.code, **values))
        elif any(getattr(row, field) != values[field] for field in fields):
            if row.pk in claimed and row.starts_at != values["starts_at"]:
                times = [f"{timezone.localtime(one):%H:%M}" for one in (row.starts_at, values["starts_at"])]
                found.add("slot", row.code, "时间（有预约，请联系患者）", times[0], times[1], booked=1)
            for field in fields:
                setattr(row, field, values[field])
            changed.append(row)
    gone = [row for code, row in ours.items() if code not in seen and row.state != Slot.State.CLOSED]
    for row in gone:
        row.state = Slot.State.CLOSED
        if row.pk in claimed:
            found.add("slot", row.code, "HIS 未列出，预约保留", booked=1)
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
