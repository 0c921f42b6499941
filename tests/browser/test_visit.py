"""On the day: move to another number, scan, check in, see the queue move; a portal of its own, with its own hour."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from business.patients import sessions
from business.registration.models import Appointment
from business.visits import codes, queues
from business.visits.models import CheckPoint, QueueBoard
from tests.factories import AccountFactory, AppointmentFactory, PatientFactory, ScheduleFactory, SlotFactory
from tests.pages.building import block, home, make_page, site
from tests.registration.conftest import channel, fake_his, merchant
from tests.registration.fake_his import FakeHis
from tests.visits.conftest import know

__all__ = ["channel", "fake_his", "home", "merchant", "site"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECONDS = 25_000
STEPS = {
    "registration.result": "booking_result",
    "registration.mine": "my_bookings",
    "registration.move": "booking_move",
    "visits.checkin": "check_in",
    "visits.queue": "queue",
}


@pytest.fixture
def booked(home: Any, site: Any, fake_his: FakeHis, merchant: Any) -> Iterator[Appointment]:
    """A visit in ten minutes; pages for every step."""
    for role, kind in STEPS.items():
        make_page(home, role, [block(kind)], slug=role.replace(".", "-"), service_role=role)
    account = AccountFactory(openid="o-visit")
    row = AppointmentFactory(
        patient=PatientFactory(account=account),
        slot=SlotFactory(number=30),
        queue_no="A030",
        booked_at=timezone.now(),
        fee_fen=0,
    )
    know(fake_his, row)
    with time_machine.travel(row.slot.starts_at - timedelta(minutes=10), tick=True):
        yield row


@pytest.fixture
def phone(page: Page, live_server: Any, booked: Appointment) -> Page:
    """The patient's phone, signed in; its clock is its own affair."""
    page.set_default_timeout(SECONDS)
    token = sessions.start(booked.account, "browser")
    page.context.add_cookies([{"name": settings.ACCOUNT_COOKIE, "value": token, "url": live_server.url}])
    return page


@pytest.mark.req("10.2", "15.1")
@pytest.mark.parametrize("care", [False, True], ids=["plain", "care"])
def test_scan_check_in_and_be_called(
    phone: Page, live_server: Any, booked: Appointment, fake_his: FakeHis, care: bool
) -> None:
    if care:
        phone.context.add_cookies([{"name": "ph_look", "value": "care", "url": live_server.url}])
    fake_his.line += [["", "A001", "waiting"], ["", "A002", "waiting"]]
    point = CheckPoint.objects.create(name="三层分诊台", campus=booked.slot.schedule.campus)
    phone.goto(f"{live_server.url}/-/checkin/{codes.code_of(point)}/")
    phone.get_by_role("button", name="我已到院，报到").click()

    expect(phone).to_have_url(re.compile("visits-queue"), timeout=SECONDS)
    expect(phone.get_by_role("heading", name="已报到，请候诊")).to_be_visible(timeout=SECONDS)
    queues.look(QueueBoard.objects.select_related("schedule").get())
    # The line asks by itself, by its own clock; nobody touches the page.
    expect(phone.get_by_role("heading", name="前面还有 2 人")).to_be_visible(timeout=SECONDS)
    for entry in fake_his.line:
        entry[2] = "called" if entry[0] else "done"
    queues.look(QueueBoard.objects.select_related("schedule").get())
    expect(phone.get_by_role("heading", name="轮到您了，请就诊")).to_be_visible(timeout=SECONDS)


@pytest.mark.req("10.10", "10.9")
def test_move_to_another_number_on_one_page(
    phone: Page, live_server: Any, booked: Appointment, fake_his: FakeHis
) -> None:
    old = booked.slot.schedule
    clinic = ScheduleFactory(
        department=old.department, doctor=old.doctor, date=old.date, session="afternoon", fee_fen=0
    )
    SlotFactory(schedule=clinic, number=55)
    with time_machine.travel(booked.slot.starts_at - timedelta(hours=3), tick=True):
        phone.goto(f"{live_server.url}/registration-result/?appointment={booked.ref}")
        phone.get_by_role("link", name="改约").click()
        phone.get_by_role("link", name=re.compile("55号")).click()
        expect(phone.get_by_text("这两个号都不收费")).to_be_visible(timeout=SECONDS)
        phone.get_by_role("button", name="确认改约").click()

        expect(phone.get_by_role("heading", name=re.compile("预约成功"))).to_be_visible(timeout=SECONDS)
        expect(phone.get_by_text(re.compile("【55号】")).first).to_be_visible()
        with phone.expect_download() as download:
            phone.get_by_role("link", name="加入日历").click()
        assert download.value.suggested_filename == "visit.ics"
    booked.refresh_from_db()
    assert booked.state == "cancelled"
