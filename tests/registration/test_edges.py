"""Where a booking could get stuck, vanish or lie: each once found by trying to break it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from business.integration import outbox
from business.integration.his.port import LockResult
from business.integration.models import OutboxItem
from business.integration.outcomes import Refused
from business.messaging.models import Message
from business.patients import services as patients
from business.patients.errors import PatientBusy
from business.payments import kinds
from business.payments import services as payments
from business.payments.models import Incident, Order, Payment, Refund
from business.registration import handlers, queries, services
from business.registration.models import Appointment, BookingRule
from tests.factories import AppointmentFactory, PatientFactory, SlotFactory
from tests.payments.fakes import FakeChannel
from tests.registration.fake_his import SILENCE, FakeHis

pytestmark = pytest.mark.django_db
State = Appointment.State


@pytest.fixture
def held(fake_his: FakeHis, merchant, channel: FakeChannel) -> Appointment:
    """Return an appointment that waits for payment."""
    channel.refund_state = "SUCCESS"
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)
    return services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="form-1")


def begin(appointment: Appointment) -> Order:
    order = Order.objects.get(subject_ref=appointment.ref)
    payments.begin_payment(order_ref=order.ref, account=appointment.account, client_ip="203.0.113.9")
    return order


def work() -> None:
    for _ in range(12):
        OutboxItem.objects.filter(state="pending").update(due_at=timezone.now())
        if not outbox.run_due():
            return


def booked(appointment: Appointment, channel: FakeChannel) -> Appointment:
    order = begin(appointment)
    payments.post_payment(channel.pay(order.out_trade_no), Payment.LearnedBy.CALLBACK)
    work()
    appointment.refresh_from_db()
    assert appointment.state == State.BOOKED
    return appointment


def test_giving_up_a_hold_whose_money_does_not_fit_tells_the_patient_to_wait(held, channel) -> None:
    order = begin(held)
    channel.pay(order.out_trade_no)
    channel.mchid = "another merchant"  # what the channel says of the money cannot be posted

    found = services.cancel(account=held.account, appointment_ref=held.ref)

    assert found.state == State.RELEASING  # nobody knows whose the money is: the slot is not given away
    assert found.next_check_at > timezone.now()


@pytest.mark.req("10.11")
def test_a_patient_with_a_visit_ahead_stays_on_the_list(held, channel) -> None:
    booked(held, channel)

    with pytest.raises(PatientBusy, match="预约"):
        patients.remove_patient(account=held.account, ref=held.patient.ref)

    assert services.cancel(account=held.account, appointment_ref=held.ref).state == State.CANCELLED
    patients.remove_patient(account=held.account, ref=held.patient.ref)


def test_nobody_pays_longer_than_his_keeps_the_number(fake_his, merchant, channel, monkeypatch) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    granted = LockResult(lock_id="L1", expires_at=soon, number=1, fee_fen=5000)
    monkeypatch.setattr(fake_his, "lock_slot", lambda **asked: granted)
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)

    held = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="form-1")

    assert held.hold_expires_at <= soon
    assert Order.objects.get(subject_ref=held.ref).expires_at == held.hold_expires_at


def test_his_keeps_the_number_a_little_longer_than_the_patient_may_pay(fake_his, merchant, monkeypatch) -> None:
    asked: dict = {}
    lock = fake_his.lock_slot
    monkeypatch.setattr(fake_his, "lock_slot", lambda **call: asked.update(call) or lock(**call))
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)

    held = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="form-1")

    left = (held.hold_expires_at - timezone.now()).total_seconds()
    assert asked["hold_seconds"] >= left + 60  # what is paid at the last moment is still confirmed


@pytest.mark.req("10.9")
@pytest.mark.parametrize("state", [State.CONFIRMING, State.CANCELLING])
def test_what_his_never_answered_stays_in_the_list_after_the_visit(state: str) -> None:
    started = timezone.now() - timedelta(hours=3)
    slot = SlotFactory(starts_at=started, ends_at=started + timedelta(minutes=10))
    appointment = AppointmentFactory(slot=slot, state=state)

    listed = [a for group in queries.GROUPS for a in queries.appointments_of(appointment.account, group)]

    assert listed == [appointment]


def test_one_lock_that_always_fails_does_not_keep_the_others_waiting(fake_his, merchant, channel, monkeypatch) -> None:
    poison, waiting = (
        AppointmentFactory(state=State.LOCKING, next_check_at=timezone.now() - timedelta(seconds=9 - n))
        for n in range(2)
    )
    lock = fake_his.lock_slot

    def failing(**asked):
        if asked["trade_no"] == poison.trade_no:
            raise RuntimeError("a fault of the program")
        return lock(**asked)

    monkeypatch.setattr(fake_his, "lock_slot", failing)

    handlers.ask_on()

    waiting.refresh_from_db()
    poison.refresh_from_db()
    assert waiting.state == State.HELD
    assert poison.next_check_at > timezone.now()


def test_a_visit_that_his_has_cancelled_already_is_refunded(held, channel, fake_his) -> None:
    booked(held, channel)
    fake_his.registrations[held.trade_no]["state"] = "cancelled"  # at the counter
    fake_his.faults["cancel"].append(Refused("NOT_CONFIRMED", "已退号"))

    found = services.cancel(account=held.account, appointment_ref=held.ref)

    assert found.state == State.CANCELLED
    assert Refund.objects.get().amount_fen == 5000


def test_an_unheard_of_refusal_to_cancel_is_not_told_as_one_to_book(held, channel, fake_his) -> None:
    booked(held, channel)
    fake_his.faults["cancel"].append(Refused("SOMETHING_NEW", "no"))

    found = services.cancel(account=held.account, appointment_ref=held.ref)

    assert found.state == State.BOOKED
    assert "退号" in found.reason
    assert "选择其他时间" not in found.reason


def test_the_trade_number_bears_the_day_in_shanghai(fake_his, merchant) -> None:
    early = timezone.now().astimezone(ZoneInfo("Asia/Shanghai")).replace(hour=1, minute=0)
    with time_machine.travel(early, tick=False):
        patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)
        held = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="f")

    assert held.trade_no[1:7] == f"{early:%y%m%d}"


def test_a_free_booking_that_fails_speaks_of_no_money(fake_his, merchant) -> None:
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=0)
    held = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="f")
    fake_his.faults["confirm"].append(Refused("SCHEDULE_STOPPED"))

    work()

    held.refresh_from_db()
    assert held.state == State.FAILED
    assert "费用" not in Message.objects.get().title


def test_a_silent_answer_before_a_refusal_is_asked_about_for_a_free_booking(fake_his, merchant) -> None:
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=0)
    held = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="f")
    fake_his.registrations[held.trade_no]["state"] = "confirmed"
    fake_his.faults["confirm"].append(Refused("LOCK_EXPIRED"))

    work()

    held.refresh_from_db()
    assert held.state == State.BOOKED


def test_the_alarm_for_unconfirmed_money_follows_the_hospitals_rule(held) -> None:
    BookingRule.objects.create(campus=None, settle_alarm_minutes=7)

    assert kinds.get("registration").settle_alarm_minutes == 7


@pytest.mark.req("38.1")
def test_a_cancellation_the_program_gives_up_comes_before_a_person(held, channel, fake_his) -> None:
    booked(held, channel)
    fake_his.faults["cancel"] = [SILENCE] * 99
    services.cancel(account=held.account, appointment_ref=held.ref)
    for _ in range(outbox.DEFAULT_MAX_ATTEMPTS):
        OutboxItem.objects.filter(state="pending").update(due_at=timezone.now())
        outbox.run_due()

    held.refresh_from_db()
    incident = Incident.objects.get()
    assert (held.state, incident.kind) == (State.CANCELLING, "registration.cancel")
    assert incident.order.subject_ref == held.ref

    fake_his.faults["cancel"] = []
    outbox.revive(OutboxItem.objects.get(state="dead"))
    work()
    held.refresh_from_db()
    assert held.state == State.CANCELLED


def test_a_visit_that_his_confirmed_although_it_is_over_here_comes_before_a_person(held, channel, fake_his) -> None:
    fake_his.registrations[held.trade_no]["state"] = "confirmed"

    services.cancel(account=held.account, appointment_ref=held.ref)
    work()

    assert Incident.objects.get().kind == "registration.unlock"
