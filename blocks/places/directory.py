"""科室目录: every department with its place, leading to its introduction and to booking."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_PLACES, PortalBlock
from blocks.patients.here import here
from blocks.places import samples
from blocks.profiles import NOBODY, Profile, profiles_for_departments, profiles_for_doctors
from blocks.registration.icons import department_icon
from business.hospital import place_queries
from business.hospital import queries as hospital
from business.hospital.models import Department
from business.hospital.place_queries import Spot


def department_url(department: Department, profile: Profile, request: HttpRequest | None) -> str:
    """Return a department's introduction, else where it is booked."""
    return profile.page_url or roles.url_for("registration.doctors", request, department=department.ref) or ""


def search_results(text: str, request: HttpRequest | None) -> dict[str, Any]:
    """Return departments and doctors with their introductions; a constant number of queries."""
    text = text.strip()[: hospital.LONGEST_QUERY]
    if not text:
        return {"query": "", "items": []}
    found = hospital.search(text)
    departments = [d for d in found.departments if d.is_leaf_node()]
    pages = profiles_for_departments(d.pk for d in departments)
    faces = profiles_for_doctors(d.pk for d in found.doctors)
    items = [
        {
            "title": department.name,
            "text": " · ".join(
                p for p in (str(department.campus or ""), department.summary or department.location) if p
            ),
            "icon": department_icon(department.name),
            "tone": "teal",
            "url": department_url(department, pages[department.pk], request),
        }
        for department in departments
    ]
    for doctor in found.doctors:
        department = next(iter(doctor.departments.all()), None)
        booking = department and roles.url_for(
            "registration.doctors", request, department=department.ref, doctor=doctor.ref
        )
        items.append(
            {
                "title": f"{doctor.name} {doctor.title}",
                "text": " · ".join(p for p in (department.name if department else "", doctor.specialty) if p),
                "icon": "doctor-male" if doctor.gender == "male" else "doctor-female",
                "tone": "blue",
                "url": faces[doctor.pk].page_url or booking or "",
            }
        )
    return {"query": text, "items": items}


class DepartmentDirectoryBlock(PortalBlock):
    """Groups of departments; each leads to its introduction, its doctors and its place."""

    delivery = "inline"

    title = blocks.CharBlock(label=_("标题"), required=False, max_length=20)
    show_search = blocks.BooleanBlock(label=_("显示搜索框"), default=True, required=False)
    search_placeholder = blocks.CharBlock(
        label=_("搜索框提示"), default=_("搜科室、医生（支持拼音首字母）"), max_length=40, required=False
    )
    show_place = blocks.BooleanBlock(label=_("显示所在位置"), default=True, required=False)
    show_booking = blocks.BooleanBlock(label=_("显示挂号按钮"), default=True, required=False)
    nothing_found_text = blocks.CharBlock(
        label=_("搜索不到时的说明"), default=_("换一个词试试，或按分类查找。"), max_length=60, required=False
    )

    class Meta:
        label = _("科室目录")
        icon = "folder-open-inverse"
        group = GROUP_PLACES
        description = _("按院区和分类列出科室，点开看介绍，可直接挂号、看位置。")
        template = "blocks/places/directory.html"
        preview_value = {"title": ""}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the departments of a campus in their groups; a constant number of queries."""
        request = context.get("request")
        campuses = hospital.campuses()
        asked = request.GET.get("campus", "") if request is not None else ""
        campus = next((c for c in campuses if c.code == asked), None)
        nodes = hospital.department_tree(campus)
        leaves = [leaf for node in nodes for leaf in _leaves(node)]
        profiles = profiles_for_departments(d.pk for d in leaves)
        spots = place_queries.spots_of([d.pk for d in leaves]) if value.get("show_place") else {}
        text = request.GET.get("q", "") if request is not None else ""
        tabs = [{"label": _("全部"), "url": here(context, campus=None, q=None), "is_active": campus is None}]
        tabs += [
            {"label": c.name, "url": here(context, campus=c.code, q=None), "is_active": c == campus} for c in campuses
        ]
        return {
            "tabs": tabs if len(campuses) > 1 else [],
            "groups": [
                {
                    "id": f"g-{node.department.ref}",
                    "name": node.department.name,
                    "departments": [
                        self._item(d, profiles.get(d.pk, NOBODY), spots.get(d.pk), value, request, campus is None)
                        for d in _leaves(node)
                    ],
                }
                for node in nodes
            ],
            "search_fragment": reverse("places-departments"),
            "results_id": f"directory-{context.get('block_id', 'new')}",
            **search_results(text, request),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two groups of a made-up hospital."""
        return samples.directory()

    @staticmethod
    def _item(
        department: Department,
        profile: Profile,
        spots: list[Spot] | None,
        value: Any,
        request: HttpRequest | None,
        with_campus: bool,
    ) -> dict[str, Any]:
        place = (spots[0].short if spots else department.location) if value.get("show_place") else ""
        campus = department.campus.name if department.campus and with_campus else ""
        booking = roles.url_for("registration.doctors", request, department=department.ref) or ""
        return {
            "name": department.name,
            "summary": department.summary,
            "place": " · ".join(part for part in (campus, place) if part),
            "icon": department_icon(department.name),
            "url": profile.page_url or booking,
            "book_url": booking if value.get("show_booking") else "",
            "map_url": (roles.url_for("places.map", request, department=department.ref) or "") if spots else "",
        }


def _leaves(node: hospital.DepartmentNode) -> list[Department]:
    if not node.children:
        return [node.department]
    return [leaf for child in node.children for leaf in _leaves(child)]
