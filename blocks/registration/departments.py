"""选择科室: departments in two levels, by campus, with a search by name, pinyin and initials."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.campus import choosing_url
from blocks.patients.here import here
from blocks.registration import samples
from blocks.registration.icons import department_icon
from business.hospital import queries as hospital
from business.hospital.models import Department

LONGEST_NOTE = 20  # two lines on a phone


def search_results(text: str, request: Any) -> dict[str, Any]:
    """Return what the results template needs; a constant number of SQL statements."""
    text = text.strip()[: hospital.LONGEST_QUERY]
    if not text:
        return {"query": "", "items": []}
    found = hospital.search(text)
    items = [
        {
            "title": department.name,
            "text": _line(str(department.campus or ""), department.summary or department.location),
            "icon": department_icon(department.name),
            "tone": "teal",
            "url": roles.url_for("registration.doctors", request, department=department.ref),
        }
        for department in found.departments
        if department.is_leaf_node()  # a group is not booked, its departments are
    ]
    for doctor in found.doctors:
        department = next(iter(doctor.departments.all()), None)
        if department is None:
            continue
        items.append(
            {
                "title": f"{doctor.name} {doctor.title}",
                "text": _line(department.name, doctor.specialty),
                "icon": "doctor-male" if doctor.gender == "male" else "doctor-female",
                "tone": "blue",
                "url": roles.url_for("registration.doctors", request, department=department.ref, doctor=doctor.ref),
            }
        )
    return {"query": text, "items": items}


def _line(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


class DepartmentPickerBlock(PortalBlock):
    """Two levels of departments; the first groups, the second leads to the doctors."""

    delivery = "inline"
    serves = "registration.departments"
    links_to = ("registration.doctors",)

    show_search = blocks.BooleanBlock(label=_("显示搜索框"), default=True, required=False)
    search_placeholder = blocks.CharBlock(
        label=_("搜索框提示"), default=_("搜索科室、医生（支持拼音首字母）"), max_length=40, required=False
    )
    show_summary = blocks.BooleanBlock(label=_("显示科室一句话介绍"), default=True, required=False)
    empty_text = blocks.CharBlock(
        label=_("没有科室时的说明"), default=_("暂时没有可以预约的科室"), max_length=60, required=False
    )
    nothing_found_text = blocks.CharBlock(
        label=_("搜索不到时的说明"),
        default=_("换一个词试试，或从下面的科室列表中选择。"),
        max_length=60,
        required=False,
    )

    class Meta:
        label = _("科室选择")
        icon = "list-ul"
        group = GROUP_REGISTRATION
        description = _("两级科室列表，可按名称、拼音首字母或医生搜索，点科室进入医生列表。")
        template = "blocks/registration/departments.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the campuses, the groups of the chosen one and, without JavaScript, the search's results."""
        request = context.get("request")
        campuses = hospital.campuses()
        wanted = request.GET.get("campus", "") if request is not None else ""
        campus = next((c for c in campuses if c.code == wanted), campuses[0] if len(campuses) > 1 else None)
        groups = [
            {
                "id": f"d-{node.department.ref}",
                "name": node.department.name,
                # A department without a group stands for itself.
                "departments": [self._item(d, value, request) for d in _leaves(node) or [node.department]],
            }
            for node in hospital.department_tree(campus)
        ]
        text = request.GET.get("q", "") if request is not None else ""
        return {
            "tabs": [
                {
                    "label": c.name,
                    "url": choosing_url(c.code, here(context, campus=c.code, q=None)),
                    "is_active": c == campus,
                }
                for c in campuses
            ]
            if len(campuses) > 1
            else [],
            "groups": groups,
            "search_action": context.get("page_url") or "",
            "search_fragment": reverse("department-search"),
            "results_id": f"results-{context.get('block_id', 'new')}",
            "campus_code": campus.code if campus and wanted else "",
            "plain_url": here(context, q=None),
            **search_results(text, request),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return three departments of a made-up hospital."""
        return samples.departments()

    @staticmethod
    def _item(department: Department, value: Any, request: Any) -> dict[str, Any]:
        return {
            "name": department.name,
            "url": roles.url_for("registration.doctors", request, department=department.ref) or "",
            "note": Truncator(department.summary).chars(LONGEST_NOTE) if value.get("show_summary") else "",
            "icon": department_icon(department.name),
        }


def _leaves(node: hospital.DepartmentNode) -> list[Department]:
    found = []
    for child in node.children:
        found += _leaves(child) or [child.department]
    return found
