"""Every fault for requests does what it says, above all: committed, and the answer lost."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from sandbox.faults import CALLBACK_KINDS, ENDPOINTS, REQUEST_KINDS
from sandbox.testing import ControlFailed, RunningSandbox

from .clients import HisClient, Merchant

LOST = (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout)
NOTIFY = "http://127.0.0.1:9/n"


def eventually(what: Callable[[], Any], seconds: float = 5) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def known(his: HisClient, trade_no: str) -> str:
    return str(his.send("GET", f"/registrations/{trade_no}").json()["code"])


@pytest.mark.parametrize("kind", ["timeout_after", "drop_after"])
def test_his_committed_and_the_answer_is_lost(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], kind: str
) -> None:
    sandbox.fault("his.lock", kind, seconds=0.3)
    with pytest.raises(LOST):
        his.send("POST", "/registrations/lock", ask)
    assert his.get(f"/registrations/{ask['trade_no']}")["state"] == "locked"
    assert his.post("/registrations/lock", ask)["lock_id"], "the repeat gets the answer that was lost"


@pytest.mark.parametrize("kind", ["timeout_before", "drop_before"])
def test_his_never_did_it(his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], kind: str) -> None:
    sandbox.fault("his.lock", kind, seconds=0.3)
    with pytest.raises(LOST):
        his.send("POST", "/registrations/lock", ask)
    assert known(his, ask["trade_no"]) == "NOT_FOUND"


def test_confirm_and_cancel_committed_but_lost(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], payment: Callable[..., dict[str, Any]]
) -> None:
    body = payment(ask, his.post("/registrations/lock", ask))
    sandbox.fault("his.confirm", "timeout_after", seconds=0.2)
    with pytest.raises(LOST):
        his.send("POST", "/registrations/confirm", body)
    assert his.get(f"/registrations/{ask['trade_no']}")["state"] == "confirmed"
    sandbox.fault("his.cancel", "drop_after")
    with pytest.raises(LOST):
        his.send("POST", "/registrations/cancel", {"trade_no": ask["trade_no"], "reason": "停诊", "refund_no": "F"})
    assert his.get(f"/registrations/{ask['trade_no']}")["state"] == "cancelled"


def test_pay_and_refund_committed_but_lost(
    merchant: Merchant, sandbox: RunningSandbox, trade_no: str, openid: str
) -> None:
    sandbox.fault("pay.jsapi", "drop_after")
    with pytest.raises(LOST):
        merchant.place(trade_no, openid, NOTIFY)
    assert merchant.query(trade_no)["trade_state"] == "NOTPAY"
    sandbox.pay(trade_no, notify=False)
    sandbox.fault("pay.refund", "timeout_after", seconds=0.2)
    with pytest.raises(LOST):
        merchant.refund(trade_no, f"F{trade_no}", 5000)
    assert merchant.refund(trade_no, f"F{trade_no}", 5000).status_code == 200
    assert len(sandbox.control("GET", f"refunds?out_trade_no={trade_no}")) == 1


@pytest.mark.parametrize(("kind", "code"), [("http", "NOT_FOUND"), ("http_after", "OK")])
def test_http_error_before_and_after_the_work(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], kind: str, code: str
) -> None:
    sandbox.fault("his.lock", kind, status=503)
    assert his.send("POST", "/registrations/lock", ask).status_code == 503
    assert known(his, ask["trade_no"]) == code


def test_slow_and_slow_after(his: HisClient, sandbox: RunningSandbox) -> None:
    for kind in ("slow", "slow_after"):
        sandbox.fault("his.campuses", kind, ms=300)
        started = time.perf_counter()
        his.get("/campuses")
        assert 0.3 <= time.perf_counter() - started < 2


def test_refusals_speak_each_systems_language(his: HisClient, merchant: Merchant, sandbox: RunningSandbox) -> None:
    sandbox.fault("his.campuses", "refuse", code="SCHEDULE_STOPPED", message="停诊")
    refused = his.send("GET", "/campuses")
    assert (refused.status_code, refused.json()) == (200, {"code": "SCHEDULE_STOPPED", "message": "停诊", "data": None})
    sandbox.fault("pay.close", "refuse", code="NOT_ENOUGH")
    paid = merchant.close("any-order")
    assert (paid.status_code, paid.json()["code"]) == (403, "NOT_ENOUGH")
    assert merchant.genuine(paid.headers, paid.text)
    sandbox.fault("wechat.oauth_token", "refuse", code="40029", message="invalid code")
    answer = httpx.get(sandbox.url + "/sns/oauth2/access_token", trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"errcode": 40029, "errmsg": "invalid code"})


def test_garbage_and_bad_signature(
    his: HisClient, merchant: Merchant, sandbox: RunningSandbox, trade_no: str, openid: str
) -> None:
    sandbox.fault("his.campuses", "garbage")
    with pytest.raises(json.JSONDecodeError):
        his.send("GET", "/campuses").json()
    sandbox.fault("pay.jsapi", "bad_signature")
    answer = merchant.place(trade_no, openid, NOTIFY)
    assert answer.status_code == 200
    assert not merchant.genuine(answer.headers, answer.text)


def test_times_skip_order_and_patterns(his: HisClient, sandbox: RunningSandbox) -> None:
    def statuses(count: int) -> list[int]:
        return [his.send("GET", "/campuses").status_code for _ in range(count)]

    sandbox.fault("his.campuses", "http", times=2)
    assert statuses(3) == [500, 500, 200]
    sandbox.fault("his.campuses", "http", skip=1)
    assert statuses(3) == [200, 500, 200]
    sandbox.control(
        "POST",
        "faults",
        [
            {"endpoint": "his.*", "kind": "http", "status": 502},
            {"endpoint": "his.campuses", "kind": "http", "status": 503},
        ],
    )
    assert statuses(3) == [502, 503, 200]
    sandbox.fault("his.campuses", "http", times="always")
    assert statuses(4) == [500] * 4
    sandbox.clear_faults()
    assert statuses(1) == [200]


def test_match_spares_other_trades(his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any]) -> None:
    sandbox.fault("his.lock", "http", match="R-other", times="always")
    assert his.send("POST", "/registrations/lock", ask).status_code == 200
    assert his.send("POST", "/registrations/lock", {**ask, "trade_no": "R-other"}).status_code == 500


def test_clearing_faults_lets_held_requests_go(his: HisClient, sandbox: RunningSandbox) -> None:
    sandbox.fault("his.campuses", "timeout_before", seconds=60)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(his.send, "GET", "/campuses")
        time.sleep(0.3)
        assert not held.done()
        sandbox.clear_faults()
        assert isinstance(held.exception(timeout=5), LOST)


def test_a_client_that_hangs_up_frees_its_thread(his: HisClient, sandbox: RunningSandbox) -> None:
    sandbox.fault("his.campuses", "timeout_before", seconds=60)
    his.http.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        his.send("GET", "/campuses")
    deadline = time.monotonic() + 3
    while not sandbox.control("GET", "requests?endpoint=his.campuses"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    "spec",
    [
        {"endpoint": "his.nothing", "kind": "http"},
        {"endpoint": "his.lock", "kind": "explode"},
        {"endpoint": "his.lock", "kind": "pay_at_once"},
        {"endpoint": "callback.refund", "kind": "out_of_order"},
        {"endpoint": "callback.pay", "kind": "slow"},
        {"endpoint": "his.lock", "kind": "refuse"},
        {"endpoint": "his.lock", "kind": "http", "status": 9},
        {"endpoint": "his.lock", "kind": "http", "times": 0},
        {"endpoint": "his.lock", "kind": "http", "tmies": 2},
        {"endpoint": "his.lock", "kind": "slow", "ms": "soon"},
        "everything",
        [],
    ],
    ids=str,
)
def test_a_mistyped_fault_is_refused_at_once(sandbox: RunningSandbox, spec: Any) -> None:
    with pytest.raises(ControlFailed, match="400"):
        sandbox.control("POST", "faults", spec)
    assert sandbox.control("GET", "faults")["faults"] == []


def test_every_endpoint_name_is_a_route_and_every_kind_is_listed(sandbox: RunningSandbox) -> None:
    routes = {rule.endpoint for rule in sandbox.app.url_map.iter_rules()}
    assert {name for name in ENDPOINTS if not name.startswith("callback.")} <= routes
    listed = sandbox.control("GET", "faults")
    assert set(listed["kinds"]) == set(REQUEST_KINDS) and set(listed["callback_kinds"]) == set(CALLBACK_KINDS)


def test_requests_are_written_down_with_what_was_lost(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any]
) -> None:
    sandbox.fault("his.lock", "drop_after")
    with pytest.raises(LOST):
        his.send("POST", "/registrations/lock", ask)
    # The line is written when the connection is already gone.
    path = f"requests?endpoint=his.lock&contains={ask['trade_no']}"
    (entry,) = eventually(lambda: sandbox.control("GET", path))
    assert (entry["fault"], entry["status"]) == ("drop_after", 504)
    assert json.loads(entry["answer"])["code"] == "OK"


def test_journal_keeps_no_secrets(sandbox: RunningSandbox) -> None:
    secret = sandbox.credentials.app_secret
    body = {"grant_type": "client_credential", "appid": sandbox.credentials.appid, "secret": secret}
    httpx.post(sandbox.url + "/cgi-bin/stable_token", json=body, trust_env=False)
    httpx.get(sandbox.url + "/cgi-bin/token", params=body, trust_env=False)
    assert secret not in json.dumps(sandbox.control("GET", "requests"))
