"""Pay, confirm, reverse, release, cancel: every end is a state that patient, HIS and ledger agree on (I2, I3, I6)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from business.integration import outbox
from business.integration.models import OutboxItem
from business.integration.outcomes import Refused
from business.messaging.models import Message
from business.payments import services as payments
from business.payments.audit_ledger import problems
from business.payments.errors import OrderOver
from business.payments.models import LedgerLine, Order, Payment, Refund
from business.registration import errors, services
from business.registration.models import Appointment, Schedule, Slot
from tests.factories import PatientFactory, SlotFactory
from tests.payments.fakes import FakeChannel
from tests.registration.fake_his import SILENCE, FakeHis, lost

pytestmark = pytest.mark.django_db
State = Appointment.State


@pytest.fixture
def held(fake_his: FakeHis, merchant, channel: FakeChannel) -> Appointment:
    """Return an appointment that waits for payment."""
    channel.refund_state = "SUCCESS"
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)
    return services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="form-1")


def order_of(appointment: Appointment) -> Order:
    return Order.objects.get(subject_ref=appointment.ref)


def begin(appointment: Appointment) -> Order:
    order = order_of(appointment)
    payments.begin_payment(order_ref=order.ref, account=appointment.account, client_ip="203.0.113.9")
    return order


def pay(appointment: Appointment, channel: FakeChannel) -> Order:
    """The patient pays and the channel tells us; nothing of what follows has been done yet."""
    order = begin(appointment)
    payments.post_payment(channel.pay(order.out_trade_no), Payment.LearnedBy.CALLBACK)
    return order


def work() -> None:
    """Let the worker do all there is, as if time passed between its tries."""
    for _ in range(12):
        OutboxItem.objects.filter(state="pending").update(due_at=timezone.now())
        if not outbox.run_due():
            return


def told(appointment: Appointment) -> list[str]:
    return list(
        Message.objects.filter(account_ref=appointment.account.ref, event__startswith="registration.")
        .order_by("pk")
        .values_list("event", flat=True)
    )


def ledger_is_clean() -> bool:
    entries: dict[int, int] = {}
    for entry, amount in LedgerLine.objects.values_list("entry_id", "amount_fen"):
        entries[entry] = entries.get(entry, 0) + amount
    return all(total == 0 for total in entries.values())


def balance(account: str) -> int:
    return sum(LedgerLine.objects.filter(account__startswith=account).values_list("amount_fen", flat=True))


@pytest.mark.req("1.2", "14.1", "21.7", "G5.4")
def test_a_paid_hold_is_confirmed_in_his_booked_here_and_told(held, channel, fake_his) -> None:
    pay(held, channel)

    work()

    held.refresh_from_db()
    assert held.state == State.BOOKED
    assert held.his_order_no == f"H{held.trade_no}"
    assert fake_his.registrations[held.trade_no]["state"] == "confirmed"
    assert order_of(held).state == Order.State.SETTLED
    assert told(held) == ["registration.paid", "registration.booked"]
    assert (balance("revenue:registration"), balance("suspense"), ledger_is_clean()) == (-5000, 0, True)


@pytest.mark.req("17.2", "38.1")
@pytest.mark.parametrize("code", ["LOCK_EXPIRED", "AMOUNT_MISMATCH", "SCHEDULE_STOPPED"])
def test_a_definite_no_after_payment_is_reversed_in_full_and_told(held, channel, fake_his, code: str) -> None:
    fake_his.faults["confirm"].append(Refused(code))
    pay(held, channel)

    work()

    held.refresh_from_db()
    refund = Refund.objects.get()
    assert (held.state, held.claimed_slot_id, held.patient_claim) == (State.FAILED, None, None)
    assert (refund.amount_fen, refund.state, refund.is_reversal) == (5000, Refund.State.SUCCEEDED, True)
    assert order_of(held).state == Order.State.REFUNDED
    assert told(held)[1:] == ["registration.failed_refunding", "registration.refunded"]
    assert (balance("channel:"), balance("suspense"), balance("refunds_payable"), ledger_is_clean()) == (0, 0, 0, True)


def test_a_lost_confirmation_is_asked_about_and_never_refunded(held, channel, fake_his) -> None:
    fake_his.faults["confirm"].append(lost())
    pay(held, channel)

    work()

    held.refresh_from_db()
    assert held.state == State.BOOKED
    assert not Refund.objects.exists()


def test_a_silent_his_is_neither_guessed_nor_refunded_and_asked_until_it_answers(held, channel, fake_his) -> None:
    fake_his.faults["confirm"].append(SILENCE)
    fake_his.faults["query"].append(SILENCE)
    pay(held, channel)

    outbox.run_due()
    held.refresh_from_db()
    assert (held.state, Refund.objects.count(), told(held)) == (State.CONFIRMING, 0, ["registration.paid"])

    work()
    held.refresh_from_db()
    assert held.state == State.BOOKED


def test_a_refusal_that_contradicts_what_his_has_is_not_believed(held, channel, fake_his) -> None:
    fake_his.faults["confirm"].append(lost())
    fake_his.faults["query"].append(SILENCE)
    fake_his.faults["confirm"].append(Refused("LOCK_EXPIRED"))
    pay(held, channel)

    work()

    held.refresh_from_db()
    assert (held.state, Refund.objects.count()) == (State.BOOKED, 0)


def test_telling_the_payment_twice_books_and_tells_once(held, channel, fake_his) -> None:
    order = pay(held, channel)
    payments.post_payment(channel.fact(order.out_trade_no), Payment.LearnedBy.QUERY)
    work()
    payments.post_payment(channel.fact(order.out_trade_no), Payment.LearnedBy.CALLBACK)
    work()

    assert (Payment.objects.count(), told(held)[1:], balance("channel:")) == (1, ["registration.booked"], 5000)


@pytest.mark.req("16.1")
def test_an_unpaid_hold_expires_the_channel_first_and_the_slot_is_free_again(held, channel, fake_his) -> None:
    order = begin(held)

    with time_machine.travel(held.hold_expires_at + timedelta(seconds=1), tick=False):
        services.expire_due()
        work()

    held.refresh_from_db()
    assert (held.state, held.claimed_slot_id) == (State.EXPIRED, None)
    assert channel.trades[order.out_trade_no].state == "CLOSED"
    assert fake_his.registrations[held.trade_no]["state"] == "unlocked"
    assert order_of(held).state == Order.State.CLOSED
    assert told(held) == ["registration.expired"]
    other = PatientFactory()
    again = services.hold(account=other.account, patient_ref=other.ref, slot_ref=held.slot.ref, request_key="form-2")
    assert again.state == State.HELD


def test_while_the_channel_does_not_answer_the_slot_is_not_given_away(held, channel, fake_his) -> None:
    begin(held)
    channel.fail = ["close", "query"]

    with time_machine.travel(held.hold_expires_at + timedelta(seconds=1), tick=False):
        services.expire_due()
        held.refresh_from_db()
        assert (held.state, held.claimed_slot_id) == (State.RELEASING, held.slot_id)

    with time_machine.travel(held.hold_expires_at + timedelta(minutes=1), tick=False):
        services.expire_due()

    held.refresh_from_db()
    assert held.state == State.EXPIRED


def test_money_found_while_closing_is_kept_and_the_booking_confirmed(held, channel, fake_his) -> None:
    order = begin(held)
    channel.pay(order.out_trade_no)

    with time_machine.travel(held.hold_expires_at + timedelta(seconds=1), tick=False):
        services.expire_due()
        work()

    held.refresh_from_db()
    assert (held.state, order_of(held).state) == (State.BOOKED, Order.State.SETTLED)


def test_money_found_while_the_patient_cancels_goes_back(held, channel, fake_his) -> None:
    order = begin(held)
    channel.pay(order.out_trade_no)

    services.cancel(account=held.account, appointment_ref=held.ref)
    work()

    held.refresh_from_db()
    assert (held.state, order_of(held).state) == (State.CANCELLED, Order.State.REFUNDED)
    assert (balance("channel:"), ledger_is_clean()) == (0, True)


def test_money_that_comes_after_the_end_goes_back_and_takes_no_slot(held, channel, fake_his) -> None:
    order = begin(held)
    late = channel.pay(order.out_trade_no)
    channel.trades[order.out_trade_no].state = "NOTPAY"
    with time_machine.travel(held.hold_expires_at + timedelta(seconds=1), tick=False):
        services.expire_due()
        payments.post_payment(late, Payment.LearnedBy.CALLBACK)
        work()

    held.refresh_from_db()
    assert (held.state, held.claimed_slot_id) == (State.EXPIRED, None)
    assert (order_of(held).state, balance("channel:"), ledger_is_clean()) == (Order.State.REFUNDED, 0, True)


@pytest.mark.req("10.10", "10.11")
def test_a_booked_visit_is_cancelled_in_his_refunded_told_and_free_again(held, channel, fake_his) -> None:
    pay(held, channel)
    work()

    services.cancel(account=held.account, appointment_ref=held.ref)
    work()

    held.refresh_from_db()
    assert (held.state, held.claimed_slot_id) == (State.CANCELLED, None)
    assert fake_his.registrations[held.trade_no]["state"] == "cancelled"
    assert Refund.objects.get().state == Refund.State.SUCCEEDED
    assert told(held)[1:] == ["registration.booked", "registration.cancelled", "registration.refunded"]
    assert (balance("channel:"), balance("revenue"), ledger_is_clean()) == (0, 0, True)
    assert Slot.objects.get(pk=held.slot_id).state == Slot.State.OPEN


def test_a_cancellation_his_does_not_answer_is_repeated_and_refunded_once(held, channel, fake_his) -> None:
    pay(held, channel)
    work()
    fake_his.faults["cancel"].append(lost())

    first = services.cancel(account=held.account, appointment_ref=held.ref)
    assert first.state == State.CANCELLING
    services.cancel(account=held.account, appointment_ref=held.ref)
    work()

    held.refresh_from_db()
    assert (held.state, Refund.objects.count()) == (State.CANCELLED, 1)


def test_his_may_refuse_a_cancellation_and_the_booking_stays(held, channel, fake_his) -> None:
    pay(held, channel)
    work()
    fake_his.faults["cancel"].append(Refused("ALREADY_CHECKED_IN"))

    kept = services.cancel(account=held.account, appointment_ref=held.ref)

    assert (kept.state, Refund.objects.count()) == (State.BOOKED, 0)
    assert "窗口" in kept.reason


@pytest.mark.req("10.10")
def test_shortly_before_the_visit_it_is_too_late_to_cancel(held, channel, fake_his) -> None:
    pay(held, channel)
    work()

    with (
        time_machine.travel(held.slot.starts_at - timedelta(minutes=59), tick=False),
        pytest.raises(errors.CannotCancel, match="60 分钟"),
    ):
        services.cancel(account=held.account, appointment_ref=held.ref)

    assert fake_his.registrations[held.trade_no]["state"] == "confirmed"


def test_nobody_cancels_anothers_booking(held, channel, fake_his) -> None:
    with pytest.raises(errors.NotFound):
        services.cancel(account=PatientFactory().account, appointment_ref=held.ref)


def test_a_free_booking_is_confirmed_without_money(fake_his: FakeHis, merchant, channel) -> None:
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=0)
    free = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="f")

    work()

    free.refresh_from_db()
    assert (free.state, told(free), Order.objects.count()) == (State.BOOKED, ["registration.booked"], 0)
    services.cancel(account=patient.account, appointment_ref=free.ref)
    work()
    free.refresh_from_db()
    assert free.state == State.CANCELLED


def test_the_ledgers_own_check_agrees(held, channel, fake_his) -> None:
    pay(held, channel)
    work()

    assert list(problems()) == []


def test_the_cashier_does_not_open_for_a_clinic_stopped_meanwhile(held, channel, fake_his) -> None:
    Schedule.objects.filter(pk=held.slot.schedule_id).update(state=Schedule.State.STOPPED)

    with pytest.raises(OrderOver, match="停诊"):
        begin(held)

    assert channel.trades == {}
