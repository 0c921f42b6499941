"""候诊: one question for everybody, each told once what concerns them, the page light and never stored."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from business.integration.models import CallLog
from business.messaging.models import Message
from business.patients import sessions
from business.registration.models import Appointment
from business.visits import checkin, queues
from business.visits.models import CheckPoint, QueueBoard, Visit
from tests.factories import AppointmentFactory, SlotFactory
from tests.registration.fake_his import SILENCE, FakeHis
from tests.visits.conftest import know

pytestmark = pytest.mark.django_db
State = Visit.State


@pytest.fixture
def waiting(booked: Appointment, point: CheckPoint, at_the_hour: Any, fake_his: FakeHis) -> Appointment:
    """Checked in behind five from the window."""
    fake_his.line += [["", f"W{n:03}", "waiting"] for n in range(5)]
    checkin.check_in(account=booked.account, appointment_ref=booked.ref, point=point)
    return booked


def look() -> None:
    QueueBoard.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    queues.look_at_queues()


def told(row: Appointment) -> list[str]:
    about = Message.objects.filter(subject=row.ref, event__startswith="visits.").order_by("pk")
    return list(about.values_list("event", flat=True))


def call_next(fake_his: FakeHis) -> None:
    for entry in fake_his.line:
        if entry[2] == "called":
            entry[2] = "done"
    for entry in fake_his.line:
        if entry[2] == "waiting":
            entry[2] = "called"
            break
    look()


@pytest.mark.req("15.1")
def test_from_the_fifth_place_to_the_doctor_each_thing_is_told_once(waiting: Appointment, fake_his: FakeHis) -> None:
    look()
    assert (waiting.visit.ahead, told(waiting)) == (5, [])

    for _step in range(3):
        call_next(fake_his)
        look()
    assert told(waiting) == ["visits.queue_near"]
    near = Message.objects.get(event="visits.queue_near")
    assert (near.facts["ahead"], near.facts["place"]) == ("3", "305 诊室")

    for _step in range(3):
        call_next(fake_his)
    waiting.visit.refresh_from_db()
    assert (waiting.visit.state, told(waiting)) == (State.CALLED, ["visits.queue_near", "visits.your_turn"])
    call_next(fake_his)
    waiting.visit.refresh_from_db()
    assert waiting.visit.state == State.DONE


def test_who_was_passed_is_told_what_to_do_and_comes_again(
    waiting: Appointment, point: CheckPoint, fake_his: FakeHis
) -> None:
    mine = next(entry for entry in fake_his.line if entry[0])
    mine[2] = "passed"
    look()
    waiting.visit.refresh_from_db()
    assert (waiting.visit.state, waiting.visit.passes) == (State.PASSED, 1)
    assert told(waiting) == ["visits.passed"]

    fake_his.line.remove(mine)
    again = checkin.check_in(account=waiting.account, appointment_ref=waiting.ref, point=point)
    assert again.state == State.WAITING
    for entry in fake_his.line:
        entry[2] = "done" if not entry[0] else "called"
    look()
    assert told(waiting)[-1] == "visits.your_turn"


@pytest.mark.req("G1.1")
def test_many_who_wait_cost_his_one_question(waiting: Appointment, point: CheckPoint, fake_his: FakeHis) -> None:
    for number in range(2, 32):
        row = AppointmentFactory(slot=SlotFactory(schedule=waiting.slot.schedule, number=number), queue_no=f"A{number}")
        know(fake_his, row)
        if timezone.now() >= row.slot.starts_at - timedelta(minutes=60):
            checkin.check_in(account=row.account, appointment_ref=row.ref, point=point)
    fake_his.calls.clear()
    look()
    assert [operation for operation, _no in fake_his.calls] == ["queue"]
    queues.look_at_queues()
    assert len(fake_his.calls) == 1, "not again before its time"


def test_a_silent_his_is_asked_less_and_less_and_the_last_answer_stays(waiting: Appointment, fake_his: FakeHis) -> None:
    look()
    fake_his.faults["queue"] += [SILENCE] * 3
    pauses = []
    for _try in range(3):
        look()
        pauses.append((QueueBoard.objects.get().next_at - timezone.now()).total_seconds())
    assert pauses[0] < pauses[1] < pauses[2] <= 61
    waiting.visit.refresh_from_db()
    assert waiting.visit.ahead == 5
    look()
    assert QueueBoard.objects.get().failures == 0


def test_a_clinic_where_nobody_waits_is_not_asked_for(waiting: Appointment, fake_his: FakeHis) -> None:
    Visit.objects.update(state=State.DONE)
    fake_his.calls.clear()
    look()
    assert fake_his.calls == []
    assert QueueBoard.objects.get().next_at > timezone.now() + timedelta(hours=1)


@pytest.fixture
def phone(waiting: Appointment, settings: Any) -> Client:
    client = Client()
    client.cookies[settings.ACCOUNT_COOKIE] = sessions.start(waiting.account, "browser")
    return client


def test_the_live_line_is_light_private_and_asks_his_nothing(
    phone: Client, waiting: Appointment, fake_his: FakeHis, django_assert_max_num_queries: Any
) -> None:
    look()
    fake_his.calls.clear()
    url = f"/-/queue/?appointment={waiting.ref}&n=3"
    with django_assert_max_num_queries(5):
        answer = phone.get(url)
    assert "前面还有 5 人" in answer.content.decode()
    assert len(answer.content) < 1024
    assert "no-store" in answer["Cache-Control"]
    assert (fake_his.calls, CallLog.objects.count()) == ([], 0)
    assert "n=4" in answer.content.decode()
    assert Client().get(url).status_code == 404
    assert phone.get("/-/queue/?appointment=x").status_code == 404
    late = phone.get(f"/-/queue/?appointment={waiting.ref}&n=400").content.decode()
    assert "data-hx-get" not in late
    assert "继续更新" in late
