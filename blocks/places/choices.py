"""Choosing a department or a doctor in the editor: by HIS code, which is the same in every installation."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks


def department_choices() -> list[tuple[str, str]]:
    """Return the active departments by code, indented as the tree is."""
    from business.hospital.models import Department

    rows = Department.objects.filter(is_active=True).select_related("campus").order_by("tree_id", "lft")
    return [
        (row.code, f"{'　' * row.level}{row.name}" + (f"（{row.campus.name}）" if row.campus else "")) for row in rows
    ]


def doctor_choices() -> list[tuple[str, str]]:
    """Return the active doctors by code; initials first, so that typing them finds the line."""
    from business.hospital.models import Doctor

    rows = Doctor.objects.filter(is_active=True).prefetch_related("departments").order_by("pinyin", "pk")
    return [
        (
            row.code,
            " · ".join(
                [f"{row.initials[:1].upper()} {row.name} {row.title}", *{d.name for d in row.departments.all()}]
            ),
        )
        for row in rows
    ]


class _ByCode(blocks.ChoiceBlock):
    """Asks the database only in the editor's form, never while a page is read."""

    refers_by = "code"

    def get_searchable_content(self, value: Any) -> list[str]:
        """A code is no content."""
        return []


class DepartmentChoiceBlock(_ByCode):
    """One department, or a group of departments."""

    refers_to = "hospital.Department"

    def __init__(self, **kwargs: Any) -> None:
        """Offer the departments."""
        super().__init__(**{"label": _("科室"), "choices": department_choices, **kwargs})


class DoctorChoiceBlock(_ByCode):
    """One doctor."""

    refers_to = "hospital.Doctor"

    def __init__(self, **kwargs: Any) -> None:
        """Offer the doctors."""
        super().__init__(**{"label": _("医生"), "choices": doctor_choices, **kwargs})
