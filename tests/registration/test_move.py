"""改约: the old number is kept until the new one stands; whatever fails, the patient never has none."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from business.integration.models import OutboxItem
from business.integration.outcomes import Refused
from business.messaging.models import Message
from business.payments.audit_ledger import problems
from business.payments.models import Incident, Order, Refund
from business.registration import errors, services
from business.registration.handlers import ask_on
from business.registration.models import Appointment, BookingRule, Slot
from business.registration.services.move import move
from tests.factories import PatientFactory, ScheduleFactory, SlotFactory
from tests.payments.fakes import FakeChannel
from tests.registration.fake_his import SILENCE, FakeHis, lost
from tests.registration.test_chain import begin, order_of, pay, work

pytestmark = pytest.mark.django_db
State = Appointment.State


@pytest.fixture
def booked(fake_his: FakeHis, merchant: Any, channel: FakeChannel) -> Appointment:
    """A paid visit of ¥50 tomorrow."""
    channel.refund_state = "SUCCESS"
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)
    row = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="first")
    pay(row, channel)
    work()
    row.refresh_from_db()
    assert row.state == State.BOOKED
    return row


def another(row: Appointment, *, fee_fen: int = 5000, days: int = 1, same_clinic: bool = False) -> Slot:
    old = row.slot.schedule
    if same_clinic:
        return SlotFactory(schedule=old, number=5)
    clinic = ScheduleFactory(department=old.department, date=old.date + timedelta(days=days), fee_fen=fee_fen)
    return SlotFactory(schedule=clinic)


def wish(row: Appointment, slot: Slot, key: str = "move-1") -> Appointment:
    return move(account=row.account, appointment_ref=row.ref, slot_ref=slot.ref, request_key=key)


def events_of(row: Appointment) -> list[str]:
    told = Message.objects.filter(account_ref=row.account.ref, event__startswith="registration.").order_by("pk")
    return list(told.values_list("event", flat=True))


@pytest.mark.req("10.10", "21.7")
@pytest.mark.parametrize("same_clinic", [True, False])
def test_at_the_same_fee_the_number_is_exchanged_and_the_payment_goes_along(
    booked: Appointment, fake_his: FakeHis, same_clinic: bool
) -> None:
    slot = another(booked, same_clinic=same_clinic)

    new = wish(booked, slot)
    assert wish(booked, slot).pk == new.pk, "the same form is the same wish"
    work()

    booked.refresh_from_db()
    new.refresh_from_db()
    assert (new.state, booked.state, booked.reason) == (State.BOOKED, State.CANCELLED, "您已改约")
    assert (new.claimed_slot_id, booked.claimed_slot_id) == (slot.pk, None)
    assert new.patient_claim is not None
    assert fake_his.registrations[new.trade_no]["state"] == "confirmed"
    assert fake_his.registrations[booked.trade_no]["state"] == "cancelled"
    assert order_of(new).state == Order.State.SETTLED
    assert not Refund.objects.exists()
    assert list(problems()) == []
    assert events_of(new)[-1] == "registration.moved"
    assert Slot.objects.get(pk=booked.slot_id).state == Slot.State.OPEN


def test_what_was_moved_can_be_cancelled_and_its_money_goes_back(booked: Appointment, channel: Any) -> None:
    new = wish(booked, another(booked))

    services.cancel(account=new.account, appointment_ref=new.ref)
    work()

    new.refresh_from_db()
    assert (new.state, order_of(new).state) == (State.CANCELLED, Order.State.REFUNDED)
    assert Message.objects.filter(event="registration.refunded", subject=new.ref).exists()


@pytest.mark.req("10.11")
def test_at_another_fee_the_new_is_paid_first_and_the_old_refunded_by_itself(
    booked: Appointment, channel: FakeChannel, fake_his: FakeHis
) -> None:
    new = wish(booked, another(booked, fee_fen=3000))
    booked.refresh_from_db()
    assert (new.state, booked.state) == (State.HELD, State.BOOKED)

    pay(new, channel)
    work()

    booked.refresh_from_db()
    new.refresh_from_db()
    assert (new.state, booked.state) == (State.BOOKED, State.CANCELLED)
    assert [r.amount_fen for r in Refund.objects.all()] == [5000]
    assert order_of(new).state == Order.State.SETTLED
    assert order_of(booked).state == Order.State.REFUNDED
    assert list(problems()) == []


def test_a_hospital_that_cannot_exchange_lets_the_new_be_paid(booked: Appointment, fake_his: FakeHis) -> None:
    fake_his.faults["change"].append(Refused("NOT_SUPPORTED"))
    assert wish(booked, another(booked)).state == State.HELD

    BookingRule.objects.create(his_exchanges=False)
    services.cancel(account=booked.account, appointment_ref=Appointment.objects.latest("pk").ref)
    calls = len(fake_his.calls)
    assert wish(booked, another(booked, days=2), "move-2").state == State.HELD
    assert "change" not in [operation for operation, _no in fake_his.calls[calls:]]


@pytest.mark.parametrize("same_day", [True, False])
def test_a_new_number_never_paid_leaves_the_old_booking_as_it_was(
    booked: Appointment, channel: FakeChannel, same_day: bool
) -> None:
    slot = another(booked, fee_fen=3000, days=0 if same_day else 1)
    new = wish(booked, slot)
    begin(new)

    with time_machine.travel(new.hold_expires_at + timedelta(seconds=1), tick=False):
        services.expire_due()
        work()

    booked.refresh_from_db()
    new.refresh_from_db()
    assert (new.state, booked.state) == (State.EXPIRED, State.BOOKED)
    assert booked.patient_claim is not None
    assert wish(booked, another(booked), "again").state == State.BOOKED


@pytest.mark.parametrize("code", ["SLOT_TAKEN", "SLOT_CLOSED", "SCHEDULE_STOPPED", "ALREADY_CHECKED_IN", "NOT_FOUND"])
def test_a_refused_exchange_leaves_the_old_booking_as_it_was(booked: Appointment, fake_his: FakeHis, code: str) -> None:
    fake_his.faults["change"].append(Refused(code))

    with pytest.raises((errors.BookingFailed, errors.SlotTaken)):
        wish(booked, another(booked))

    booked.refresh_from_db()
    assert (booked.state, fake_his.registrations[booked.trade_no]["state"]) == (State.BOOKED, "confirmed")
    assert Appointment.objects.latest("pk").state == State.FAILED
    assert wish(booked, another(booked, days=3), "again").state == State.BOOKED


def test_a_lost_answer_is_asked_for_again_and_exchanged_once(booked: Appointment, fake_his: FakeHis) -> None:
    fake_his.faults["change"] += [lost(), SILENCE]

    new = wish(booked, another(booked))
    assert new.state == State.LOCKING
    with pytest.raises(errors.CannotCancel, match="正在为您改约"):
        services.cancel(account=booked.account, appointment_ref=booked.ref)
    with time_machine.travel(timezone.now() + timedelta(seconds=5), tick=False):
        ask_on()

    booked.refresh_from_db()
    new.refresh_from_db()
    assert (new.state, booked.state) == (State.BOOKED, State.CANCELLED)


@pytest.mark.parametrize("did_it", [True, False])
def test_a_his_that_stays_silent_is_asked_for_a_promise_before_anything_is_given_up(
    booked: Appointment, fake_his: FakeHis, did_it: bool
) -> None:
    fake_his.faults["change"] += [lost() if did_it else SILENCE, SILENCE]
    new = wish(booked, another(booked))

    with time_machine.travel(new.hold_expires_at + timedelta(seconds=1), tick=False):
        fake_his.faults["unlock"].append(SILENCE)
        ask_on()
        new.refresh_from_db()
        assert new.state == State.LOCKING
    with time_machine.travel(new.hold_expires_at + timedelta(seconds=30), tick=False):
        ask_on()

    booked.refresh_from_db()
    new.refresh_from_db()
    ended = (State.BOOKED, State.CANCELLED) if did_it else (State.FAILED, State.BOOKED)
    assert (new.state, booked.state) == ended


def test_an_old_booking_undone_meanwhile_takes_the_exchanged_one_with_it(
    booked: Appointment, fake_his: FakeHis, channel: Any
) -> None:
    from django.db import transaction

    from business.registration.services.undo import begin_cancel

    fake_his.faults["change"] += [lost(), SILENCE]
    new = wish(booked, another(booked))
    with transaction.atomic():  # the clinic is stopped by staff
        begin_cancel(Appointment.objects.select_for_update().get(pk=booked.pk), actor="x", cause="stop", reason="停诊")
    with time_machine.travel(timezone.now() + timedelta(seconds=5), tick=False):
        ask_on()
    work()

    booked.refresh_from_db()
    new.refresh_from_db()
    assert (new.state, booked.state) == (State.CANCELLED, State.CANCELLED)
    assert [r.amount_fen for r in Refund.objects.all()] == [5000]
    assert list(problems()) == []


def test_a_hospital_that_keeps_the_old_number_calls_staff(
    booked: Appointment, fake_his: FakeHis, channel: FakeChannel
) -> None:
    new = wish(booked, another(booked, fee_fen=3000))
    fake_his.faults["cancel"].append(Refused("ALREADY_CHECKED_IN"))
    pay(new, channel)
    work()

    booked.refresh_from_db()
    assert booked.state == State.BOOKED
    assert Incident.objects.get().kind == "registration.move_kept"


@pytest.mark.req("10.10")
def test_the_hospitals_rules_hold(booked: Appointment) -> None:
    elsewhere = SlotFactory(schedule__date=booked.slot.schedule.date)
    with pytest.raises(errors.CannotMove, match="同一个科室"):
        wish(booked, elsewhere)
    with pytest.raises(errors.CannotMove, match="现在的号"):
        wish(booked, booked.slot)
    with pytest.raises(errors.NotFound):
        move(account=PatientFactory().account, appointment_ref=booked.ref, slot_ref="x", request_key="k")
    with (
        time_machine.travel(booked.slot.starts_at - timedelta(minutes=30), tick=False),
        pytest.raises(errors.CannotMove, match="60 分钟"),
    ):
        wish(booked, another(booked))
    once = wish(booked, another(booked), "1")
    twice = wish(once, another(booked, days=2), "2")
    with pytest.raises(errors.CannotMove, match="已经改约 2 次"):
        wish(twice, another(booked, days=3), "3")


def test_a_second_wish_is_led_to_the_first(booked: Appointment) -> None:
    first = wish(booked, another(booked, fee_fen=3000))
    with pytest.raises(errors.AlreadyBooked) as refusal:
        wish(booked, another(booked, days=2), "second")
    assert (refusal.value.appointment_ref, refusal.value.unpaid) == (first.ref, True)


@pytest.mark.req("16.1")
def test_an_account_makes_only_so_many_bookings(booked: Appointment, fake_his: FakeHis) -> None:
    rule = BookingRule.objects.create(max_active=1)

    def book(key: str) -> Appointment:
        return services.hold(
            account=booked.account, patient_ref=booked.patient.ref, slot_ref=SlotFactory().ref, request_key=key
        )

    with pytest.raises(errors.TooManyBookings, match="最多同时有 1 个"):
        book("a")
    rule.max_active, rule.max_per_day = 0, 2
    rule.save()
    book("b")
    with pytest.raises(errors.TooManyBookings, match="每天最多预约 2 次"):
        book("c")


@pytest.mark.req("10.11")
def test_cancelling_is_limited_by_the_month_and_moving_is_not_cancelling(booked: Appointment, channel: Any) -> None:
    BookingRule.objects.create(cancels_per_month=1)
    moved = wish(booked, another(booked))
    services.cancel(account=moved.account, appointment_ref=moved.ref)
    work()
    again = services.hold(
        account=booked.account, patient_ref=booked.patient.ref, slot_ref=SlotFactory().ref, request_key="again"
    )
    pay(again, channel)
    work()
    with pytest.raises(errors.CannotCancel, match="本月已退号 1 次"):
        services.cancel(account=again.account, appointment_ref=again.ref)
    assert OutboxItem.objects.filter(state="dead").count() == 0
