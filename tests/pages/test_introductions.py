"""Introductions of departments and doctors, and what they lend to the blocks that list many."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Site

from blocks.profiles import profiles_for_departments, profiles_for_doctors
from business.hospital.models import Department, Doctor
from cms.pages.models import DepartmentPage, DoctorPage, PortalPage
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


def make_doctor(number: int = 1, **fields: Any) -> Doctor:
    department, _ = Department.objects.get_or_create(
        code="XH", defaults={"name": "消化内科", "location": "门诊楼 3 层"}
    )
    defaults = {"name": f"医生{number}", "gender": "male", "title": "主任医师", "specialty": "胃病"}
    doctor = Doctor.objects.create(code=f"D{number}", **{**defaults, **fields})
    doctor.departments.add(department)
    return doctor


def introduce(home: PortalPage, doctor: Doctor, **fields: Any) -> DoctorPage:
    home.refresh_from_db()
    page = DoctorPage(title=doctor.name, slug=doctor.code.lower(), doctor=doctor, **fields)
    return home.add_child(instance=page)


def test_an_introduction_shows_what_his_knows_and_what_staff_wrote(
    home: PortalPage, site: Site, client: Client
) -> None:
    make_page(home, "选择医生", service_role="registration.doctors", slug="doctors")
    doctor = make_doctor(name="陈立群")
    introduce(home, doctor, photo=make_image(), body=[block("rich_text", {"text": "<p>从医三十年。</p>"})])
    html = client.get("/d1/").content.decode()
    for words in ("陈立群", "主任医师", "消化内科", "擅长：胃病", "从医三十年。"):
        assert words in html
    assert f"/doctors/?department={doctor.departments.get().ref}" in html
    assert "/media/images/" in html


def test_a_departments_page_leads_to_its_doctors(home: PortalPage, site: Site, client: Client) -> None:
    make_page(home, "选择医生", service_role="registration.doctors", slug="doctors")
    department = Department.objects.create(code="EK", name="儿科", location="门诊楼 2 层")
    home.refresh_from_db()
    home.add_child(instance=DepartmentPage(title="儿科", slug="ek", department=department))
    html = client.get("/ek/").content.decode()
    assert "门诊楼 2 层" in html
    assert f"/doctors/?department={department.ref}" in html
    assert profiles_for_departments([department.pk])[department.pk].page_url == "/ek/"


def test_profiles_of_many_doctors_cost_as_much_as_of_few(home: PortalPage, site: Site) -> None:
    doctors = [make_doctor(n) for n in range(1, 13)]
    for doctor in doctors:
        introduce(home, doctor, photo=make_image())
    ids = [doctor.pk for doctor in doctors]
    profiles_for_doctors(ids)  # the pictures are made once
    counts = []
    for some in (ids[:2], ids):
        with CaptureQueriesContext(connection) as captured:
            found = profiles_for_doctors(some)
        counts.append(len(captured))
        assert all(found[pk].photo_url and found[pk].page_url for pk in some)
    assert counts[0] == counts[1] <= 3


def test_a_doctor_without_a_live_page_has_an_empty_profile(home: PortalPage, site: Site) -> None:
    doctor, other = make_doctor(1), make_doctor(2)
    introduce(home, doctor, live=False)
    found = profiles_for_doctors([doctor.pk, other.pk])
    assert [(p.photo_url, p.page_url) for p in found.values()] == [("", ""), ("", "")]
