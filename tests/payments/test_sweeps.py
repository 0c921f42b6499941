"""What finishes by itself when a notice, an answer or a worker was lost."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from business.integration import outbox, sweeper
from business.integration.outcomes import Unknown
from business.payments import services, sweeps
from business.payments.models import Incident, Order
from tests.payments.fakes import FakeChannel, FakeKind

pytestmark = pytest.mark.django_db
Begin = Callable[[Order], services.CashierTicket]
S = Order.State


def after(**time: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def test_an_unpaid_order_is_asked_about_at_growing_intervals(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    channel.calls.clear()
    start = timezone.now()
    asked_at = []

    for second in range(200):
        with time_machine.travel(start + timedelta(seconds=second), tick=False):
            if sweeps.look_at_open_orders():
                asked_at.append(second)

    assert channel.calls == ["query"] * len(asked_at)
    assert len(asked_at) == 7
    assert asked_at[0] <= 3
    pauses = [b - a for a, b in itertools.pairwise(asked_at)]
    assert pauses == [4, 8, 15, 30, 60, 60]


@pytest.mark.req("34.1")
def test_unnoticed_money_is_found(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    channel.pay(order.out_trade_no)

    with after(seconds=3):
        sweeps.look_at_open_orders()

    order.refresh_from_db()
    assert (order.state, order.next_check_at) == (S.PAID, None)


def test_an_order_stuck_in_closing_is_closed(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    channel.fail = ["close"]
    with pytest.raises(Unknown):
        services.close_order(order_ref=order.ref, reason="取消", actor="test")

    with after(seconds=10):
        sweeps.look_at_open_orders()

    order.refresh_from_db()
    assert order.state == S.CLOSED


def test_one_trouble_does_not_stop_the_sweep(
    make_order: Callable[..., Order], begin: Begin, channel: FakeChannel
) -> None:
    orders = [make_order() for _ in range(3)]
    for one in orders:
        begin(one)
        channel.pay(one.out_trade_no)
    channel.fail = ["query"]

    with after(seconds=3):
        sweeps.look_at_open_orders()

    assert Order.objects.filter(state=S.PAID).count() == 2


def test_what_expired_is_closed_with_a_grace_for_the_service(
    make_order: Callable[..., Order], begin: Begin, channel: FakeChannel
) -> None:
    untouched, begun, fresh = make_order(), make_order(), make_order(expires_at=timezone.now() + timedelta(hours=1))
    begin(begun)

    with after(minutes=16):
        assert sweeps.close_expired_orders() == 0
    with after(minutes=17):
        assert sweeps.close_expired_orders() == 2

    states = {one.pk: one.state for one in Order.objects.all()}
    assert states == {untouched.pk: S.CLOSED, begun.pk: S.CLOSED, fresh.pk: S.CREATED}
    assert channel.trades[begun.out_trade_no].state == "CLOSED"


@pytest.mark.req("38.1")
def test_paid_and_not_delivered_comes_before_a_person(
    order: Order, begin: Begin, channel: FakeChannel, kind: FakeKind
) -> None:
    kind.settles = False
    begin(order)
    services.post_payment(channel.pay(order.out_trade_no), "callback")
    outbox.run_due()
    with after(minutes=29):
        assert sweeps.watch_unsettled_orders() == 0

    with after(minutes=31):
        assert sweeps.watch_unsettled_orders() == 1
        assert sweeps.watch_unsettled_orders() == 0
    incident = Incident.objects.get()
    assert (incident.kind, incident.order, incident.state) == ("not_settled", order, "open")

    kind.settles = True
    with after(minutes=40):
        outbox.run_due()
    order.refresh_from_db()
    incident.refresh_from_db()
    assert (order.state, incident.state) == (S.SETTLED, "resolved")


def test_a_slow_refund_comes_before_a_person(order: Order, begin: Begin, channel: FakeChannel) -> None:
    begin(order)
    paid = services.post_payment(channel.pay(order.out_trade_no), "callback")
    with transaction.atomic():
        services.request_refund(order=paid, reason="退号", key="k", actor="test")

    with after(hours=23):
        assert sweeps.watch_slow_refunds() == 0
    with after(hours=25):
        assert sweeps.watch_slow_refunds() == 1
    assert Incident.objects.get().kind == "refund_slow"


def test_old_slow_refunds_do_not_hide_new_ones(
    make_order: Callable[..., Order], begin: Begin, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "BATCH", 1)
    for _ in range(2):
        one = make_order()
        begin(one)
        paid = services.post_payment(channel.pay(one.out_trade_no), "callback")
        with transaction.atomic():
            services.request_refund(order=paid, reason="退号", key=f"k{one.pk}", actor="test")

    with after(hours=25):
        sweeps.watch_slow_refunds()
        sweeps.watch_slow_refunds()

    assert Incident.objects.filter(kind="refund_slow").count() == 2


def test_a_channel_that_answers_nobody_does_not_hold_up_the_other_sweeps(
    make_order: Callable[..., Order], begin: Begin, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        begin(make_order())
    clock = iter(range(0, 1000, 6))  # each look at the clock finds six seconds gone
    monkeypatch.setattr(sweeper.time, "monotonic", lambda: next(clock))

    with after(seconds=3):
        assert sweeps.look_at_open_orders() < 5
