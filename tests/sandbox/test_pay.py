"""WeChat Pay orders and refunds, and the cashier: signatures both ways, idempotency, amounts."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from sandbox.app import sandbox_of
from sandbox.testing import ControlFailed, RunningSandbox

from .clients import Merchant, plain_client

NOTIFY = "http://127.0.0.1:9/pay/notify"
BACK = "http://127.0.0.1:8000/pay/result/?order=abc"


@pytest.fixture
def prepay_id(merchant: Merchant, trade_no: str, openid: str) -> str:
    return str(merchant.place(trade_no, openid, NOTIFY).json()["prepay_id"])


@pytest.fixture
def web(sandbox: RunningSandbox) -> httpx.Client:
    return plain_client(base_url=sandbox.url)


def test_answers_are_signed_errors_and_empty_ones_too(merchant: Merchant, trade_no: str, openid: str) -> None:
    placed = merchant.place(trade_no, openid, NOTIFY)
    missing = merchant.send("GET", f"/v3/pay/transactions/out-trade-no/none?mchid={merchant.credentials.mchid}")
    closed = merchant.close(trade_no)
    assert (placed.status_code, missing.status_code, closed.status_code) == (200, 404, 204)
    for answer in (placed, missing, closed):
        assert merchant.genuine(answer.headers, answer.text)
    assert not merchant.genuine(placed.headers, placed.text + " ")


def test_wrongly_signed_requests_are_turned_away(merchant: Merchant, trade_no: str, openid: str) -> None:
    body = merchant.order(trade_no, openid, NOTIFY)
    target = "/v3/pay/transactions/jsapi"
    for change in (
        {"signature": merchant.sign("something else")},
        {"signature": "not base64!"},
        {"timestamp": str(int(time.time()) - 301)},
        {"mchid": "1900000001"},
        {"serial": "00"},
    ):
        answer = merchant.send("POST", target, body, **change)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR"), change
    assert merchant.http.post(merchant.url + target, json=body).status_code == 401


def test_signature_covers_the_bytes_and_the_query(merchant: Merchant, trade_no: str, openid: str) -> None:
    merchant.place(trade_no, openid, NOTIFY)
    target = f"/v3/pay/transactions/out-trade-no/{trade_no}"
    header = merchant.authorization("GET", target, "")
    answer = merchant.http.get(
        f"{merchant.url}{target}?mchid={merchant.credentials.mchid}", headers={"Authorization": header}
    )
    assert answer.status_code == 401


def test_same_order_gives_the_same_prepay_id(merchant: Merchant, trade_no: str, openid: str, prepay_id: str) -> None:
    again = merchant.place(trade_no, openid, NOTIFY, scene_info={"payer_client_ip": "10.0.0.1"})
    assert again.json()["prepay_id"] == prepay_id


def test_twenty_same_orders_at_once_are_one(merchant: Merchant, trade_no: str, openid: str) -> None:
    def place(_: int) -> str:
        return str(Merchant(merchant.url, merchant.credentials).place(trade_no, openid, NOTIFY).json()["prepay_id"])

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(place, range(20)))) == 1


def test_same_number_with_other_facts_is_refused(
    merchant: Merchant, trade_no: str, openid: str, prepay_id: str
) -> None:
    answer = merchant.place(trade_no, openid, NOTIFY, amount={"total": 1, "currency": "CNY"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert answer.headers["Request-ID"].endswith("-268498688")


@pytest.mark.parametrize(
    "change",
    [
        {"out_trade_no": "12345"},
        {"out_trade_no": "有中文的单号"},
        {"amount": {"total": 0}},
        {"amount": {"total": 50.0}},
        {"amount": {"total": 5000, "currency": "USD"}},
        {"description": ""},
        {"notify_url": "http://127.0.0.1:8000/notify?x=1"},
        {"notify_url": "/notify"},
        {"payer": {}},
        {"payer": {"openid": "somebody"}},
        {"appid": "wx0"},
        {"time_expire": "yesterday"},
        {"time_expire": "2020-01-01T00:00:00+08:00"},
    ],
    ids=str,
)
def test_orders_that_break_the_rules(merchant: Merchant, trade_no: str, openid: str, change: dict[str, object]) -> None:
    body = {**merchant.order(trade_no, openid, NOTIFY), **change}
    answer = merchant.send("POST", "/v3/pay/transactions/jsapi", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")


def test_unpaid_and_paid_orders_as_queried(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, openid: str, prepay_id: str
) -> None:
    assert merchant.query(trade_no)["trade_state"] == "NOTPAY"
    sandbox.pay(trade_no)
    paid = merchant.query(trade_no)
    assert paid["trade_state"] == "SUCCESS"
    assert paid["amount"] == {"total": 5000, "payer_total": 5000, "currency": "CNY", "payer_currency": "CNY"}
    assert paid["payer"] == {"openid": openid}
    by_id = merchant.send("GET", f"/v3/pay/transactions/id/{paid['transaction_id']}?mchid={merchant.credentials.mchid}")
    assert by_id.json() == paid


def test_a_paid_order_can_not_be_placed_closed_or_paid_again(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, openid: str, prepay_id: str
) -> None:
    sandbox.pay(trade_no)
    for answer in (merchant.place(trade_no, openid, NOTIFY), merchant.close(trade_no)):
        assert (answer.status_code, answer.json()["code"]) == (400, "ORDER_PAID")
    with pytest.raises(ControlFailed, match="ORDER_PAID"):
        sandbox.pay(trade_no)


def test_close_is_repeatable_and_shuts_the_order(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, openid: str, prepay_id: str
) -> None:
    assert [merchant.close(trade_no).status_code for _ in range(2)] == [204, 204]
    assert merchant.query(trade_no)["trade_state"] == "CLOSED"
    assert merchant.place(trade_no, openid, NOTIFY).json()["code"] == "ORDER_CLOSED"
    assert merchant.close("never-placed").json()["code"] == "ORDER_NOT_EXIST"
    with pytest.raises(ControlFailed, match="ORDER_CLOSED"):
        sandbox.pay(trade_no)
    # The payer who was faster than the close
    assert sandbox.pay(trade_no, force=True)["trade_state"] == "SUCCESS"


def test_close_against_pay_has_one_winner(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, prepay_id: str
) -> None:
    def pay() -> bool:
        try:
            sandbox.pay(trade_no, notify=False)
        except ControlFailed:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        paid, closed = pool.submit(pay), pool.submit(merchant.close, trade_no)
    assert paid.result() != (closed.result().status_code == 204)
    assert merchant.query(trade_no)["trade_state"] == ("SUCCESS" if paid.result() else "CLOSED")


def test_refund_goes_through_once_per_number(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, prepay_id: str
) -> None:
    sandbox.pay(trade_no)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: merchant.refund(trade_no, f"F{trade_no}", 5000), range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refund_id"] for answer in answers}) == 1
    assert merchant.query(trade_no)["trade_state"] == "REFUND"
    assert len(sandbox.control("GET", f"refunds?out_trade_no={trade_no}")) == 1


def test_refund_is_processing_and_then_done(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, prepay_id: str
) -> None:
    sandbox.pay(trade_no)
    sandbox.control("POST", "settings", {"refund_seconds": 0.5})
    answer = merchant.refund(trade_no, f"F{trade_no}", 5000)
    assert merchant.genuine(answer.headers, answer.text)
    assert answer.json()["status"] == "PROCESSING"
    deadline = time.monotonic() + 5
    while (state := merchant.send("GET", f"/v3/refund/domestic/refunds/F{trade_no}").json()["status"]) != "SUCCESS":
        assert state == "PROCESSING" and time.monotonic() < deadline
        time.sleep(0.1)


def test_refunds_never_exceed_what_was_paid(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, prepay_id: str
) -> None:
    assert merchant.refund(trade_no, "F0", 5000).json()["code"] == "INVALID_REQUEST", "not paid yet"
    sandbox.pay(trade_no)
    assert merchant.refund(trade_no, f"Fa{trade_no}", 3000).status_code == 200
    answer = merchant.refund(trade_no, f"Fb{trade_no}", 2001)
    assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ENOUGH")
    assert merchant.refund(trade_no, f"Fb{trade_no}", 2000).status_code == 200
    assert merchant.refund(trade_no, f"Fb{trade_no}", 1999).json()["code"] == "INVALID_REQUEST", "another amount"
    assert merchant.refund(trade_no, f"Fc{trade_no}", 1, total=4000).json()["code"] == "INVALID_REQUEST"
    assert merchant.refund("never-placed", "Fd", 1).json()["code"] == "ORDER_NOT_EXIST"
    missing = merchant.send("GET", "/v3/refund/domestic/refunds/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


def test_fifty_refunds_at_once_never_exceed_what_was_paid(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, prepay_id: str
) -> None:
    sandbox.pay(trade_no)

    def refund(index: int) -> int:
        return Merchant(merchant.url, merchant.credentials).refund(trade_no, f"F{index}{trade_no}", 3000).status_code

    with ThreadPoolExecutor(25) as pool:
        codes = list(pool.map(refund, range(50)))
    assert codes.count(200) == 1
    assert set(codes) == {200, 403}


def test_cashier_shows_the_order_and_pays_it(
    web: httpx.Client, merchant: Merchant, trade_no: str, prepay_id: str
) -> None:
    fields = merchant.cashier(prepay_id, BACK)
    page = web.get("/cashier", params=fields)
    assert page.status_code == 200
    assert all(
        text in page.text for text in ("¥50.00", "张伟", "消化内科专家门诊挂号费", "确认支付", "支付失败", "返回商户")
    )
    assert "<script" not in page.text and "style=" not in page.text
    done = web.post("/cashier", data={**fields, "outcome": "pay"})
    assert (done.status_code, done.headers["location"]) == (303, BACK)
    assert merchant.query(trade_no)["trade_state"] == "SUCCESS"
    assert "该订单已支付" in web.get("/cashier", params=fields).text
    assert web.post("/cashier", data={**fields, "outcome": "pay"}).status_code == 303, "a double tap pays once"


def test_cashier_failure_and_return_leave_the_order_unpaid(
    web: httpx.Client, merchant: Merchant, trade_no: str, prepay_id: str
) -> None:
    fields = merchant.cashier(prepay_id, BACK)
    assert "没有扣款" in web.post("/cashier", data={**fields, "outcome": "fail"}).text
    assert web.post("/cashier", data={**fields, "outcome": "back"}).headers["location"] == BACK
    assert merchant.query(trade_no)["trade_state"] == "NOTPAY"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"paySign": "AAAA"}, "签名失败"),
        ({"package": "prepay_id=other"}, "签名失败"),
        ({"nonceStr": "other"}, "签名失败"),
        ({"appId": "wx0"}, "appId"),
        ({"signType": "MD5"}, "signType"),
        ({"timeStamp": "1700000000"}, "timeStamp"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_cashier_refuses_what_wechat_would(
    web: httpx.Client, merchant: Merchant, trade_no: str, prepay_id: str, change: dict[str, str], sentence: str
) -> None:
    fields = {**merchant.cashier(prepay_id, BACK), **change}
    for answer in (web.get("/cashier", params=fields), web.post("/cashier", data={**fields, "outcome": "pay"})):
        assert answer.status_code == 400
        assert sentence in answer.text
    assert merchant.query(trade_no)["trade_state"] == "NOTPAY"


def test_cashier_never_returns_to_a_foreign_host(web: httpx.Client, merchant: Merchant, prepay_id: str) -> None:
    fields = merchant.cashier(prepay_id, "http://evil.example/")
    assert "evil.example" not in web.get("/cashier", params=fields).headers.get("location", "")
    assert web.post("/cashier", data={**fields, "outcome": "back"}).headers["location"] == "http://127.0.0.1:8000"


def test_cashier_is_shut_after_the_deadline(
    web: httpx.Client, merchant: Merchant, sandbox: RunningSandbox, trade_no: str, openid: str
) -> None:
    expires = (sandbox_of(sandbox.app).clock.now() + timedelta(minutes=15)).isoformat()
    prepay_id = merchant.place(trade_no, openid, NOTIFY, time_expire=expires).json()["prepay_id"]
    fields = merchant.cashier(prepay_id, BACK)
    sandbox.control("POST", "clock", {"advance_seconds": 901})
    assert "已超过支付截止时间" in web.get("/cashier", params=fields).text
    assert web.post("/cashier", data={**fields, "outcome": "pay"}).status_code == 409
    assert merchant.query(trade_no)["trade_state"] == "NOTPAY"
