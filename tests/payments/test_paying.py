"""Opening the cashier and learning that money came: by notice, by query, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from business.integration import outbox
from business.integration.models import OutboxItem
from business.patients.models import Account
from business.payments import channels, ledger, services
from business.payments.audit_ledger import problems
from business.payments.errors import (
    AlreadyPaid,
    ChannelTrouble,
    NoMerchant,
    NoPayer,
    NotFoundError,
    OrderOver,
    PostingRefused,
)
from business.payments.models import Attempt, Incident, LedgerEntry, Order, Payment
from business.payments.services import paying
from business.payments.services.paying import pause_after
from tests.payments.fakes import FakeChannel, FakeKind

pytestmark = pytest.mark.django_db
Begin = Callable[[Order], services.CashierTicket]
CALLBACK = Payment.LearnedBy.CALLBACK


def test_the_same_live_thing_has_one_order(make_order: Callable[..., Order]) -> None:
    first = make_order(subject_ref="a")
    again = make_order(subject_ref="a")
    other = make_order(subject_ref="b")

    assert first == again
    assert other != first
    assert first.state == Order.State.CREATED


@pytest.mark.req("34.1")
def test_beginning_twice_gives_the_same_prepay(order: Order, begin: Begin, channel: FakeChannel) -> None:
    first = begin(order)
    again = begin(order)

    order.refresh_from_db()
    assert first.package == again.package == f"prepay_id={order.attempts.get().prepay}"
    assert order.state == Order.State.PAYING
    assert channel.calls == ["prepay"]


def test_a_lost_prepay_answer_is_asked_for_again_under_the_same_number(
    order: Order, begin: Begin, channel: FakeChannel
) -> None:
    channel.lose = ["prepay", "prepay"]

    with pytest.raises(ChannelTrouble):
        begin(order)
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        begin(order)

    assert list(channel.trades) == [order.out_trade_no]


def test_an_order_of_somebody_else_is_not_found(order: Order, channel: FakeChannel) -> None:
    with pytest.raises(NotFoundError):
        services.begin_payment(order_ref=order.ref, account=Account.objects.create(), client_ip="")


def test_an_account_from_elsewhere_is_sent_to_wechat(account: Account) -> None:
    with pytest.raises(NoPayer):
        paying._openid(account)


def test_no_cashier_after_the_deadline(order: Order, begin: Begin, channel: FakeChannel) -> None:
    with time_machine.travel(order.expires_at), pytest.raises(OrderOver):
        begin(order)

    assert channel.calls == []


def test_no_cashier_once_closing_has_begun(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    channel.fail = ["close"]
    with pytest.raises(Exception, match="close"):
        services.close_order(order_ref=order.ref, reason="取消", actor="test")

    with pytest.raises(OrderOver):
        begin(order)


@pytest.mark.req("34.1")
def test_a_notice_posts_the_money_and_the_outbox_settles(
    order: Order, begin: Begin, channel: FakeChannel, kind: FakeKind
) -> None:
    begin(order)
    fact = channel.pay(order.out_trade_no)

    posted = services.post_payment(fact, CALLBACK)

    assert posted.state == Order.State.PAID
    assert ledger.balances(order) == {"channel:wechatpay:1900000001": 5000, "suspense:test": -5000}
    outbox.run_due()
    order.refresh_from_db()
    assert order.state == Order.State.SETTLED
    assert kind.settled == [order.out_trade_no]
    assert ledger.balances(order) == {"channel:wechatpay:1900000001": 5000, "revenue:test": -5000}
    assert list(problems()) == []


def test_a_notice_may_come_before_the_prepay_answer(
    order: Order, begin: Begin, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = channel.prepay

    def paid_at_once(request: object) -> str:
        prepay_id = real(request)  # type: ignore[arg-type]
        services.post_payment(channel.pay(order.out_trade_no), CALLBACK)
        return prepay_id

    monkeypatch.setattr(channel, "prepay", paid_at_once)

    with pytest.raises(AlreadyPaid):
        begin(order)

    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_a_lost_notice_is_made_good_by_a_query(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    channel.pay(order.out_trade_no)

    assert services.check_order(order).state == Order.State.PAID
    assert Payment.objects.get().learned_by == "query"


def test_prepay_of_a_paid_order_asks_and_posts(order: Order, begin: Begin, channel: FakeChannel) -> None:
    channel.lose = ["prepay", "prepay"]
    with pytest.raises(ChannelTrouble):
        begin(order)
    channel.pay(order.out_trade_no)

    with pytest.raises(AlreadyPaid):
        begin(order)

    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_the_same_transaction_is_posted_once(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    fact = channel.pay(order.out_trade_no)

    for learned_by in ("callback", "query", "callback"):
        services.post_payment(fact, learned_by)

    assert Payment.objects.count() == 1
    assert LedgerEntry.objects.count() == 1
    assert OutboxItem.objects.filter(topic="payments.settle").count() == 1


@pytest.mark.parametrize(
    "changes",
    [{"amount_fen": 5001}, {"amount_fen": 4999}, {"mchid": "other"}, {"app_id": "other"}, {"currency": "USD"}],
)
def test_money_that_does_not_fit_is_not_posted(
    order: Order, begin: Begin, channel: FakeChannel, changes: dict[str, object]
) -> None:
    begin(order)
    fact = replace(channel.pay(order.out_trade_no), **changes)

    for _ in range(2):
        with pytest.raises(PostingRefused):
            services.post_payment(fact, CALLBACK)

    order.refresh_from_db()
    assert order.state == Order.State.PAYING
    assert Payment.objects.count() == 0
    assert Incident.objects.get().kind == "payment_mismatch"


def test_money_for_an_unknown_order_is_an_incident(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    fact = replace(channel.pay(order.out_trade_no), out_trade_no="nobody-knows-it")

    with pytest.raises(PostingRefused):
        services.post_payment(fact, CALLBACK)

    assert Incident.objects.get().kind == "unknown_order"


def test_a_failure_while_posting_leaves_nothing_and_tells(
    order: Order, begin: Begin, channel: FakeChannel, kind: FakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(order)
    fact = channel.pay(order.out_trade_no)
    with monkeypatch.context() as broken:
        broken.setattr(kind, "accept_payment", lambda order: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.post_payment(fact, CALLBACK)
    assert Payment.objects.count() == LedgerEntry.objects.count() == 0
    assert Incident.objects.get().state == "open"

    services.post_payment(fact, CALLBACK)

    assert Payment.objects.count() == 1
    assert Incident.objects.get().state == "resolved"


def test_queries_grow_apart() -> None:
    assert [pause_after(n).total_seconds() for n in range(8)] == [2, 4, 8, 15, 30, 60, 60, 60]


def test_a_merchant_without_keys_takes_no_order_into_its_hands(
    order: Order, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_keys(mchid: str) -> FakeChannel:
        raise ImproperlyConfigured(f"no keys for {mchid}")

    monkeypatch.setitem(channels._factories, "wechatpay", no_keys)

    with pytest.raises(NoMerchant):
        begin(order)

    order.refresh_from_db()
    assert order.state == Order.State.CREATED
    assert Incident.objects.get().kind == "no_channel"
    assert services.close_order(order_ref=order.ref, reason="超时", actor="test").state == Order.State.CLOSED


def test_a_cashier_for_money_that_does_not_fit_asks_for_patience(
    order: Order, begin: Begin, channel: FakeChannel
) -> None:
    begin(order)
    channel.pay(order.out_trade_no)
    Attempt.objects.filter(order=order).update(prepay="")
    channel.mchid = "another merchant"

    with pytest.raises(ChannelTrouble):
        begin(order)
