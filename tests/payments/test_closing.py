"""Ending orders: the channel first, and never a guess."""

from collections.abc import Callable

import pytest

from business.integration import outbox
from business.integration.outcomes import Unknown
from business.payments import ledger, services
from business.payments.audit_ledger import problems
from business.payments.models import Order, OrderEvent, Payment, Refund
from tests.payments.fakes import FakeChannel, FakeKind

pytestmark = pytest.mark.django_db
Begin = Callable[[Order], services.CashierTicket]
S = Order.State


def close(order: Order) -> Order:
    return services.close_order(order_ref=order.ref, reason="取消", actor="test")


def test_an_order_the_channel_never_heard_of_is_closed_without_a_call(order: Order, channel: FakeChannel) -> None:
    assert close(order).state == S.CLOSED
    assert channel.calls == []


def test_closing_closes_at_the_channel_first(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)

    closed = close(order)

    assert closed.state == S.CLOSED
    assert closed.live_claim is None
    assert channel.trades[order.out_trade_no].state == "CLOSED"
    moves = OrderEvent.objects.filter(order=order).values_list("from_state", "to_state")
    assert list(moves) == [("", "created"), ("created", "paying"), ("paying", "closing"), ("closing", "closed")]


def test_a_closed_thing_can_be_ordered_anew(make_order: Callable[..., Order]) -> None:
    first = make_order(subject_ref="a")
    close(first)

    assert make_order(subject_ref="a") != first


def test_without_an_answer_the_order_stays_closing_and_can_be_repeated(
    order: Order, begin: Begin, channel: FakeChannel
) -> None:
    begin(order)
    channel.lose = ["close"]
    with pytest.raises(Unknown):
        close(order)
    order.refresh_from_db()
    assert order.state == S.CLOSING

    assert close(order).state == S.CLOSED


def test_a_refused_close_that_is_not_paid_stays_unknown(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    channel.refuse = {"close": "RULE_LIMIT"}

    with pytest.raises(Unknown):
        close(order)

    order.refresh_from_db()
    assert order.state == S.CLOSING


def test_a_patient_who_paid_faster_keeps_the_order(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    channel.pay(order.out_trade_no)

    assert close(order).state == S.PAID
    assert Refund.objects.count() == 0


def test_a_lost_prepay_is_closed_by_its_absence(order: Order, begin: Begin, channel: FakeChannel) -> None:
    channel.fail = ["prepay", "prepay"]
    with pytest.raises(Exception, match="支付渠道"):
        begin(order)

    assert close(order).state == S.CLOSED


@pytest.mark.req("38.1")
def test_late_money_is_posted_and_goes_back_by_itself(
    order: Order, begin: Begin, channel: FakeChannel, kind: FakeKind
) -> None:
    begin(order)
    channel.trades[order.out_trade_no].state = "NOTPAY"
    Order.objects.filter(pk=order.pk).update(state=S.CLOSED, live_claim=None)
    fact = channel.pay(order.out_trade_no)

    refunding = services.post_payment(fact, "callback")

    assert refunding.state == S.REFUNDING
    assert kind.accepted == []
    channel.refund_state = "SUCCESS"
    outbox.run_due()
    order.refresh_from_db()
    assert order.state == S.REFUNDED
    assert ledger.balances(order) == {}
    assert list(problems()) == []


@pytest.mark.req("38.1")
def test_money_a_kind_does_not_want_goes_back(order: Order, begin: Begin, channel: FakeChannel, kind: FakeKind) -> None:
    kind.rejects = "号源已释放"
    begin(order)

    refunding = services.post_payment(channel.pay(order.out_trade_no), "callback")

    refund = Refund.objects.get()
    assert refunding.state == S.REFUNDING
    assert (refund.reason, refund.is_reversal, refund.amount_fen) == ("号源已释放", True, 5000)


def test_a_second_payment_goes_back_and_leaves_the_order_alone(
    order: Order, begin: Begin, channel: FakeChannel, kind: FakeKind
) -> None:
    from dataclasses import replace

    begin(order)
    fact = channel.pay(order.out_trade_no)
    services.post_payment(fact, "callback")

    services.post_payment(replace(fact, transaction_id="second-1"), "callback")
    services.post_payment(replace(fact, transaction_id="second-1"), "callback")

    assert Payment.objects.count() == 2
    assert Refund.objects.get().payment.transaction_id == "second-1"
    channel.refund_state = "SUCCESS"
    outbox.run_due()
    order.refresh_from_db()
    assert order.state == S.SETTLED
    assert order.refunded_fen == 0
    assert kind.refunds == []
    assert len(kind.second_refunds) == 1
    assert list(problems()) == []
