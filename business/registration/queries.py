"""What pages show of schedules, slots and bookings; each function says how many SQL statements it takes."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, Count, DateTimeField, F, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _

from business.hospital.models import Department, Doctor
from business.patients.models import Account
from business.prepared import Prepared
from business.registration import states
from business.registration.errors import NotFound
from business.registration.models import Appointment, Schedule, Slot, WaitingEntry
from business.registration.release import Releases, next_opening, opening

State = Appointment.State
FEW = 3  # so many free numbers or fewer are called few (21.2)


def free_slots(released: Q, *, slots: str = "", schedule: str = "schedule__") -> Q:
    """Return the condition under which anybody may book a slot now: bookable, and nobody waits for it."""
    return bookable_slots(released, slots=slots, schedule=schedule) & Q(**{f"{schedule}waiting": 0})


def bookable_slots(released: Q, *, slots: str = "", schedule: str = "schedule__") -> Q:
    """Return the condition under which a slot can be given out; the prefixes say where slot and schedule stand.

    Open, ours to give, claimed by nobody, out (``released``), not begun and not stopped.
    """
    not_stopped = Q(**{f"{schedule}stopped_from__isnull": True}) | Q(
        **{f"{slots}starts_at__lt": F(f"{schedule}stopped_from")}
    )
    mine = {
        f"{slots}state": Slot.State.OPEN,
        f"{slots}channel": Slot.Channel.PORTAL,
        f"{slots}claim__isnull": True,
        f"{slots}starts_at__gt": timezone.now(),
    }
    return Q(**mine) & not_stopped & released


def level(free: int, total: int) -> str:
    """Return ``free``, ``few`` or ``full``: the word that colour and text are chosen by (21.2)."""
    if free <= 0:
        return "full"
    return "few" if free <= FEW and free < total else "free"


@dataclass
class ClinicDay:
    """A day of the date strip."""

    date: date
    free: int = 0
    total: int = 0
    opens_at: datetime | None = None  # when its numbers come out, where they have not yet

    @property
    def level(self) -> str:
        """Return ``none`` without clinics, ``soon`` before the release, else free, few or full."""
        if not self.total:
            return "none"
        return "soon" if self.opens_at else level(self.free, self.total)


def clinic_days(department: Department, *, doctor_ref: str = "") -> list[ClinicDay]:
    """Return today and the days that can be booked, with free numbers of the department or one doctor in it; 2 SQL.

    The last day comes into sight at midnight, though its numbers come out at the release's time of day only.
    """
    start, now = timezone.localdate(), timezone.now()
    rule = Releases().at(department)
    days = [ClinicDay(start + timedelta(days=n)) for n in range(rule.days_ahead + 1)]
    counts = (
        Slot.objects.filter(
            schedule__department=department,
            schedule__date__range=(days[0].date, days[-1].date),
            schedule__state=Schedule.State.OPEN,
            channel=Slot.Channel.PORTAL,
            **({"schedule__doctor__ref": doctor_ref} if doctor_ref else {}),
        )
        .values("schedule__date")
        .annotate(free=Count("pk", filter=free_slots(rule.released(now))), total=Count("pk"))
    )
    by_date = {row["schedule__date"]: row for row in counts}
    for day in days:
        if day.date in by_date:
            day.free, day.total = by_date[day.date]["free"], by_date[day.date]["total"]
        opens_at = rule.opens_at(day.date)
        day.opens_at = opens_at if opens_at > now else None
    return days


@dataclass
class Clinic:
    """A schedule with its free numbers."""

    schedule: Schedule
    free: int
    total: int
    opens_at: datetime | None = None  # when numbers, or more of them, come out

    @property
    def level(self) -> str:
        """Return ``stopped``, ``soon`` (nothing is out yet), ``full``, ``few`` or ``free``."""
        if self.schedule.state == Schedule.State.STOPPED:
            return "stopped"
        return "soon" if self.opens_at and not self.free else level(self.free, self.total)


@dataclass
class DoctorDay:
    """A doctor (or a clinic without one) on a day, with the sessions there are."""

    doctor: Doctor | None
    name: str
    clinics: list[Clinic] = field(default_factory=list)

    @property
    def free(self) -> int:
        """Return the free numbers of all sessions that take place."""
        return sum(c.free for c in self.clinics if c.level != "stopped")

    @property
    def total(self) -> int:
        """Return the numbers of all sessions that take place."""
        return sum(c.total for c in self.clinics if c.level != "stopped")

    @property
    def level(self) -> str:
        """Return ``stopped`` if no session takes place, else free, few or full."""
        if all(c.level == "stopped" for c in self.clinics):
            return "stopped"
        if not self.free and any(c.level == "soon" for c in self.clinics):
            return "soon"
        return level(self.free, self.total)

    @property
    def fee_fen(self) -> int:
        """Return the lowest fee of the day's sessions."""
        return min(c.schedule.fee_fen for c in self.clinics)


def doctors_on(department: Department, day: date) -> list[DoctorDay]:
    """Return who sees patients of a department on a day, those with free numbers first; 2 SQL (R1)."""
    now = timezone.now()
    rule = Releases().at(department)
    schedules = (
        Schedule.objects.filter(department=department, date=day)
        .select_related("doctor", "campus")
        .annotate(
            free=Count(
                "slots",
                filter=free_slots(rule.released(now, slots="slots__", schedule=""), slots="slots__", schedule=""),
            ),
            total=Count("slots", filter=Q(slots__channel=Slot.Channel.PORTAL)),
        )
        .order_by("doctor__sort", "clinic_name", "pk")
    )
    days: dict[tuple[int | None, str], DoctorDay] = {}
    for schedule in sorted(schedules, key=_session_order):
        key = (schedule.doctor_id, "" if schedule.doctor_id else schedule.clinic_name)
        name = schedule.doctor.name if schedule.doctor else schedule.clinic_name
        days.setdefault(key, DoctorDay(schedule.doctor, name)).clinics.append(
            Clinic(schedule, schedule.free, schedule.total, next_opening(schedule, rule, now))
        )
    rank = {"free": 0, "few": 0, "soon": 1, "full": 2, "stopped": 3}
    return sorted(days.values(), key=lambda d: (rank[d.level], d.doctor is None, d.doctor.sort if d.doctor else 0))


def _session_order(schedule: Schedule) -> int:
    return list(Schedule.Session.values).index(schedule.session)


def get_schedule(ref: str) -> Schedule:
    """Return a schedule with its doctor, department and campus; 1 SQL. Raises NotFound."""
    found = Schedule.objects.select_related("doctor", "department", "campus").filter(ref=ref).first()
    if found is None:
        raise NotFound(_("没有找到这个门诊，请重新选择。"))
    return found


@dataclass
class SlotView:
    """A slot as a patient sees it."""

    slot: Slot
    is_free: bool
    opens_at: datetime | None = None  # when it comes out, where it has not yet

    @property
    def time_range(self) -> str:
        """16:30-17:00."""
        start, end = timezone.localtime(self.slot.starts_at), timezone.localtime(self.slot.ends_at)
        return f"{start:%H:%M}-{end:%H:%M}"

    @property
    def label(self) -> str:
        """16:30-17:00【23号】 (21.3)."""
        return f"{self.time_range}【{self.slot.number}号】"


def slots_of(schedule: Schedule) -> list[SlotView]:
    """Return the slots by number; today only the free ones (21.3); 2 SQL."""
    slots = (
        schedule.slots.exclude(state=Slot.State.CLOSED)
        .filter(channel=Slot.Channel.PORTAL)
        .annotate(claims=Count("claim"))
        .order_by("number", "pk")
    )
    now, rule = timezone.now(), Releases().of_schedule(schedule)
    today_over = bool(rule.same_day_problem(schedule, now)) or bool(schedule.waiting)
    views = []
    for slot in slots:
        there = slot.state == Slot.State.OPEN and not slot.claims and slot.starts_at > now
        there = there and not today_over and not schedule.is_stopped_at(slot.starts_at)
        opens_at = rule.number_opens_at(schedule, slot.number, is_extra=slot.is_extra)
        is_out = opens_at <= now
        views.append(SlotView(slot, there and is_out, opens_at if there and not is_out else None))
    return [v for v in views if v.is_free] if schedule.date == timezone.localdate() else views


def _slot_with_facts(ref: Any) -> QuerySet[Slot]:
    rows = Slot.objects.select_related("claim", "schedule__doctor", "schedule__department", "schedule__campus")
    return rows.filter(ref=ref)


_slot_by_ref = Prepared(_slot_with_facts, CharField())


def get_slot(ref: str) -> Slot:
    """Return a slot with all that the confirmation shows; 1 SQL. Raises NotFound."""
    found = _slot_by_ref(ref)
    if not found:
        raise NotFound(_("没有找到这个号，请重新选择。"))
    return found[0]


def _with_facts(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    return rows.select_related(
        "patient", "slot__schedule__doctor", "slot__schedule__department", "slot__schedule__campus"
    )


def get_appointment(account: Account, ref: str) -> Appointment:
    """Return one of the account's own bookings; 1 SQL. Raises NotFound, also for somebody else's."""
    found = _with_facts(Appointment.objects.filter(account=account, ref=ref)).first()
    if found is None:
        raise NotFound(_("没有找到这条预约。"))
    return found


WAITING = (State.CONFIRMING, State.CANCELLING)
GROUPS: dict[str, tuple[str, ...]] = {
    "unpaid": (State.LOCKING, State.HELD),
    "upcoming": (State.CONFIRMING, State.BOOKED, State.CANCELLING),
    "past": (State.BOOKED,),
    "ended": (State.CANCELLED, State.EXPIRED, State.FAILED, State.RELEASING),
}


MOST_LISTED = 50


def _group(group: str) -> Prepared[Appointment]:
    """Return the query of a group: bookings of an account, at a moment."""

    def rows(account: Any, now: Any) -> QuerySet[Appointment]:
        mine = _with_facts(Appointment.objects.filter(account_id=account, state__in=GROUPS[group]))
        if group == "upcoming":
            # What HIS has not answered yet stays in sight, even after the time of the visit.
            waiting = Q(slot__ends_at__gte=now) | Q(state__in=WAITING)
            return mine.filter(waiting).order_by("slot__starts_at")[:MOST_LISTED]
        if group == "past":
            return mine.filter(slot__ends_at__lt=now).order_by("-slot__starts_at")[:MOST_LISTED]
        return mine.order_by("-pk")[:MOST_LISTED]

    return Prepared(rows, BigIntegerField(), DateTimeField())


_groups = {name: _group(name) for name in GROUPS}


def appointments_of(account: Account, group: str) -> list[Appointment]:
    """Return the account's bookings of a group of GROUPS (10.9), the newest or nearest first; 1 SQL."""
    return _groups[group](account.pk, timezone.now())


def unpaid_count(account: Account) -> int:
    """Return how many of the account's bookings wait for payment; 1 SQL."""
    return Appointment.objects.filter(account=account, state__in=GROUPS["unpaid"]).count()


def waiting_of(account: Account, *, limit: int = 50) -> list[WaitingEntry]:
    """Return the account's places in lines, those that live first; 1 SQL."""
    rows = WaitingEntry.objects.filter(account=account).select_related(
        "patient", "offer", "schedule__doctor", "schedule__department", "schedule__campus"
    )
    living = Case(When(claim__isnull=False, then=0), default=1)
    return list(rows.order_by(living, "-pk")[:limit])


def places_in_line(entries: list[WaitingEntry]) -> dict[int, int]:
    """Return how many stand before each waiting entry, by its key; 1 SQL."""
    waiting = [entry for entry in entries if entry.state == WaitingEntry.State.WAITING]
    line = WaitingEntry.objects.filter(
        schedule_id__in={entry.schedule_id for entry in waiting}, state=WaitingEntry.State.WAITING
    ).values_list("schedule_id", "pk")
    lines: dict[int, list[int]] = {}
    for schedule_id, pk in line.order_by("pk"):
        lines.setdefault(schedule_id, []).append(pk)
    return {entry.pk: sum(pk < entry.pk for pk in lines.get(entry.schedule_id, [])) for entry in waiting}


def next_appointment(account: Account) -> Appointment | None:
    """Return the account's next booked visit; 1 SQL."""
    rows = Appointment.objects.filter(account=account, state=State.BOOKED, slot__ends_at__gte=timezone.now())
    return _with_facts(rows).order_by("slot__starts_at").first()


def has_active(patient_pk: int) -> bool:
    """Return whether a patient still has a living booking in the future, or one that HIS has to answer; 1 SQL."""
    living = Appointment.objects.filter(patient_id=patient_pk).exclude(state__in=states.ENDED)
    return living.filter(Q(slot__ends_at__gte=timezone.now()) | Q(state__in=WAITING)).exists()


def availability(slot: Slot, account: Account | None) -> tuple[bool, Appointment | None]:
    """Return whether a slot can be booked now, and the account's own booking that holds it.

    No SQL after :func:`get_slot`.
    """
    now, schedule = timezone.now(), slot.schedule
    rule = Releases().of_schedule(schedule)
    holder: Appointment | None = getattr(slot, "claim", None)
    free = (
        holder is None
        and slot.state == Slot.State.OPEN
        and slot.channel == Slot.Channel.PORTAL
        and not schedule.is_stopped_at(slot.starts_at)
        and not schedule.waiting
        and slot.starts_at > now
        and opening(schedule, slot, rule) <= now
        and not rule.same_day_problem(schedule, now)
    )
    own = holder if holder is not None and account is not None and holder.account_id == account.pk else None
    return free, own
