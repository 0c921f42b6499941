"""Today's figures on the first page of the back office, for those who may see them; each leads to its list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component

from business.integration.models import OutboxItem, WorkerBeat
from business.integration.worker import LIVES
from business.payments.models import Incident, Payment, Refund
from business.registration.models import Appointment
from cms.backoffice.desks.logs import late
from cms.backoffice.ui import words


@dataclass(frozen=True)
class Figure:
    """One number with its link; ``alarm`` makes it stand out."""

    label: Any
    value: str
    url: str
    note: str = ""
    alarm: bool = False


def _today() -> tuple[datetime, str]:
    """Return the start of the day and the day as addresses spell it."""
    day = timezone.localdate()
    return timezone.make_aware(datetime.combine(day, time.min)), day.isoformat()


def _states(*states: str) -> str:
    return "&".join(f"state={state}" for state in states)


def bookings() -> list[Figure]:
    """Count today's visits and what waits for HIS."""
    _start, day = _today()
    S = Appointment.State
    found = Appointment.objects.filter(
        Q(slot__schedule__date=day) | Q(state__in=[S.CONFIRMING, S.CANCELLING])
    ).aggregate(
        visits=Count("pk", filter=Q(slot__schedule__date=day, state=S.BOOKED)),
        waiting=Count("pk", filter=Q(state__in=[S.CONFIRMING, S.CANCELLING])),
    )
    url = reverse("desk_appointments:index")
    return [
        Figure(_("今日就诊预约"), f"{found['visits']:,}", f"{url}?day_from={day}&day_to={day}&{_states(S.BOOKED)}"),
        Figure(_("等待 HIS 确认"), f"{found['waiting']:,}", f"{url}?{_states(S.CONFIRMING, S.CANCELLING)}"),
    ]


def takings() -> list[Figure]:
    """Sum what was paid today."""
    start, day = _today()
    found = Payment.objects.filter(success_at__gte=start).aggregate(number=Count("pk"), total=Sum("amount_fen"))
    url = f"{reverse('desk_payments:index')}?success_at_from={day}&success_at_to={day}"
    return [Figure(_("今日收款"), words.yuan(found["total"] or 0), url, note=str(_("%s 笔")) % found["number"])]


def refunds() -> list[Figure]:
    """Count refunds that are not through."""
    S = Refund.State
    found = Refund.objects.filter(state__in=[S.REQUESTED, S.PROCESSING, S.ABNORMAL]).aggregate(
        number=Count("pk"), total=Sum("amount_fen"), abnormal=Count("pk", filter=Q(state=S.ABNORMAL))
    )
    return [
        Figure(
            _("未完成退款"),
            f"{found['number']:,}",
            f"{reverse('desk_refunds:index')}?{_states(S.REQUESTED, S.PROCESSING, S.ABNORMAL)}",
            note=words.yuan(found["total"] or 0),
            alarm=bool(found["abnormal"]),
        )
    ]


def incidents() -> list[Figure]:
    """Count what about money waits for a person."""
    number = Incident.objects.filter(state=Incident.State.OPEN).count()
    url = f"{reverse('desk_incidents:index')}?{_states(Incident.State.OPEN)}"
    return [Figure(_("待处理资金异常"), f"{number:,}", url, alarm=bool(number))]


def outbox() -> list[Figure]:
    """Count work that was given up or is late."""
    S = OutboxItem.State
    found = OutboxItem.objects.filter(Q(state=S.DEAD) | late()).aggregate(
        dead=Count("pk", filter=Q(state=S.DEAD)), late=Count("pk", filter=Q(state=S.PENDING))
    )
    url = reverse("desk_outbox:index")
    return [
        Figure(_("已放弃的待办"), f"{found['dead']:,}", f"{url}?{_states(S.DEAD)}", alarm=bool(found["dead"])),
        Figure(_("逾期的待办"), f"{found['late']:,}", f"{url}?late=true", alarm=bool(found["late"])),
    ]


def workers() -> list[Figure]:
    """Count the worker processes that live: without one nothing is delivered, confirmed or refunded."""
    number = WorkerBeat.objects.filter(beat_at__gte=timezone.now() - LIVES).count()
    url = f"{reverse('desk_outbox:index')}?{_states(OutboxItem.State.PENDING)}"
    note = "" if number else str(_("没有心跳，待办不会执行"))
    return [Figure(_("后台任务进程"), f"{number:,}", url, note=note, alarm=not number)]


# One query each, asked only for those who may see the answer.
FIGURES: tuple[tuple[str, Callable[[], list[Figure]]], ...] = (
    ("registration.view_appointment", bookings),
    ("payments.view_payment", takings),
    ("payments.view_refund", refunds),
    ("payments.view_incident", incidents),
    ("integration.view_outboxitem", outbox),
    ("integration.view_outboxitem", workers),
)


class TodayPanel(Component):
    """The panel."""

    name = "today"
    template_name = "backoffice/today.html"
    order = 50

    def __init__(self, request: HttpRequest) -> None:
        """Ask for what this person may see."""
        self.figures = [figure for permission, ask in FIGURES if request.user.has_perm(permission) for figure in ask()]

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Give the figures."""
        return {"figures": self.figures, "day": timezone.localdate()}
