"""Make a clinic here, add numbers to it, take it back; every function is one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from business.hospital.models import Campus, Department, Doctor
from business.registration import errors
from business.registration.models import Appointment, Schedule, Slot, TitleFee
from business.registration.planning.codes import code_of, slot_code

OWN = Schedule.Origin.OWN
MOST_NUMBERS = 300
MOST_EXTRA = 50
Channel = Slot.Channel


@dataclass(frozen=True)
class Plan:
    """What somebody wants of a clinic."""

    department: Department
    doctor: Doctor | None
    date: date
    session: str
    starts: time
    ends: time
    range_minutes: int = 30
    per_range: int = 3
    clinic_name: str = ""
    place: str = ""
    fee_fen: int | None = None  # by the doctor's title where nothing else is said
    quotas: Mapping[str, int] = field(default_factory=dict)  # numbers of other channels; the rest is the portal's
    campus: Campus | None = None


def create(plan: Plan) -> Schedule:
    """Make a clinic with its numbers. Raises CannotPlan with what is wrong."""
    campus = plan.campus or plan.department.campus
    if campus is None:
        raise errors.CannotPlan(_("请为这个科室选择院区。"))
    if plan.date < timezone.localdate():
        raise errors.CannotPlan(_("日期已过，不能再排班。"))
    ranges = ranges_of(plan)
    channels = deal(len(ranges) * plan.per_range, plan.quotas)
    name = plan.clinic_name or _name(plan)
    fee_fen = plan.fee_fen if plan.fee_fen is not None else fee_of(plan.doctor)
    if plan.doctor is not None:
        must_be_free(plan.doctor, plan.date, plan.session)
    code = code_of(
        plan.date, plan.session, plan.department.pk, plan.doctor.pk if plan.doctor else None, plan.clinic_name
    )
    try:
        with transaction.atomic():
            schedule = Schedule.objects.create(
                code=code,
                origin=OWN,
                campus=campus,
                department=plan.department,
                doctor=plan.doctor,
                date=plan.date,
                session=plan.session,
                clinic_name=name[:60],
                place=plan.place or plan.department.location,
                fee_fen=fee_fen,
                ends_at=ranges[-1][1],
            )
            times = [one for one in ranges for _n in range(plan.per_range)]
            Slot.objects.bulk_create(
                Slot(
                    code=slot_code(code, number),
                    schedule=schedule,
                    number=number,
                    starts_at=start,
                    ends_at=end,
                    channel=channel,
                )
                for number, ((start, end), channel) in enumerate(zip(times, channels, strict=True), start=1)
            )
    except IntegrityError as error:
        raise errors.CannotPlan(_("这一天的这个时段已有同样的排班。")) from error
    return schedule


def ranges_of(plan: Plan) -> list[tuple[datetime, datetime]]:
    """Cut the session into ranges; what is left over at the end and shorter than a range is not used."""
    start = timezone.make_aware(datetime.combine(plan.date, plan.starts))
    end = timezone.make_aware(datetime.combine(plan.date, plan.ends))
    step = timedelta(minutes=plan.range_minutes)
    ranges: list[tuple[datetime, datetime]] = []
    while start + step <= end and len(ranges) <= MOST_NUMBERS:
        ranges.append((start, start + step))
        start += step
    if not ranges:
        raise errors.CannotPlan(_("结束时间要比开始时间晚至少一段。"))
    if len(ranges) * plan.per_range > MOST_NUMBERS:
        raise errors.CannotPlan(_("一个门诊最多 {most} 个号，请减少每段号数。").format(most=MOST_NUMBERS))
    return ranges


def deal(count: int, quotas: Mapping[str, int]) -> list[str]:
    """Say which number belongs to which channel, those of a channel spread over the session."""
    if sum(quotas.values()) > count:
        raise errors.CannotPlan(_("其他渠道的号数之和超过了总号数 {count}。").format(count=count))
    dealt: list[str] = [Channel.PORTAL] * count
    for channel, share in sorted(quotas.items()):
        for n in range(share):
            place = min(int((n + 0.5) * count / share), count - 1)
            while dealt[place] != Channel.PORTAL:
                place = (place + 1) % count
            dealt[place] = channel
    return dealt


def fee_of(doctor: Doctor | None) -> int:
    """Return what a visit costs by the doctor's title; the clinic without a doctor has the empty title."""
    title = doctor.title if doctor else ""
    fee = TitleFee.objects.filter(title=title).values_list("fee_fen", flat=True).first()
    if fee is None:
        raise errors.CannotPlan(
            _("请填写挂号费，或先在「挂号费标准」里设置「{title}」。").format(title=title or _("普通门诊"))
        )
    return int(fee)


def must_be_free(doctor: Doctor, day: date, session: str) -> None:
    """Refuse a second clinic of a doctor in one session, whoever made the first: HIS's and ours never overlap."""
    other = (
        Schedule.objects.filter(doctor=doctor, date=day, session=session)
        .exclude(state=Schedule.State.STOPPED)
        .select_related("department")
        .first()
    )
    if other is not None:
        raise errors.CannotPlan(
            _("{doctor}这个时段已有门诊（{department}，{origin}）。").format(
                doctor=doctor.name, department=other.department.name, origin=other.get_origin_display()
            )
        )


def _name(plan: Plan) -> str:
    return f"{plan.department.name}{_('专家门诊') if plan.doctor else _('普通门诊')}"


def _own(schedule: Schedule) -> Schedule:
    row = Schedule.objects.select_for_update().get(pk=schedule.pk)
    if row.origin != OWN:
        raise errors.CannotPlan(_("这是 HIS 的排班，请在 HIS 中修改，随后自动同步。"))
    return row


@transaction.atomic
def add_extra(schedule: Schedule, count: int, *, channel: str = Channel.PORTAL) -> list[Slot]:
    """Add numbers (加号) at the end of the session; they are out at once, and the first who wait get them."""
    row = _own(schedule)
    if not 1 <= count <= MOST_EXTRA:
        raise errors.CannotPlan(_("一次加号 1 到 {most} 个。").format(most=MOST_EXTRA))
    last = row.slots.order_by("-starts_at", "-number").first()
    if last is None or row.state == Schedule.State.STOPPED or last.ends_at <= timezone.now():
        raise errors.CannotPlan(_("这个门诊已停诊或已结束，不能加号。"))
    highest = row.slots.aggregate(most=Max("number"))["most"] or 0
    return list(
        Slot.objects.bulk_create(
            Slot(
                code=slot_code(row.code, number),
                schedule=row,
                number=number,
                starts_at=last.starts_at,
                ends_at=last.ends_at,
                channel=channel,
                is_extra=True,
            )
            for number in range(highest + 1, highest + count + 1)
        )
    )


@transaction.atomic
def remove(schedule: Schedule) -> None:
    """Delete a clinic that nobody ever booked; one that somebody did is stopped instead."""
    row = _own(schedule)
    if Appointment.objects.filter(slot__schedule=row).exists() or row.line.exists() or row.changes.exists():
        raise errors.CannotPlan(_("已有患者预约过这个门诊，不能删除，请使用停诊。"))
    row.delete()


@transaction.atomic
def amend(schedule: Schedule, *, clinic_name: str, fee_fen: int) -> Schedule:
    """Change name and fee; what was booked keeps the fee it was booked at."""
    row = _own(schedule)
    row.clinic_name, row.fee_fen = clinic_name[:60], fee_fen
    row.save(update_fields=["clinic_name", "fee_fen"])
    return row


DEEDS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "take": ((Slot.State.OPEN,), {"state": Slot.State.TAKEN}),
    "free": ((Slot.State.TAKEN,), {"state": Slot.State.OPEN}),
    "close": ((Slot.State.OPEN, Slot.State.TAKEN), {"state": Slot.State.CLOSED}),
    "open": ((Slot.State.CLOSED,), {"state": Slot.State.OPEN}),
    **{f"to_{channel}": ((Slot.State.OPEN,), {"channel": channel}) for channel in Channel.values},
}


@transaction.atomic
def change_slots(schedule: Schedule, pks: Iterable[int], deed: str) -> int:
    """Take, free, close or open numbers by hand, or give them to another channel; booked ones stay as they are.

    Returns how many changed.
    """
    _own(schedule)
    states, values = DEEDS[deed]
    rows = Slot.objects.select_for_update().filter(schedule=schedule, pk__in=list(pks), state__in=states).order_by("pk")
    free = [row.pk for row in rows if not Appointment.objects.filter(claimed_slot=row).exists()]
    return Slot.objects.filter(pk__in=free).update(**values)
