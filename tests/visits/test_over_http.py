"""Exchange, check-in and queue over the real interface, with the sandbox's bad days."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from business.integration import his
from business.integration.outcomes import Refused, Unknown
from business.security.refs import new_ref
from tests.factories import resident_id


@pytest.fixture
def clinic(sandbox: Any, db: None) -> Iterator[dict[str, Any]]:
    """A clinic of the sandbox with free numbers some days ahead; its clock is put back afterwards."""
    store = sandbox.app.extensions["sandbox"].store
    row = store.one(
        "SELECT s.code, s.date, s.fee_fen, COUNT(*) AS n FROM schedules s JOIN slots n ON n.schedule_code = s.code"
        " WHERE s.state = 'open' AND n.state = 'free' AND s.date > ? GROUP BY s.code HAVING n >= 4"
        " ORDER BY s.date DESC, s.code LIMIT 1",
        (timezone.localdate().isoformat(),),
    )
    slots = store.all(
        "SELECT * FROM slots WHERE schedule_code = ? AND state = 'free' ORDER BY number DESC", (row["code"],)
    )
    yield {**dict(row), "slots": [dict(slot) for slot in slots]}
    sandbox.control("POST", "clock", {"reset": True})


def registered(clinic: dict[str, Any], slot: dict[str, Any], patient: str) -> str:
    trade_no = f"T{new_ref()}"
    port = his.client()
    lock = port.lock_slot(
        trade_no=trade_no, slot_code=slot["code"], patient_id=patient, fee_fen=clinic["fee_fen"], hold_seconds=600
    )
    port.confirm_registration(
        trade_no=trade_no,
        lock_id=lock.lock_id,
        paid_fen=clinic["fee_fen"],
        pay_channel="wechatpay",
        pay_transaction_id=f"42{new_ref()}",
        paid_at=timezone.now(),
    )
    return trade_no


@pytest.fixture
def patient(sandbox: Any) -> str:
    """Somebody new, so that no booking of another test stands in the way."""
    made = his.client().create_patient(
        request_no=new_ref(),
        id_type="resident_id",
        id_number=resident_id(random.randrange(1, 400_000)),
        name="周晓",
        phone="13871326620",
        gender="female",
        birth_date=timezone.localdate() - timedelta(days=9000),
    )
    return made.patient_id


def at_the_hour(sandbox: Any, clinic: dict[str, Any], slot: dict[str, Any]) -> None:
    starts = timezone.make_aware(datetime.fromisoformat(f"{clinic['date']}T{slot['start']}"))
    ahead = (starts - timedelta(minutes=20) - timezone.now()).total_seconds()
    sandbox.control("POST", "clock", {"advance_seconds": ahead})


@pytest.mark.parametrize("fault", ["drop_after", "http_after", "garbage"])
def test_an_exchange_whose_answer_was_lost_is_done_once(
    sandbox: Any, clinic: dict[str, Any], patient: str, fault: str
) -> None:
    old = registered(clinic, clinic["slots"][0], patient)
    new, target = f"T{new_ref()}", clinic["slots"][1]["code"]
    wish = {"trade_no": old, "new_trade_no": new, "slot_code": target, "fee_fen": clinic["fee_fen"]}
    sandbox.fault("his.change", fault)
    with pytest.raises(Unknown):
        his.client().change_registration(**wish)

    again = his.client().change_registration(**wish)

    before, after = his.client().query_registration(trade_no=old), his.client().query_registration(trade_no=new)
    assert before and after
    assert (before.state, after.state, after.his_order_no) == ("cancelled", "confirmed", again.his_order_no)
    paid = [t.trade_no for t in his.client().trades(timezone.localdate()) if t.trade_no in {old, new}]
    assert paid == [new], "the payment is the new trade's"
    with pytest.raises(Refused):
        his.client().change_registration(**{**wish, "new_trade_no": f"T{new_ref()}"})


def test_what_was_given_up_can_no_longer_be_exchanged(sandbox: Any, clinic: dict[str, Any], patient: str) -> None:
    old, new = registered(clinic, clinic["slots"][0], patient), f"T{new_ref()}"
    his.client().unlock_slot(trade_no=new)
    with pytest.raises(Refused) as no:
        his.client().change_registration(
            trade_no=old, new_trade_no=new, slot_code=clinic["slots"][1]["code"], fee_fen=clinic["fee_fen"]
        )
    assert no.value.code == "TRADE_CLOSED"
    fact = his.client().query_registration(trade_no=old)
    assert fact and fact.state == "confirmed"


@pytest.mark.req("10.2")
def test_check_in_queue_call_and_pass(sandbox: Any, clinic: dict[str, Any], patient: str) -> None:
    slot = clinic["slots"][0]
    trade_no = registered(clinic, slot, patient)
    ask = {"trade_no": trade_no, "point": "三层分诊台"}
    with pytest.raises(Refused) as early:
        his.client().check_in(request_no="c-1", **ask)
    assert early.value.code == "TOO_EARLY"
    at_the_hour(sandbox, clinic, slot)
    sandbox.fault("his.check_in", "drop_after")
    with pytest.raises(Unknown):
        his.client().check_in(request_no="c-1", **ask)
    first, second = his.client().check_in(request_no="c-1", **ask), his.client().check_in(request_no="c-2", **ask)
    assert (first.queue_no, first.at) == (second.queue_no, second.at)
    fact = his.client().query_registration(trade_no=trade_no)
    assert fact and fact.checked_in

    queue = his.client().queue(schedule_code=clinic["code"])
    assert [e.state for e in queue.entries if e.trade_no == trade_no] == ["waiting"]
    for _step in range(len(queue.entries)):
        sandbox.control("POST", "queue", {"schedule_code": clinic["code"], "do": "next"})
    assert mine(clinic, trade_no) == "called"
    sandbox.control("POST", "queue", {"schedule_code": clinic["code"], "do": "pass"})
    assert mine(clinic, trade_no) == "passed"
    his.client().check_in(request_no="c-3", **ask)
    assert mine(clinic, trade_no) == "waiting"
    with pytest.raises(Refused):
        his.client().cancel_registration(trade_no=trade_no, reason="patient", refund_no="r")


def mine(clinic: dict[str, Any], trade_no: str) -> str:
    entries = his.client().queue(schedule_code=clinic["code"]).entries
    return next(entry.state for entry in entries if entry.trade_no == trade_no)


@pytest.mark.parametrize(("fault", "more"), [("http", {}), ("garbage", {}), ("refuse", {"code": "SYSTEM_BUSY"})])
def test_a_queue_nobody_can_read_is_unknown(sandbox: Any, clinic: dict[str, Any], fault: str, more: Any) -> None:
    sandbox.fault("his.queue", fault, **more)
    with pytest.raises(Unknown):
        his.client().queue(schedule_code=clinic["code"])
