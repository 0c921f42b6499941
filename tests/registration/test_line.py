"""The line for a full clinic: strictly in order, one offer a number, a deadline for each (10.8, 14.1)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from business.integration.models import OutboxItem
from business.messaging.models import Message
from business.patients.errors import PatientBlocked
from business.patients.services import standing
from business.payments import services as payments
from business.payments.models import Order
from business.registration import errors, queries, services
from business.registration.models import Appointment, BookingRule, Schedule, Slot, WaitingEntry
from business.registration.services import changes, line, offers
from tests.factories import AccountFactory, AppointmentFactory, PatientFactory, ScheduleFactory, SlotFactory
from tests.registration.test_chain import work

pytestmark = [pytest.mark.django_db, pytest.mark.req("10.8")]
State = WaitingEntry.State


@pytest.fixture
def full(fake_his, merchant, channel) -> Schedule:
    """A clinic in three days whose two numbers are booked."""
    channel.refund_state = "SUCCESS"
    schedule = ScheduleFactory(date=timezone.localdate() + timedelta(days=3))
    for number in (1, 2):
        AppointmentFactory(slot=SlotFactory(schedule=schedule, number=number), lock_id="L")
    return schedule


def join(schedule, patient=None) -> WaitingEntry:
    patient = patient or PatientFactory()
    return line.join(account=patient.account, patient_ref=patient.ref, schedule_ref=schedule.ref)


def free(schedule, number=1) -> None:
    """Somebody gives a number back."""
    Appointment.objects.filter(claimed_slot__schedule=schedule, claimed_slot__number=number).update(
        state="cancelled", claimed_slot=None, patient_claim=None
    )


def settle() -> None:
    for _ in range(3):
        OutboxItem.objects.filter(state="pending").update(due_at=timezone.now())
        offers.sweep()
        work()


def entry_of(entry) -> WaitingEntry:
    return WaitingEntry.objects.select_related("offer").get(pk=entry.pk)


@pytest.mark.req("14.1")
def test_the_first_in_line_gets_the_number_held_and_told_and_pays_for_it(full, channel) -> None:
    first, second = join(full), join(full)
    free(full)

    offers.sweep()

    got = entry_of(first)
    assert (got.state, entry_of(second).state) == (State.OFFERED, State.WAITING)
    assert (got.offer.state, got.offer.slot.number) == ("held", 1)
    message = Message.objects.get(event="registration.offer")
    assert message.account_ref == first.account.ref
    assert message.facts["deadline"] == f"{timezone.localtime(got.offer.hold_expires_at):%Y-%m-%d %H:%M}"
    order = Order.objects.get(subject_ref=got.offer.ref)
    payments.begin_payment(order_ref=order.ref, account=first.account, client_ip="203.0.113.9")
    payments.post_payment(channel.pay(order.out_trade_no), "callback")
    settle()
    assert (entry_of(first).state, entry_of(first).offer.state) == (State.BOOKED, "booked")


def test_an_offer_that_is_not_taken_goes_to_the_next(full) -> None:
    first, second = join(full), join(full)
    free(full)
    offers.sweep()

    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        services.expire_due()
        settle()
        assert (entry_of(first).state, entry_of(second).state) == (State.LAPSED, State.OFFERED)
        assert entry_of(second).offer.slot.number == 1


def test_while_somebody_waits_nobody_else_gets_a_number(full) -> None:
    join(full)
    free(full)
    other = PatientFactory()

    assert queries.doctors_on(full.department, full.date)[0].free == 0
    slot = full.slots.get(number=1)
    assert queries.availability(queries.get_slot(slot.ref), None)[0] is False
    with pytest.raises(errors.SlotClosed, match="候补顺序"):
        services.hold(account=other.account, patient_ref=other.ref, slot_ref=slot.ref, request_key="x")


def test_giving_an_offer_back_or_leaving_makes_room(full) -> None:
    first, second, third = join(full), join(full), join(full)
    offers.leave(account=second.account, entry_ref=second.ref)
    free(full)
    offers.sweep()

    left = offers.leave(account=first.account, entry_ref=first.ref)
    settle()

    assert (left.state, entry_of(second).state, entry_of(third).state) == (State.LEFT, State.LEFT, State.OFFERED)
    with pytest.raises(errors.NotFound):
        offers.leave(account=AccountFactory(), entry_ref=third.ref)


def test_a_number_his_will_not_give_puts_the_patient_back_at_the_head(full, fake_his) -> None:
    first, second = join(full), join(full)
    free(full, 1)
    fake_his.taken.add(full.slots.get(number=1).code)

    offers.sweep()
    assert (entry_of(first).state, entry_of(first).offer) == (State.WAITING, None)
    assert Slot.objects.get(schedule=full, number=1).state == Slot.State.TAKEN

    free(full, 2)
    offers.sweep()
    assert (entry_of(first).state, entry_of(second).state) == (State.OFFERED, State.WAITING)


def test_who_has_a_booking_by_then_is_passed_over_and_told(full) -> None:
    first, second = join(full), join(full)
    claim = f"{first.patient.id_index[:40]}:{full.department_id}:{full.date:%Y%m%d}"
    AppointmentFactory(patient=first.patient, patient_claim=claim)
    free(full)

    offers.sweep()

    assert (entry_of(first).state, entry_of(second).state) == (State.OVER, State.OFFERED)
    assert Message.objects.filter(event="registration.waiting_over", account_ref=first.account.ref).exists()


def test_a_wait_ends_in_time_and_with_the_clinic(full) -> None:
    late = join(full)
    with time_machine.travel(late.until, tick=False):
        offers.sweep()
    assert entry_of(late).state == State.OVER

    other = join(full)
    changes.stop(full, actor="staff")
    assert entry_of(other).state == State.OVER
    full.refresh_from_db()
    assert full.waiting == 0


def test_joining_twice_is_once_and_limits_are_told(full) -> None:
    patient = PatientFactory()
    entry = join(full, patient)
    assert join(full, patient) == entry
    twin = PatientFactory(id_number=patient.id_number, id_index=patient.id_index)
    with pytest.raises(errors.CannotWait, match="已在这个门诊的候补中"):
        join(full, twin)

    BookingRule.objects.create(max_waiting=1, waiting_per_clinic=2)
    other = ScheduleFactory(date=full.date, campus=full.campus)
    AppointmentFactory(slot=SlotFactory(schedule=other))
    with pytest.raises(errors.CannotWait, match="已达 1 个"):
        join(other, patient)
    join(full)
    with pytest.raises(errors.CannotWait, match="人数已满"):
        join(full)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (free, "还有号，请直接预约"),
        (lambda s: Schedule.objects.filter(pk=s.pk).update(state="stopped"), "已停诊"),
        (
            lambda s: Slot.objects.filter(schedule=s).update(starts_at=timezone.now() + timedelta(minutes=30)),
            "快要开始",
        ),
        (
            lambda s: Schedule.objects.filter(pk=s.pk).update(date=timezone.localdate() + timedelta(days=40)),
            "放号后预约",
        ),
    ],
)
def test_nobody_waits_for_what_can_be_booked_or_will_not_be(full, spoil, sentence) -> None:
    spoil(full)

    with pytest.raises(errors.CannotWait, match=sentence):
        join(full)


def test_extra_numbers_go_to_those_who_wait(full) -> None:
    entries = [join(full) for _ in range(3)]
    for number in (3, 4):
        SlotFactory(schedule=full, number=number, is_extra=True)

    offers.sweep()

    assert [entry_of(entry).state for entry in entries] == [State.OFFERED, State.OFFERED, State.WAITING]


def test_the_line_is_no_way_round_the_blacklist(full) -> None:
    # Given one who is blocked before joining, and one who is blocked while waiting at the head of the line
    outside = PatientFactory()
    standing.close_by_staff(patient=outside, reason="多次爽约", ends_at=None)
    with pytest.raises(PatientBlocked, match="多次爽约"):
        join(full, outside)
    first, second = join(full), join(full)
    standing.close_by_staff(patient=first.patient, reason="多次爽约", ends_at=None)
    free(full)
    # When a number becomes free
    offers.sweep()
    # Then it goes to the next, and the blocked one's wait is over with the reason
    assert (entry_of(first).state, entry_of(second).state) == (State.OVER, State.OFFERED)
    assert "多次爽约" in entry_of(first).reason
    assert not Appointment.objects.filter(patient=first.patient).exists()
