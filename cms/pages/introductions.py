"""Introductions of departments and doctors, made when a synchronisation brings new ones (46.14–46.17).

Never overwrites what staff wrote: a page that exists is left alone, but for going offline when its doctor or department
is gone, and coming back when they are and nobody else took it down.
"""

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.html import escape
from django.utils.text import slugify
from wagtail.models import Page, PageLogEntry

from business.hospital.models import Department, Doctor
from business.hospital.sync import base_synchronised
from cms.pages import department_staff
from cms.pages.models import DepartmentPage, DoctorPage, IntroductionPage, PortalPage

logger = logging.getLogger("portal.pages")

DEPARTMENTS_ROLE, DOCTORS_ROLE = "places.departments", "places.doctors"


@dataclass(frozen=True)
class Made:
    """What a run did, in numbers of pages."""

    departments: int = 0
    doctors: int = 0
    taken_down: int = 0
    brought_back: int = 0


def make_missing() -> Made:
    """Make the introductions that are missing and take down those of who is gone; repeating it changes nothing.

    New pages stand below the live page with the role 科室介绍 · 目录 or 专家介绍 · 目录; without one nothing is made.
    """
    departments = _make(DEPARTMENTS_ROLE, DepartmentPage, "department", _departments())
    doctors = _make(DOCTORS_ROLE, DoctorPage, "doctor", _doctors())
    down, back = _follow(DepartmentPage, "department"), _follow(DoctorPage, "doctor")
    department_staff.grant()
    return Made(departments, doctors, down[0] + back[0], down[1] + back[1])


def _departments() -> list[Department]:
    """Return the departments patients go to: those that others hang below are groups."""
    rows = Department.objects.filter(is_active=True, page__isnull=True).select_related("campus")
    return [row for row in rows.order_by("tree_id", "lft") if row.is_leaf_node()]


def _doctors() -> list[Doctor]:
    rows = Doctor.objects.filter(is_active=True, page__isnull=True).prefetch_related("departments")
    return list(rows.order_by("sort", "pk"))


def _make(role: str, model: type[IntroductionPage], name: str, records: list[Any]) -> int:
    if not records:
        return 0
    index = PortalPage.objects.live().filter(service_role=role).order_by("path").first()
    if index is None:
        logger.info("no page has the role %s: %d introductions wait for it", role, len(records))
        return 0
    made = 0
    for record in records:
        try:
            with transaction.atomic():
                index.refresh_from_db()
                title, body = department_start(record) if name == "department" else doctor_start(record)
                page = model(title=title, slug=_slug(index, name, record.code), body=body, **{name: record})
                index.add_child(instance=page)
                page.save_revision(log_action=False, changed=False)
                made += 1
        except IntegrityError:
            # Another worker made it in the same minute.
            logger.info("introduction of %s %s was made elsewhere", name, record.code)
    return made


def _slug(index: Page, name: str, code: str) -> str:
    slug = f"{name}-{slugify(code) or uuid.uuid4().hex[:8]}"
    return slug if Page._slug_is_available(slug, index) else f"{slug}-{uuid.uuid4().hex[:6]}"


def department_start(department: Department) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """Return title and body of a new department page: what HIS knows, its doctors, and room for staff to write."""
    campus = department.campus.name if department.campus else ""
    place = " ".join(part for part in (campus, department.location) if part)
    text = f"<p>{escape(department.summary)}</p>" if department.summary else ""
    if place:
        text += f"<h2>在哪里</h2><p>{escape(place)}</p>"
    text += "<h2>怎么预约</h2><p>点上方「预约挂号」，选择日期和医生；预约成功后无需取号，凭二维码报到。</p>"
    body: list[tuple[str, dict[str, Any]]] = [
        ("rich_text", {"title": "科室介绍", "text": text}),
        ("doctor_showcase", {"title": "本科医生", "source": "department", "department": department.code, "limit": 30}),
    ]
    return (f"{department.name}（{campus}）" if campus else department.name), body


def doctor_start(doctor: Doctor) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """Return title and body of a new doctor page."""
    where = "、".join(dict.fromkeys(d.name for d in doctor.departments.all()))
    specialty = doctor.specialty.removeprefix("擅长").lstrip("：: ")
    text = f"<p>{escape('，'.join(part for part in (doctor.name, doctor.title, where) if part))}。</p>"
    if specialty:
        text += f"<h2>擅长</h2><p>{escape(specialty)}</p>"
    text += "<h2>出诊时间</h2><p>以预约挂号页面显示的实时号源为准。</p>"
    return f"{doctor.name} {doctor.title}".strip(), [("rich_text", {"title": "医生介绍", "text": text})]


def _follow(model: type[IntroductionPage], name: str) -> tuple[int, int]:
    """Take down the pages of who is gone; bring back those that this program took down and nobody touched since."""
    gone = list(model.objects.live().filter(**{f"{name}__is_active": False}))
    for page in gone:
        page.unpublish(user=None)
    there = model.objects.not_live().filter(**{f"{name}__is_active": True, "has_unpublished_changes": True})
    by_program = _taken_down_by_program(page.pk for page in there)
    back = [page for page in there if page.pk in by_program]
    for page in back:
        revision = page.get_latest_revision() or page.save_revision()
        revision.publish(log_action=True)
    return len(gone), len(back)


def _taken_down_by_program(pks: Iterable[int]) -> set[int]:
    """Return the pages whose last entry in the log is that no person unpublished them."""
    last: dict[int, PageLogEntry] = {}
    for entry in PageLogEntry.objects.filter(page_id__in=list(pks)).order_by("timestamp", "pk"):
        last[entry.page_id] = entry
    return {pk for pk, entry in last.items() if entry.action == "wagtail.unpublish" and entry.user_id is None}


def after_synchronisation(**kwargs: Any) -> None:
    """Make what is missing; hears of every synchronisation."""
    made = make_missing()
    if made != Made():
        logger.info("introductions: %s", made)


base_synchronised.connect(after_synchronisation, dispatch_uid="cms.pages.introductions")
