"""The process dies at any point of the chain: afterwards patient, HIS, channel and ledger agree (F1, F2, F14).

A point is the moment before or after a commit, and before or after a call to the outside. The whole chain is run once
to count its points, then once for each of them with the process ending there; after that a worker starts anew.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from business.integration import his, outbox, sweeper
from business.integration.models import OutboxItem
from business.messaging.models import Message
from business.payments import channels
from business.payments import services as payments
from business.payments.audit_ledger import problems
from business.payments.models import Order, Payment, Refund
from business.registration import services
from business.registration.models import Appointment
from tests.factories import PatientFactory, SlotFactory
from tests.payments.fakes import FakeChannel
from tests.registration.fake_his import FakeHis

pytestmark = pytest.mark.django_db
State = Appointment.State


class Killed(BaseException):
    """The process ends here; no handler of ours may catch it."""


class Points:
    """Counts the points passed and ends the process at one of them."""

    def __init__(self, deadly: int | None) -> None:
        self.deadly = deadly
        self.passed = 0
        self.depth = 0

    def here(self) -> None:
        self.passed += 1
        if self.passed == self.deadly:
            raise Killed

    @contextmanager
    def around_commits(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Put a point before and after each outermost commit."""
        enter, leave = transaction.Atomic.__enter__, transaction.Atomic.__exit__

        def entering(atomic: transaction.Atomic) -> None:
            self.depth += 1
            enter(atomic)

        def leaving(atomic: transaction.Atomic, kind: Any, error: Any, trace: Any) -> None:
            self.depth -= 1
            if self.depth or kind is not None:
                return leave(atomic, kind, error, trace)
            try:
                self.here()
            except Killed as death:
                leave(atomic, Killed, death, death.__traceback__)
                raise
            leave(atomic, None, None, None)
            self.here()
            return None

        with monkeypatch.context() as patch:
            patch.setattr(transaction.Atomic, "__enter__", entering)
            patch.setattr(transaction.Atomic, "__exit__", leaving)
            yield


class Fragile:
    """An outside system, with a point before and after each call."""

    def __init__(self, system: Any, points: Points) -> None:
        self._system, self._points = system, points

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._system, name)
        if not callable(part) or name == "ticket":
            return part

        def call(*args: Any, **kwargs: Any) -> Any:
            self._points.here()
            try:
                return part(*args, **kwargs)
            finally:
                self._points.here()

        return call


@pytest.fixture
def world(fake_his: FakeHis, channel: FakeChannel, merchant: Any, monkeypatch: pytest.MonkeyPatch) -> "World":
    channel.refund_state = "SUCCESS"
    delivered = outbox.Handler(lambda payload: None, 1)  # WeChat's messages have tests of their own
    monkeypatch.setitem(outbox._handlers, "messaging.deliver", delivered)
    return World(fake_his, channel, monkeypatch)


class World:
    """A patient, a slot, and the outside systems, which live on when our process dies."""

    def __init__(self, fake_his: FakeHis, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.his, self.channel, self.monkeypatch = fake_his, channel, monkeypatch
        self.patient, self.slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)

    def appointment(self) -> Appointment | None:
        return Appointment.objects.filter(slot=self.slot).first()

    def run(self, chain: "Callable[[World], None]", deadly: int | None) -> int:
        """Run a chain until it ends or the process does; return the points passed."""
        points = Points(deadly)
        with points.around_commits(self.monkeypatch), self.monkeypatch.context() as patch:
            patch.setattr(his, "client", lambda: Fragile(self.his, points))
            patch.setitem(channels._factories, "wechatpay", lambda mchid: Fragile(self.channel, points))
            try:
                chain(self)
            except Killed:
                assert deadly is not None
        return points.passed

    def recover(self) -> None:
        """A worker starts anew and has an hour; the channel repeats what it was not thanked for."""
        start = timezone.now()
        for minute in (0, 3, 6, 10, 17, 20, 25, 40, 60):
            with time_machine.travel(start + timedelta(minutes=minute), tick=False):
                for sweep in sweeper._sweeps.values():
                    if sweep.function.__name__ != "synchronise":
                        sweep.function()
                for _ in range(6):
                    OutboxItem.objects.filter(state="pending").update(due_at=timezone.now())
                    outbox.run_due()

    def check(self) -> None:
        """Everybody tells the same story, and it has ended."""
        assert list(problems()) == []
        assert not OutboxItem.objects.exclude(state="done").exists()
        row = self.appointment()
        if row is None:
            assert not self.his.registrations
            return
        order = Order.objects.filter(subject_ref=row.ref).first()
        there = self.his.registrations.get(row.trade_no, {"state": "nothing"})["state"]
        trade = self.channel.trades.get(order.out_trade_no) if order else None
        refunded = sum(r.amount_fen for r in self.channel.refunds.values() if r.state == "SUCCESS")
        paid = 5000 if trade is not None and trade.transaction_id else 0
        assert row.state in {State.BOOKED, State.EXPIRED, State.FAILED, State.CANCELLED}
        if row.state == State.BOOKED:
            assert (there, paid, refunded, order.state) == ("confirmed", 5000, 0, Order.State.SETTLED)
        else:
            assert there in {"nothing", "unlocked", "cancelled"}
            assert (row.claimed_slot_id, row.patient_claim) == (None, None)
            assert paid == refunded
        assert Payment.objects.count() == (1 if paid else 0)
        assert Refund.objects.count() == (1 if refunded else 0)
        booked = Message.objects.filter(event="registration.booked").count()
        assert booked == row.events.filter(to_state=State.BOOKED, from_state=State.CONFIRMING).count()


def book(world: World) -> None:
    """The patient books; opens the cashier; pays; the channel tells us; the worker works."""
    appointment = services.hold(
        account=world.patient.account, patient_ref=world.patient.ref, slot_ref=world.slot.ref, request_key="form"
    )
    order = Order.objects.get(subject_ref=appointment.ref)
    payments.begin_payment(order_ref=order.ref, account=world.patient.account, client_ip="203.0.113.9")
    fact = world.channel.pay(order.out_trade_no)
    payments.post_payment(fact, Payment.LearnedBy.CALLBACK)
    outbox.run_due()


def book_and_cancel(world: World) -> None:
    """As above, then the patient cancels and is refunded."""
    book(world)
    appointment = world.appointment()
    assert appointment is not None
    services.cancel(account=world.patient.account, appointment_ref=appointment.ref)
    outbox.run_due()
    outbox.run_due()


def let_expire(world: World) -> None:
    """The patient opens the cashier and never pays."""
    appointment = services.hold(
        account=world.patient.account, patient_ref=world.patient.ref, slot_ref=world.slot.ref, request_key="form"
    )
    order = Order.objects.get(subject_ref=appointment.ref)
    payments.begin_payment(order_ref=order.ref, account=world.patient.account, client_ip="203.0.113.9")
    with time_machine.travel(appointment.hold_expires_at + timedelta(seconds=1), tick=False):
        services.expire_due()
        outbox.run_due()


def book_and_be_refused(world: World) -> None:
    """HIS loses the lock while the patient pays: the money goes back."""
    appointment = services.hold(
        account=world.patient.account, patient_ref=world.patient.ref, slot_ref=world.slot.ref, request_key="form"
    )
    world.his.registrations[appointment.trade_no]["state"] = "unlocked"
    order = Order.objects.get(subject_ref=appointment.ref)
    payments.begin_payment(order_ref=order.ref, account=world.patient.account, client_ip="203.0.113.9")
    payments.post_payment(world.channel.pay(order.out_trade_no), Payment.LearnedBy.CALLBACK)
    outbox.run_due()
    outbox.run_due()


CHAINS = (book, book_and_cancel, let_expire, book_and_be_refused)


@pytest.mark.req("17.2", "38.1", "G5.2", "G5.4")
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.__name__)
def test_wherever_the_process_dies_all_sides_agree_in_the_end(chain: Callable[[World], None], world: World) -> None:
    before = transaction.savepoint()
    points = world.run(chain, None)
    world.recover()
    world.check()
    assert points >= 16, "the chain has commits and calls to die at"
    transaction.savepoint_rollback(before)

    for deadly in range(1, points + 1):
        before = transaction.savepoint()
        world.his.registrations.clear()
        world.channel.trades.clear()
        world.channel.refunds.clear()
        world.run(chain, deadly)
        world.recover()
        try:
            world.check()
        except AssertionError as difference:
            raise AssertionError(f"died at point {deadly} of {points}: {difference}") from difference
        transaction.savepoint_rollback(before)
