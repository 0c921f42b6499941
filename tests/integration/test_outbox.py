"""The outbox: done at least once, never lost, never for ever."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone

from business.integration import outbox, retention, sweeper, worker
from business.integration.models import CallLog, OutboxItem, WorkerBeat

pytestmark = pytest.mark.django_db
START = "2026-11-23T08:00:00+08:00"


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What the topic «note» was called with."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(outbox, "_handlers", {})
    monkeypatch.setattr(outbox, "_on_dead", {})
    outbox.handler("note")(calls.append)
    yield calls


def fails(error: Exception, max_attempts: int = 40) -> None:
    @outbox.handler("fails", max_attempts=max_attempts)
    def work(payload: dict[str, Any]) -> None:
        raise error


def test_the_same_key_is_the_same_work(done: list[dict[str, Any]]) -> None:
    outbox.enqueue("note", {"n": 1}, key="k")
    outbox.enqueue("note", {"n": 2}, key="k")

    assert outbox.run_due() == 1
    assert outbox.run_due() == 0
    assert done == [{"n": 1}]
    item = OutboxItem.objects.get()
    assert (item.state, item.attempts, item.leased_until) == ("done", 1, None)
    assert item.done_at is not None


def test_delayed_work_waits_and_can_be_woken(done: list[dict[str, Any]]) -> None:
    with time_machine.travel(START, tick=False) as clock:
        outbox.enqueue("note", {"n": 1}, key="a", delay_seconds=60)
        outbox.enqueue("note", {"n": 2}, key="b", delay_seconds=60)
        outbox.run_due()
        assert done == []
        outbox.wake("b")
        outbox.run_due()
        assert done == [{"n": 2}]
        clock.shift(61)
        outbox.run_due()
        assert done == [{"n": 2}, {"n": 1}]


@pytest.mark.parametrize("error", [outbox.RetryLater("not yet"), RuntimeError("call 13871326620")])
def test_failed_work_is_tried_again_ever_more_seldom_and_at_last_shown(
    done: list[dict[str, Any]], error: Exception
) -> None:
    fails(error, max_attempts=4)
    with time_machine.travel(START, tick=False) as clock:
        item = outbox.enqueue("fails", {}, key="k")
        pauses = []
        for _ in range(3):
            assert outbox.run_due() == 1
            item.refresh_from_db()
            pauses.append((item.due_at - timezone.now()).total_seconds())
            clock.move_to(item.due_at)
        outbox.run_due()

    item.refresh_from_db()
    assert pauses == [2, 5, 10]
    assert (item.state, item.attempts) == ("dead", 4)
    assert str(error).split()[0] in item.last_error
    assert "13871326620" not in item.last_error


def test_a_handler_may_say_when(done: list[dict[str, Any]]) -> None:
    fails(outbox.RetryLater("HIS opens at nine", after_seconds=900))
    with time_machine.travel(START, tick=False):
        item = outbox.enqueue("fails", {}, key="k")
        outbox.run_due()
        item.refresh_from_db()
        assert item.due_at - timezone.now() == timedelta(seconds=900)


def test_giving_up_is_at_once_tells_the_app_and_staff_may_revive(done: list[dict[str, Any]]) -> None:
    fails(outbox.GiveUp("no such template"))
    told: list[tuple[dict[str, Any], str]] = []
    outbox.on_dead("fails")(lambda payload, reason: told.append((payload, reason)))
    item = outbox.enqueue("fails", {"n": 1}, key="k")
    outbox.run_due()
    item.refresh_from_db()
    assert (item.state, told) == ("dead", [({"n": 1}, "no such template")])

    outbox.handler("fails")(done.append)
    outbox.revive(item)
    outbox.run_due()

    item.refresh_from_db()
    assert (item.state, done) == ("done", [{"n": 1}])


def test_work_without_a_handler_is_not_lost(done: list[dict[str, Any]]) -> None:
    item = outbox.enqueue("unknown", {}, key="k")
    outbox.run_due()

    item.refresh_from_db()
    assert item.state == "dead"
    assert "no handler" in item.last_error


def test_work_that_kills_its_worker_is_repeated_and_not_for_ever(done: list[dict[str, Any]]) -> None:
    class Killed(BaseException):
        """As if the process were gone: nothing after this line runs."""

    starts: list[int] = []

    @outbox.handler("fails", max_attempts=3)
    def work(payload: dict[str, Any]) -> None:
        starts.append(1)
        raise Killed

    with time_machine.travel(START, tick=False) as clock:
        item = outbox.enqueue("fails", {}, key="k")
        for _ in range(3):
            with pytest.raises(Killed):
                outbox.run(item.pk)
            assert outbox.run_due() == 0, "its lease holds"
            clock.shift(outbox.LEASE + timedelta(seconds=1))
        outbox.run_due()

    item.refresh_from_db()
    assert len(starts) == 3
    assert item.state == "dead"


def test_a_worker_that_was_too_slow_does_not_undo_what_another_did(done: list[dict[str, Any]]) -> None:
    item = outbox.enqueue("slow", {}, key="k")

    @outbox.handler("slow")
    def work(payload: dict[str, Any]) -> None:
        OutboxItem.objects.filter(pk=item.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
        outbox.handler("slow")(done.append)
        outbox.run(item.pk)
        raise outbox.GiveUp("too late to say so")

    outbox.run(item.pk)

    item.refresh_from_db()
    assert (item.state, done) == ("done", [{}])


def test_work_of_a_transaction_that_failed_never_existed(done: list[dict[str, Any]]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.enqueue("note", {}, key="k")
        raise ZeroDivisionError

    outbox.run_due()
    assert done == []


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_many_workers_do_each_item_once(done: list[dict[str, Any]]) -> None:
    for number in range(20):
        outbox.enqueue("note", {"n": number}, key=str(number))

    def work() -> None:
        try:
            while outbox.run_due(5):
                pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(payload["n"] for payload in done) == list(range(20))
    assert set(OutboxItem.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_the_worker_works_beats_and_finishes_what_is_in_hand(done: list[dict[str, Any]]) -> None:
    holding, let_go = threading.Event(), threading.Event()

    @outbox.handler("long")
    def work(payload: dict[str, Any]) -> None:
        holding.set()
        assert let_go.wait(10)

    at_work = worker.Worker(threads=2)
    thread = threading.Thread(target=at_work.run)
    thread.start()
    try:
        outbox.enqueue("long", {}, key="long")
        assert holding.wait(10)
        outbox.enqueue("note", {"n": 1}, key="note")
        assert eventually(lambda: done == [{"n": 1}]), "a long one does not hold up the others"
        assert worker.health()["alive"]
        at_work.stop()
        outbox.enqueue("note", {"n": 2}, key="later")
    finally:
        let_go.set()
        thread.join(10)

    assert not thread.is_alive()
    assert OutboxItem.objects.get(key="long").state == "done"
    assert OutboxItem.objects.get(key="later").state == "pending"
    assert not WorkerBeat.objects.exists()


def eventually(condition: Any, seconds: float = 8.0) -> bool:
    stop = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        stop.wait(0.05)
    return False


def test_one_round_by_command(done: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sweeper, "_sweeps", {})
    looked: list[int] = []

    def look() -> None:
        looked.append(1)

    def look_later() -> None:
        looked.append(2)

    sweeper.sweep(every_seconds=60)(look)
    sweeper.sweep(every_seconds=60, at_start=False)(look_later)
    outbox.enqueue("note", {}, key="k")

    call_command("run_worker", "--once")

    assert (done, looked) == ([{}], [1])
    assert "处理了 1 项" in capsys.readouterr().out


def test_a_failing_sweep_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "_sweeps", {})
    looked: list[int] = []

    def fails_always() -> None:
        raise RuntimeError("no")

    sweeper.sweep(every_seconds=60)(fails_always)
    sweeper.sweep(every_seconds=60)(lambda: looked.append(1))

    assert sweeper.run_due() == 2
    assert sweeper.run_due() == 0
    assert looked == [1]


def test_health_tells_of_overdue_and_dead_work(done: list[dict[str, Any]]) -> None:
    with time_machine.travel(START, tick=False) as clock:
        first = outbox.enqueue("note", {}, key="k")
        assert worker.health() == {"alive": False, "overdue": 0, "overdue_since": None, "dead": 0}
        clock.shift(120)
        assert worker.health() == {"alive": False, "overdue": 1, "overdue_since": first.due_at, "dead": 0}


def test_old_rows_are_forgotten_and_open_work_never() -> None:
    long_ago = timezone.now() - timedelta(days=400)
    CallLog.objects.create(at=long_ago, system="his", operation="x", outcome="ok", duration_ms=1)
    CallLog.objects.create(at=timezone.now(), system="his", operation="x", outcome="ok", duration_ms=1)
    for state in ("done", "dead", "pending"):
        OutboxItem.objects.create(topic="x", key=state, state=state, due_at=long_ago, done_at=long_ago)

    assert retention.forget_old() == 2
    assert CallLog.objects.count() == 1
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {"dead", "pending"}


def test_with_redis_due_work_is_announced_once_in_a_while(
    done: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(outbox, "_announce", told.append)
    monkeypatch.setattr(outbox, "_announced", {})
    item = outbox.enqueue("note", {}, key="k")

    assert [outbox.announce_due(), outbox.announce_due()] == [1, 0]
    monkeypatch.setitem(outbox._announced, item.pk, -1000.0)
    assert outbox.announce_due() == 1
    assert told == [item.pk, item.pk]


def test_one_round_forgets_more_than_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    long_ago = timezone.now() - timedelta(days=retention.CALL_LOG_DAYS + 1)
    CallLog.objects.bulk_create(
        CallLog(at=long_ago, system="his", operation="slots", outcome="ok", duration_ms=1) for _ in range(7)
    )

    assert retention.forget_old() == 7
