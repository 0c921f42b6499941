"""专家介绍: chosen doctors, or all of a department, with photo, title and specialty."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks import roles
from blocks.base import GROUP_PLACES, PortalBlock
from blocks.conditions import ChosenBlock, when
from blocks.places import samples
from blocks.places.choices import DepartmentChoiceBlock, DoctorChoiceBlock
from blocks.profiles import profiles_for_doctors
from business.hospital import showcase

SOURCES = [("all", _("全部医生")), ("department", _("一个科室的医生")), ("chosen", _("自己挑选"))]
MOST = 60


class DoctorShowcaseBlock(PortalBlock):
    """Cards of doctors; each leads to the introduction and to booking."""

    delivery = "inline"

    title = blocks.CharBlock(label=_("标题"), required=False, max_length=20)
    source = ChosenBlock(label=_("显示哪些医生"), choices=SOURCES, default="all")
    department = DepartmentChoiceBlock(required=False, help_text=_("选上级科室会包括它下面的所有科室。"))
    doctors = blocks.ListBlock(DoctorChoiceBlock(), label=_("医生"), required=False, max_num=MOST, default=[])
    limit = blocks.IntegerBlock(
        label=_("最多显示几位"), default=30, min_value=1, max_value=MOST, help_text=_("医生多时，按科室分开放更好找。")
    )
    show_booking = blocks.BooleanBlock(label=_("显示挂号按钮"), default=True, required=False)
    empty_text = blocks.CharBlock(
        label=_("没有医生时的说明"), default=_("医生介绍正在整理"), max_length=40, required=False
    )

    class Meta:
        label = _("专家介绍")
        icon = "user"
        group = GROUP_PLACES
        description = _("医生的照片、职称和擅长，点开看介绍，可直接挂号。")
        template = "blocks/places/doctors.html"
        conditions = {
            "department": when("source", "department"),
            "doctors": when("source", "chosen"),
        }
        preview_value = {"title": "专家介绍", "source": "all", "limit": 3}

    def clean(self, value: Any) -> Any:
        """Ask for what the chosen source needs."""
        cleaned = super().clean(value)
        if not self.is_deferred_validation:
            if cleaned["source"] == "department" and not cleaned["department"]:
                raise StructBlockValidationError(block_errors={"department": ValidationError(_("请选择科室。"))})
            if cleaned["source"] == "chosen" and not list(cleaned["doctors"]):
                raise StructBlockValidationError(block_errors={"doctors": ValidationError(_("请至少挑选一位医生。"))})
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the cards; a constant number of queries."""
        request = context.get("request")
        source = value.get("source") or "all"
        shown = showcase.doctors(
            codes=list(value["doctors"]) if source == "chosen" else None,
            department_code=(value.get("department") or "-") if source == "department" else "",
            limit=value.get("limit") or MOST,
        )
        profiles = profiles_for_doctors(doctor.pk for doctor in shown)
        return {"doctors": [self._card(doctor, profiles[doctor.pk], value, request) for doctor in shown]}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return three made-up doctors."""
        return samples.doctors()

    @staticmethod
    def _card(doctor: Any, profile: Any, value: Any, request: Any) -> dict[str, Any]:
        departments = [d for d in doctor.departments.all() if d.is_active]
        booking = (
            roles.url_for("registration.doctors", request, department=departments[0].ref, doctor=doctor.ref) or ""
            if departments and value.get("show_booking")
            else ""
        )
        return {
            "name": doctor.name,
            "title": doctor.title,
            "department": "、".join(dict.fromkeys(d.name for d in departments)),
            "specialty": doctor.specialty.removeprefix("擅长").lstrip("：: "),
            "gender": doctor.gender,
            "photo_url": profile.photo_url,
            "url": profile.page_url,
            "book_url": booking,
        }
