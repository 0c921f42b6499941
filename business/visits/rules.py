"""When and where one may check in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from business.registration.models import Appointment
from business.visits.errors import CannotCheckIn, WhereAreYou
from business.visits.models import CheckPoint, VisitRule

EARTH_M = 6_371_000


def rule_for(campus_id: int | None) -> VisitRule:
    """Return the campus's own rule, else the hospital's, else the model's defaults (unsaved); 1 SQL."""
    found = VisitRule.objects.filter(Q(campus_id=campus_id) | Q(campus__isnull=True))
    rules = {rule.campus_id: rule for rule in found}
    return rules.get(campus_id) or rules.get(None) or VisitRule()


@dataclass(frozen=True)
class Window:
    """From when until when a booking can be checked in."""

    opens_at: datetime
    closes_at: datetime

    def problem(self, now: datetime) -> str:
        """Return the sentence that forbids it now, empty where it is open."""
        if now < self.opens_at:
            local = timezone.localtime(self.opens_at)
            return str(_("{when} 起可以报到。").format(when=f"{local:%m月%d日 %H:%M}"))
        if now > self.closes_at:
            return str(_("已过报到时间，请到窗口办理。"))
        return ""


def window_of(appointment: Appointment, rule: VisitRule) -> Window:
    """Return the hospital's window around a booking's time."""
    return Window(
        appointment.slot.starts_at - timedelta(minutes=rule.opens_before_minutes),
        appointment.slot.ends_at + timedelta(minutes=rule.closes_after_minutes),
    )


@dataclass(frozen=True)
class Location:
    """Where a phone says it is."""

    latitude: float
    longitude: float

    @classmethod
    def read(cls, latitude: str, longitude: str) -> "Location | None":
        """Return what a form says, None for anything that is no place on earth."""
        try:
            here = cls(float(latitude), float(longitude))
        except ValueError:
            return None
        return here if abs(here.latitude) <= 90 and abs(here.longitude) <= 180 else None  # noqa: PLR2004

    def metres_to(self, latitude: Decimal, longitude: Decimal) -> float:
        """Return the distance along the ground (haversine)."""
        a, b = radians(self.latitude), radians(float(latitude))
        step = sin((b - a) / 2) ** 2
        step += cos(a) * cos(b) * sin(radians(float(longitude) - self.longitude) / 2) ** 2
        return 2 * EARTH_M * asin(sqrt(step))


def must_be_here(point: CheckPoint, appointment: Appointment, location: Location | None) -> None:
    """Refuse, with a sentence, a booking that belongs elsewhere, or a phone that is elsewhere."""
    schedule = appointment.slot.schedule
    if not point.is_active:
        raise CannotCheckIn(_("这个报到点已停用，请到其他报到点或窗口报到。"))
    if point.campus_id != schedule.campus_id:
        raise CannotCheckIn(_("您的预约在{campus}，请到那里报到。").format(campus=schedule.campus.name))
    wanted = {department.pk for department in point.departments.all()}
    if wanted and schedule.department_id not in wanted:
        raise CannotCheckIn(
            _("这里不接受{department}的报到，请到 {place} 附近的报到点。").format(
                department=schedule.department.name, place=appointment.place or schedule.place
            )
        )
    if not point.radius_m or point.latitude is None or point.longitude is None:
        return
    if location is None:
        raise WhereAreYou(_("这个报到点需要确认您已到院，请允许获取位置；不方便时请到窗口报到。"))
    away = location.metres_to(point.latitude, point.longitude)
    if away > point.radius_m:
        raise CannotCheckIn(
            _("您离报到点还有约 {m} 米，请到院后再报到；定位不准时请到窗口报到。").format(m=int(away // 10 * 10))
        )
