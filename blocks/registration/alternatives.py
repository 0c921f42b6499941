"""停诊改约: what a patient whose clinic was stopped can book instead."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, parameters
from blocks.registration import samples, words
from business.registration import finding, queries
from business.registration.errors import NotFound
from business.registration.models import Appointment


class AlternativesBlock(PortalBlock):
    """Beside the result of a booking: shown only where the hospital stopped the clinic."""

    delivery = "island"
    links_to = ("registration.slots", "registration.doctors")
    skeleton = "rows"

    doctor_title = blocks.CharBlock(
        label=_("同一医生的标题"), default=_("这位医生的其他日期"), max_length=20, required=False
    )
    day_title = blocks.CharBlock(
        label=_("同一天的标题"), default=_("当天本科室其他医生"), max_length=20, required=False
    )

    class Meta:
        label = _("停诊改约")
        icon = "redirect"
        group = GROUP_REGISTRATION
        description = _("预约因停诊被取消时，列出同一医生的其他日期和当天本科室的其他医生；其他情况不显示。")
        template = "blocks/registration/alternatives.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return what there is; at most 8 SQL."""
        request, account = context.get("request"), account_in(context)
        ref = parameters(context).get("appointment", "")
        if not account or not ref:
            return {"doctor_items": [], "day_items": []}
        try:
            lost = queries.get_appointment(account, ref)
        except NotFound:
            return {"doctor_items": [], "day_items": []}
        if lost.cause != Appointment.Cause.STOP or lost.state != Appointment.State.CANCELLED:
            return {"doctor_items": [], "day_items": []}
        found = finding.alternatives(lost)
        department = lost.slot.schedule.department
        return {
            "doctor_items": [
                {
                    "title": words.session_line(one),
                    "text": words.department_line(one),
                    "meta": _("有号"),
                    "icon": "calendar",
                    "url": roles.url_for("registration.slots", request, schedule=one.ref),
                }
                for one in found.same_doctor
            ],
            "day_items": [
                {
                    "title": f"{one.name} {one.doctor.title if one.doctor else ''}".strip(),
                    "text": str(_("余 {n} 号")).format(n=one.free),
                    "icon": "stethoscope",
                    "url": roles.url_for(
                        "registration.doctors", request, department=department.ref, date=lost.slot.schedule.date
                    ),
                }
                for one in found.same_day
            ],
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up doctor's other days."""
        return samples.alternatives()
