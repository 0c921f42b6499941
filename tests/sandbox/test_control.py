"""The control desk: as a page and as an API."""

import httpx
import pytest

from sandbox.app import sandbox_of
from sandbox.testing import ControlFailed, RunningSandbox

from .clients import HisClient, Merchant, plain_client


@pytest.fixture
def web(sandbox: RunningSandbox) -> httpx.Client:
    return plain_client(base_url=sandbox.url)


def test_pages_are_chinese_without_scripts_or_inline_styles(web: httpx.Client) -> None:
    for path in ("/", "/control/", "/phone/", "/phone/lina"):
        page = web.get(path)
        assert page.status_code == 200
        assert 'lang="zh-CN"' in page.text
        assert "<script" not in page.text and " style=" not in page.text
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert web.get("/static/sandbox.css").status_code == 200
    assert web.get("/phone/nobody").status_code == 404


def test_a_fault_from_the_form_works_and_can_be_removed(web: httpx.Client, his: HisClient) -> None:
    form = {"endpoint": "his.campuses", "kind": "http", "times": "always", "ms": "", "code": ""}
    assert web.post("/control/do/fault", data=form).status_code == 303
    assert his.send("GET", "/campuses").status_code == 500
    assert "his.campuses" in web.get("/control/").text
    assert web.post("/control/do/clear").status_code == 303
    assert his.send("GET", "/campuses").status_code == 200


def test_a_wrong_form_says_why(web: httpx.Client) -> None:
    answer = web.post("/control/do/fault", data={"endpoint": "his.lock", "kind": "refuse"})
    assert answer.status_code == 400
    assert "refuse 需要 code" in answer.text


def test_pay_from_the_page(web: httpx.Client, merchant: Merchant, trade_no: str, openid: str) -> None:
    merchant.place(trade_no, openid, "http://127.0.0.1:9/n")
    assert trade_no in web.get("/control/").text
    assert web.post("/control/do/pay", data={"out_trade_no": trade_no}).status_code == 303
    assert merchant.query(trade_no)["trade_state"] == "SUCCESS"
    assert web.post("/control/do/pay", data={"out_trade_no": trade_no}).status_code == 400


def test_a_clinic_stops_and_a_number_goes_from_the_page(
    web: httpx.Client, his: HisClient, ask: dict[str, object]
) -> None:
    code = str(ask["slot_code"])
    assert web.post("/control/do/hospital", data={"what": "take", "code": code}).status_code == 303
    assert his.code("/registrations/lock", ask) == "SLOT_TAKEN"
    web.post("/control/do/hospital", data={"what": "stop", "code": code.rsplit("-", 1)[0]})
    assert his.code("/registrations/lock", ask) == "SCHEDULE_STOPPED"
    unknown = web.post("/control/do/hospital", data={"what": "stop", "code": "nothing"})
    assert unknown.status_code == 400 and "没有这个排班" in unknown.text


def test_clock_moves_and_returns(web: httpx.Client, sandbox: RunningSandbox) -> None:
    clock = sandbox_of(sandbox.app).clock
    web.post("/control/do/clock", data={"minutes": "15"})
    assert clock.offset_seconds == 900
    web.post("/control/do/clock", data={"reset": "1"})
    assert clock.offset_seconds == 0


def test_reset_forgets_trades_and_keeps_keys(
    web: httpx.Client, sandbox: RunningSandbox, merchant: Merchant, trade_no: str, openid: str
) -> None:
    merchant.place(trade_no, openid, "http://127.0.0.1:9/n")
    web.post("/control/do/reset")
    assert sandbox.control("GET", "transactions") == []
    assert merchant.place(trade_no, openid, "http://127.0.0.1:9/n").status_code == 200, "same keys, same openids"


def test_a_number_a_patient_holds_is_not_taken_away(
    sandbox: RunningSandbox, his: HisClient, ask: dict[str, object]
) -> None:
    his.post("/registrations/lock", ask)
    with pytest.raises(ControlFailed, match="400"):
        sandbox.control("POST", "slots", {"slot_code": ask["slot_code"], "state": "taken"})


def test_wrong_settings_are_refused(sandbox: RunningSandbox) -> None:
    for wrong in ({"speed": 1}, {"callback_speed": 0}, {"refund_seconds": -1}, {"refund_seconds": "x"}):
        with pytest.raises(ControlFailed, match="400"):
            sandbox.control("POST", "settings", wrong)
    changed = sandbox.control("POST", "settings", {"refund_seconds": 3})
    assert changed["refund_seconds"] == 3
