"""公告条: the notices that matter where they stand, most urgent first."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import freshness
from blocks.base import GROUP_READING, Delivery, PortalBlock
from blocks.notices import words
from blocks.patients.here import parameters
from business.hospital import queries as hospital
from business.notices import queries
from business.notices.models import Notice
from business.registration import queries as registration
from business.security.errors import PortalError

HOME, HERE = "home", "here"
STEP_KINDS = (Notice.Kind.GENERAL, Notice.Kind.REGISTRATION, Notice.Kind.OUTPATIENT, Notice.Kind.STOPPED)


class NoticeBarBlock(PortalBlock):
    """Notices out of the back office's table; nothing at all where nothing is to be said."""

    skeleton = "rows"
    links_to = ("notices",)

    place = blocks.ChoiceBlock(
        label=_("显示哪些"),
        choices=[(HOME, _("首页：勾选了“在首页显示”的公告")), (HERE, _("随页面：患者正在看的科室、医生的公告"))],
        default=HOME,
        help_text=_("放在首页选第一项；放在科室、医生页面和预约步骤选第二项。公告在左侧菜单“公告”里写。"),
    )
    kinds = blocks.MultipleChoiceBlock(
        label=_("只显示这些类型"), choices=Notice.Kind.choices, required=False, help_text=_("不选则全部类型。")
    )
    limit = blocks.IntegerBlock(label=_("最多几条"), default=3, min_value=1, max_value=10)

    class Meta:
        label = _("公告条")
        icon = "warning"
        group = GROUP_READING
        description = _("自动显示正在生效的公告，紧急的在前；没有公告时不占位置。")
        template = "blocks/notices/bar.html"
        label_format = _("公告条")
        preview_value = {"place": HOME}

    def delivery_of(self, value: Any) -> Delivery:
        """Follow the patient's way on the steps of a booking; stand in the shell elsewhere."""
        return "island" if value.get("place") == HERE else super().delivery_of(value)

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the notices: 2 SQL on a home page; on a step 1, and what the patient is looking at."""
        kinds, limit = value.get("kinds") or (), value.get("limit") or 3
        request = context.get("request")
        if value.get("place") == HERE:
            found = queries.concerning(**_looked_at(context), kinds=kinds or STEP_KINDS, limit=limit)
            return {"items": words.bar_items(found, request)}

        def on_home() -> Any:
            freshness.depends_on(until=queries.next_change(timezone.now()))
            return words.bar_items(queries.on_home(kinds=kinds, limit=limit), request)

        return {"items": freshness.remember(("notices", tuple(kinds), limit), on_home, request)}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two made-up notices."""
        return {
            "items": [
                {"tag": _("停诊"), "tone": "danger", "text": _("骨科 赵启明医生 11月24日（周二）上午停诊"), "url": "#"},
                {"tag": _("门诊通知"), "tone": "brand", "text": _("冬季门诊时间调整：上午 8:00 开诊"), "url": "#"},
            ][: value.get("limit") or 2]
        }


def _looked_at(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the department and the doctor of the page: an introduction's own, or those the address names."""
    page, asked = context.get("page"), parameters(context)
    department, doctor = getattr(page, "department", None), getattr(page, "doctor", None)
    try:
        if department is None and (ref := asked.get("department")):
            department = hospital.get_department(ref)
        if doctor is None and (ref := asked.get("doctor")):
            doctor = hospital.get_doctor(ref)
        if department is None and (ref := asked.get("schedule")):
            schedule = registration.get_schedule(ref)
            department, doctor = schedule.department, schedule.doctor
        elif department is None and (ref := asked.get("slot")):
            schedule = registration.get_slot(ref).schedule
            department, doctor = schedule.department, schedule.doctor
    except PortalError:  # an old address: the step itself says so
        pass
    return {"department": department, "doctor": doctor}
