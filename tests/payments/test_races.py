"""Several workers at the same thing at the same moment, on every database."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from business.integration.models import OutboxItem
from business.payments import services
from business.payments.audit_ledger import problems
from business.payments.errors import RefundNotPossible
from business.payments.models import LedgerEntry, Order, OrderEvent, Payment, Refund
from business.payments.sweeps import look_at_open_orders
from business.security.errors import PortalError
from tests.payments.fakes import FakeChannel, FakeKind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.three_databases]
S = Order.State


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each on its own connection; return results and exceptions in order."""
    barrier = threading.Barrier(len(functions))
    results: list[Any] = [None] * len(functions)

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(20)
            results[index] = functions[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def paid(order: Order, begin: Callable[[Order], object], channel: FakeChannel) -> Order:
    begin(order)
    return services.post_payment(channel.pay(order.out_trade_no), "callback")


def test_one_live_order_for_one_thing(make_order: Callable[..., Order]) -> None:
    orders = at_once(*[lambda: make_order(subject_ref="same")] * 8)

    assert {order.pk for order in orders} == {Order.objects.get().pk}
    assert OrderEvent.objects.count() == 1


def test_one_prepay_for_a_double_tap(order: Order, begin: Callable[[Order], Any], channel: FakeChannel) -> None:
    tickets = at_once(*[lambda: begin(order)] * 6)

    assert len({ticket.package for ticket in tickets}) == 1
    assert len(channel.trades) == 1


@pytest.mark.req("34.1")
def test_one_posting_for_many_tellings(
    order: Order, begin: Callable[[Order], Any], channel: FakeChannel, kind: FakeKind
) -> None:
    begin(order)
    fact = channel.pay(order.out_trade_no)

    results = at_once(
        *[lambda: services.post_payment(fact, "callback")] * 10, *[lambda: services.check_order(order)] * 10
    )

    assert {result.state for result in results} == {S.PAID}
    assert Payment.objects.count() == LedgerEntry.objects.count() == 1
    assert len(kind.accepted) == 1
    assert OutboxItem.objects.count() == 1


def test_closing_and_paying_at_once_ends_in_exactly_one_of_both(
    make_order: Callable[..., Order], begin: Callable[[Order], Any], channel: FakeChannel
) -> None:
    for _ in range(5):
        order = make_order()
        begin(order)

        def pay(order: Order = order) -> Order:
            return services.post_payment(channel.pay(order.out_trade_no), "callback")

        def close(order: Order = order) -> Order:
            return services.close_order(order_ref=order.ref, reason="取消", actor="test")

        at_once(pay, close)

        order.refresh_from_db()
        trade = channel.trades[order.out_trade_no].state
        assert (order.state, trade) in {(S.PAID, "SUCCESS"), (S.CLOSED, "CLOSED")}
    assert list(problems()) == []


def test_beginning_and_closing_at_once_never_leaves_a_ticket_for_a_closed_order(
    make_order: Callable[..., Order], begin: Callable[[Order], Any], channel: FakeChannel
) -> None:
    for _ in range(5):
        order = make_order()

        def close(order: Order = order) -> Order:
            return services.close_order(order_ref=order.ref, reason="取消", actor="test")

        ticket, closed = at_once(lambda order=order: begin(order), close)

        assert closed.state == S.CLOSED
        trade = channel.trades.get(order.out_trade_no)
        # Either the patient got no ticket, or the ticket is for a trade the channel has closed.
        assert isinstance(ticket, PortalError) or (trade is not None and trade.state == "CLOSED")


@pytest.mark.req("38.1")
def test_one_refund_for_one_key(paid: Order) -> None:
    def ask() -> Refund:
        with transaction.atomic():
            return services.request_refund(order=paid, reason="退号", key="same", actor="test")

    refunds = at_once(*[ask] * 8)

    assert {refund.pk for refund in refunds} == {Refund.objects.get().pk}
    assert list(problems()) == []


@pytest.mark.req("38.1")
def test_never_more_back_than_was_paid(paid: Order) -> None:
    def ask(key: str) -> Refund:
        with transaction.atomic():
            return services.request_refund(order=paid, reason="退号", key=key, actor="test")

    results = at_once(*[lambda key=key: ask(key) for key in "abcdefgh"])

    assert sum(isinstance(result, Refund) for result in results) == 1
    assert sum(isinstance(result, RefundNotPossible) for result in results) == 7
    assert Payment.objects.get().refund_requested_fen == 5000
    assert list(problems()) == []


def test_one_arrival_for_many_tellings(paid: Order, channel: FakeChannel, kind: FakeKind) -> None:
    with transaction.atomic():
        refund = services.request_refund(order=paid, reason="退号", key="k", actor="test")
    services.carry_out_refund(refund.out_refund_no)
    fact = channel.finish_refund(refund.out_refund_no)

    results = at_once(
        *[lambda: services.apply_refund(fact)] * 5, *[lambda: services.carry_out_refund(refund.out_refund_no)] * 5
    )

    assert {result.state for result in results} == {"succeeded"}
    assert kind.refunds == [refund.out_refund_no]
    assert list(problems()) == []


def test_several_sweepers_share_the_work(
    make_order: Callable[..., Order], begin: Callable[[Order], Any], channel: FakeChannel
) -> None:
    for _ in range(6):
        begin(make_order())
    channel.calls.clear()
    Order.objects.update(next_check_at=timezone.now() - timedelta(seconds=1))

    looked = at_once(*[look_at_open_orders] * 4)

    assert sum(looked) == 6
    assert channel.calls == ["query"] * 6
