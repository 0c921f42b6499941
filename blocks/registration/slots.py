"""选择时段: the numbered slots of one clinic."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import parameters
from blocks.registration import samples, words
from business.registration import queries
from business.registration.models import Schedule


class SlotListBlock(PortalBlock):
    """What the clinic is, and its slots in order; taken ones stay visible."""

    delivery = "island"
    serves = "registration.slots"
    links_to = ("registration.confirm", "registration.doctors")
    skeleton = "grid"

    title = blocks.CharBlock(label=_("标题"), default=_("选择就诊时段"), max_length=20, required=False)
    notice = blocks.CharBlock(
        label=_("提示"),
        default=_("请按所选时段到院，提前 15 分钟签到。"),
        max_length=120,
        required=False,
    )
    full_text = blocks.CharBlock(
        label=_("约满时的说明"), default=_("可以换一个日期或其他医生。"), max_length=60, required=False
    )

    class Meta:
        label = _("号源列表")
        icon = "time"
        group = GROUP_REGISTRATION
        description = _("一个门诊的全部时段与序号，约满的时段灰色显示，点时段去确认预约。")
        template = "blocks/registration/slots.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return facts and slots: 3 SQL (roles, schedule, slots) however many slots there are."""
        request, ref = context.get("request"), parameters(context).get("schedule", "")
        if not ref:
            return {"schedule": None, "departments_url": roles.url_for("registration.departments", request) or ""}
        schedule = queries.get_schedule(ref)
        stopped = schedule.state == Schedule.State.STOPPED
        views = [] if stopped else queries.slots_of(schedule)
        return {
            "schedule": schedule,
            "facts": words.schedule_facts(schedule),
            "stopped": stopped,
            "slots": [
                {
                    "time": view.time_range,
                    "number": view.slot.number,
                    "is_free": view.is_free,
                    "url": (roles.url_for("registration.confirm", request, slot=view.slot.ref) or "")
                    if view.is_free
                    else "",
                }
                for view in views
            ],
            "free": sum(view.is_free for view in views),
            "doctors_url": roles.url_for(
                "registration.doctors", request, department=schedule.department.ref, date=schedule.date
            )
            or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return an afternoon of a made-up doctor."""
        return samples.slots()
