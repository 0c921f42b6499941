"""The pages around a visit: scan, check in, see where one stands."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from business.patients import sessions
from business.registration.models import Appointment
from business.visits import codes
from business.visits.models import CheckPoint, Visit
from tests.factories import AppointmentFactory, PatientFactory, SlotFactory
from tests.flow.conftest import text_of
from tests.registration.fake_his import FakeHis
from tests.visits.conftest import know

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(account: Any, fake_his: FakeHis) -> Any:
    row = AppointmentFactory(patient=PatientFactory(account=account), queue_no="A001")
    know(fake_his, row)
    with time_machine.travel(row.slot.starts_at - timedelta(minutes=10), tick=True):
        yield row


@pytest.fixture
def point(booked: Appointment) -> CheckPoint:
    return CheckPoint.objects.create(name="三层分诊台", campus=booked.slot.schedule.campus)


@pytest.fixture
def here(account: Any, booked: Appointment) -> Client:
    """The account's browser, signed in at the hour of the visit."""
    client = Client()
    client.cookies[settings.ACCOUNT_COOKIE] = sessions.start(account, "browser")
    return client


@pytest.mark.req("10.2", "15.1")
def test_scan_check_in_and_see_the_queue(flow: Any, here: Client, booked: Appointment, point: CheckPoint) -> None:
    mine = here
    code = codes.code_of(point)
    scanned = mine.get(f"/-/checkin/{code}/")
    assert scanned.status_code == 302
    assert scanned["Location"].endswith(f"?at={code}")
    step = flow("visits.checkin")
    page = step.island(mine, f"?at={code}")
    assert "三层分诊台" in text_of(page)
    assert "我已到院，报到" in text_of(page)

    answer = step.post(mine, "check_in", {"appointment": booked.ref, "at": code}, query=f"?at={code}")
    assert answer.status_code == 303
    assert f"/visits-queue/?appointment={booked.ref}" in answer["Location"]
    assert "已报到，请候诊" in text_of(flow("visits.queue").island(mine))
    assert "候诊进度" in text_of(step.island(mine, f"?at={code}"))
    assert Visit.objects.get().point == point


def test_a_wrong_code_says_what_to_scan_and_nothing_is_checked_in(
    flow: Any, here: Client, booked: Appointment, guest: Any
) -> None:
    mine = here
    step = flow("visits.checkin")
    assert "不是本院的报到码" in text_of(step.island(mine, "?at=nonsense"))
    refused = step.post(mine, "check_in", {"appointment": booked.ref, "at": "nonsense"}, htmx=True)
    assert refused.status_code == 422
    assert not Visit.objects.exists()
    assert "登录" in text_of(step.island(guest, "?at=x"))


def test_many_visits_take_as_many_queries_as_one(
    flow: Any, here: Client, booked: Appointment, count_queries: Any
) -> None:
    mine = here

    def both() -> tuple[int, int]:
        return (
            count_queries(lambda: flow("visits.checkin").island(mine)),
            count_queries(lambda: flow("visits.queue").island(mine)),
        )

    one = both()
    for number in range(2, 8):
        AppointmentFactory(patient=booked.patient, slot=SlotFactory(schedule=booked.slot.schedule, number=number))
    assert both() == one
    assert max(one) <= 9
