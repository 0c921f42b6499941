"""Notices on patients' pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from business.notices.models import Notice
from tests.factories import DepartmentFactory, DoctorFactory, NoticeFactory, ScheduleFactory, SlotFactory
from tests.flow.conftest import count_queries, guest, text_of
from tests.pages.building import block, home, make_page

__all__ = ["count_queries", "guest", "home"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def bar(home):
    """A page with the notices of what the patient looks at; return how to fetch them."""
    stored = block("notice_bar", {"place": "here", "limit": 5})
    page = make_page(home, "选择医生", [stored], slug="doctors")

    def fetch(client, query=""):
        return client.get(f"/-/island/{page.pk}/{stored['id']}/{query}")

    return fetch


@pytest.fixture
def listing(home):
    """The page of notices."""
    stored = block("notice_list")
    page = make_page(home, "公告", [stored], slug="notices", service_role="notices")

    def fetch(client, query=""):
        return client.get(f"/-/island/{page.pk}/{stored['id']}/{query}")

    return fetch


@pytest.mark.req("7.1", "7.2")
def test_a_notice_stands_on_the_home_page_and_leads_to_its_text(home, guest, listing) -> None:
    make_page(home, "首页样", [block("notice_bar")], slug="front")
    notice = NoticeFactory(title="明天停电，门诊照常", priority=Notice.Priority.URGENT)
    hidden = NoticeFactory(on_home=False)

    page = guest.get("/front/")

    assert notice.title in text_of(page)
    assert hidden.title not in text_of(page)
    assert f"/notices/?notice={notice.ref}" in page.content.decode()
    assert notice.body in text_of(listing(guest, f"?notice={notice.ref}"))


def test_without_notices_nothing_stands_there(home, guest) -> None:
    make_page(home, "首页样", [block("notice_bar")], slug="front")
    assert "ph-noticebar" not in guest.get("/front/").content.decode()


@pytest.mark.req("7.1")
@pytest.mark.parametrize("step", ["department", "doctor", "schedule", "slot"])
def test_every_step_of_a_booking_shows_what_concerns_it(guest, bar, step) -> None:
    department, other = DepartmentFactory(), DepartmentFactory()
    doctor = DoctorFactory(departments=[department])
    slot = SlotFactory(schedule=ScheduleFactory(department=department, doctor=doctor))
    own = NoticeFactory(doctor=doctor, department=department, kind=Notice.Kind.STOPPED)
    foreign = NoticeFactory(department=other)
    query = {
        "department": f"?department={department.ref}",
        "doctor": f"?department={department.ref}&doctor={doctor.ref}",
        "schedule": f"?schedule={slot.schedule.ref}",
        "slot": f"?slot={slot.ref}",
    }[step]

    shown = text_of(bar(guest, query))

    assert own.title in shown
    assert foreign.title not in shown


@pytest.mark.parametrize("query", ["?department=gone", "?slot=gone", "?schedule=%00x", "?doctor='--"])
def test_an_old_address_shows_the_general_notices(guest, bar, query) -> None:
    notice = NoticeFactory()
    answer = bar(guest, query)
    if answer.status_code == 200:
        assert notice.title in text_of(answer)
    else:
        assert answer.status_code == 400


def test_the_number_of_queries_does_not_grow_with_the_notices(guest, listing, bar, count_queries) -> None:
    department = DepartmentFactory()
    NoticeFactory.create_batch(2, department=department)
    few = count_queries(lambda: listing(guest)), count_queries(lambda: bar(guest, f"?department={department.ref}"))
    NoticeFactory.create_batch(15, department=department)
    many = count_queries(lambda: listing(guest)), count_queries(lambda: bar(guest, f"?department={department.ref}"))
    assert many == few


def test_the_list_is_turned_over_and_narrowed_by_kind(guest, listing) -> None:
    NoticeFactory.create_batch(21, kind=Notice.Kind.OUTPATIENT)
    stop = NoticeFactory(kind=Notice.Kind.STOPPED, starts_at=timezone.now() - timedelta(days=3))

    assert stop.title not in text_of(listing(guest))
    assert stop.title in text_of(listing(guest, "?page=2"))
    only = text_of(listing(guest, "?kind=stopped"))
    assert stop.title in only
    assert "更早的公告" not in only
    assert listing(guest, "?page=999999&kind=nonsense").status_code == 200


def test_what_staff_wrote_is_text_and_never_markup(guest, listing) -> None:
    notice = NoticeFactory(title="<b>粗</b>", body="<script>alert(1)</script>")
    html = listing(guest, f"?notice={notice.ref}").content.decode()
    assert "<script>" not in html
    assert "<b>粗" not in html


@pytest.mark.req("7.1")
def test_a_kept_page_shows_a_new_notice_at_once_and_drops_one_that_ends(home, guest, listing, time_machine) -> None:
    make_page(home, "首页样", [block("notice_bar")], slug="front")
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    assert guest.get("/front/").status_code == guest.get("/front/").status_code == 200

    notice = NoticeFactory(title="今晚停水", ends_at=now + timedelta(minutes=5))

    assert notice.title in text_of(guest.get("/front/"))
    time_machine.move_to(now + timedelta(minutes=5, seconds=1), tick=False)
    assert notice.title not in text_of(guest.get("/front/"))
