"""What pages show of clinics, slots and bookings, at a constant number of SQL statements."""

from datetime import timedelta

import pytest
from django.utils import timezone

from business.patients import services as patients
from business.registration import queries
from business.registration.errors import NotFound
from business.registration.models import Appointment, Schedule, Slot
from business.security.errors import PortalError
from tests.factories import (
    AccountFactory,
    AppointmentFactory,
    DepartmentFactory,
    DoctorFactory,
    ScheduleFactory,
    SlotFactory,
)

pytestmark = pytest.mark.django_db


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


@pytest.mark.req("21.1", "21.2", "10.8")
def test_the_doctor_list_counts_free_numbers_and_names_the_level() -> None:
    department = DepartmentFactory()
    plenty = ScheduleFactory(department=department, date=tomorrow(), doctor=DoctorFactory(name="陈立群"))
    few = ScheduleFactory(department=department, date=tomorrow(), doctor=DoctorFactory(name="周敏"))
    full = ScheduleFactory(department=department, date=tomorrow(), doctor=DoctorFactory(name="许文涛"))
    stopped = ScheduleFactory(
        department=department, date=tomorrow(), doctor=DoctorFactory(name="赵启明"), state=Schedule.State.STOPPED
    )
    for number in range(1, 7):
        SlotFactory(schedule=plenty, number=number)
        SlotFactory(schedule=few, number=number, state="open" if number < 3 else "taken")
        SlotFactory(schedule=full, number=number, state="taken")
        SlotFactory(schedule=stopped, number=number)
    AppointmentFactory(slot=plenty.slots.get(number=1))

    days = {day.name: day for day in queries.doctors_on(department, tomorrow())}

    assert {name: (day.free, day.total, day.level) for name, day in days.items()} == {
        "陈立群": (5, 6, "free"),
        "周敏": (2, 6, "few"),
        "许文涛": (0, 6, "full"),
        "赵启明": (0, 0, "stopped"),
    }
    assert list(days)[-1] == "赵启明"


@pytest.mark.req("10.1", "10.3")
def test_the_date_strip_tells_each_days_free_numbers() -> None:
    department = DepartmentFactory()
    schedule = ScheduleFactory(department=department, date=tomorrow())
    SlotFactory(schedule=schedule, number=1)
    SlotFactory(schedule=schedule, number=2, state="taken")

    strip = queries.clinic_days(department)

    assert (strip[0].level, strip[0].date) == ("none", timezone.localdate())
    assert (strip[1].free, strip[1].total, strip[1].level) == (1, 2, "few")


@pytest.mark.req("21.3")
def test_slots_come_in_order_with_range_and_number_and_today_only_the_free_ones() -> None:
    schedule = ScheduleFactory(date=tomorrow())
    starts = timezone.localtime().replace(hour=16, minute=30, second=0, microsecond=0) + timedelta(days=1)
    SlotFactory(schedule=schedule, number=24, starts_at=starts, ends_at=starts + timedelta(minutes=30), state="taken")
    SlotFactory(schedule=schedule, number=23, starts_at=starts, ends_at=starts + timedelta(minutes=30))

    views = queries.slots_of(schedule)

    assert [v.label for v in views] == ["16:30-17:00【23号】", "16:30-17:00【24号】"]
    assert [v.is_free for v in views] == [True, False]
    Schedule.objects.filter(pk=schedule.pk).update(date=timezone.localdate())
    schedule.refresh_from_db()
    assert [v.slot.number for v in queries.slots_of(schedule)] == [23]


@pytest.mark.parametrize("doctors", [2, 20])
def test_lists_cost_the_same_sql_however_long_they_are(doctors: int, django_assert_num_queries) -> None:
    department = DepartmentFactory()
    for _ in range(doctors):
        schedule = ScheduleFactory(department=department, date=tomorrow())
        for number in range(1, 4):
            SlotFactory(schedule=schedule, number=number)
    account = AccountFactory()
    for _ in range(doctors):
        AppointmentFactory(account=account, state=Appointment.State.BOOKED)

    with django_assert_num_queries(2):
        assert len(queries.doctors_on(department, tomorrow())) == doctors
    with django_assert_num_queries(2):
        queries.clinic_days(department)
    with django_assert_num_queries(2):
        queries.slots_of(schedule)
    with django_assert_num_queries(1):
        rows = queries.appointments_of(account, "upcoming")
        assert len([(r.patient.name, r.slot.schedule.department.name) for r in rows]) == doctors


@pytest.mark.req("10.9", "11.1")
def test_bookings_are_grouped_by_state_and_never_shown_to_another_account() -> None:
    account = AccountFactory()
    yesterday = timezone.now() - timedelta(days=1)
    unpaid = AppointmentFactory(account=account, state=Appointment.State.HELD)
    booked = AppointmentFactory(account=account, state=Appointment.State.BOOKED)
    past = AppointmentFactory(
        account=account,
        state=Appointment.State.BOOKED,
        slot__starts_at=yesterday,
        slot__ends_at=yesterday + timedelta(minutes=30),
    )
    ended = AppointmentFactory(account=account, state=Appointment.State.CANCELLED)
    AppointmentFactory(state=Appointment.State.BOOKED)

    groups = {group: [a.pk for a in queries.appointments_of(account, group)] for group in queries.GROUPS}

    assert groups == {"unpaid": [unpaid.pk], "upcoming": [booked.pk], "past": [past.pk], "ended": [ended.pk]}
    assert queries.next_appointment(account).pk == booked.pk
    with pytest.raises(NotFound):
        queries.get_appointment(AccountFactory(), booked.ref)


def test_a_slot_that_has_begun_is_not_free() -> None:
    schedule = ScheduleFactory(date=timezone.localdate())
    begun = timezone.now() - timedelta(minutes=1)
    SlotFactory(schedule=schedule, number=1, starts_at=begun, ends_at=begun + timedelta(minutes=30))

    assert queries.slots_of(schedule) == []
    assert Slot.objects.count() == 1


def test_a_patient_with_a_visit_ahead_cannot_be_removed() -> None:
    account = AccountFactory()
    booked = AppointmentFactory(account=account, state=Appointment.State.BOOKED)

    with pytest.raises(PortalError, match="先取消预约"):
        patients.remove_patient(account=account, ref=booked.patient.ref)

    done = AppointmentFactory(account=account, state=Appointment.State.CANCELLED)
    patients.remove_patient(account=account, ref=done.patient.ref)
