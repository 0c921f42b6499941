"""Lock, unlock, confirm, cancel, patients and trades: idempotent, refused clearly, and never two on one number."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.app import sandbox_of
from sandbox.testing import RunningSandbox

from .clients import HisClient

Confirmation = Callable[..., dict[str, Any]]


def new_patient(number: int) -> dict[str, str]:
    return {
        "request_no": f"C{number:06}",
        "id_type": "03",
        "id_number": f"E{number:08}",
        "name": f"访客{number}",
        "phone": "13800000009",
        "gender": "female",
        "birth_date": "1990-01-01",
    }


def test_lock_takes_the_number_and_repeats_itself(
    his: HisClient, ask: dict[str, Any], tomorrow: dict[str, str]
) -> None:
    first = his.post("/registrations/lock", ask)
    again = his.post("/registrations/lock", ask)
    schedule_code = ask["slot_code"].rsplit("-", 1)[0]
    slots = {row["code"]: row["state"] for row in his.get("/slots", schedule_code=schedule_code, **tomorrow)}
    assert again == first
    assert first["fee_fen"] == ask["fee_fen"]
    assert slots[ask["slot_code"]] == "locked"


def test_fifty_clients_for_one_number_leave_exactly_one_lock(his: HisClient, ask: dict[str, Any]) -> None:
    patients = [his.post("/patients", new_patient(number))["patient_id"] for number in range(50)]

    def lock(index: int) -> str:
        client = HisClient(his.url, his.credentials)
        return client.code("/registrations/lock", {**ask, "trade_no": f"R{index:03}", "patient_id": patients[index]})

    with ThreadPoolExecutor(50) as pool:
        codes = Counter(pool.map(lock, range(50)))
    assert codes == {"OK": 1, "SLOT_TAKEN": 49}


def test_one_trade_number_sent_twenty_times_at_once_is_one_lock(his: HisClient, ask: dict[str, Any]) -> None:
    def lock(_: int) -> str:
        return str(HisClient(his.url, his.credentials).post("/registrations/lock", ask)["lock_id"])

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(lock, range(20)))) == 1


def test_same_trade_number_with_other_facts_is_a_conflict(his: HisClient, ask: dict[str, Any]) -> None:
    his.post("/registrations/lock", ask)
    assert his.code("/registrations/lock", {**ask, "fee_fen": ask["fee_fen"] + 1}) == "TRADE_CONFLICT"


def test_lock_is_refused_with_the_reason(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], tomorrow: dict[str, str]
) -> None:
    schedule_code = ask["slot_code"].rsplit("-", 1)[0]
    others = [
        row["code"]
        for row in his.get("/slots", schedule_code=schedule_code, **tomorrow)
        if row["state"] == "free" and row["code"] != ask["slot_code"]
    ]
    lock = "/registrations/lock"
    assert his.code(lock, {**ask, "slot_code": "nothing"}) == "SLOT_CLOSED"
    assert his.code(lock, {**ask, "fee_fen": 1}) == "FEE_CHANGED"
    assert his.code(lock, {**ask, "patient_id": "P0"}) == "PATIENT_NOT_FOUND"
    sandbox.control("POST", "slots", {"slot_code": others[0], "state": "taken"})
    assert his.code(lock, {**ask, "slot_code": others[0]}) == "SLOT_TAKEN"
    sandbox.control("POST", "slots", {"slot_code": others[0], "state": "closed"})
    assert his.code(lock, {**ask, "slot_code": others[0]}) == "SLOT_CLOSED"
    his.post(lock, ask)
    assert his.code(lock, {**ask, "trade_no": "R-second", "slot_code": others[1]}) == "DUPLICATE_BOOKING"
    sandbox.control("POST", "schedules", {"schedule_code": schedule_code, "state": "stopped"})
    assert his.code(lock, {**ask, "trade_no": "R-third", "slot_code": others[1]}) == "SCHEDULE_STOPPED"


def test_lock_of_an_hour_gone_by_is_refused(his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any]) -> None:
    sandbox.control("POST", "clock", {"advance_seconds": 30 * 86400})
    assert his.code("/registrations/lock", ask) == "SLOT_CLOSED"


def test_an_expired_lock_frees_its_number_and_cannot_be_confirmed(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], payment: Confirmation
) -> None:
    lock = his.post("/registrations/lock", ask)
    sandbox.control("POST", "clock", {"advance_seconds": 901})
    assert his.get(f"/registrations/{ask['trade_no']}")["state"] == "expired"
    assert his.code("/registrations/confirm", payment(ask, lock)) == "LOCK_EXPIRED"
    assert his.code("/registrations/lock", ask) == "TRADE_CLOSED"
    his.post("/registrations/lock", {**ask, "trade_no": "R-next"})


def test_unlock_is_idempotent_and_keeps_a_late_lock_out(his: HisClient, ask: dict[str, Any]) -> None:
    his.post("/registrations/lock", ask)
    assert his.post("/registrations/unlock", {"trade_no": ask["trade_no"]}) == {}
    assert his.post("/registrations/unlock", {"trade_no": ask["trade_no"]}) == {}
    assert his.get(f"/registrations/{ask['trade_no']}")["state"] == "unlocked"
    # Given an unlock that overtook its lock
    his.post("/registrations/unlock", {"trade_no": "R-early"})
    assert his.code("/registrations/lock", {**ask, "trade_no": "R-early"}) == "TRADE_CLOSED"
    # The number itself stays free for others
    his.post("/registrations/lock", {**ask, "trade_no": "R-other"})


def test_confirm_repeats_itself_and_takes_the_number(
    his: HisClient, ask: dict[str, Any], payment: Confirmation
) -> None:
    body = payment(ask, his.post("/registrations/lock", ask))
    first = his.post("/registrations/confirm", body)
    assert his.post("/registrations/confirm", body) == first
    known = his.get(f"/registrations/{ask['trade_no']}")
    assert known["state"] == "confirmed"
    assert {name: known[name] for name in first} == first
    assert known["paid_fen"] == ask["fee_fen"]
    assert his.code("/registrations/unlock", {"trade_no": ask["trade_no"]}) == "ALREADY_CONFIRMED"
    assert his.code("/registrations/confirm", {**body, "pay_transaction_id": "another"}) == "ALREADY_CONFIRMED"


def test_confirm_is_refused_with_the_reason(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], payment: Confirmation
) -> None:
    confirm = "/registrations/confirm"
    lock = his.post("/registrations/lock", ask)
    assert his.code(confirm, payment(ask, lock, trade_no="R-unknown")) == "NOT_FOUND"
    assert his.code(confirm, payment(ask, lock, lock_id="L-other")) == "NOT_FOUND"
    assert his.code(confirm, payment(ask, lock, paid_fen=1)) == "AMOUNT_MISMATCH"
    schedule_code = ask["slot_code"].rsplit("-", 1)[0]
    sandbox.control("POST", "schedules", {"schedule_code": schedule_code, "state": "stopped"})
    assert his.code(confirm, payment(ask, lock)) == "SCHEDULE_STOPPED"
    his.post("/registrations/unlock", {"trade_no": ask["trade_no"]})
    assert his.code(confirm, payment(ask, lock)) == "LOCK_EXPIRED"


def test_confirm_twenty_times_at_once_is_one_registration(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], payment: Confirmation
) -> None:
    body = payment(ask, his.post("/registrations/lock", ask))

    def confirm(_: int) -> str:
        return str(HisClient(his.url, his.credentials).post("/registrations/confirm", body)["his_order_no"])

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(confirm, range(20)))) == 1
    assert len(sandbox.control("GET", "registrations?state=confirmed")) == 1


def test_cancel_repeats_itself_and_frees_the_number(his: HisClient, ask: dict[str, Any], payment: Confirmation) -> None:
    his.post("/registrations/confirm", payment(ask, his.post("/registrations/lock", ask)))
    body = {"trade_no": ask["trade_no"], "reason": "患者主动取消", "refund_no": "F1"}
    first = his.post("/registrations/cancel", body)
    assert his.post("/registrations/cancel", body) == first
    assert his.get(f"/registrations/{ask['trade_no']}")["state"] == "cancelled"
    his.post("/registrations/lock", {**ask, "trade_no": "R-next"})


def test_cancel_is_refused_with_the_reason(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], payment: Confirmation
) -> None:
    body = {"trade_no": ask["trade_no"], "reason": "患者主动取消", "refund_no": "F1"}
    assert his.code("/registrations/cancel", body) == "NOT_FOUND"
    lock = his.post("/registrations/lock", ask)
    assert his.code("/registrations/cancel", body) == "NOT_CONFIRMED"
    his.post("/registrations/confirm", payment(ask, lock))
    sandbox.control("POST", "checkin", {"trade_no": ask["trade_no"]})
    assert his.code("/registrations/cancel", body) == "ALREADY_CHECKED_IN"


def test_cancel_after_the_visit_is_refused(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], payment: Confirmation
) -> None:
    his.post("/registrations/confirm", payment(ask, his.post("/registrations/lock", ask)))
    sandbox.control("POST", "clock", {"advance_seconds": 15 * 86400})
    body = {"trade_no": ask["trade_no"], "reason": "患者主动取消", "refund_no": "F1"}
    assert his.code("/registrations/cancel", body) == "VISIT_PASSED"


def test_query_of_an_unknown_number_is_not_found(his: HisClient) -> None:
    assert his.send("GET", "/registrations/R-unknown").json()["code"] == "NOT_FOUND"


def test_trades_of_the_day_name_payment_and_refund(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], payment: Confirmation
) -> None:
    done = his.post("/registrations/confirm", payment(ask, his.post("/registrations/lock", ask)))
    his.post("/registrations/cancel", {"trade_no": ask["trade_no"], "reason": "停诊", "refund_no": "F9"})
    lines = his.get("/trades", date=str(sandbox_of(sandbox.app).clock.today()))
    assert [(line["direction"], line["amount_fen"]) for line in lines] == [
        ("pay", ask["fee_fen"]),
        ("refund", ask["fee_fen"]),
    ]
    assert lines[0]["pay_transaction_id"] and lines[1]["refund_no"] == "F9"
    assert all(line["his_order_no"] == done["his_order_no"] and line["kind"] == "registration" for line in lines)


def test_patients_are_found_by_document_and_name(his: HisClient) -> None:
    body = {"id_type": "01", "id_number": "42010219860512013x", "name": "张伟"}
    assert his.code("/patients/find", body) == "OK"
    assert his.code("/patients/find", {**body, "name": "张三"}) == "NAME_MISMATCH"
    assert his.code("/patients/find", {**body, "id_number": "420102198605120000"}) == "NOT_FOUND"


def test_a_file_is_opened_once_per_request_and_per_document(his: HisClient) -> None:
    body = new_patient(7)
    first = his.post("/patients", body)
    assert his.post("/patients", body) == first
    assert his.post("/patients", {**body, "request_no": "C-second"}) == first
    assert his.code("/patients", {**body, "request_no": "C-third", "name": "别人"}) == "NAME_MISMATCH"
    assert his.code("/patients", {**body, "id_number": "E99999999"}) == "TRADE_CONFLICT"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/registrations/lock", {}),
        (
            "/registrations/lock",
            {"trade_no": "R", "slot_code": "s", "patient_id": "p", "fee_fen": "50", "hold_seconds": 900},
        ),
        (
            "/registrations/lock",
            {"trade_no": "R", "slot_code": "s", "patient_id": "p", "fee_fen": 50, "hold_seconds": 1},
        ),
        ("/registrations/unlock", {"trade_no": ""}),
        ("/registrations/cancel", {"trade_no": "R", "reason": "x"}),
        ("/patients", {**new_patient(1), "birth_date": "1990-13-01"}),
        ("/patients", {**new_patient(1), "gender": "?"}),
        ("/patients", {**new_patient(1), "id_type": "身份证"}),
        ("/patients/find", []),
    ],
)
def test_a_body_that_breaks_the_rules_is_a_parameter_error(his: HisClient, path: str, body: Any) -> None:
    answer = his.send("POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")
