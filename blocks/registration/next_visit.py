"""下次就诊: the account's next visit, or nothing at all."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.patients.here import account_in
from blocks.registration import samples, words
from business.registration import queries
from business.registration.models import Appointment
from themes.templatetags.portal_tags import near_date


def visit_card(appointment: Appointment, request: Any) -> dict[str, Any]:
    """Return what ``themes/parts/next_visit.html`` takes."""
    slot = appointment.slot
    schedule = slot.schedule
    near = near_date(schedule.date)
    parts = [
        schedule.department.name,
        words.doctor_line(schedule),
        appointment.place or schedule.place,
        f"{slot.number} 号",
    ]
    return {
        "label": str(_("{day}就诊")).format(day=near) if len(near) == 2 else _("下次就诊"),  # noqa: PLR2004
        "patient": appointment.patient.name,
        "when": words.day_and_time(slot),
        "text": " · ".join(part for part in parts if part),
        "url": roles.url_for("registration.result", request, appointment=appointment.ref) or "",
        "way_url": words.map_url(appointment, request),
        "queue_url": (roles.url_for("visits.queue", request, appointment=appointment.ref) or "")
        if schedule.date == timezone.localdate()
        else "",
    }


class NextVisitBlock(PortalBlock):
    """One card; a guest and an account without a visit see nothing, or the words staff wrote for that."""

    delivery = "island"
    skeleton = "maybe"
    links_to = ("registration.result", "visits.queue")

    empty_text = blocks.CharBlock(
        label=_("没有预约时显示"),
        default="",
        max_length=40,
        required=False,
        help_text=_("留空则没有预约时这一块不显示。"),
    )
    show_patient = blocks.BooleanBlock(label=_("显示就诊人姓名"), default=True, required=False)

    class Meta:
        label = _("下次就诊")
        icon = "calendar-check"
        group = GROUP_PATIENTS
        description = _("已登录的人最近一次待就诊的时间、科室和地点；没有则不显示。")
        template = "blocks/registration/next_visit.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the next visit; 1 SQL besides the roles."""
        account = account_in(context)
        found = queries.next_appointment(account) if account else None
        return {
            "visit": visit_card(found, context.get("request")) if found else None,
            "is_guest": account is None,
            "book_url": roles.url_for("registration.departments", context.get("request")) or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up visit tomorrow."""
        return samples.next_visit()
