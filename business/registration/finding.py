"""Finding a doctor with numbers: the next free day of each, the board of a day, what else there is after a stop."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from business.hospital.models import Department, Doctor
from business.patients.models import Account
from business.registration.models import Appointment, DoctorFollow, Schedule, Slot
from business.registration.queries import Clinic, DoctorDay, SlotView, doctors_on, free_slots
from business.registration.release import Releases, next_opening

ALTERNATIVE_DAYS = 14
MOST_ALTERNATIVES = 6
MOST_DOCTORS = 50


@dataclass(frozen=True)
class Soonest:
    """Where a doctor has free numbers next."""

    date: date
    free: int
    schedule_ref: str
    department_ref: str


def _with_free(schedules: QuerySet[Schedule], now: datetime) -> QuerySet[Any]:
    """Annotate clinics of several places with their free numbers; reads the rules and the places first (2 SQL)."""
    places = list(schedules.order_by().values_list("department_id", "campus_id").distinct())
    released = Releases().released(places, now, slots="slots__", schedule="") if places else Q(pk__in=[])
    return schedules.annotate(
        free=Count("slots", filter=free_slots(released, slots="slots__", schedule="")),
        total=Count("slots", filter=Q(slots__channel=Slot.Channel.PORTAL)),
    )


def _coming(days: int | None = None) -> QuerySet[Schedule]:
    today = timezone.localdate()
    rows = Schedule.objects.filter(date__gte=today, state=Schedule.State.OPEN)
    return rows.filter(date__lte=today + timedelta(days=days)) if days is not None else rows


def soonest(doctor_ids: Iterable[int]) -> dict[int, Soonest]:
    """Return where each doctor has free numbers next, those without left out; 3 SQL however many doctors."""
    rows = _coming().filter(doctor_id__in=list(doctor_ids))
    found: dict[int, Soonest] = {}
    clinics = _with_free(rows, timezone.now()).select_related("department").order_by("date", "pk")
    for clinic in clinics:
        if clinic.free and clinic.doctor_id is not None:
            found.setdefault(clinic.doctor_id, Soonest(clinic.date, clinic.free, clinic.ref, clinic.department.ref))
    return found


@dataclass
class BoardClinic:
    """A clinic of the board with all its numbers."""

    schedule: Schedule
    slots: list[SlotView] = field(default_factory=list)


def board(department: Department, day: date) -> list[BoardClinic]:
    """Return every number of a department's day, taken ones too (21.6); 3 SQL."""
    now, rule = timezone.now(), Releases().at(department)
    numbers: QuerySet[Any] = (
        Slot.objects.filter(channel=Slot.Channel.PORTAL)
        .exclude(state=Slot.State.CLOSED)
        .annotate(claims=Count("claim"))
        .order_by("number", "pk")
    )
    schedules = (
        Schedule.objects.filter(department=department, date=day, state=Schedule.State.OPEN)
        .select_related("doctor", "campus")
        .prefetch_related(Prefetch("slots", queryset=numbers))
        .order_by("doctor__sort", "pk")
    )
    found = []
    for schedule in schedules:
        closed = bool(rule.same_day_problem(schedule, now)) or bool(schedule.waiting)
        views = []
        every: Iterable[Any] = schedule.slots.all()
        for slot in every:
            there = slot.state == Slot.State.OPEN and not slot.claims and slot.starts_at > now
            there = there and not closed and not schedule.is_stopped_at(slot.starts_at)
            opens_at = rule.number_opens_at(schedule, slot.number, is_extra=slot.is_extra)
            views.append(SlotView(slot, there and opens_at <= now, opens_at if there and opens_at > now else None))
        found.append(BoardClinic(schedule, views))
    return found


def doctors_between(department: Department, first: date, last: date) -> list[DoctorDay]:
    """Return who sees patients of a department in a range of days, with what is left in all (21.1); 2 SQL."""
    now, rule = timezone.now(), Releases().at(department)
    rows = (
        Schedule.objects.filter(department=department, date__range=(first, last), state=Schedule.State.OPEN)
        .select_related("doctor", "campus")
        .annotate(
            free=Count(
                "slots",
                filter=free_slots(rule.released(now, slots="slots__", schedule=""), slots="slots__", schedule=""),
            ),
            total=Count("slots", filter=Q(slots__channel=Slot.Channel.PORTAL)),
        )
    )
    order = list(Schedule.Session.values)
    people: dict[tuple[int | None, str], DoctorDay] = {}
    for row in sorted(rows, key=lambda one: (one.date, order.index(one.session), one.pk)):
        key = (row.doctor_id, "" if row.doctor_id else row.clinic_name)
        name = row.doctor.name if row.doctor else row.clinic_name
        clinic = Clinic(row, row.free, row.total, next_opening(row, rule, now))
        people.setdefault(key, DoctorDay(row.doctor, name)).clinics.append(clinic)
    return sorted(
        people.values(), key=lambda one: (not one.free, one.doctor is None, one.doctor.sort if one.doctor else 0)
    )


@dataclass
class Alternatives:
    """What a patient whose clinic was stopped can book instead."""

    same_doctor: list[Schedule]
    same_day: list[DoctorDay]

    def __bool__(self) -> bool:
        return bool(self.same_doctor or self.same_day)


def alternatives(appointment: Appointment) -> Alternatives:
    """Return the same doctor on other days and other doctors of the department on the same day; 5 SQL."""
    lost = appointment.slot.schedule
    same_doctor: list[Schedule] = []
    if lost.doctor_id:
        rows = _coming(ALTERNATIVE_DAYS).filter(doctor_id=lost.doctor_id).exclude(pk=lost.pk)
        free = _with_free(rows, timezone.now()).filter(free__gt=0).select_related("department", "campus")
        same_doctor = list(free.order_by("date", "pk")[:MOST_ALTERNATIVES])
    others = doctors_on(lost.department, lost.date) if lost.date >= timezone.localdate() else []
    same_day = [one for one in others if one.free and (one.doctor is None or one.doctor.pk != lost.doctor_id)]
    return Alternatives(same_doctor, same_day[:MOST_ALTERNATIVES])


@dataclass(frozen=True)
class MyDoctor:
    """A doctor the account follows or has been to."""

    doctor: Doctor
    follow: DoctorFollow | None
    last_visit: date | None
    next: Soonest | None


def my_doctors(account: Account) -> list[MyDoctor]:
    """Return the followed doctors, then those visited, with their next free day (26.1); 6 SQL."""
    follows = {
        row.doctor_id: row
        for row in DoctorFollow.objects.filter(account=account).select_related("doctor").order_by("-pk")[:MOST_DOCTORS]
    }
    visited: dict[int, date] = {}
    visits = Appointment.objects.filter(account=account, state=Appointment.State.BOOKED)
    for doctor_id, day in (
        visits.filter(slot__schedule__doctor__isnull=False)
        .order_by("-slot__starts_at")
        .values_list("slot__schedule__doctor_id", "slot__schedule__date")[:200]
    ):
        visited.setdefault(doctor_id, day)
    ids = list(dict.fromkeys([*follows, *visited]))[:MOST_DOCTORS]
    doctors = Doctor.objects.filter(pk__in=ids, is_active=True).prefetch_related("departments").in_bulk()
    free = soonest(ids)
    return [MyDoctor(doctors[pk], follows.get(pk), visited.get(pk), free.get(pk)) for pk in ids if pk in doctors]
