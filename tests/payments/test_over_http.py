"""The whole of payments over real HTTP: our client against the sandbox's WeChat Pay, its notices against our view."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from business.integration import outbox
from business.integration.models import CallLog, OutboxItem
from business.integration.outcomes import Refused, Unknown
from business.patients.models import Account
from business.payments import services
from business.payments.audit_ledger import problems
from business.payments.channels import channel_of
from business.payments.errors import AlreadyPaid, ChannelTrouble
from business.payments.models import Incident, Merchant, Order, Payment, Refund
from business.payments.services import paying
from sandbox.testing import RunningSandbox, running_sandbox
from tests.payments.fakes import FakeKind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.three_databases]
S = Order.State


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(
        tmp_path_factory.mktemp("sandbox"), "http://127.0.0.1:1", refund_seconds=0.1, callback_speed=100.0
    ) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    running.reset()
    keys = running.credentials
    settings.ROOT_URLCONF = "tests.payments.urls"
    settings.PORTAL_URL = live_server.url
    settings.WECHATPAY = {
        "URL": running.url,
        "MCHID": keys.mchid,
        "APP_ID": keys.appid,
        "CERT_SERIAL": keys.merchant_cert_serial,
        "PRIVATE_KEY_FILE": keys.merchant_key_path,
        "PUBLIC_KEY_FILE": keys.wechatpay_public_key_path,
        "PUBLIC_KEY_ID": keys.wechatpay_public_key_id,
        "APIV3_KEY": keys.apiv3_key,
        "TIMEOUT": 2.0,
        "CASHIER_URL": f"{running.url}/cashier",
    }
    openid = running.app.extensions["sandbox"].store.one("SELECT openid FROM users")["openid"]
    monkeypatch.setattr(paying, "_openid", lambda account: openid)
    yield running
    # What the sandbox still wants to tell of this test's orders must not reach the next test.
    running.reset()
    running.clear_faults()


@pytest.fixture
def merchant(sandbox: RunningSandbox) -> Merchant:
    return Merchant.objects.create(code="main", name="总院", channel="wechatpay", mchid=sandbox.credentials.mchid)


@pytest.fixture
def order(sandbox: RunningSandbox, merchant: Merchant, account: Account, kind: FakeKind) -> Order:
    with transaction.atomic():
        return services.open_order(
            kind=kind.code,
            subject_ref="visit",
            account=account,
            amount_fen=5000,
            description="心内科门诊挂号",
            expires_at=timezone.now() + timedelta(minutes=15),
        )


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def notices(code: str | None = None) -> int:
    rows = CallLog.objects.filter(direction="in")
    return (rows.filter(code=code) if code else rows).count()


@pytest.mark.req("34.1")
def test_prepay_pay_notice_settle(order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox) -> None:
    ticket = begin(order)
    again = begin(order)
    assert ticket.package == again.package
    # The sandbox's cashier checks paySign as WeChat's client does.
    shown = httpx.get(ticket.cashier_url, trust_env=False)
    assert shown.status_code == 200
    assert "50.00" in shown.text

    sandbox.pay(order.out_trade_no)
    until(lambda: state_of(order) == S.PAID)
    outbox.run_due()

    assert state_of(order) == S.SETTLED
    assert Payment.objects.get().learned_by == "callback"
    assert list(problems()) == []
    log = CallLog.objects.get(direction="in", trade_no=order.out_trade_no)
    assert (log.outcome, log.http_status) == ("ok", 204)
    assert all(order.account.ref not in row.request for row in CallLog.objects.all())


@pytest.mark.req("34.1")
def test_the_call_log_masks_the_payer(order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox) -> None:
    begin(order)

    row = CallLog.objects.get(operation="jsapi_prepay")
    assert (row.system, row.outcome, row.trade_no) == ("wechatpay", "ok", order.out_trade_no)
    assert paying._openid(order.account) not in row.request
    assert "203.0.113.9" not in row.request
    assert row.request_id


def test_a_lost_notice_is_made_good_by_a_query(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox
) -> None:
    sandbox.fault("callback.pay", "none", times=None)
    begin(order)
    assert services.check_order(order).state == S.PAYING
    sandbox.pay(order.out_trade_no)

    assert services.check_order(order).state == S.PAID
    assert Payment.objects.get().learned_by == "query"


def test_twenty_notices_at_once_post_once(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox, kind: FakeKind
) -> None:
    sandbox.fault("callback.pay", "duplicate", copies=20, concurrent=True)
    begin(order)
    sandbox.pay(order.out_trade_no)

    until(lambda: notices("OK") >= 20, 30)

    assert Payment.objects.count() == 1
    assert kind.accepted == [order.out_trade_no]
    assert OutboxItem.objects.filter(topic="payments.settle").count() == 1
    assert list(problems()) == []


@pytest.mark.parametrize("fault", ["wrong_signature", "signtest", "stale"])
def test_a_notice_that_is_not_genuine_changes_nothing(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox, fault: str
) -> None:
    sandbox.fault("callback.pay", fault, times=None)
    begin(order)
    sandbox.pay(order.out_trade_no)

    until(lambda: notices("SIGN_ERROR") >= 1)

    assert state_of(order) == S.PAYING
    assert Payment.objects.count() == 0
    assert CallLog.objects.filter(direction="in").first().http_status == 401  # type: ignore[union-attr]


@pytest.mark.parametrize("fault", ["wrong_amount", "wrong_mchid", "wrong_appid"])
def test_a_genuine_notice_that_does_not_fit_is_an_incident(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox, fault: str
) -> None:
    sandbox.fault("callback.pay", fault, times=None)
    begin(order)
    sandbox.pay(order.out_trade_no)

    until(lambda: CallLog.objects.filter(code="NOT_POSTED", trade_no=order.out_trade_no).count() >= 2)

    assert state_of(order) == S.PAYING
    assert Payment.objects.count() == 0
    assert Incident.objects.get(order=order).kind == "payment_mismatch"


@pytest.mark.parametrize("fault", ["timeout_after", "drop_after", "http_after", "garbage", "bad_signature"])
def test_a_lost_prepay_answer_leads_to_the_same_order(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox, fault: str
) -> None:
    sandbox.fault("pay.jsapi", fault, times=2)
    with pytest.raises(ChannelTrouble):
        begin(order)

    ticket = begin(order)

    assert httpx.get(ticket.cashier_url, trust_env=False).status_code == 200
    assert set(CallLog.objects.filter(operation="jsapi_prepay").values_list("outcome", flat=True)) == {"unknown", "ok"}


def test_money_may_come_before_the_prepay_answer(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox
) -> None:
    sandbox.fault("pay.jsapi", "pay_at_once")

    with pytest.raises(AlreadyPaid):
        begin(order)

    assert state_of(order) == S.PAID
    assert Payment.objects.get().learned_by == "callback"


@pytest.mark.req("38.1")
def test_a_refund_goes_through(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox, kind: FakeKind
) -> None:
    begin(order)
    sandbox.pay(order.out_trade_no)
    until(lambda: state_of(order) == S.PAID)
    outbox.run_due()
    with transaction.atomic():
        refund = services.request_refund(order=order, reason="患者退号", key="cancel", actor="test")

    outbox.run_due()
    until(lambda: Refund.objects.get().state == "succeeded")

    assert state_of(order) == S.REFUNDED
    assert kind.refunds == [refund.out_refund_no]
    assert list(problems()) == []


@pytest.mark.req("38.1")
@pytest.mark.parametrize("fault", ["timeout_after", "http", "drop_before", "bad_signature"])
def test_a_refund_survives_lost_answers_and_lost_notices(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox, fault: str
) -> None:
    sandbox.fault("callback.refund", "none", times=None)
    sandbox.fault("pay.refund", fault)
    begin(order)
    sandbox.pay(order.out_trade_no)
    until(lambda: state_of(order) == S.PAID)
    with transaction.atomic():
        refund = services.request_refund(order=order, reason="冲正", key="reverse", actor="test", is_reversal=True)
    with pytest.raises(Unknown):
        services.carry_out_refund(refund.out_refund_no)

    services.carry_out_refund(refund.out_refund_no)
    time.sleep(0.3)

    assert services.carry_out_refund(refund.out_refund_no).state == "succeeded"
    assert state_of(order) == S.REFUNDED
    assert list(problems()) == []


def test_a_refused_refund_stays_visible_and_goes_on(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox
) -> None:
    sandbox.fault("pay.refund", "refuse", code="NOT_ENOUGH")
    begin(order)
    sandbox.pay(order.out_trade_no)
    until(lambda: state_of(order) == S.PAID)
    with transaction.atomic():
        refund = services.request_refund(order=order, reason="退号", key="k", actor="test")

    with pytest.raises(Refused):
        services.carry_out_refund(refund.out_refund_no)
    assert services.carry_out_refund(refund.out_refund_no).state == "processing"


def test_an_abnormal_refund_is_put_before_a_person(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox
) -> None:
    sandbox.fault("pay.refund", "abnormal")
    begin(order)
    sandbox.pay(order.out_trade_no)
    until(lambda: state_of(order) == S.PAID)
    with transaction.atomic():
        refund = services.request_refund(order=order, reason="退号", key="k", actor="test")
    services.carry_out_refund(refund.out_refund_no)

    with time_machine.travel(timezone.now() + timedelta(seconds=10)):
        until(lambda: services.carry_out_refund(refund.out_refund_no).state == "abnormal")
    assert Incident.objects.get(order=order).kind == "refund_abnormal"


def test_closing(order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox) -> None:
    begin(order)

    closed = services.close_order(order_ref=order.ref, reason="取消", actor="test")

    assert closed.state == S.CLOSED
    fact = channel_of(order.merchant).query(out_trade_no=order.out_trade_no)
    assert fact is not None
    assert fact.state == "CLOSED"


def test_closing_after_the_patient_paid_unnoticed(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox
) -> None:
    sandbox.fault("callback.pay", "none", times=None)
    begin(order)
    sandbox.pay(order.out_trade_no)

    assert services.close_order(order_ref=order.ref, reason="取消", actor="test").state == S.PAID


def test_closing_while_the_patient_pays(order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox) -> None:
    begin(order)
    results: list[str] = []

    def close() -> None:
        try:
            results.append(services.close_order(order_ref=order.ref, reason="取消", actor="test").state)
        finally:
            connection.close()

    def pay() -> None:
        try:
            sandbox.pay(order.out_trade_no)
            results.append("money")
        except AssertionError:
            results.append("no money")

    threads = [threading.Thread(target=close), threading.Thread(target=pay)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    until(lambda: state_of(order) in {S.CLOSED, S.PAID})
    assert (state_of(order) == S.PAID) == ("money" in results)
    assert list(problems()) == []


@pytest.mark.req("38.1")
def test_late_money_on_a_closed_order_goes_back(
    order: Order, begin: Callable[[Order], Any], sandbox: RunningSandbox
) -> None:
    begin(order)
    services.close_order(order_ref=order.ref, reason="取消", actor="test")
    sandbox.pay(order.out_trade_no, force=True)

    until(lambda: state_of(order) == S.REFUNDING)
    outbox.run_due()
    until(lambda: state_of(order) == S.REFUNDED)

    assert list(problems()) == []


def test_the_view_answers_as_wechat_expects(sandbox: RunningSandbox, live_server: Any) -> None:
    url = f"{live_server.url}/-/notify/wechatpay/"

    nonsense = httpx.post(url, content=b"{}", trust_env=False)
    looked_at = httpx.get(url, trust_env=False)

    assert nonsense.status_code == 401
    assert json.loads(nonsense.text)["code"] == "FAIL"
    assert looked_at.status_code == 405


def test_the_channel_without_an_order(sandbox: RunningSandbox, merchant: Merchant) -> None:
    channel = channel_of(merchant)

    assert channel.query(out_trade_no="20260101nothing") is None
    assert channel.query_refund(out_refund_no="20260101nothing") is None
    with pytest.raises(Refused) as refusal:
        channel.close(out_trade_no="20260101nothing")
    assert refusal.value.code == "ORDER_NOT_EXIST"
