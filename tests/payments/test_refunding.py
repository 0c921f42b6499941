"""Giving money back: asked for once, done once, followed until it is final."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from business.integration import outbox
from business.integration.models import OutboxItem
from business.integration.outcomes import Refused, Unknown
from business.payments import ledger, services, sweeps
from business.payments.audit_ledger import problems
from business.payments.errors import PostingRefused, RefundNotPossible
from business.payments.models import Incident, Order, Payment, Refund, RefundEvent
from business.security.models import AuditEvent
from tests.payments.fakes import FakeChannel, FakeKind

pytestmark = pytest.mark.django_db
S = Order.State
R = Refund.State


@pytest.fixture
def paid(order: Order, begin: Callable[[Order], object], channel: FakeChannel) -> Order:
    begin(order)
    return services.post_payment(channel.pay(order.out_trade_no), "callback")


@pytest.fixture
def settled(paid: Order) -> Order:
    with transaction.atomic():
        return services.mark_settled(paid, "test")


def ask(order: Order, key: str = "k", amount_fen: int | None = None) -> Refund:
    with transaction.atomic():
        return services.request_refund(order=order, reason="退号", key=key, actor="test", amount_fen=amount_fen)


@pytest.mark.req("38.1")
def test_a_refund_is_asked_for_once_and_arrives_once(settled: Order, channel: FakeChannel, kind: FakeKind) -> None:
    first = ask(settled)
    assert ask(settled) == first
    assert ledger.balances(settled) == {"channel:wechatpay:1900000001": 5000, "refunds_payable": -5000}

    services.carry_out_refund(first.out_refund_no)
    services.apply_refund(channel.finish_refund(first.out_refund_no))
    services.apply_refund(channel.finish_refund(first.out_refund_no))
    done = services.carry_out_refund(first.out_refund_no)

    settled.refresh_from_db()
    assert done.state == R.SUCCEEDED
    assert (settled.state, settled.refunded_fen, settled.live_claim) == (S.REFUNDED, 5000, None)
    assert kind.refunds == [first.out_refund_no]
    assert ledger.balances(settled) == {"revenue:test": 0} or ledger.balances(settled) == {}
    moves = RefundEvent.objects.filter(refund=first).values_list("to_state", flat=True)
    assert list(moves) == ["requested", "processing", "succeeded"]
    assert AuditEvent.objects.filter(event="payments.refund_requested").count() == 1
    assert list(problems()) == []


def test_money_in_suspense_goes_back_without_touching_revenue(paid: Order, channel: FakeChannel) -> None:
    ask(paid)

    assert ledger.balances(paid) == {"channel:wechatpay:1900000001": 5000, "refunds_payable": -5000}
    assert paid.state == S.REFUNDING


def test_never_more_than_was_paid(settled: Order) -> None:
    ask(settled, "a", 3000)

    for key, amount in (("b", 2001), ("c", 0), ("d", -1)):
        with pytest.raises(RefundNotPossible):
            ask(settled, key, amount)
    ask(settled, "e", 2000)
    with pytest.raises(RefundNotPossible):
        ask(settled, "f")
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(refund_requested_fen=5001)


def test_a_part_that_went_back_leaves_the_order_settled(settled: Order, channel: FakeChannel) -> None:
    refund = ask(settled, amount_fen=2000)
    services.carry_out_refund(refund.out_refund_no)

    services.apply_refund(channel.finish_refund(refund.out_refund_no))

    settled.refresh_from_db()
    assert (settled.state, settled.refunded_fen) == (S.SETTLED, 2000)
    assert ledger.balances(settled) == {"channel:wechatpay:1900000001": 3000, "revenue:test": -3000}
    assert list(problems()) == []


def test_a_part_of_undelivered_money_never_goes_back_alone(paid: Order) -> None:
    with pytest.raises(RefundNotPossible):
        ask(paid, amount_fen=1)


def test_an_unpaid_order_has_nothing_to_give_back(order: Order) -> None:
    with pytest.raises(RefundNotPossible):
        ask(order)


def test_a_lost_answer_is_repeated_under_the_same_number(settled: Order, channel: FakeChannel) -> None:
    refund = ask(settled)
    channel.lose = ["refund"]

    with pytest.raises(Unknown):
        services.carry_out_refund(refund.out_refund_no)
    again = services.carry_out_refund(refund.out_refund_no)

    assert again.state == R.PROCESSING
    assert list(channel.refunds) == [refund.out_refund_no]


def test_the_notice_may_come_before_the_answer(
    settled: Order, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch, kind: FakeKind
) -> None:
    refund = ask(settled)
    real = channel.refund

    def overtaken(request: object) -> object:
        answer = real(request)  # type: ignore[arg-type]
        services.apply_refund(channel.finish_refund(refund.out_refund_no))
        return answer

    monkeypatch.setattr(channel, "refund", overtaken)

    assert services.carry_out_refund(refund.out_refund_no).state == R.SUCCEEDED
    assert kind.refunds == [refund.out_refund_no]


@pytest.mark.req("38.1")
def test_the_outbox_follows_a_refund_until_it_is_final(settled: Order, channel: FakeChannel) -> None:
    refund = ask(settled)
    outbox.run_due()
    item = OutboxItem.objects.get(key=f"refund:{refund.out_refund_no}")
    assert item.state == "pending"
    channel.finish_refund(refund.out_refund_no)

    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        outbox.run_due()

    refund.refresh_from_db()
    item.refresh_from_db()
    assert (refund.state, item.state) == (R.SUCCEEDED, "done")


@pytest.mark.parametrize("state", ["ABNORMAL", "CLOSED"])
def test_a_refund_that_cannot_arrive_is_put_before_a_person(settled: Order, channel: FakeChannel, state: str) -> None:
    refund = ask(settled)
    channel.refund_state = state

    outbox.run_due()

    refund.refresh_from_db()
    settled.refresh_from_db()
    assert refund.state == R.ABNORMAL
    assert state in refund.problem
    assert settled.state == S.REFUNDING
    assert Incident.objects.get().kind == "refund_abnormal"
    assert OutboxItem.objects.get(key=f"refund:{refund.out_refund_no}").state == "dead"
    assert list(problems()) == []

    services.apply_refund(channel.finish_refund(refund.out_refund_no, "SUCCESS"))

    settled.refresh_from_db()
    assert settled.state == S.REFUNDED
    assert Incident.objects.get().state == "resolved"


def test_an_empty_balance_is_retried_and_told_only_after_long(settled: Order, channel: FakeChannel) -> None:
    refund = ask(settled)
    channel.refuse = {"refund": "NOT_ENOUGH"}
    with pytest.raises(Refused):
        services.carry_out_refund(refund.out_refund_no)
    refund.refresh_from_db()
    assert "NOT_ENOUGH" in refund.problem
    assert Incident.objects.count() == 0

    with time_machine.travel(timezone.now() + timedelta(hours=2)), pytest.raises(Refused):
        services.carry_out_refund(refund.out_refund_no)
    assert Incident.objects.get().kind == "refund_refused"

    channel.refuse = {}
    services.carry_out_refund(refund.out_refund_no)
    services.apply_refund(channel.finish_refund(refund.out_refund_no))
    assert Incident.objects.get().state == "resolved"


def test_a_refusal_of_what_was_done_before_counts_as_done(settled: Order, channel: FakeChannel) -> None:
    refund = ask(settled)
    channel.lose = ["refund"]
    with pytest.raises(Unknown):
        services.carry_out_refund(refund.out_refund_no)
    channel.refuse = {"refund": "INVALID_REQUEST"}

    assert services.carry_out_refund(refund.out_refund_no).state == R.PROCESSING


def test_a_refund_of_another_amount_is_not_booked(settled: Order, channel: FakeChannel) -> None:
    refund = ask(settled)
    services.carry_out_refund(refund.out_refund_no)
    fact = replace(channel.finish_refund(refund.out_refund_no), amount_fen=4999)

    with pytest.raises(PostingRefused):
        services.apply_refund(fact)
    with pytest.raises(PostingRefused):
        services.apply_refund(replace(fact, out_refund_no="not-ours"))

    refund.refresh_from_db()
    assert refund.state == R.PROCESSING
    assert set(Incident.objects.values_list("kind", flat=True)) == {"refund_mismatch", "unknown_refund"}


def test_a_refund_put_right_at_the_channel_is_found_when_staff_ask_again(settled: Order, channel: FakeChannel) -> None:
    refund = ask(settled)
    channel.refund_state = "ABNORMAL"
    outbox.run_due()
    channel.finish_refund(refund.out_refund_no, "SUCCESS")  # by hand; the notice of it gets lost
    item = OutboxItem.objects.get(key=f"refund:{refund.out_refund_no}")

    outbox.revive(item)
    outbox.run_due()

    refund.refresh_from_db()
    settled.refresh_from_db()
    assert (refund.state, settled.state) == (R.SUCCEEDED, S.REFUNDED)
    assert channel.calls.count("refund") == 1
    assert Incident.objects.get().state == "resolved"


def test_a_refund_put_right_at_the_channel_is_found_by_itself(settled: Order, channel: FakeChannel) -> None:
    refund = ask(settled)
    channel.refund_state = "ABNORMAL"
    outbox.run_due()
    channel.finish_refund(refund.out_refund_no, "SUCCESS")

    sweeps.look_at_abnormal_refunds()

    refund.refresh_from_db()
    assert refund.state == R.SUCCEEDED


@pytest.mark.req("38.1")
def test_an_abnormal_refund_sent_another_way_is_followed_to_its_end(
    order: Order, begin: Callable[[Order], object], channel: FakeChannel
) -> None:
    channel.refund_state = "ABNORMAL"
    begin(order)
    services.post_payment(channel.pay(order.out_trade_no), "callback")
    outbox.run_due()
    order.refresh_from_db()
    with transaction.atomic():
        refund = services.request_refund(order=order, reason="退号", key="redirected", actor="test")
    outbox.run_due()
    refund.refresh_from_db()
    assert refund.state == "abnormal"

    outbox.enqueue("payments.redirect_refund", {"out_refund_no": refund.out_refund_no}, key="redirect")
    outbox.run_due()
    refund.refresh_from_db()
    assert refund.state == "processing"
    channel.finish_refund(refund.out_refund_no)
    for _ in range(2):
        outbox.run_due()

    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert list(problems()) == []
