"""Pages made on synchronisation, and the department's own staff who write them."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from business.hospital import sync
from business.hospital.models import Department, Doctor
from business.hospital.sync import base_synchronised
from business.integration import his
from business.integration.his import CampusFact, DepartmentFact, DoctorFact
from cms.pages import department_staff, introductions
from cms.pages.models import DepartmentPage, DoctorPage, PortalPage
from tests.backoffice import builders
from tests.factories import DepartmentFactory, DoctorFactory
from tests.pages.building import block, make_image, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.14", "46.15", "46.16", "46.17")]


@pytest.fixture
def hospital(home: PortalPage, roles: Any) -> dict[str, Department]:
    """Give two groups with a department each, and the pages the introductions stand below."""
    make_page(home, "科室介绍", [], slug="departments", service_role="places.departments")
    make_page(home, "专家介绍", [], slug="doctors", service_role="places.doctors")
    inner, surgery = DepartmentFactory(name="内科", campus=None), DepartmentFactory(name="外科", campus=None)
    gastro = DepartmentFactory(name="消化内科", code="XH", parent=inner)
    bones = DepartmentFactory(name="骨科", code="GK", parent=surgery)
    DoctorFactory(name="陈立群", code="D1", departments=[gastro])
    DoctorFactory(name="赵启明", code="D2", departments=[bones])
    return {d.name: d for d in (inner, surgery, gastro, bones)}


def test_a_synchronisation_makes_the_pages_that_are_missing_once(
    hospital: dict[str, Department], client: Client
) -> None:
    # When the base data were synchronised
    base_synchronised.send_robust(sender=None)
    # Then each department that is booked and each doctor has a live page
    assert set(DepartmentPage.objects.live().values_list("department__name", flat=True)) == {"消化内科", "骨科"}
    assert set(DoctorPage.objects.live().values_list("doctor__name", flat=True)) == {"陈立群", "赵启明"}
    html = client.get("/departments/department-xh/").content.decode()
    assert "消化内科" in html
    assert "陈立群" in html
    # And again changes nothing
    assert introductions.make_missing() == introductions.Made()


def test_what_staff_wrote_stays(hospital: dict[str, Department]) -> None:
    introductions.make_missing()
    page = DoctorPage.objects.get(doctor__code="D1")
    page.title, page.body = "我们的陈医生", [block("rich_text", {"title": "", "text": "<p>自己写的</p>"})]
    page.save_revision().publish()
    Doctor.objects.filter(code="D1").update(title="教授")
    introductions.make_missing()
    page.refresh_from_db()
    assert page.title == "我们的陈医生"
    assert "自己写的" in str(page.body)


def test_who_is_gone_goes_offline_and_comes_back(hospital: dict[str, Department]) -> None:
    introductions.make_missing()
    Doctor.objects.filter(code="D1").update(is_active=False)
    assert introductions.make_missing().taken_down == 1
    assert not DoctorPage.objects.get(doctor__code="D1").live
    Doctor.objects.filter(code="D1").update(is_active=True)
    assert introductions.make_missing().brought_back == 1
    assert DoctorPage.objects.get(doctor__code="D1").live
    # But what a person took down stays down
    DoctorPage.objects.get(doctor__code="D2").unpublish(user=get_user_model().objects.create_superuser("boss"))
    assert introductions.make_missing() == introductions.Made()
    assert not DoctorPage.objects.get(doctor__code="D2").live


def test_without_a_page_to_stand_below_nothing_is_made(home: PortalPage) -> None:
    DoctorFactory(departments=[DepartmentFactory()])
    assert introductions.make_missing() == introductions.Made()


def test_a_failure_does_not_harm_the_synchronisation(hospital: dict[str, Department], monkeypatch: Any) -> None:
    monkeypatch.setattr(introductions, "make_missing", lambda: 1 / 0)
    answers = base_synchronised.send_robust(sender=None)
    assert any(isinstance(answer, ZeroDivisionError) for _receiver, answer in answers)


@pytest.fixture
def his_with_a_new_doctor(hospital: dict[str, Department], monkeypatch: Any) -> None:
    """Let HIS list one department and a doctor whom nobody knows yet."""

    class Fake:
        def campuses(self) -> list[CampusFact]:
            return [CampusFact("C1", "本部", "解放大道 1 号", "", None, None)]

        def departments(self) -> list[DepartmentFact]:
            return [DepartmentFact("NEW", "", "疼痛科", "C1", "", "", 0, True)]

        def doctors(self) -> list[DoctorFact]:
            return [DoctorFact("D77", "许知远", "male", "主任医师", ("NEW",), "", 0, active=True)]

    monkeypatch.setattr(his, "client", Fake)


def test_a_synchronisation_makes_pages_outside_its_transaction_and_once(his_with_a_new_doctor: None) -> None:
    # Given somebody who hears of it and looks how deep in transactions that is
    depths = []

    def look(**kwargs: Any) -> None:
        depths.append(len(connection.savepoint_ids))

    outside = len(connection.savepoint_ids)
    base_synchronised.connect(look)
    try:
        for _run in range(2):
            sync.sync_base()
    finally:
        base_synchronised.disconnect(look)
    # Then the data were there to stay, and the second time made no second page
    assert depths == [outside, outside]
    assert DoctorPage.objects.filter(doctor__code="D77", live=True).count() == 1
    assert DepartmentPage.objects.filter(department__code="NEW", live=True).count() == 1


def test_the_synchronisation_stands_when_pages_cannot_be_made(
    his_with_a_new_doctor: None, monkeypatch: Any, caplog: Any
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(DoctorPage, "save_revision", lambda *args, **kwargs: 1 / 0)
        written = sync.sync_base()
    assert written.doctors
    assert Doctor.objects.filter(code="D77").exists()
    assert not DoctorPage.objects.filter(doctor__code="D77").exists()
    assert "after the synchronisation" in caplog.text
    # And the next one makes up for it
    sync.sync_base()
    assert DoctorPage.objects.filter(doctor__code="D77", live=True).count() == 1


def test_his_cannot_write_html_into_a_page(hospital: dict[str, Department], client: Client) -> None:
    DepartmentFactory(name="怪科", code="X<9>", summary="<script>alert(1)</script>")
    introductions.make_missing()
    page = DepartmentPage.objects.get(department__name="怪科")
    assert "<script>alert" not in client.get(page.url).content.decode()


class TestDepartmentStaff:
    @pytest.fixture
    def writer(self, hospital: dict[str, Department]) -> Client:
        """Sign in somebody of 内科."""
        introductions.make_missing()
        user = builders.staff()
        department_staff.put(hospital["内科"], [user])
        client = Client()
        client.force_login(user)
        client.user = user  # type: ignore[attr-defined]
        return client

    def edit_url(self, page: Page) -> str:
        return reverse("wagtailadmin_pages:edit", args=[page.pk])

    def test_they_open_their_own_pages_and_those_below_and_no_others(
        self, writer: Client, hospital: dict[str, Department]
    ) -> None:
        own = [DepartmentPage.objects.get(department__code="XH"), DoctorPage.objects.get(doctor__code="D1")]
        others = [
            DepartmentPage.objects.get(department__code="GK"),
            DoctorPage.objects.get(doctor__code="D2"),
            PortalPage.objects.get(service_role="home"),
        ]
        assert [writer.get(self.edit_url(page)).status_code for page in own] == [200, 200]
        refused = [
            writer.get(self.edit_url(page), HTTP_X_REQUESTED_WITH="XMLHttpRequest").status_code for page in others
        ]
        assert refused == [403, 403, 403]
        for page in others:
            before = page.latest_revision_id
            writer.post(self.edit_url(page), {"title": "改了"})
            page.refresh_from_db()
            assert (page.latest_revision_id, page.title) == (before, page.title)
            assert page.title != "改了"

    def test_they_may_not_publish_nor_move_the_page_to_another_department(
        self, writer: Client, hospital: dict[str, Department]
    ) -> None:
        page = DepartmentPage.objects.get(department__code="XH")
        rights = page.permissions_for_user(writer.user)  # type: ignore[attr-defined]
        assert rights.can_edit()
        assert not (rights.can_publish() or rights.can_delete() or rights.can_unpublish() or rights.can_move())
        html = writer.get(self.edit_url(page)).content.decode()
        assert 'name="department"' not in html

    def test_they_do_not_touch_business_blocks(self, writer: Client, hospital: dict[str, Department]) -> None:
        from cms.blockrules.rights import problems_of_change

        page = DepartmentPage.objects.get(department__code="XH")
        stream = page.body.stream_block
        text = {"type": "rich_text", "value": {"title": "新的", "text": "<p>好</p>"}, "id": "a"}
        service = {"type": "my_bookings", "value": {}, "id": "b"}
        user = writer.user  # type: ignore[attr-defined]
        assert not problems_of_change(user, stream.to_python([]), stream.to_python([text]), page)
        assert problems_of_change(user, stream.to_python([]), stream.to_python([service]), page)
        assert problems_of_change(user, stream.to_python([service]), stream.to_python([]), page)

    def test_a_new_doctor_is_theirs_after_the_next_synchronisation(
        self, writer: Client, hospital: dict[str, Department]
    ) -> None:
        DoctorFactory(code="D9", departments=[hospital["消化内科"]])
        base_synchronised.send_robust(sender=None)
        page = DoctorPage.objects.get(doctor__code="D9")
        assert writer.get(self.edit_url(page)).status_code == 200
        # And a doctor who leaves the department is no longer
        page.doctor.departments.set([hospital["骨科"]])
        base_synchronised.send_robust(sender=None)
        assert writer.get(self.edit_url(page)).status_code == 302
        assert department_staff.grant() == 0

    def test_who_is_taken_off_the_list_is_out(self, writer: Client, hospital: dict[str, Department]) -> None:
        department_staff.put(hospital["内科"], [])
        page = DepartmentPage.objects.get(department__code="XH")
        assert writer.get(self.edit_url(page)).status_code == 302


def test_portraits_are_cut_around_the_focal_point(hospital: dict[str, Department]) -> None:
    from blocks import images

    image = make_image()
    plain = images.rendition_of(image, "portrait")
    image.focal_point_x, image.focal_point_y, image.focal_point_width, image.focal_point_height = 35, 10, 6, 6
    image.save()
    focused = images.rendition_of(type(image).objects.get(pk=image.pk), "portrait")
    assert plain
    assert focused
    assert plain.focal_point_key != focused.focal_point_key
