"""Every way WeChat Pay takes money, in every mode of its keys and merchants, over real HTTP against the sandbox."""

import gzip
import hashlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone

from business.integration import http as outside
from business.integration.outcomes import Refused, Unknown
from business.payments.channels import open_notice, wechatpay
from business.payments.channels.port import (
    BadNotification,
    CodePayRequest,
    PaymentFact,
    PrepayRequest,
    RefundFact,
    RefundRequest,
)
from business.payments.channels.wechatpay import WeChatPay, certificates
from business.payments.channels.wechatpay.bills import fund_flows
from sandbox.testing import RunningSandbox, running_sandbox
from tests.payments.sandbox_world import wechatpay_settings

pytestmark = pytest.mark.django_db
numbers = itertools.count(1)
NOTIFY = "http://127.0.0.1:1/-/notify/wechatpay/"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "http://127.0.0.1:1", refund_seconds=0.05) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox, settings: Any) -> Iterator[RunningSandbox]:
    settings.WECHATPAY = wechatpay_settings(running)
    yield running
    running.clear_faults()
    running.control("POST", "settings", {"certificate_mode": False, "bill_today": False})


@pytest.fixture
def openid(running: RunningSandbox) -> str:
    return str(running.app.extensions["sandbox"].store.one("SELECT openid FROM users")["openid"])


def ask(openid: str = "", **changes: Any) -> PrepayRequest:
    facts: dict[str, Any] = {
        "out_trade_no": f"20261201test{next(numbers):06d}",
        "description": "门诊缴费",
        "amount_fen": 5000,
        "expires_at": timezone.now() + timedelta(minutes=15),
        "openid": openid,
        "notify_url": NOTIFY,
    }
    return PrepayRequest(**{**facts, **changes})


def refund_of(fact: PaymentFact, number: str, fen: int) -> RefundRequest:
    return RefundRequest(number, fact.out_trade_no, fact.transaction_id, fen, fact.amount_fen, "退费", NOTIFY)


def until_settled(channel: WeChatPay, number: str) -> RefundFact:
    end = time.monotonic() + 10
    while True:
        fact = channel.query_refund(out_refund_no=number)
        assert fact is not None
        if fact.state != "PROCESSING" or time.monotonic() > end:
            return fact
        time.sleep(0.05)


# --- ways to pay -----------------------------------------------------------------------------------------------------
@pytest.mark.req("34.3")
@pytest.mark.parametrize("scene", ["native", "h5"])
def test_scan_and_browser_lead_to_a_cashier_and_are_known_by_query(sandbox: RunningSandbox, scene: str) -> None:
    channel = wechatpay.for_merchant("")
    request = ask(scene=scene, client_ip="203.0.113.9")

    ticket = channel.ticket(channel.prepay(request), scene=scene)

    address = ticket.code_url or ticket.h5_url
    assert bool(ticket.code_url) == (scene == "native")
    assert "50.00" in httpx.get(address, trust_env=False).text
    sandbox.pay(request.out_trade_no, notify=False)
    fact = channel.query(out_trade_no=request.out_trade_no)
    assert fact is not None
    assert (fact.state, fact.amount_fen) == ("SUCCESS", 5000)


@pytest.mark.req("H3.1")
def test_the_mini_program_pays_under_its_own_appid(sandbox: RunningSandbox, openid: str) -> None:
    channel = wechatpay.for_merchant("")
    request = ask(openid, scene="mini")

    ticket = channel.ticket(channel.prepay(request), scene="mini")
    sandbox.pay(request.out_trade_no, notify=False)

    fact = channel.query(out_trade_no=request.out_trade_no)
    assert fact is not None
    assert ticket.app_id == fact.app_id == sandbox.credentials.mini_appid
    assert fact.app_id in channel.app_ids


@pytest.mark.req("34.2")
def test_a_code_at_the_window_is_paid_refused_or_waits_and_can_be_reversed(sandbox: RunningSandbox) -> None:
    channel = wechatpay.for_merchant("")

    def pay(last: str) -> PaymentFact:
        request = CodePayRequest(
            f"window{next(numbers):08d}", "窗口缴费", 5000, f"1300000000000000{last}", "10.0.0.1", "W1"
        )
        return channel.pay_code(request)

    paid = pay("00")
    waiting = pay("09")
    with pytest.raises(Refused, match="NOT_ENOUGH"):
        pay("08")
    assert (paid.state, waiting.state) == ("SUCCESS", "USERPAYING")
    for fact in (paid, waiting):
        channel.reverse(out_trade_no=fact.out_trade_no)
        channel.reverse(out_trade_no=fact.out_trade_no)
        after = channel.query(out_trade_no=fact.out_trade_no)
        assert after is not None
        assert after.state == "REVOKED"


@pytest.mark.req("34.3")
def test_hospital_and_post_are_paid_with_one_tap_and_closed_only_together(sandbox: RunningSandbox, openid: str) -> None:
    channel, post = wechatpay.for_merchant(""), wechatpay.for_merchant(sandbox.credentials.post_mchid)
    parts = [ask(openid, amount_fen=4000), ask(openid, amount_fen=1200)]
    mchids = [channel.mchid, post.mchid]
    prepay = channel.prepay_combined(combine_no="C20261201A1", parts=parts, mchids=mchids)
    assert channel.prepay_combined(combine_no="C20261201A1", parts=parts, mchids=mchids) == prepay

    with pytest.raises(Refused, match="PARAM_ERROR"):
        channel.close_combined(combine_no="C20261201A1", parts=[(mchids[0], parts[0].out_trade_no)])
    sandbox.pay(parts[0].out_trade_no, notify=False)

    facts = [fact for fact in channel.query_combined(combine_no="C20261201A1") if fact]
    assert [(fact.mchid, fact.amount_fen, fact.state) for fact in facts] == [
        (channel.mchid, 4000, "SUCCESS"),
        (post.mchid, 1200, "SUCCESS"),
    ]
    with pytest.raises(Refused, match="ORDER_PAID"):
        channel.close_combined(
            combine_no="C20261201A1", parts=list(zip(mchids, [part.out_trade_no for part in parts], strict=True))
        )
    assert channel.query_combined(combine_no="C20261201none") == []


@pytest.mark.req("34.3")
def test_a_sub_merchant_of_a_provider_pays_queries_closes_and_refunds(sandbox: RunningSandbox, openid: str) -> None:
    channel = wechatpay.for_merchant(sandbox.credentials.sub_mchid)
    request, unpaid = ask(openid), ask(openid)
    channel.prepay(request)
    channel.prepay(unpaid)
    channel.close(out_trade_no=unpaid.out_trade_no)
    sandbox.pay(request.out_trade_no, notify=False)

    fact = channel.query(out_trade_no=request.out_trade_no)

    assert fact is not None
    assert (fact.mchid, fact.app_id) == (sandbox.credentials.sub_mchid, sandbox.credentials.appid)
    channel.refund(refund_of(fact, "SUBREFUND1", 2000))
    assert until_settled(channel, "SUBREFUND1").state == "SUCCESS"


def test_another_merchant_has_its_own_keys_and_sees_only_its_own_orders(sandbox: RunningSandbox, openid: str) -> None:
    own, post = wechatpay.for_merchant(""), wechatpay.for_merchant(sandbox.credentials.post_mchid)
    request = ask(openid)
    post.prepay(request)

    assert post.keys.apiv3_key != own.keys.apiv3_key
    assert own.query(out_trade_no=request.out_trade_no) is None
    assert set(wechatpay.roster()) == {own.mchid, post.mchid, sandbox.credentials.sub_mchid}


# --- refunds ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("34.1")
def test_parts_go_back_one_by_one_and_never_more_than_was_paid(sandbox: RunningSandbox, openid: str) -> None:
    channel = wechatpay.for_merchant("")
    request = ask(openid)
    channel.prepay(request)
    sandbox.pay(request.out_trade_no, notify=False)
    fact = channel.query(out_trade_no=request.out_trade_no)
    assert fact is not None

    first = channel.refund(refund_of(fact, "PART1", 2000))
    again = channel.refund(refund_of(fact, "PART1", 2000))
    channel.refund(refund_of(fact, "PART2", 3000))

    assert first.channel_refund_id == again.channel_refund_id
    with pytest.raises(Refused, match="NOT_ENOUGH"):
        channel.refund(refund_of(fact, "PART3", 1))


@pytest.mark.req("38.1")
def test_an_abnormal_refund_is_sent_another_way(sandbox: RunningSandbox, openid: str) -> None:
    channel = wechatpay.for_merchant("")
    request = ask(openid)
    channel.prepay(request)
    sandbox.pay(request.out_trade_no, notify=False)
    fact = channel.query(out_trade_no=request.out_trade_no)
    assert fact is not None
    sandbox.fault("pay.refund", "abnormal")
    stuck = channel.refund(refund_of(fact, "STUCK1", 5000))
    assert until_settled(channel, "STUCK1").state == "ABNORMAL"

    channel.redirect_refund(refund_id=stuck.channel_refund_id, out_refund_no="STUCK1")

    assert until_settled(channel, "STUCK1").state == "SUCCESS"


# --- keys ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def by_certificate(sandbox: RunningSandbox, settings: Any, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    sandbox.control("POST", "settings", {"certificate_mode": True})
    settings.WECHATPAY = wechatpay_settings(sandbox, PUBLIC_KEY_ID="", CERTIFICATES=True, MERCHANTS=[])
    monkeypatch.setattr(certificates, "FETCH_AGAIN_SECONDS", 0.0)
    return sandbox


@pytest.mark.req("34.3")
def test_certificate_mode_fetches_and_follows_a_rotation(by_certificate: RunningSandbox, openid: str) -> None:
    channel = wechatpay.for_merchant("")
    before = channel.prepay(ask(openid))

    by_certificate.app.extensions["sandbox"].platform.rotate()

    assert before
    assert channel.prepay(ask(openid))


def test_certificates_of_another_key_are_not_believed(
    by_certificate: RunningSandbox, settings: Any, openid: str
) -> None:
    settings.WECHATPAY = {**settings.WECHATPAY, "APIV3_KEY": "x" * 32}

    with pytest.raises(Exception, match="cannot be opened"):
        wechatpay.for_merchant("").prepay(ask(openid))


def test_unknown_serials_make_us_ask_at_most_once_a_minute(
    by_certificate: RunningSandbox, openid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = wechatpay.for_merchant("")
    channel.prepay(ask(openid))
    monkeypatch.setattr(certificates, "FETCH_AGAIN_SECONDS", 60.0)
    calls: list[str] = []
    real = outside.OutsideClient.call
    monkeypatch.setattr(
        outside.OutsideClient, "call", lambda self, name, **more: calls.append(name) or real(self, name, **more)
    )
    headers = {
        "Wechatpay-Timestamp": str(int(time.time())),
        "Wechatpay-Nonce": "n",
        "Wechatpay-Serial": "ABCDEF",
        "Wechatpay-Signature": "AAAA",
    }

    for _ in range(20):
        with pytest.raises(BadNotification):
            channel.open_notice(headers, b"{}")

    assert calls.count("certificates") <= 1


@pytest.mark.parametrize("merchant", ["", "post", "sub"])
def test_a_notice_is_opened_with_the_keys_of_its_merchant(sandbox: RunningSandbox, openid: str, merchant: str) -> None:
    keys = sandbox.credentials
    channel = wechatpay.for_merchant({"": "", "post": keys.post_mchid, "sub": keys.sub_mchid}[merchant])
    got = receive_notice(sandbox, lambda url: ask_and_pay(sandbox, channel, openid, url))

    notice = open_notice("wechatpay", *got)

    assert [fact.mchid for fact in notice.facts if isinstance(fact, PaymentFact)] == [channel.mchid]


def test_a_probe_fails_like_any_wrong_signature(sandbox: RunningSandbox, openid: str) -> None:
    sandbox.fault("callback.pay", "signtest")
    got = receive_notice(sandbox, lambda url: ask_and_pay(sandbox, wechatpay.for_merchant(""), openid, url))

    with pytest.raises(BadNotification) as refused:
        open_notice("wechatpay", *got)
    assert (refused.value.status, refused.value.code) == (401, "SIGN_ERROR")


def ask_and_pay(sandbox: RunningSandbox, channel: WeChatPay, openid: str, url: str) -> None:
    request = ask(openid, notify_url=url)
    channel.prepay(request)
    sandbox.pay(request.out_trade_no)


def receive_notice(sandbox: RunningSandbox, cause: Callable[[str], None]) -> tuple[dict[str, str], bytes]:
    """Listen for one notice as the portal's web server would."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request)
    server.timeout = 10
    thread.start()
    cause(f"http://127.0.0.1:{server.server_port}/notice/")
    thread.join(12)
    server.server_close()
    return got[0]


# --- bills -----------------------------------------------------------------------------------------------------------
@pytest.mark.req("46.22")
def test_the_bill_is_held_to_its_hash_and_read_by_names(sandbox: RunningSandbox, openid: str, tmp_path: Path) -> None:
    sandbox.control("POST", "settings", {"bill_today": True})
    channel = wechatpay.for_merchant("")
    request = ask(openid, description="挂号费, 心内科`专家")
    channel.prepay(request)
    sandbox.pay(request.out_trade_no, notify=False)
    fact = channel.query(out_trade_no=request.out_trade_no)
    assert fact is not None
    channel.refund(refund_of(fact, f"BILL{request.out_trade_no}", 2000))
    today = timezone.localdate()

    digest = channel.trade_bill(today, tmp_path / "bill.csv")

    assert digest == hashlib.sha256((tmp_path / "bill.csv").read_bytes()).hexdigest()
    reader = channel.read_bill(tmp_path / "bill.csv")
    lines = list(reader)
    mine = [line for line in lines if line.out_trade_no == request.out_trade_no]
    assert [(line.direction, line.amount_fen) for line in mine] == [("pay", 5000), ("refund", 2000)]
    assert mine[1].out_refund_no == f"BILL{request.out_trade_no}"
    paid = sum(line.amount_fen for line in lines if line.direction == "pay")
    assert (reader.totals.count, reader.totals.paid_fen) == (len(lines), paid)
    channel.fund_flow_bill(today, tmp_path / "funds.csv")
    assert sum(flow.amount_fen for flow in fund_flows(tmp_path / "funds.csv")) == paid - sum(
        line.amount_fen for line in lines if line.direction == "refund"
    )


def test_a_bill_that_was_changed_on_the_way_is_not_kept(
    sandbox: RunningSandbox, openid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.control("POST", "settings", {"bill_today": True})
    channel = wechatpay.for_merchant("")
    ask_and_pay(sandbox, channel, openid, NOTIFY)
    real = outside.Call.request

    def changed(self: Any, method: str, path: str, **more: Any) -> Any:
        answer = real(self, method, path, **more)
        if "billdownload" in path:
            plain = gzip.decompress(answer.content).replace(b"50.00", b"60.00")
            return outside.Response(answer.status, answer.headers, gzip.compress(plain))
        return answer

    monkeypatch.setattr(outside.Call, "request", changed)

    with pytest.raises(Unknown, match="not the one announced"):
        channel.trade_bill(timezone.localdate(), tmp_path / "bill.csv")
    assert not (tmp_path / "bill.csv").exists()


def test_a_day_without_trades_has_an_empty_bill_and_one_that_is_not_over_none(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    channel = wechatpay.for_merchant("")

    channel.trade_bill(timezone.localdate() - timedelta(days=20), tmp_path / "bill.csv")

    assert list(channel.read_bill(tmp_path / "bill.csv")) == []
    with pytest.raises(Refused, match="STATEMENT_CREATING"):
        channel.trade_bill(timezone.localdate(), tmp_path / "today.csv")
