"""Holding a slot: taken here, locked in HIS, told plainly when it fails (requirements 1.2, 16.1; F5, F6, F15)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from business.integration.outcomes import Refused
from business.payments.models import Order
from business.registration import errors, services
from business.registration.models import Appointment, Schedule, Slot
from business.security.errors import PortalError
from tests.factories import AccountFactory, PatientFactory, ScheduleFactory, SlotFactory
from tests.registration.fake_his import SILENCE, FakeHis, lost

pytestmark = pytest.mark.django_db
State = Appointment.State


def book(patient, slot, key="form-1"):
    return services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key=key)


@pytest.mark.req("1.2")
def test_a_free_slot_is_held_locked_in_his_and_gets_an_order(fake_his: FakeHis, merchant) -> None:
    patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)

    appointment = book(patient, slot)

    assert appointment.state == State.HELD
    assert fake_his.registrations[appointment.trade_no]["state"] == "locked"
    order = Order.objects.get(kind="registration", subject_ref=appointment.ref)
    assert (order.amount_fen, order.account_id, order.state) == (5000, patient.account_id, Order.State.CREATED)
    assert order.expires_at == appointment.hold_expires_at
    assert [e.to_state for e in appointment.events.all()] == [State.LOCKING, State.HELD]


@pytest.mark.req("16.1")
def test_the_same_form_sent_twice_is_one_booking(fake_his: FakeHis, merchant) -> None:
    patient, slot = PatientFactory(), SlotFactory()
    first = book(patient, slot)

    second = book(patient, slot)

    assert second.pk == first.pk
    assert [c[0] for c in fake_his.calls].count("lock") == 1


def test_a_slot_that_another_holds_is_refused_with_a_sentence(fake_his: FakeHis, merchant) -> None:
    slot = SlotFactory()
    book(PatientFactory(), slot)

    with pytest.raises(errors.SlotTaken, match="刚刚被别人约走"):
        book(PatientFactory(), slot, "form-2")

    assert Appointment.objects.filter(claimed_slot=slot).count() == 1


@pytest.mark.req("16.1")
def test_a_second_booking_in_the_department_that_day_offers_the_unpaid_one(fake_his: FakeHis, merchant) -> None:
    patient, schedule = PatientFactory(), ScheduleFactory()
    first = book(patient, SlotFactory(schedule=schedule, number=1))

    with pytest.raises(errors.AlreadyBooked) as refusal:
        book(patient, SlotFactory(schedule=schedule, number=2), "form-2")

    assert refusal.value.unpaid
    assert refusal.value.appointment_ref == first.ref


@pytest.mark.req("16.1")
def test_the_same_person_under_another_account_is_recognised_and_nothing_is_told_of_it(
    fake_his: FakeHis, merchant
) -> None:
    schedule = ScheduleFactory()
    one = PatientFactory()
    twin = PatientFactory(account=AccountFactory(), id_number=one.id_number, id_index=one.id_index)
    book(one, SlotFactory(schedule=schedule, number=1))

    with pytest.raises(errors.AlreadyBooked) as refusal:
        book(twin, SlotFactory(schedule=schedule, number=2), "form-2")

    assert refusal.value.appointment_ref == ""


def test_his_refusal_frees_our_claim_and_remembers_that_the_slot_is_taken(fake_his: FakeHis, merchant) -> None:
    patient, slot = PatientFactory(), SlotFactory()
    fake_his.taken.add(slot.code)

    with pytest.raises(errors.SlotTaken):
        book(patient, slot)

    slot.refresh_from_db()
    appointment = Appointment.objects.get()
    assert slot.state == Slot.State.TAKEN
    assert (appointment.state, appointment.claimed_slot_id, appointment.patient_claim) == (State.FAILED, None, None)
    assert not Order.objects.exists()
    with pytest.raises(errors.BookingFailed):
        book(patient, slot)  # the same form again tells the same story


def test_a_stopped_clinic_learnt_from_his_is_stopped_here(fake_his: FakeHis, merchant) -> None:
    slot = SlotFactory()
    fake_his.faults["lock"].append(Refused("SCHEDULE_STOPPED"))

    with pytest.raises(errors.BookingFailed, match="停诊"):
        book(PatientFactory(), slot)

    assert Schedule.objects.get(pk=slot.schedule_id).state == Schedule.State.STOPPED


def test_a_lost_answer_is_asked_for_again_and_the_lock_counts_once(fake_his: FakeHis, merchant) -> None:
    fake_his.faults["lock"].append(lost())

    appointment = book(PatientFactory(), SlotFactory())

    assert appointment.state == State.HELD
    assert len(fake_his.registrations) == 1


def test_while_his_is_silent_the_slot_stays_claimed_and_the_sweep_asks_on(fake_his: FakeHis, merchant) -> None:
    slot = SlotFactory()
    fake_his.faults["lock"].extend([SILENCE, lost()])

    appointment = book(PatientFactory(), slot)
    assert appointment.state == State.LOCKING
    with pytest.raises(errors.SlotTaken):
        book(PatientFactory(), slot, "form-2")

    assert services.settle_lock(appointment).state == State.HELD


def test_when_his_stays_silent_the_hold_ends_and_his_is_told_to_unlock(fake_his: FakeHis, merchant) -> None:
    fake_his.faults["lock"].extend([SILENCE, SILENCE])
    appointment = book(PatientFactory(), SlotFactory())

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        ended = services.settle_lock(appointment)

    assert ended.state == State.FAILED
    assert "没有回应" in ended.reason
    assert ended.claimed_slot_id is None


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda s: Schedule.objects.filter(pk=s.schedule_id).update(state="stopped"), "停诊"),
        (lambda s: Slot.objects.filter(pk=s.pk).update(state="closed"), "停止预约"),
        (lambda s: Slot.objects.filter(pk=s.pk).update(state="taken"), "约走"),
        (lambda s: Slot.objects.filter(pk=s.pk).update(starts_at=timezone.now() - timedelta(minutes=1)), "已经开始"),
        (
            lambda s: Schedule.objects.filter(pk=s.schedule_id).update(date=timezone.localdate() + timedelta(days=60)),
            "还没有开放",
        ),
    ],
)
def test_what_cannot_be_booked_is_refused_before_his_is_asked(fake_his: FakeHis, merchant, spoil, sentence) -> None:
    slot = SlotFactory()
    spoil(slot)

    with pytest.raises(PortalError, match=sentence):
        book(PatientFactory(), slot)

    assert fake_his.calls == []


def test_another_accounts_patient_cannot_be_booked_for(fake_his: FakeHis, merchant) -> None:
    stranger, slot = PatientFactory(), SlotFactory()

    with pytest.raises(PortalError):
        services.hold(account=AccountFactory(), patient_ref=stranger.ref, slot_ref=slot.ref, request_key="x")

    assert not Appointment.objects.exists()


def test_a_free_clinic_needs_no_order(fake_his: FakeHis, merchant) -> None:
    appointment = book(PatientFactory(), SlotFactory(schedule__fee_fen=0))

    assert appointment.state == State.CONFIRMING
    assert not Order.objects.exists()


@pytest.mark.req("16.1")
def test_an_account_cannot_hoard_unpaid_slots(fake_his: FakeHis, merchant) -> None:
    account = AccountFactory()
    patients = [PatientFactory(account=account, relation="other", is_default=False) for _ in range(4)]
    held = [book(patient, SlotFactory(), f"form-{n}") for n, patient in enumerate(patients[:3])]

    with pytest.raises(errors.TooManyUnpaid, match="3 个预约没有支付"):
        book(patients[3], SlotFactory(), "form-4")

    services.cancel(account=account, appointment_ref=held[0].ref)
    assert book(patients[3], SlotFactory(), "form-5").state == State.HELD
