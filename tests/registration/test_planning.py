"""Clinics made here: by hand, from templates, copied; beside those of HIS, never against them (46.11, 46.16)."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from business.payments import services as payments
from business.payments.models import Order
from business.registration import services, sync
from business.registration.errors import CannotPlan
from business.registration.models import Appointment, ClinicTemplate, Holiday, Schedule, Slot, TitleFee
from business.registration.planning import clinics, weeks
from tests.factories import AppointmentFactory, DepartmentFactory, DoctorFactory, PatientFactory, ScheduleFactory
from tests.registration.test_chain import work

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.11")]
MONDAY = date(2026, 12, 7)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-30T09:00:00+08:00", tick=False):
        yield


def plan(**fields) -> clinics.Plan:
    department = fields.pop("department", None) or DepartmentFactory()
    values = {
        "department": department,
        "doctor": DoctorFactory(departments=[department]),
        "date": MONDAY,
        "session": "morning",
        "starts": time(8),
        "ends": time(12),
        "fee_fen": 3000,
        **fields,
    }
    return clinics.Plan(**values)


def test_a_clinic_has_its_ranges_its_numbers_and_its_shares() -> None:
    schedule = clinics.create(plan(range_minutes=30, per_range=3, quotas={"window": 4, "phone": 2}))

    slots = list(schedule.slots.order_by("number"))
    assert (len(slots), schedule.origin) == (24, "own")
    assert [f"{timezone.localtime(s.starts_at):%H:%M}" for s in slots[2:5]] == ["08:00", "08:30", "08:30"]
    shares = [slot.channel for slot in slots]
    assert (shares.count("window"), shares.count("phone"), shares.count("portal")) == (4, 2, 18)
    assert f"{timezone.localtime(schedule.ends_at):%H:%M}" == "12:00"


def test_the_fee_goes_by_title_unless_somebody_says_otherwise() -> None:
    with pytest.raises(CannotPlan, match="主任医师"):
        clinics.create(plan(fee_fen=None))
    TitleFee.objects.create(title="主任医师", fee_fen=5000)
    TitleFee.objects.create(title="", fee_fen=1000)

    assert clinics.create(plan(fee_fen=None)).fee_fen == 5000
    assert clinics.create(plan(fee_fen=None, doctor=None)).fee_fen == 1000


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"date": date(2026, 11, 29)}, "日期已过"),
        ({"ends": time(8, 10)}, "结束时间"),
        ({"per_range": 50, "range_minutes": 5}, "最多 300"),
        ({"quotas": {"window": 25}}, "超过了总号数"),
    ],
)
def test_senseless_plans_are_refused_with_a_sentence(wrong, sentence) -> None:
    with pytest.raises(CannotPlan, match=sentence):
        clinics.create(plan(**wrong))
    assert not Schedule.objects.exists()


def test_a_doctor_is_in_one_place_at_a_time_whoever_made_the_clinic() -> None:
    his = ScheduleFactory(date=MONDAY, session="morning")

    with pytest.raises(CannotPlan, match="HIS 同步"):
        clinics.create(plan(doctor=his.doctor))
    assert clinics.create(plan(doctor=his.doctor, session="afternoon", starts=time(14), ends=time(17)))


def test_the_same_clinic_twice_is_one() -> None:
    wanted = plan(doctor=None, clinic_name="普通门诊")
    clinics.create(wanted)

    with pytest.raises(CannotPlan, match="已有同样的排班"):
        clinics.create(wanted)


def test_a_hospital_without_schedules_in_his_books_pays_and_cancels_in_its_own_book(
    fake_his, merchant, channel, settings
) -> None:
    channel.refund_state = "SUCCESS"
    settings.HIS = {**settings.HIS, "URL": ""}
    schedule = clinics.create(plan())
    patient, slot = PatientFactory(his_patient_id=""), schedule.slots.get(number=5)

    row = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="f")
    order = Order.objects.get(subject_ref=row.ref)
    payments.begin_payment(order_ref=order.ref, account=row.account, client_ip="203.0.113.9")
    payments.post_payment(channel.pay(order.out_trade_no), "callback")
    work()
    row.refresh_from_db()
    assert (row.state, row.queue_no, row.place) == (Appointment.State.BOOKED, "A005", schedule.place)

    services.cancel(account=row.account, appointment_ref=row.ref)
    work()
    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.state, order.state, row.claimed_slot_id) == ("cancelled", "refunded", None)
    assert fake_his.calls == []
    assert Slot.objects.get(pk=slot.pk).state == Slot.State.OPEN


def test_his_leaves_what_was_made_here_alone(fake_his, monkeypatch) -> None:
    own = clinics.create(plan())
    theirs = ScheduleFactory(date=MONDAY)
    monkeypatch.setattr(fake_his, "schedules", lambda *a, **k: [], raising=False)
    monkeypatch.setattr(fake_his, "slots", lambda *a, **k: [], raising=False)

    sync.sync_schedules()

    own.refresh_from_db()
    theirs.refresh_from_db()
    assert (own.state, theirs.state) == ("open", "stopped")
    assert set(own.slots.values_list("state", flat=True)) == {"open"}


def test_a_week_is_made_from_templates_and_copied_and_holidays_are_heeded() -> None:
    department = DepartmentFactory()
    for weekday in (0, 4):
        ClinicTemplate.objects.create(
            weekday=weekday, department=department, session="morning", starts=time(8), ends=time(10), fee_fen=1000
        )
    Holiday.objects.create(date=MONDAY, name="元旦", kind="off")
    Holiday.objects.create(date=MONDAY + timedelta(days=5), name="调休", kind="work", as_weekday=0)

    made = weeks.apply_templates(MONDAY, MONDAY + timedelta(days=6))
    again = weeks.apply_templates(MONDAY, MONDAY + timedelta(days=6))

    days = sorted(Schedule.objects.values_list("date", flat=True))
    assert days == [MONDAY + timedelta(days=4), MONDAY + timedelta(days=5)]
    assert (made.created, again.created, again.there) == (2, 0, 2)

    clinics.add_extra(Schedule.objects.get(date=days[0]), 2)
    copied = weeks.copy_week(MONDAY, MONDAY + timedelta(days=7))
    assert (copied.created, weeks.copy_week(MONDAY, MONDAY + timedelta(days=7)).created) == (2, 0)
    friday = Schedule.objects.get(date=days[0] + timedelta(days=7))
    assert friday.slots.count() == 12
    assert {timezone.localtime(s.starts_at).date() for s in friday.slots.all()} == {friday.date}


def test_templates_reach_ahead_by_themselves_and_what_staff_delete_stays_deleted() -> None:
    ClinicTemplate.objects.create(
        weekday=0, department=DepartmentFactory(), session="morning", starts=time(8), ends=time(10), fee_fen=1000
    )
    assert weeks.plan_ahead().created == 2  # 12-07 and 12-14 of the fortnight from 11-30
    clinics.remove(Schedule.objects.get(date=MONDAY))

    assert weeks.plan_ahead().created == 0
    with time_machine.travel("2026-12-07T09:00:00+08:00", tick=False):
        assert weeks.plan_ahead().created == 1
    assert not Schedule.objects.filter(date=MONDAY).exists()


def test_extra_numbers_follow_the_last_and_only_in_clinics_made_here() -> None:
    schedule = clinics.create(plan())
    extra = clinics.add_extra(schedule, 2)

    assert [slot.number for slot in extra] == [25, 26]
    assert all(slot.is_extra for slot in extra)
    with pytest.raises(CannotPlan, match="在 HIS 中"):
        clinics.add_extra(ScheduleFactory(date=MONDAY), 1)


def test_numbers_change_hands_unless_somebody_has_them() -> None:
    schedule = clinics.create(plan())
    first, second = schedule.slots.order_by("number")[:2]
    AppointmentFactory(slot=first)

    assert clinics.change_slots(schedule, [first.pk, second.pk], "take") == 1
    assert clinics.change_slots(schedule, [second.pk], "to_window") == 0
    assert clinics.change_slots(schedule, [second.pk], "free") == 1
    assert clinics.change_slots(schedule, [second.pk], "to_window") == 1
    assert (Slot.objects.get(pk=first.pk).state, Slot.objects.get(pk=second.pk).channel) == ("open", "window")
    with pytest.raises(CannotPlan, match="请使用停诊"):
        clinics.remove(schedule)
