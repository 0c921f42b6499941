"""Several attempts on one order: two phones, two channels, and only one payment stays."""

from collections.abc import Callable
from typing import Any

import pytest

from business.hospital.models import Campus
from business.integration import outbox
from business.integration.outcomes import Unknown
from business.patients.models import Account
from business.payments import ledger, methods, services
from business.payments.audit_ledger import problems
from business.payments.errors import CodeRefused, ReversalNotPossible
from business.payments.methods import Method
from business.payments.models import Attempt, Incident, Merchant, Order, PayRule, Refund, Reversal
from tests.payments.fakes import FakeChannel, FakeKind

pytestmark = pytest.mark.django_db
S = Order.State
A = Attempt.State


@pytest.fixture
def scan(account: Account) -> Callable[[Order], services.CashierTicket]:
    def run(order: Order) -> services.CashierTicket:
        method = Method(merchant=order.merchant, scene=Attempt.Scene.NATIVE)
        return services.begin_payment(order_ref=order.ref, account=account, client_ip="203.0.113.9", method=method)

    return run


@pytest.fixture
def two(order: Order, begin: Callable[[Order], Any], scan: Callable[[Order], Any]) -> list[Attempt]:
    begin(order)
    scan(order)
    return list(order.attempts.all())


@pytest.mark.req("34.2")
def test_another_way_to_pay_is_another_number_at_the_channel(order: Order, two: list[Attempt]) -> None:
    assert [one.number for one in two] == [order.out_trade_no, f"{order.out_trade_no}-2"]
    assert [one.scene for one in two] == ["jsapi", "native"]


def test_the_same_way_again_is_the_same_attempt(
    order: Order, two: list[Attempt], scan: Callable[[Order], Any], channel: FakeChannel
) -> None:
    assert scan(order).code_url == two[1].prepay
    assert channel.calls.count("prepay") == 2


def test_the_first_payment_closes_the_other_attempt(order: Order, two: list[Attempt], channel: FakeChannel) -> None:
    services.post_payment(channel.pay(two[1].number), "callback")

    outbox.run_due()

    order.refresh_from_db()
    assert order.state == S.SETTLED
    assert channel.trades[two[0].number].state == "CLOSED"
    assert list(order.attempts.values_list("state", flat=True)) == [A.CLOSED, A.PAID]


@pytest.mark.req("38.1")
def test_the_second_payment_goes_back_by_itself_and_is_told(
    order: Order, two: list[Attempt], channel: FakeChannel, kind: FakeKind
) -> None:
    channel.refund_state = "SUCCESS"
    services.post_payment(channel.pay(two[0].number), "callback")
    services.post_payment(channel.pay(two[1].number), "callback")

    outbox.run_due()

    refund = Refund.objects.get()
    assert (refund.state, refund.payment.attempt) == ("succeeded", two[1])
    assert kind.second_refunds == [refund.out_refund_no]
    order.refresh_from_db()
    assert (order.state, order.refunded_fen) == (S.SETTLED, 0)
    assert list(problems()) == []


@pytest.mark.req("38.1")
def test_a_second_payment_nobody_told_us_of_is_found_when_its_attempt_is_closed(
    order: Order, two: list[Attempt], channel: FakeChannel
) -> None:
    channel.refund_state = "SUCCESS"
    channel.pay(two[1].number)
    services.post_payment(channel.pay(two[0].number), "callback")

    for _ in range(3):
        outbox.run_due()

    assert Refund.objects.get().payment.attempt == two[1]
    assert order.attempts.filter(state=A.PAID).count() == 2
    assert list(problems()) == []


def test_an_order_is_closed_only_with_its_last_attempt(order: Order, two: list[Attempt], channel: FakeChannel) -> None:
    channel.fail = ["close"]
    with pytest.raises(Unknown):
        services.close_order(order_ref=order.ref, reason="取消", actor="test")
    order.refresh_from_db()
    assert order.state == S.CLOSING
    assert sorted(order.attempts.values_list("state", flat=True)) == [A.CLOSED, A.CLOSING]

    assert services.close_order(order_ref=order.ref, reason="取消", actor="test").state == S.CLOSED
    assert {trade.state for trade in channel.trades.values()} == {"CLOSED"}


def test_closing_finds_the_attempt_that_was_paid(order: Order, two: list[Attempt], channel: FakeChannel) -> None:
    channel.pay(two[1].number)

    assert services.close_order(order_ref=order.ref, reason="取消", actor="test").state == S.PAID


@pytest.mark.req("34.4")
def test_staff_choose_the_ways_by_entrance_kind_and_campus(order: Order, merchant: Merchant) -> None:
    east = Campus.objects.create(code="east", name="东院区")
    other = Merchant.objects.create(code="east", name="东院", channel="wechatpay", mchid="1900000002")
    assert [way.code for way in methods.offered(order, entrance="wechat")] == ["main:jsapi"]

    PayRule.objects.create(merchant=merchant, scene="jsapi", sort=1)
    PayRule.objects.create(merchant=merchant, scene="native", sort=2)
    PayRule.objects.create(merchant=merchant, scene="h5", entrance="browser", sort=3)
    PayRule.objects.create(merchant=other, scene="jsapi", campus=east, kind=order.kind)

    def codes(entrance: str, campus: Campus | None = None) -> list[str]:
        return [way.code for way in methods.offered(order, entrance=entrance, campus=campus)]

    assert codes("wechat") == ["main:jsapi", "main:native"]
    assert codes("browser") == ["main:h5"]
    assert codes("mini_program") == ["main:native"]
    assert codes("wechat", east) == ["east:jsapi"]
    assert methods.chosen(order, "east:jsapi", entrance="wechat").code == "main:jsapi"
    PayRule.objects.update(is_active=False)
    assert codes("wechat") == ["main:jsapi"]


# --- reversal --------------------------------------------------------------------------------------------------------
@pytest.fixture
def settled(order: Order, begin: Callable[[Order], Any], channel: FakeChannel) -> Order:
    begin(order)
    services.post_payment(channel.pay(order.out_trade_no), "callback")
    outbox.run_due()
    order.refresh_from_db()
    return order


@pytest.mark.req("17.2")
def test_a_reversal_undoes_the_delivery_before_the_money_goes_back(
    settled: Order, channel: FakeChannel, kind: FakeKind
) -> None:
    channel.refund_state = "SUCCESS"
    reversal = services.request_reversal(order=settled, reason="窗口已收费", actor="finance")
    assert services.request_reversal(order=settled, reason="再点一次", actor="finance") == reversal

    for _ in range(3):
        outbox.run_due()

    reversal.refresh_from_db()
    settled.refresh_from_db()
    assert (reversal.state, settled.state) == (Reversal.State.DONE, S.REFUNDED)
    assert kind.undone == [settled.out_trade_no]
    assert [event.to_state for event in reversal.events.all()] == ["requested", "refunding", "done"]
    assert ledger.balances(settled) == {}
    assert list(problems()) == []


@pytest.mark.req("17.2")
def test_a_definite_no_keeps_the_money_and_tells_finance(settled: Order, channel: FakeChannel, kind: FakeKind) -> None:
    kind.undo_refusal = "CHECKED_IN"
    reversal = services.request_reversal(order=settled, reason="窗口已收费", actor="finance")
    outbox.run_due()
    reversal.refresh_from_db()
    assert reversal.state == Reversal.State.BLOCKED
    assert Incident.objects.get().kind == "reversal_blocked"
    assert Refund.objects.count() == 0

    kind.undo_refusal, channel.refund_state = "", "SUCCESS"
    services.request_reversal(order=settled, reason="已与科室核实", actor="finance")
    for _ in range(3):
        outbox.run_due()

    reversal.refresh_from_db()
    assert reversal.state == Reversal.State.DONE


def test_silence_of_the_service_is_no_permission_to_refund(
    settled: Order, kind: FakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(order: Order, *, reason: str) -> None:
        raise Unknown("no answer")

    monkeypatch.setattr(kind, "undo", silent)
    reversal = services.request_reversal(order=settled, reason="窗口已收费", actor="finance")

    outbox.run_due()

    reversal.refresh_from_db()
    assert reversal.state == Reversal.State.REQUESTED
    assert Refund.objects.count() == 0


def test_an_unpaid_order_cannot_be_reversed(order: Order) -> None:
    with pytest.raises(ReversalNotPossible):
        services.request_reversal(order=order, reason="冲正", actor="finance")


# --- at the window, and together -------------------------------------------------------------------------------------
@pytest.mark.req("34.2")
def test_a_code_at_the_window_pays_the_order(order: Order, channel: FakeChannel) -> None:
    paid = services.pay_by_code(
        order_ref=order.ref, auth_code="130000000000000000", device_ip="10.0.0.1", store_id="W1", actor="cashier"
    )

    assert paid.state == S.PAID
    assert order.attempts.get().scene == "code"


def test_a_refused_code_leaves_the_order_to_be_paid_otherwise(
    order: Order, channel: FakeChannel, begin: Callable[[Order], Any]
) -> None:
    channel.refuse = {"pay_code": "NOT_ENOUGH"}
    with pytest.raises(CodeRefused):
        services.pay_by_code(order_ref=order.ref, auth_code="1" * 18, device_ip="10.0.0.1", store_id="W1", actor="c")

    assert begin(order).package
    assert list(order.attempts.values_list("state", flat=True)) == [A.CLOSED, A.OPEN]


def test_a_lost_answer_at_the_window_is_asked_about_and_never_charged_twice(order: Order, channel: FakeChannel) -> None:
    channel.lose = ["pay_code"]

    paid = services.pay_by_code(order_ref=order.ref, auth_code="1" * 18, device_ip="", store_id="W1", actor="c")

    assert paid.state == S.PAID
    assert channel.calls == ["pay_code", "query"]


@pytest.mark.req("34.3")
def test_orders_paid_together_are_posted_settled_and_closed_each_on_its_own(
    make_order: Callable[..., Order], account: Account, channel: FakeChannel
) -> None:
    first, second, third, fourth = (make_order(amount_fen=fen) for fen in (4000, 1200, 1, 2))

    def begin(*orders: Order) -> services.CashierTicket:
        refs = [order.ref for order in orders]
        return services.begin_together(order_refs=refs, account=account, client_ip="203.0.113.9")

    assert begin(first, second) == begin(second, first)
    facts = [channel.pay(order.out_trade_no) for order in (first, second)]
    services.check_order(first)
    assert [fact.amount_fen for fact in facts] == [4000, 1200]
    outbox.run_due()
    assert set(Order.objects.filter(pk__in=[first.pk, second.pk]).values_list("state", flat=True)) == {S.SETTLED}
    begin(third, fourth)
    assert services.close_order(order_ref=third.ref, reason="取消", actor="test").state == S.CLOSED
    assert channel.trades[fourth.out_trade_no].state == "CLOSED"
    assert services.check_order(fourth).state == S.CLOSED
    assert list(problems()) == []
