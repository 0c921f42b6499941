"""The floor of a booking: the same statements with fresh values, or no figure at all."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bench import booking, replay
from bench.material import Rush
from bench.memory_his import MemoryHis
from bench.replay import CannotReplay, Hole, Statement
from business.integration import his
from business.payments.models import Order
from business.registration.models import Appointment, AppointmentEvent
from tests.factories import MerchantFactory, ScheduleFactory

NAMES = ({"slot": 11, "key": "bk1"}, {"slot": 15, "key": "bk5"})


def generalise(left: list, right: list) -> list[Statement]:
    sql = "SELECT " + ", ".join(["%s"] * len(left))
    return replay.generalise([(sql, left)], [(sql, right)], NAMES, {})


def test_what_differs_is_explained_by_names() -> None:
    [statement] = generalise([11, "3:bk1", 7], [15, "3:bk5", 7])

    assert statement.params == [Hole("slot"), Hole(parts=("3:", "key", "")), 7]
    assert [replay.fill(p, {"slot": 99, "key": "bk88"}) for p in statement.params] == [99, "3:bk88", 7]


def test_moments_stay_as_recorded() -> None:
    [statement] = generalise(["2026-11-22 10:00:00"], ["2026-11-22 10:00:01"])

    assert statement.params == ["2026-11-22 10:00:01"]


@pytest.mark.parametrize(("left", "right"), [(["abc"], ["abd"]), ([1], [2])])
def test_what_nothing_explains_stops_the_run(left: list, right: list) -> None:
    with pytest.raises(CannotReplay):
        generalise(left, right)


def test_other_statements_stop_the_run() -> None:
    with pytest.raises(CannotReplay, match="SELECT 2"):
        replay.generalise([("SELECT 1", ())], [("SELECT 2", ())], NAMES, {})


def test_the_pgbench_script_computes_names_from_the_task() -> None:
    script = [
        Statement(replay.BEGIN),
        Statement(
            'INSERT INTO "a" VALUES (%s, %s) RETURNING "id"', [Hole("slot"), Hole(parts=("it's ", "key", ""))], "a"
        ),
        Statement("UPDATE b SET a = %s WHERE c = %s", [Hole("a"), "x"]),
    ]

    text = replay.pgbench_script(script, {"key": "bk:i"}, {"slot": 10}, repr)

    assert text.splitlines()[2:] == [
        "\\set slot 10 + :i",
        "BEGIN;",
        "INSERT INTO \"a\" VALUES (:slot, 'it''s bk:i') RETURNING \"id\" \\gset",
        "\\set a :id",
        "UPDATE b SET a = :a WHERE c = 'x';",
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.three_databases
def test_a_replayed_booking_writes_what_a_real_one_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = MemoryHis()
    monkeypatch.setattr(his, "client", lambda: memory)
    MerchantFactory()
    ScheduleFactory(date=timezone.localdate() + timedelta(days=2))
    rush = Rush(12)
    script = booking.record(rush)
    before = Appointment.objects.count(), AppointmentEvent.objects.count(), Order.objects.count()

    for i in (9, 10):
        cursor = connection.connection.cursor()
        replay.play(cursor, script, {**rush.names(i), **replay.fresh_names(i)}, qmark=connection.vendor == "sqlite")
        cursor.close()

    after = Appointment.objects.count(), AppointmentEvent.objects.count(), Order.objects.count()
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 4, 2]
    replayed = Appointment.objects.get(ref="ola10")
    assert replayed.claimed_slot_id == replayed.slot_id == rush.first_slot + 10
    assert (replayed.account_id, replayed.patient_id) == (rush.first_account + 10, rush.first_patient + 10)
    assert Order.objects.get(subject_ref="ola10").live_claim == "registration:ola10"
    assert booking.sold_exactly([rush.first_slot + 9, rush.first_slot + 10], 2) == {
        "sold": 2,
        "duplicates": 0,
        "lost": 0,
    }
