"""Weeks of clinics: from templates, or copied from another week; holidays and make-up workdays are heeded."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from business.hospital.models import Department
from business.registration import errors
from business.registration.models import ClinicTemplate, Holiday, Schedule, Slot
from business.registration.planning import clinics
from business.registration.planning.codes import code_of, slot_code
from business.registration.release import Releases

DAYS = 7
SPARE_DAYS = 1  # made this long before the first patient can book them


@dataclass
class Made:
    """What came of making several clinics."""

    created: int = 0
    there: int = 0
    problems: list[str] = field(default_factory=list)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weekday_of(day: date, holidays: dict[date, Holiday]) -> int | None:
    """Return by which weekday's plan a day goes, None where there are no clinics."""
    holiday = holidays.get(day)
    if holiday is None:
        return day.weekday()
    if holiday.kind == Holiday.Kind.OFF:
        return None
    return day.weekday() if holiday.as_weekday is None else holiday.as_weekday


def holidays_between(start: date, end: date) -> dict[date, Holiday]:
    """Return the special days by date."""
    return {one.date: one for one in Holiday.objects.filter(date__range=(start, end))}


def apply_templates(start: date, end: date, *, department: Department | None = None) -> Made:
    """Make the clinics of the templates from ``start`` to ``end``; what is there already stays as it is."""
    rows = ClinicTemplate.objects.filter(is_active=True, department__is_active=True).select_related(
        "department__campus", "doctor"
    )
    rows = rows.filter(department=department) if department else rows
    return _apply(list(rows.filter(Q(doctor=None) | Q(doctor__is_active=True))), start, end)


def _apply(templates: list[ClinicTemplate], start: date, end: date) -> Made:
    made, holidays = Made(), holidays_between(start, end)
    day = max(start, timezone.localdate())
    while day <= end:
        weekday = weekday_of(day, holidays)
        for template in templates:
            if template.weekday == weekday and _is_valid(template, day):
                _make(template, day, made)
        day += timedelta(days=1)
    return made


def _is_valid(template: ClinicTemplate, day: date) -> bool:
    begun = template.valid_from is None or template.valid_from <= day
    return begun and (template.valid_to is None or day <= template.valid_to)


def _make(template: ClinicTemplate, day: date, made: Made) -> None:
    code = code_of(day, template.session, template.department_id, template.doctor_id, template.clinic_name)
    if Schedule.objects.filter(code=code).exists():
        made.there += 1
        return
    plan = clinics.Plan(
        department=template.department,
        doctor=template.doctor,
        date=day,
        session=template.session,
        starts=template.starts,
        ends=template.ends,
        range_minutes=template.range_minutes,
        per_range=template.per_range,
        clinic_name=template.clinic_name,
        place=template.place,
        fee_fen=template.fee_fen,
        quotas=template.quotas,
    )
    try:
        clinics.create(plan)
    except errors.CannotPlan as problem:
        made.problems.append(f"{day:%m-%d} {template}：{problem.sentence}")
    else:
        made.created += 1


def plan_ahead() -> Made:
    """Make the clinics of days that come into reach; a day that was made once is left to staff."""
    today = timezone.localdate()
    horizon = today + timedelta(days=Releases().longest() + SPARE_DAYS)
    total = Made()
    behind = Q(made_until=None) | Q(made_until__lt=horizon)
    for template in ClinicTemplate.objects.filter(behind, is_active=True).select_related(
        "department__campus", "doctor"
    ):
        first = max(today + timedelta(days=1), (template.made_until or today) + timedelta(days=1))
        made = _apply([template], first, horizon)
        ClinicTemplate.objects.filter(pk=template.pk).update(made_until=horizon)
        total.created += made.created
        total.there += made.there
        total.problems += made.problems
    return total


def copy_week(source: date, target: date, *, department: Department | None = None) -> Made:
    """Copy the clinics made here of one week into another, by weekday; holidays stay empty, extra numbers at home."""
    source, target = monday_of(source), monday_of(target)
    made, holidays = Made(), holidays_between(target, target + timedelta(days=DAYS - 1))
    rows = Schedule.objects.filter(
        origin=Schedule.Origin.OWN, date__range=(source, source + timedelta(days=DAYS - 1))
    ).select_related("doctor", "department", "campus")
    rows = rows.filter(department=department) if department else rows
    by_weekday: dict[int, list[Schedule]] = {}
    for row in rows.prefetch_related("slots"):
        by_weekday.setdefault(row.date.weekday(), []).append(row)
    for offset in range(DAYS):
        day = target + timedelta(days=offset)
        weekday = weekday_of(day, holidays)
        if weekday is None or day < timezone.localdate():
            continue
        for row in by_weekday.get(weekday, []):
            _copy(row, day, made)
    return made


def _copy(row: Schedule, day: date, made: Made) -> None:
    *_head, who, _session = row.code.split(":")
    code = code_of(day, row.session, row.department_id, row.doctor_id, row.clinic_name)
    if not row.doctor_id:  # the name by which the clinic was first made is in its code
        code = ":".join([*code.split(":")[:3], who, code.split(":")[-1]])
    if Schedule.objects.filter(code=code).exists():
        made.there += 1
        return
    try:
        if row.doctor is not None:
            clinics.must_be_free(row.doctor, day, row.session)
        with transaction.atomic():
            fresh = Schedule.objects.create(
                code=code,
                origin=row.origin,
                campus=row.campus,
                department=row.department,
                doctor=row.doctor,
                date=day,
                session=row.session,
                clinic_name=row.clinic_name,
                place=row.place,
                fee_fen=row.fee_fen,
                ends_at=_on(day, row.ends_at) if row.ends_at else None,
            )
            Slot.objects.bulk_create(
                Slot(
                    code=slot_code(code, slot.number),
                    schedule=fresh,
                    number=slot.number,
                    starts_at=_on(day, slot.starts_at),
                    ends_at=_on(day, slot.ends_at),
                    channel=slot.channel,
                )
                for slot in row.slots.all()
                if not slot.is_extra
            )
    except errors.CannotPlan as problem:
        made.problems.append(f"{day:%m-%d} {row.clinic_name}：{problem.sentence}")
    except IntegrityError:
        made.there += 1
    else:
        made.created += 1


def _on(day: date, moment: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(day, timezone.localtime(moment).time()))


def summary(made: Made) -> str:
    """Say what came of it."""
    text = _("新建 {created} 个门诊").format(created=made.created)
    if made.there:
        text += _("，{there} 个已存在").format(there=made.there)
    if made.problems:
        text += _("，{n} 个未能新建：").format(n=len(made.problems)) + "；".join(made.problems[:3])
    return text
