"""Notices: signed and encrypted, repeated until taken, and every way they can go wrong."""

import itertools
import json
import time
from typing import Any

import pytest

from sandbox.testing import RunningSandbox

from .clients import Merchant, Receiver


@pytest.fixture
def order(merchant: Merchant, receiver: Receiver, trade_no: str, openid: str) -> str:
    assert merchant.place(trade_no, openid, receiver.url).status_code == 200
    return trade_no


def notices_of(sandbox: RunningSandbox, out_trade_no: str, kind: str = "pay") -> dict[str, Any]:
    (notice,) = sandbox.control("GET", f"callbacks?out_trade_no={out_trade_no}&kind={kind}")
    return dict(notice)


def until(sandbox: RunningSandbox, out_trade_no: str, state: str, kind: str = "pay") -> dict[str, Any]:
    deadline = time.monotonic() + 8
    while (notice := notices_of(sandbox, out_trade_no, kind))["state"] != state:
        assert time.monotonic() < deadline, notice
        time.sleep(0.05)
    return notice


def test_payment_notice_is_signed_encrypted_and_true(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str
) -> None:
    sandbox.pay(order)
    (notice,) = receiver.wait(1)
    opened = merchant.open_notice(notice.body)
    outer = json.loads(notice.body)
    assert merchant.genuine(notice.headers, notice.body)
    assert notice.headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
    assert (outer["event_type"], outer["resource"]["original_type"]) == ("TRANSACTION.SUCCESS", "transaction")
    assert opened == merchant.query(order)
    assert until(sandbox, order, "delivered")["answers"][0]["status"] == 200


def test_notice_is_repeated_until_taken(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str
) -> None:
    receiver.answers = iter([500, 401, 302, 204])
    sandbox.pay(order)
    notices = receiver.wait(4)
    assert [answer["status"] for answer in until(sandbox, order, "delivered")["answers"]] == [500, 401, 302, 204]
    assert len({json.loads(notice.body)["id"] for notice in notices}) == 1
    assert all(merchant.genuine(notice.headers, notice.body) for notice in notices)
    # 15 s, 15 s, 30 s divided by the speed of 100
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(notices)]
    assert gaps[0] >= 0.14 and gaps[2] >= 0.29


def test_notice_is_given_up_after_the_whole_schedule(sandbox: RunningSandbox, receiver: Receiver, order: str) -> None:
    sandbox.control("POST", "settings", {"callback_speed": 1_000_000})
    receiver.decide = lambda notice: 500
    sandbox.pay(order)
    assert until(sandbox, order, "given_up")["attempts"] == 16
    # Sent again by hand
    receiver.decide = lambda notice: 200
    assert sandbox.control("POST", "callbacks/resend", {"out_trade_no": order}) == {"resent": 1}
    until(sandbox, order, "delivered")


def test_nobody_listening_is_retried(merchant: Merchant, sandbox: RunningSandbox, trade_no: str, openid: str) -> None:
    merchant.place(trade_no, openid, "http://127.0.0.1:9/notify")
    sandbox.pay(trade_no)
    deadline = time.monotonic() + 5
    while len(answers := notices_of(sandbox, trade_no)["answers"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert answers[0]["status"] is None and "Refused" in answers[0]["answer"]


def test_refund_notice(merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str) -> None:
    sandbox.pay(order, notify=False)
    merchant.refund(order, f"F{order}", 2000, notify_url=receiver.url)
    (notice,) = receiver.wait(1)
    opened = merchant.open_notice(notice.body)
    assert json.loads(notice.body)["event_type"] == "REFUND.SUCCESS"
    assert merchant.genuine(notice.headers, notice.body)
    assert (opened["out_refund_no"], opened["refund_status"]) == (f"F{order}", "SUCCESS")
    assert opened["amount"] == {"total": 5000, "refund": 2000, "payer_total": 5000, "payer_refund": 2000}


def test_abnormal_refund_is_told(merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str) -> None:
    sandbox.pay(order, notify=False)
    sandbox.fault("pay.refund", "abnormal")
    merchant.refund(order, f"F{order}", 5000, notify_url=receiver.url)
    (notice,) = receiver.wait(1)
    assert json.loads(notice.body)["event_type"] == "REFUND.ABNORMAL"
    assert merchant.send("GET", f"/v3/refund/domestic/refunds/F{order}").json()["status"] == "ABNORMAL"
    sandbox.control("POST", "refund", {"out_refund_no": f"F{order}"})
    assert json.loads(receiver.wait(2)[1].body)["event_type"] == "REFUND.SUCCESS"


def test_fault_none_sends_nothing(sandbox: RunningSandbox, receiver: Receiver, order: str) -> None:
    sandbox.fault("callback.pay", "none")
    sandbox.pay(order)
    until(sandbox, order, "suppressed")
    time.sleep(0.3)
    assert receiver.notices == []


def test_fault_delay(sandbox: RunningSandbox, receiver: Receiver, order: str) -> None:
    sandbox.fault("callback.pay", "delay", ms=600)
    started = time.monotonic()
    sandbox.pay(order)
    assert receiver.wait(1)[0].at - started >= 0.55


@pytest.mark.parametrize("concurrent", [False, True])
def test_fault_duplicate(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str, concurrent: bool
) -> None:
    sandbox.fault("callback.pay", "duplicate", copies=5, concurrent=concurrent)
    sandbox.pay(order)
    notices = receiver.wait(5)
    assert all(merchant.genuine(notice.headers, notice.body) for notice in notices)
    assert until(sandbox, order, "delivered")["attempts"] == 5


def test_fault_replay_sends_the_same_bytes(sandbox: RunningSandbox, receiver: Receiver, order: str) -> None:
    sandbox.fault("callback.pay", "replay", copies=3)
    sandbox.pay(order)
    notices = receiver.wait(3)
    assert len({(notice.body, notice.headers["Wechatpay-Nonce"]) for notice in notices}) == 1


def test_fault_wrong_signature_then_right(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str
) -> None:
    receiver.decide = lambda notice: 200 if merchant.genuine(notice.headers, notice.body) else 401
    sandbox.fault("callback.pay", "wrong_signature")
    sandbox.fault("callback.pay", "signtest")
    sandbox.fault("callback.pay", "stale")
    sandbox.pay(order)
    notices = receiver.wait(4)
    assert [merchant.genuine(notice.headers, notice.body) for notice in notices] == [False, False, False, True]
    assert notices[1].headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert int(notices[2].headers["Wechatpay-Timestamp"]) < time.time() - 500


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("wrong_amount", lambda opened: opened["amount"]["total"] == 5001),
        ("wrong_currency", lambda opened: opened["amount"]["currency"] == "USD"),
        ("wrong_mchid", lambda opened: opened["mchid"] == "1900000000"),
        ("wrong_appid", lambda opened: opened["appid"] == "wx0000000000000000"),
    ],
)
def test_fault_wrong_inside_is_rightly_signed(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str, kind: str, read: Any
) -> None:
    sandbox.fault("callback.pay", kind)
    sandbox.pay(order)
    (notice,) = receiver.wait(1)
    assert merchant.genuine(notice.headers, notice.body)
    assert read(merchant.open_notice(notice.body))


def test_fault_out_of_order_lets_the_refund_go_first(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str
) -> None:
    sandbox.fault("callback.pay", "out_of_order")
    sandbox.pay(order)
    until(sandbox, order, "held")
    merchant.refund(order, f"F{order}", 5000, notify_url=receiver.url)
    events = [json.loads(notice.body)["event_type"] for notice in receiver.wait(2)]
    assert events == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]


def test_fault_pay_at_once_tells_before_it_answers(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, trade_no: str, openid: str
) -> None:
    sandbox.fault("pay.jsapi", "pay_at_once")
    answer = merchant.place(trade_no, openid, receiver.url)
    assert answer.status_code == 200
    assert len(receiver.notices) == 1
    assert notices_of(sandbox, trade_no)["state"] == "delivered"


def test_fault_notify_first_tells_of_the_refund_before_it_answers(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str
) -> None:
    sandbox.pay(order, notify=False)
    sandbox.fault("pay.refund", "notify_first")
    assert merchant.refund(order, f"F{order}", 5000, notify_url=receiver.url).json()["status"] == "PROCESSING"
    assert [json.loads(notice.body)["event_type"] for notice in receiver.notices] == ["REFUND.SUCCESS"]


def test_match_limits_a_fault_to_one_order(
    merchant: Merchant, sandbox: RunningSandbox, receiver: Receiver, order: str, openid: str
) -> None:
    merchant.place("another-order", openid, receiver.url)
    sandbox.fault("callback.pay", "none", match=order, times="always")
    sandbox.pay(order)
    sandbox.pay("another-order")
    until(sandbox, order, "suppressed")
    assert merchant.open_notice(receiver.wait(1)[0].body)["out_trade_no"] == "another-order"
