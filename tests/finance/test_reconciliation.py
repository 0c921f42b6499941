"""Channel, ledger and HIS compared: every line is matched or has a difference with a reason and a way out."""

import tracemalloc
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from business.finance import decisions, matching, sources
from business.finance.errors import NotDecidable, SamePerson
from business.finance.handlers import begin_the_day
from business.finance.models import Batch, Bill, BillEntry, Decision, Difference, FinanceRule
from business.finance.reconcile import reconcile
from business.integration import outbox
from business.integration.models import OutboxItem
from business.integration.outcomes import Unknown
from business.patients.models import Account
from business.payments import services
from business.payments.audit_ledger import problems
from business.payments.channels.port import BillLine, BillTotals
from business.payments.models import Attempt, Order, Payment, Refund
from tests.finance.conftest import YESTERDAY, World
from tests.payments.fakes import FakeBill, FakeChannel, FakeKind

pytestmark = pytest.mark.django_db
K = Difference.Kind
S = Difference.State
Way = Decision.Way


@pytest.fixture
def paid(pay: Callable[..., Payment], world: World) -> Payment:
    """A settled order that all three sides know."""
    payment = pay()
    world.everybody_knows(payment)
    return payment


@pytest.mark.req("46.22", "G5.4")
def test_what_all_three_tell_alike_is_matched_with_equal_totals(
    world: World, pay: Callable[..., Payment], channel: FakeChannel
) -> None:
    payments = [pay(amount_fen=fen) for fen in (5000, 1200, 300)]
    for payment in payments:
        world.everybody_knows(payment)
    channel.refund_state = "SUCCESS"
    with transaction.atomic():
        refund = services.request_refund(order=payments[0].order, reason="退号", key="cancel:1", actor="test")
    outbox.run_due()
    channel.bill.append(world.refund_line(refund))
    world.his.days[world.day].append(world.trade(payments[0], "refund", reference="cancel:1"))

    batch = world.run()

    assert (batch.state, batch.matched, batch.differing) == ("done", 4, 0)
    assert batch.channel_paid_fen == batch.ledger_paid_fen == batch.his_paid_fen == 6500
    assert batch.channel_refunded_fen == batch.ledger_refunded_fen == batch.his_refunded_fen == 5000
    assert (batch.channel_count, batch.ledger_count, batch.his_count) == (4, 4, 4)


def make_channel_only(world: World, payment: Payment) -> None:
    stranger = world.pay_line(payment, transaction_id="4200stranger", out_trade_no="somebody-elses")
    world.channel.bill.append(stranger)


def make_ledger_only(world: World, payment: Payment) -> None:
    world.channel.bill.clear()


def make_his_only(world: World, payment: Payment) -> None:
    world.his.days[world.day].append(world.trade(payment, reference="4200nobody"))


def make_his_missing(world: World, payment: Payment) -> None:
    world.his.days.clear()


def make_amount(world: World, payment: Payment) -> None:
    world.channel.bill[0] = world.pay_line(payment, amount_fen=payment.amount_fen + 1)


def make_his_amount(world: World, payment: Payment) -> None:
    world.his.days[world.day] = [world.trade(payment, amount_fen=1)]


def make_state(world: World, payment: Payment) -> None:
    Order.objects.filter(pk=payment.order_id).update(settled_at=None, state="paid")


@pytest.mark.req("46.23")
@pytest.mark.parametrize(
    ("twist", "expected", "stakes"),
    [
        (make_channel_only, K.CHANNEL_ONLY, (5000, None, None)),
        (make_ledger_only, K.LEDGER_ONLY, (None, 5000, None)),
        (make_his_only, K.HIS_ONLY, (None, None, 5000)),
        (make_his_missing, K.HIS_MISSING, (5000, 5000, None)),
        (make_amount, K.AMOUNT, (5001, 5000, 5000)),
        (make_his_amount, K.AMOUNT, (5000, 5000, 1)),
        (make_state, K.STATE, (5000, 5000, 5000)),
    ],
)
def test_each_kind_of_difference_is_named_with_its_three_amounts(
    world: World, paid: Payment, twist: Callable[[World, Payment], None], expected: str, stakes: tuple[int | None, ...]
) -> None:
    assert world.run().differing == 0
    twist(world, paid)

    batch = world.run()

    found = world.only()
    assert (found.kind, (found.channel_fen, found.ledger_fen, found.his_fen)) == (expected, stakes)
    assert found.reason
    assert batch.differing == 1


def test_a_trade_that_his_booked_after_midnight_is_explained_by_itself(
    world: World, pay: Callable[..., Payment]
) -> None:
    world.day -= YESTERDAY
    payment = pay()
    Payment.objects.filter(pk=payment.pk).update(success_at=timezone.now() - YESTERDAY)
    world.channel.bill.append(world.pay_line(payment))
    world.his.days[world.day + YESTERDAY] = [world.trade(payment)]

    batch = world.run()

    found = Difference.objects.get()
    assert (found.kind, found.state, batch.differing) == (K.CROSS_DAY, S.CLOSED, 0)


@pytest.mark.parametrize(
    ("ours", "theirs", "differs"),
    [("processing", "SUCCESS", True), ("processing", "PROCESSING", False), ("abnormal", "CHANGE", True)],
)
def test_a_refund_is_compared_by_its_state_too(
    world: World, paid: Payment, kind: FakeKind, ours: str, theirs: str, differs: bool
) -> None:
    with transaction.atomic():
        refund = services.request_refund(order=paid.order, reason="退号", key="k", actor="test")
    Refund.objects.filter(pk=refund.pk).update(state=ours)
    world.channel.bill.append(world.refund_line(refund, state=theirs))

    world.run()

    assert Difference.objects.filter(kind=K.STATE).exists() == differs


@pytest.mark.req("46.22")
def test_a_run_can_be_repeated_and_closes_what_agrees_now(world: World, paid: Payment) -> None:
    make_his_missing(world, paid)
    first = world.run()
    again = world.run()
    assert (first.pk, Difference.objects.count(), again.runs) == (again.pk, 1, 2)

    world.his.days[world.day] = [world.trade(paid)]
    world.run()

    assert Difference.objects.get().state == S.CLOSED
    make_his_missing(world, paid)
    world.run()
    assert Difference.objects.get().state == S.OPEN


# --- ways out --------------------------------------------------------------------------------------------------------
def decide(difference: Difference, way: str, by: User, reason: str = "已与科室核实") -> Decision:
    with transaction.atomic():
        found = Difference.objects.select_for_update().get(pk=difference.pk)
        return decisions.propose(found, way=way, reason=reason, by=by)


@pytest.mark.req("38.1", "46.23")
def test_money_nobody_told_us_of_is_posted_after_asking_the_channel(
    world: World, order: Order, begin: Callable[[Order], Any], channel: FakeChannel, kind: FakeKind, clerk: User
) -> None:
    begin(order)
    services.close_order(order_ref=order.ref, reason="超时", actor="test")
    fact = channel.pay(order.out_trade_no, force=True)
    line = BillLine("pay", order.out_trade_no, fact.transaction_id, "", 5000, 0, timezone.now(), "SUCCESS", "")
    channel.bill.append(line)
    channel.refund_state = "SUCCESS"
    world.run()
    found = world.only()
    assert (found.kind, found.order) == (K.CHANNEL_ONLY, order)

    decide(found, Way.SETTLE, clerk)
    for _ in range(4):
        outbox.run_due()

    order.refresh_from_db()
    assert order.state == Order.State.REFUNDED  # it was closed: late money goes back
    assert "已退款" in Decision.objects.get().outcome or "退款中" in Decision.objects.get().outcome
    channel.bill.append(world.refund_line(Refund.objects.get()))
    assert world.run().differing == 0
    assert list(problems()) == []


@pytest.mark.req("38.1")
def test_above_the_limit_money_goes_back_only_with_four_eyes(
    world: World, paid: Payment, channel: FakeChannel, clerk: User, chief: User
) -> None:
    FinanceRule.objects.create(four_eyes_fen=4999)
    make_his_missing(world, paid)
    channel.refund_state = "SUCCESS"
    world.run()

    decision = decide(world.only(), Way.REFUND, clerk)
    assert decision.state == Decision.State.WAITING
    outbox.run_due()
    assert Refund.objects.count() == 0
    with transaction.atomic(), pytest.raises(SamePerson):
        decisions.approve(decision, by=clerk, note="")
    with transaction.atomic():
        decisions.approve(decision, by=chief, note="同意")
    for _ in range(4):
        outbox.run_due()

    assert Refund.objects.get().state == "succeeded"
    channel.bill.append(world.refund_line(Refund.objects.get()))
    world.his.days[world.day] = [
        world.trade(paid),
        world.trade(paid, "refund", reference=Refund.objects.get().out_refund_no),
    ]
    assert world.run().differing == 0


@pytest.mark.req("38.1")
def test_below_the_limit_one_person_is_enough(world: World, paid: Payment, channel: FakeChannel, clerk: User) -> None:
    make_his_missing(world, paid)
    channel.refund_state = "SUCCESS"
    world.run()

    decide(world.only(), Way.REFUND, clerk)
    for _ in range(4):
        outbox.run_due()

    assert Refund.objects.get().state == "succeeded"


def test_a_write_off_always_needs_another_person_and_stays_explained(
    world: World, paid: Payment, clerk: User, chief: User
) -> None:
    make_channel_only(world, paid)
    world.run()

    decision = decide(world.only(), Way.WRITE_OFF, clerk, "自助机订单，共用商户号")
    assert world.run().differing == 1
    with transaction.atomic():
        decisions.approve(Decision.objects.get(pk=decision.pk), by=chief, note="属实")
    world.run()

    assert Difference.objects.get().state == S.WRITTEN_OFF
    with pytest.raises(NotDecidable):
        decide(Difference.objects.get(), Way.WRITE_OFF, clerk)


def test_a_rejected_proposal_opens_the_difference_again(world: World, paid: Payment, clerk: User, chief: User) -> None:
    make_channel_only(world, paid)
    world.run()
    decision = decide(world.only(), Way.WRITE_OFF, clerk)

    with transaction.atomic():
        decisions.reject(decision, by=chief, note="请先查自助机流水")

    assert world.only().state == S.OPEN


# --- bills, days, several programs ------------------------------------------------------------------------------------
def test_a_bill_is_kept_with_its_hash_and_fetched_anew_when_its_file_was_changed(world: World, paid: Payment) -> None:
    reconcile(world.merchant, world.day)
    reconcile(world.merchant, world.day)
    assert world.channel.calls.count("trade_bill") == 1

    (sources.folder() / Bill.objects.get().path).write_text("tampered")
    reconcile(world.merchant, world.day)

    assert world.channel.calls.count("trade_bill") == 2
    assert BillEntry.objects.count() == 1


def test_a_bill_that_does_not_sum_to_itself_is_not_believed(
    world: World, paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeBill, "totals", BillTotals(count=2, paid_fen=5000))

    with pytest.raises(Unknown):
        world.run()

    assert Batch.objects.get().state == Batch.State.FAILED
    assert BillEntry.objects.count() == 0


def test_a_day_is_begun_by_itself_and_waits_for_a_bill_that_is_not_there_yet(
    world: World, paid: Payment, channel: FakeChannel
) -> None:
    FinanceRule.objects.create(bill_hour=0)
    Order.objects.update(created_at=timezone.now() - 5 * YESTERDAY)
    assert begin_the_day() == 3
    channel.refuse = {"trade_bill": "STATEMENT_CREATING"}

    outbox.run_due()

    item = OutboxItem.objects.filter(topic="finance.reconcile").first()
    assert item is not None
    assert item.state == OutboxItem.State.PENDING
    assert Batch.objects.first().state == Batch.State.FAILED  # type: ignore[union-attr]
    channel.refuse = {}
    OutboxItem.objects.update(due_at=timezone.now())
    outbox.run_due()
    assert set(Batch.objects.values_list("state", flat=True)) == {Batch.State.DONE}
    assert begin_the_day() == 0


def test_one_program_at_a_time_compares_a_day_and_a_dead_one_is_taken_over(world: World, paid: Payment) -> None:
    now = timezone.now()
    Batch.objects.create(
        merchant=world.merchant, day=world.day, started_at=now, leased_until=now + timedelta(minutes=5)
    )
    assert reconcile(world.merchant, world.day) is None

    Batch.objects.update(leased_until=now - timedelta(seconds=1))

    assert world.run().state == Batch.State.DONE


def many(world: World, rows: int, day: date) -> None:
    """Write settled orders with their payments of one day, and the bill that tells of them."""
    at = timezone.make_aware(datetime.combine(day, time(12)))
    first = Order.objects.count()
    numbers = [f"mass{first + n:08d}" for n in range(rows)]
    account = Account.objects.first()
    orders = Order.objects.bulk_create(
        Order(
            out_trade_no=number, kind="test", subject_ref=number, account=account, merchant=world.merchant,
            amount_fen=5000, description="x", state="settled", expires_at=at, paid_at=at, settled_at=at,
        )
        for number in numbers
    )  # fmt: skip
    attempts = Attempt.objects.bulk_create(
        Attempt(number=order.out_trade_no, order=order, merchant=world.merchant, state="paid", pay_until=at)
        for order in Order.objects.filter(out_trade_no__in=[order.out_trade_no for order in orders])
    )
    Payment.objects.bulk_create(
        Payment(
            order=attempt.order, pays=attempt.order, attempt=attempt, merchant=world.merchant, amount_fen=5000,
            transaction_id=f"T{attempt.number}", success_at=at, learned_by="query",
        )
        for attempt in Attempt.objects.filter(number__in=[attempt.number for attempt in attempts])
    )  # fmt: skip
    world.channel.bill = [
        BillLine("pay", number, f"T{number}", "", 5000, 30, at, "SUCCESS", world.merchant.mchid) for number in numbers
    ]


@pytest.mark.req("46.22")
def test_memory_does_not_grow_with_the_bill(
    world: World, account: Account, kind: FakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind.in_his = False
    monkeypatch.setattr(matching, "LINES", 50)
    monkeypatch.setattr(sources, "CHUNK", 50)
    peaks = []
    for rows in (50, 150, 1500):
        world.day -= YESTERDAY
        many(world, rows, world.day)
        tracemalloc.start()
        batch = world.run()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (batch.matched, batch.differing) == (rows, 0)

    assert peaks[2] < peaks[1] * 1.5, peaks
