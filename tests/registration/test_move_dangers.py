"""改约 when the process dies at any point, and when everybody does everything at once."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from business.integration import outbox
from business.integration.models import OutboxItem
from business.payments import services as payments
from business.payments.audit_ledger import problems
from business.payments.models import Order, Payment
from business.registration import services
from business.registration.models import Appointment
from business.registration.services.move import move
from tests.factories import PatientFactory, ScheduleFactory, SlotFactory
from tests.payments.fakes import FakeChannel
from tests.registration.fake_his import FakeHis
from tests.registration.test_crashes import World, book
from tests.registration.test_races import at_once

State = Appointment.State


class Moving(World):
    """A booked patient with another number in sight."""

    def __init__(self, fake_his: FakeHis, channel: FakeChannel, monkeypatch: Any, fee_fen: int) -> None:
        super().__init__(fake_his, channel, monkeypatch)
        old = self.slot.schedule
        clinic = ScheduleFactory(department=old.department, date=old.date, fee_fen=fee_fen, session="afternoon")
        self.target = SlotFactory(schedule=clinic, number=30)

    def check(self) -> None:
        """The patient has exactly one number, HIS has the same, and the money is what that number costs."""
        assert list(problems()) == []
        assert not OutboxItem.objects.exclude(state="done").exists()
        rows = list(Appointment.objects.order_by("pk"))
        standing = [row for row in rows if row.state == State.BOOKED]
        assert all(row.state in {State.BOOKED, State.CANCELLED, State.EXPIRED, State.FAILED} for row in rows)
        assert len(standing) == 1, "never without a number once one was booked, never two"
        confirmed = [no for no, r in self.his.registrations.items() if r["state"] == "confirmed"]
        assert confirmed == [standing[0].trade_no]
        assert standing[0].patient_claim is not None
        assert standing[0].claimed_slot_id == standing[0].slot_id
        assert all(row.claimed_slot_id is None and row.replaces_claim is None for row in rows if row not in standing)
        amounts = dict(Order.objects.values_list("out_trade_no", "amount_fen"))
        paid = sum(amounts[no] for no, trade in self.channel.trades.items() if trade.transaction_id)
        refunded = sum(r.amount_fen for r in self.channel.refunds.values() if r.state == "SUCCESS")
        assert paid - refunded == standing[0].fee_fen
        order = Order.objects.filter(subject_ref=standing[0].ref).get()
        assert order.state == Order.State.SETTLED


def wish(world: Moving) -> Appointment:
    old = Appointment.objects.get(slot=world.slot)
    return move(account=world.patient.account, appointment_ref=old.ref, slot_ref=world.target.ref, request_key="wish")


def exchange(world: Moving) -> None:
    """At the same fee."""
    wish(world)
    outbox.run_due()


def pay_and_move(world: Moving) -> None:
    """At another fee: the new number is paid, the old one refunded."""
    new = wish(world)
    order = Order.objects.get(subject_ref=new.ref)
    payments.begin_payment(order_ref=order.ref, account=world.patient.account, client_ip="203.0.113.9")
    payments.post_payment(world.channel.pay(order.out_trade_no), Payment.LearnedBy.CALLBACK)
    for _round in range(4):
        outbox.run_due()


@pytest.mark.django_db
@pytest.mark.req("10.10", "G5.2", "G5.4")
@pytest.mark.parametrize(("chain", "fee_fen"), [(exchange, 5000), (pay_and_move, 3000)])
def test_wherever_the_process_dies_there_is_one_number_and_the_money_fits_it(
    chain: Any, fee_fen: int, fake_his: FakeHis, channel: FakeChannel, merchant: Any, monkeypatch: Any
) -> None:
    channel.refund_state = "SUCCESS"
    monkeypatch.setitem(outbox._handlers, "messaging.deliver", outbox.Handler(lambda payload: None, 1))
    world = Moving(fake_his, channel, monkeypatch, fee_fen)
    book(world)
    world.recover()
    registrations = {no: dict(row) for no, row in fake_his.registrations.items()}
    trades, refunds = dict(channel.trades), dict(channel.refunds)
    before = transaction.savepoint()
    points = world.run(chain, None)
    world.recover()
    world.check()
    assert Appointment.objects.get(state=State.BOOKED).slot_id == world.target.pk
    assert points >= 6
    transaction.savepoint_rollback(before)

    for deadly in range(1, points + 1):
        before = transaction.savepoint()
        fake_his.registrations.clear()
        fake_his.registrations.update({no: dict(row) for no, row in registrations.items()})
        channel.trades.clear()
        channel.trades.update(trades)
        channel.refunds.clear()
        channel.refunds.update(refunds)
        world.run(chain, deadly)
        world.recover()
        try:
            world.check()
        except AssertionError as difference:
            raise AssertionError(f"died at point {deadly} of {points}: {difference}") from difference
        transaction.savepoint_rollback(before)


def booked(channel: FakeChannel, schedule: Any, number: int) -> Appointment:
    patient, slot = PatientFactory(), SlotFactory(schedule=schedule, number=number)
    row = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="first")
    order = Order.objects.get(subject_ref=row.ref)
    payments.begin_payment(order_ref=order.ref, account=row.account, client_ip="203.0.113.9")
    payments.post_payment(channel.pay(order.out_trade_no), Payment.LearnedBy.CALLBACK)
    settle()
    row.refresh_from_db()
    assert row.state == State.BOOKED
    return row


def settle() -> None:
    for _round in range(8):
        OutboxItem.objects.filter(state="pending").exclude(topic="messaging.deliver").update(due_at=timezone.now())
        for pk in (
            OutboxItem.objects.filter(state="pending").exclude(topic="messaging.deliver").values_list("pk", flat=True)
        ):
            outbox.run(pk)


def wishing(row: Appointment, slot: Any, key: str) -> Any:
    return lambda: move(account=row.account, appointment_ref=row.ref, slot_ref=slot.ref, request_key=key)


@pytest.mark.django_db(transaction=True)
@pytest.mark.three_databases
@pytest.mark.req("10.10", "16.1")
def test_many_wishes_and_a_cancellation_at_once_leave_one_number_or_none(
    fake_his: FakeHis, channel: FakeChannel, merchant: Any
) -> None:
    channel.refund_state = "SUCCESS"
    clinic = ScheduleFactory(fee_fen=5000)
    row = booked(channel, clinic, 1)
    targets = [SlotFactory(schedule=clinic, number=n) for n in range(2, 7)]

    at_once(
        [
            *[wishing(row, slot, f"wish-{slot.pk}") for slot in targets],
            lambda: services.cancel(account=row.account, appointment_ref=row.ref),
        ]
    )
    settle()

    standing = Appointment.objects.filter(state=State.BOOKED)
    confirmed = sorted(no for no, r in fake_his.registrations.items() if r["state"] == "confirmed")
    assert sorted(standing.values_list("trade_no", flat=True)) == confirmed
    assert len(confirmed) <= 1
    assert not Appointment.objects.filter(state__in=[State.LOCKING, State.CANCELLING]).exists()
    refunded = sum(r.amount_fen for r in channel.refunds.values())
    assert refunded == (0 if confirmed else 5000)
    assert list(problems()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.three_databases
def test_many_patients_moving_to_the_same_number_leave_everybody_with_one(
    fake_his: FakeHis, channel: FakeChannel, merchant: Any
) -> None:
    clinic = ScheduleFactory(fee_fen=5000)
    many = 4 if connection.vendor == "sqlite" else 8
    rows = [booked(channel, clinic, n) for n in range(1, many + 1)]
    target = SlotFactory(schedule=clinic, number=99)

    at_once([wishing(row, target, "wish") for row in rows])
    settle()

    standing = Appointment.objects.filter(state=State.BOOKED)
    assert standing.count() == many
    assert standing.filter(slot=target).count() == 1
    assert standing.values("patient").distinct().count() == many
    assert list(problems()) == []
