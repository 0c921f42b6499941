"""Stop, swap, move, reopen: everybody affected is handled, one by one, repeatably (46.13, 46.17, F20)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from business.integration.models import OutboxItem
from business.integration.outcomes import Refused
from business.messaging.models import Message
from business.notices.models import Notice
from business.payments import services as payments
from business.payments.audit_ledger import problems
from business.payments.models import Order, Refund
from business.registration import errors, services
from business.registration.models import AffectedBooking, Appointment, ClinicChange, Schedule
from business.registration.services import changes
from tests.factories import AppointmentFactory, DoctorFactory, PatientFactory, ScheduleFactory, SlotFactory
from tests.registration.fake_his import SILENCE
from tests.registration.test_chain import work

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.13")]
State = Appointment.State


@pytest.fixture
def clinic(fake_his, merchant, channel) -> Schedule:
    channel.refund_state = "SUCCESS"
    schedule = ScheduleFactory()
    for number in range(1, 7):
        SlotFactory(schedule=schedule, number=number)
    return schedule


def held(schedule: Schedule, number: int) -> Appointment:
    patient = PatientFactory()
    return services.hold(
        account=patient.account,
        patient_ref=patient.ref,
        slot_ref=schedule.slots.get(number=number).ref,
        request_key=f"f{number}",
    )


def booked(schedule: Schedule, number: int, channel) -> Appointment:
    row = held(schedule, number)
    order = Order.objects.get(subject_ref=row.ref)
    payments.begin_payment(order_ref=order.ref, account=row.account, client_ip="203.0.113.9")
    payments.post_payment(channel.pay(order.out_trade_no), "callback")
    work()
    row.refresh_from_db()
    assert row.state == State.BOOKED
    return row


def events(row: Appointment) -> list[str]:
    told = Message.objects.filter(account_ref=row.account.ref, event__startswith="registration.").order_by("pk")
    return list(told.values_list("event", flat=True))


def test_staff_see_who_is_affected_before_anything_happens(clinic, channel) -> None:
    booked(clinic, 1, channel)
    held(clinic, 2)

    found = changes.consequence(clinic)

    assert (len(found.rows), found.paid, found.unpaid, found.refund_fen) == (2, 1, 1, 5000)
    assert Schedule.objects.get().state == "open"


@pytest.mark.req("46.17", "14.1")
def test_a_stop_refunds_the_paid_releases_the_unpaid_tells_both_and_says_so_publicly(clinic, channel, fake_his) -> None:
    paid, unpaid = booked(clinic, 1, channel), held(clinic, 2)

    change = changes.stop(clinic, actor="staff:li", reason="医生外出会诊")
    work()

    paid.refresh_from_db()
    unpaid.refresh_from_db()
    assert (paid.state, unpaid.state) == (State.CANCELLED, State.CANCELLED)
    assert (paid.cause, paid.reason) == ("stop", "医院停诊：医生外出会诊")
    assert Refund.objects.get().amount_fen == 5000
    assert events(paid)[-2:] == ["registration.stopped", "registration.refunded"]
    assert events(unpaid) == ["registration.stopped"]
    assert fake_his.registrations[paid.trade_no]["state"] == "cancelled"
    assert set(change.affected.values_list("state", flat=True)) == {"done"}
    assert "停诊" in Notice.objects.get().title
    assert list(problems()) == []


def test_a_stop_twice_is_one_and_its_work_may_be_repeated(clinic, channel) -> None:
    row = booked(clinic, 1, channel)

    first = changes.stop(clinic, actor="a")
    second = changes.stop(clinic, actor="b")
    work()
    for one in AffectedBooking.objects.all():
        changes.retry(one)
        AffectedBooking.objects.update(state="failed")
        changes.retry(one)
    work()

    assert first == second
    assert Refund.objects.count() == 1
    assert events(row).count("registration.stopped") == 1


def test_a_partial_stop_touches_only_what_comes_after_it(clinic, channel) -> None:
    early, late = booked(clinic, 1, channel), booked(clinic, 4, channel)
    moment = clinic.slots.get(number=3).starts_at

    changes.stop(clinic, actor="staff", from_at=moment)
    work()

    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.state, late.state) == (State.BOOKED, State.CANCELLED)
    assert held(clinic, 2).state == State.HELD
    with pytest.raises(errors.SlotClosed, match="停诊"):
        held(clinic, 5)
    # And then the whole of it
    changes.stop(clinic, actor="staff")
    work()
    early.refresh_from_db()
    assert early.state == State.CANCELLED


def test_money_that_arrives_while_the_clinic_stops_goes_back(clinic, channel, fake_his) -> None:
    row = held(clinic, 1)
    order = Order.objects.get(subject_ref=row.ref)
    payments.begin_payment(order_ref=order.ref, account=row.account, client_ip="203.0.113.9")
    fact = channel.pay(order.out_trade_no)

    changes.stop(clinic, actor="staff")
    payments.post_payment(fact, "callback")
    work()

    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.state, order.state, Refund.objects.count()) == (State.CANCELLED, "refunded", 1)
    assert AffectedBooking.objects.get().state == "done"


def test_a_silent_his_is_asked_on_and_a_refusal_is_left_to_a_person_who_can_retry(clinic, channel, fake_his) -> None:
    row = booked(clinic, 1, channel)
    fake_his.faults["cancel"].extend([SILENCE, Refused("ALREADY_CHECKED_IN"), Refused("ALREADY_CHECKED_IN")])

    changes.stop(clinic, actor="staff")
    work()

    one = AffectedBooking.objects.get()
    row.refresh_from_db()
    assert (one.state, row.state) == ("failed", State.BOOKED)
    assert "报到" in one.outcome
    changes.retry(one)
    work()
    row.refresh_from_db()
    one.refresh_from_db()
    assert (one.state, row.state) == ("done", State.CANCELLED)


def test_reopening_keeps_refunds_refunded_tells_who_lost_and_lets_be_booked_again(clinic, channel) -> None:
    row = booked(clinic, 1, channel)
    changes.stop(clinic, actor="staff")
    work()

    changes.reopen(clinic, actor="staff")
    work()

    row.refresh_from_db()
    assert (row.state, Refund.objects.count()) == (State.CANCELLED, 1)
    assert events(row)[-1] == "registration.reopened"
    assert not Notice.objects.filter(is_published=True).exists()
    assert held(clinic, 1).state == State.HELD


def test_a_reopening_in_the_middle_spares_who_was_not_handled_yet(clinic, channel) -> None:
    row = booked(clinic, 1, channel)
    changes.stop(clinic, actor="staff")
    changes.reopen(clinic, actor="staff")
    work()

    row.refresh_from_db()
    assert (row.state, AffectedBooking.objects.get().outcome) == (State.BOOKED, "门诊已恢复，预约保留")


def test_what_his_stopped_only_his_reopens(clinic) -> None:
    changes.stop(clinic, actor="his", origin=ClinicChange.Origin.HIS)

    with pytest.raises(errors.StillStopped, match="在 HIS 中恢复"):
        changes.reopen(clinic, actor="staff")


@pytest.mark.req("46.16")
def test_another_doctor_or_room_is_told_to_everybody_and_cancels_nobody(clinic, channel) -> None:
    row, doctor = booked(clinic, 1, channel), DoctorFactory(name="许文涛")

    changes.swap_doctor(clinic, doctor, actor="staff", reason="临时调班")
    changes.change_room(clinic, "门诊楼 4 层 401 诊室", actor="staff")
    work()

    row.refresh_from_db()
    assert (row.state, row.place) == (State.BOOKED, "门诊楼 4 层 401 诊室")
    told = Message.objects.filter(event="registration.changed").order_by("pk")
    assert [message.facts["reason"] for message in told] == [
        "出诊医生改为 许文涛 主任医师（临时调班）",
        "就诊地点改为 门诊楼 4 层 401 诊室",
    ]
    clinic.refresh_from_db()
    assert (clinic.doctor, clinic.changed_here) == (doctor, True)
    busy = ScheduleFactory(doctor=DoctorFactory(), date=clinic.date, session=clinic.session)
    with pytest.raises(errors.DoctorBusy):
        changes.swap_doctor(clinic, busy.doctor, actor="staff")


def test_a_booking_that_slipped_in_while_the_clinic_was_stopped_is_found(clinic, channel) -> None:
    changes.stop(clinic, actor="staff")
    late = AppointmentFactory(slot=clinic.slots.get(number=6))
    AppointmentFactory()  # of another clinic

    assert (changes.find_stragglers(), changes.find_stragglers()) == (1, 0)
    assert AffectedBooking.objects.get().appointment == late


def test_a_clinic_of_yesterday_cannot_be_stopped(clinic) -> None:
    Schedule.objects.update(date=timezone.localdate() - timedelta(days=1))

    with pytest.raises(errors.ClinicOver):
        changes.stop(clinic, actor="staff")
    assert not OutboxItem.objects.exists()
