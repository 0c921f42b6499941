"""症状找科室: from a symptom in the patient's words, or a part of the body, to the departments that treat it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_PLACES, PortalBlock
from blocks.patients.here import fragment, here, parameters
from blocks.places import samples
from blocks.registration.icons import department_icon
from business.hospital import conditions
from business.hospital.models import Condition

PART_ICONS = {
    "head": "brain",
    "senses": "eye-organ",
    "neck": "thyroid",
    "chest": "lungs",
    "belly": "stomach",
    "back": "spine",
    "limbs": "joint",
    "skin": "skin",
    "pelvis": "bladder",
    "woman": "pregnant",
    "child": "baby",
    "mind": "mind",
    "whole": "fever",
}


class ConditionFinderBlock(PortalBlock):
    """A sentence, a word or a part of the body; the answer is the same for everybody who asks the same."""

    delivery = "island"
    links_to = ("registration.doctors",)
    cache_seconds = 60
    skeleton = "grid"

    title = blocks.CharBlock(label=_("标题"), required=False, max_length=20)
    placeholder = blocks.CharBlock(
        label=_("输入框提示"), default=_("哪里不舒服？例如：胸口痛、发烧"), max_length=40, required=False
    )
    show_parts = blocks.BooleanBlock(label=_("显示身体部位"), default=True, required=False)
    emergency_title = blocks.CharBlock(label=_("急症提醒标题"), default=_("可能危及生命，请立即去急诊"), max_length=30)
    emergency_text = blocks.CharBlock(
        label=_("急症提醒内容"),
        default=_("不要等预约：马上到急诊科，或拨打 120。急诊 24 小时开放，无需挂号预约。"),
        max_length=120,
    )
    note = blocks.CharBlock(
        label=_("下方说明"),
        default=_("这里只帮您选科室，不能代替医生诊断；症状加重时请立即就医。"),
        max_length=120,
        required=False,
    )
    nothing_found_text = blocks.CharBlock(
        label=_("找不到时的说明"),
        default=_("换一种说法试试，或选择身体部位；也可以先挂全科或内科，由医生帮您判断。"),
        max_length=80,
        required=False,
    )

    class Meta:
        label = _("症状找科室")
        icon = "help"
        group = GROUP_PLACES
        description = _("输入症状或选身体部位，找到该挂的科室；急症先提醒去急诊。")
        template = "blocks/places/finder.html"
        preview_value = {"title": ""}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was found; three queries besides the roles."""
        asked = parameters(context)
        text = asked.get("symptom", "")[: conditions.LONGEST_TEXT]
        part = asked.get("part", "")
        found = conditions.find(text, part=part)
        request = context.get("request")
        return {
            "symptom": text.strip(),
            "part": part if part in PART_ICONS else "",
            "parts": [
                {
                    "label": label,
                    "icon": PART_ICONS[code],
                    "url": here(context, part=code, symptom=None),
                    "hx_url": fragment(context, part=code, symptom=None),
                    "is_active": code == part,
                }
                for code, label in Condition.Part.choices
            ],
            "found": [self._item(one, request) for one in found],
            "is_emergency": any(one.condition.is_emergency for one in found) and bool(text.strip()),
            "fragment": fragment(context, symptom=None, part=None),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return parts of the body and one condition."""
        return samples.finder(PART_ICONS)

    @staticmethod
    def _item(found: conditions.Found, request: Any) -> dict[str, Any]:
        condition = found.condition
        return {
            "name": condition.name,
            "word": found.word if found.word != condition.name else "",
            "advice": condition.advice,
            "is_emergency": condition.is_emergency,
            "departments": [
                {
                    "name": department.name,
                    "campus": department.campus.name if department.campus else "",
                    "icon": department_icon(department.name),
                    "url": roles.url_for("registration.doctors", request, department=department.ref) or "",
                }
                for department in found.departments
            ],
        }
