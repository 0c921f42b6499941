"""What pages show of schedules, slots and bookings; each function says how many SQL statements it takes."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from business.hospital.models import Department, Doctor
from business.patients.models import Account
from business.registration import states
from business.registration.errors import NotFound
from business.registration.models import Appointment, Schedule, Slot
from business.registration.rules import rule_for

State = Appointment.State
FEW = 3  # so many free numbers or fewer are called few (21.2)


def _free(prefix: str = "") -> Q:
    """Return the condition that makes a slot free: open at HIS, claimed by nobody here, not begun."""
    return Q(
        **{
            f"{prefix}state": Slot.State.OPEN,
            f"{prefix}claim__isnull": True,
            f"{prefix}starts_at__gt": timezone.now(),
        }
    )


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

    @property
    def level(self) -> str:
        """Return ``none`` without clinics, else free, few or full."""
        return level(self.free, self.total) if self.total else "none"


def clinic_days(department: Department, *, doctor_ref: str = "") -> list[ClinicDay]:
    """Return today and the days that can be booked, with free numbers of the department or one doctor in it; 2 SQL."""
    start = timezone.localdate()
    days = [ClinicDay(start + timedelta(days=n)) for n in range(rule_for(department.campus_id).days_ahead + 1)]
    counts = (
        Slot.objects.filter(
            schedule__department=department,
            schedule__date__range=(days[0].date, days[-1].date),
            schedule__state=Schedule.State.OPEN,
            **({"schedule__doctor__ref": doctor_ref} if doctor_ref else {}),
        )
        .values("schedule__date")
        .annotate(free=Count("pk", filter=_free()), total=Count("pk"))
    )
    by_date = {row["schedule__date"]: row for row in counts}
    for day in days:
        if day.date in by_date:
            day.free, day.total = by_date[day.date]["free"], by_date[day.date]["total"]
    return days


@dataclass
class Clinic:
    """A schedule with its free numbers."""

    schedule: Schedule
    free: int
    total: int

    @property
    def level(self) -> str:
        """Return ``stopped``, ``full``, ``few`` or ``free``."""
        return "stopped" if self.schedule.state == Schedule.State.STOPPED else level(self.free, self.total)


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
        return level(self.free, self.total)

    @property
    def fee_fen(self) -> int:
        """Return the lowest fee of the day's sessions."""
        return min(c.schedule.fee_fen for c in self.clinics)


def doctors_on(department: Department, day: date) -> list[DoctorDay]:
    """Return who sees patients of a department on a day, those with free numbers first; 1 SQL (R1)."""
    schedules = (
        Schedule.objects.filter(department=department, date=day)
        .select_related("doctor", "campus")
        .annotate(free=Count("slots", filter=_free("slots__")), total=Count("slots"))
        .order_by("doctor__sort", "clinic_name", "pk")
    )
    days: dict[tuple[int | None, str], DoctorDay] = {}
    for schedule in sorted(schedules, key=_session_order):
        key = (schedule.doctor_id, "" if schedule.doctor_id else schedule.clinic_name)
        name = schedule.doctor.name if schedule.doctor else schedule.clinic_name
        days.setdefault(key, DoctorDay(schedule.doctor, name)).clinics.append(
            Clinic(schedule, schedule.free, schedule.total)
        )
    rank = {"free": 0, "few": 0, "full": 1, "stopped": 2}
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
    """Return the slots by number; today only the free ones (21.3); 1 SQL."""
    slots = schedule.slots.exclude(state=Slot.State.CLOSED).annotate(claims=Count("claim")).order_by("number", "pk")
    now = timezone.now()
    views = [
        SlotView(slot, slot.state == Slot.State.OPEN and not slot.claims and slot.starts_at > now) for slot in slots
    ]
    return [v for v in views if v.is_free] if schedule.date == timezone.localdate() else views


def get_slot(ref: str) -> Slot:
    """Return a slot with all that the confirmation shows; 1 SQL. Raises NotFound."""
    found = (
        Slot.objects.select_related("schedule__doctor", "schedule__department", "schedule__campus")
        .filter(ref=ref)
        .first()
    )
    if found is None:
        raise NotFound(_("没有找到这个号，请重新选择。"))
    return found


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


def appointments_of(account: Account, group: str, *, limit: int = 50) -> list[Appointment]:
    """Return the account's bookings of a group of GROUPS (10.9), the newest or nearest first; 1 SQL."""
    rows = _with_facts(Appointment.objects.filter(account=account, state__in=GROUPS[group]))
    now = timezone.now()
    if group == "upcoming":
        # What HIS has not answered yet stays in sight, even after the time of the visit.
        waiting = Q(slot__ends_at__gte=now) | Q(state__in=WAITING)
        return list(rows.filter(waiting).order_by("slot__starts_at")[:limit])
    if group == "past":
        return list(rows.filter(slot__ends_at__lt=now).order_by("-slot__starts_at")[:limit])
    return list(rows.order_by("-pk")[:limit])


def unpaid_count(account: Account) -> int:
    """Return how many of the account's bookings wait for payment; 1 SQL."""
    return Appointment.objects.filter(account=account, state__in=GROUPS["unpaid"]).count()


def next_appointment(account: Account) -> Appointment | None:
    """Return the account's next booked visit; 1 SQL."""
    rows = Appointment.objects.filter(account=account, state=State.BOOKED, slot__ends_at__gte=timezone.now())
    return _with_facts(rows).order_by("slot__starts_at").first()


def has_active(patient_pk: int) -> bool:
    """Return whether a patient still has a living booking in the future, or one that HIS has to answer; 1 SQL."""
    living = Appointment.objects.filter(patient_id=patient_pk).exclude(state__in=states.ENDED)
    return living.filter(Q(slot__ends_at__gte=timezone.now()) | Q(state__in=WAITING)).exists()


def availability(slot: Slot, account: Account | None) -> tuple[bool, Appointment | None]:
    """Return whether a slot can be booked now, and the account's own booking that holds it; 1 SQL."""
    holder = Appointment.objects.filter(claimed_slot=slot).first()
    free = (
        holder is None
        and slot.state == Slot.State.OPEN
        and slot.schedule.state == Schedule.State.OPEN
        and slot.starts_at > timezone.now()
    )
    own = holder if holder is not None and account is not None and holder.account_id == account.pk else None
    return free, own
