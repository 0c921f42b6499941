"""What a stopped clinic says by itself (requirement 7.3)."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from business.notices import services as notices
from business.notices.models import Notice
from business.registration.models import Schedule


def source_key(schedule: Schedule) -> str:
    """Return the cause under which a stop is announced."""
    return f"clinic_stop:{schedule.code}"


def publish(
    stopped: Iterable[Schedule], reopened: Iterable[Schedule], *, from_at: datetime | None = None, reason: str = ""
) -> None:
    """Announce clinics that will not take place, until the end of their day; take down what no longer holds.

    Called in the transaction that writes the schedules, so that the list of clinics and the notice never disagree.
    """
    now = timezone.now()
    for schedule in stopped:
        ends_at = timezone.make_aware(datetime.combine(schedule.date, time.min)) + timedelta(days=1)
        if ends_at > now:
            notices.announce(_announcement(schedule, now, ends_at, from_at, reason))
    if keys := [source_key(schedule) for schedule in reopened]:
        notices.withdraw(keys)


def _announcement(
    schedule: Schedule, now: datetime, ends_at: datetime, from_at: datetime | None, reason: str
) -> notices.Announcement:
    department, doctor = schedule.department, schedule.doctor
    who = f"{department.name} {doctor.name}{doctor.title}" if doctor else f"{department.name} {schedule.clinic_name}"
    day = f"{schedule.date.month}月{schedule.date.day}日（{date_format(schedule.date, 'D')}）"
    session = str(schedule.get_session_display())
    if from_at is not None:
        session += _("%s 起") % f"{timezone.localtime(from_at):%H:%M}"
    why = _("因%s，") % reason if reason else ""
    return notices.Announcement(
        source_key=source_key(schedule),
        title=_("%(who)s %(day)s%(session)s停诊") % {"who": who, "day": day, "session": session},
        body=_(
            "%(why)s%(campus)s %(who)s 原定 %(day)s%(session)s的门诊停诊。已预约的患者自动取消，已付挂号费原路退回。"
            "请改约其他日期或其他医生，有疑问请拨打服务热线。"
        )
        % {"why": why, "campus": schedule.campus.name, "who": who, "day": day, "session": session},
        kind=Notice.Kind.STOPPED,
        starts_at=now,
        ends_at=ends_at,
        campus=schedule.campus,
        department=department,
        doctor=doctor,
    )
