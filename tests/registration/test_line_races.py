"""The line under many hands: in order, one offer a number, on every database (10.8, G5.4)."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from business.registration import services
from business.registration.models import AffectedBooking, Appointment, ClinicChange, Schedule, Slot, WaitingEntry
from business.registration.services import changes, line, offers
from business.security.errors import PortalError
from tests.factories import AppointmentFactory, PatientFactory, ScheduleFactory, SlotFactory
from tests.registration.fake_his import FakeHis
from tests.registration.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.three_databases]


def workers() -> int:
    """Return how many at once: SQLite has one writer at a time."""
    return 6 if connection.vendor == "sqlite" else 16


@pytest.fixture
def full(fake_his: FakeHis, merchant) -> Schedule:
    schedule = ScheduleFactory(date=timezone.localdate() + timedelta(days=3))
    for number in range(1, 4):
        AppointmentFactory(slot=SlotFactory(schedule=schedule, number=number))
    return schedule


def free_all() -> None:
    Appointment.objects.update(state="cancelled", claimed_slot=None, patient_claim=None)


def joining(patient, schedule):
    return lambda: line.join(account=patient.account, patient_ref=patient.ref, schedule_ref=schedule.ref)


@pytest.mark.req("10.8", "G5.4")
def test_many_workers_offer_each_number_once_and_in_order(full: Schedule) -> None:
    entries = [joining(PatientFactory(), full)() for _ in range(5)]
    free_all()
    outsiders = [PatientFactory() for _ in range(workers() // 2)]
    slots = list(Slot.objects.all())

    jobs = [offers.sweep] * (workers() // 2)
    jobs += [
        partial(
            services.hold,
            account=one.account,
            patient_ref=one.ref,
            slot_ref=slots[n % 3].ref,
            request_key=f"f{n}",
        )
        for n, one in enumerate(outsiders)
    ]
    results = at_once(jobs)

    assert all(isinstance(one, (int, PortalError)) for one in results), results
    states = [WaitingEntry.objects.get(pk=entry.pk).state for entry in entries]
    assert states == ["offered"] * 3 + ["waiting"] * 2
    claimed = list(Appointment.objects.filter(claimed_slot__isnull=False).values_list("claimed_slot", flat=True))
    assert sorted(claimed) == sorted(slot.pk for slot in slots)
    assert Schedule.objects.get().waiting == 2


def test_one_person_joining_many_times_at_once_is_one_entry(full: Schedule) -> None:
    patient = PatientFactory()

    results = at_once([joining(patient, full)] * workers())

    assert {one.pk for one in results} == {WaitingEntry.objects.get().pk}
    assert Schedule.objects.get().waiting == 1


@pytest.mark.req("46.13")
def test_booking_while_a_clinic_stops_leaves_nobody_unhandled(fake_his: FakeHis, merchant) -> None:
    schedule = ScheduleFactory()
    slots = [SlotFactory(schedule=schedule, number=n) for n in range(1, 6)]
    patients = [PatientFactory() for _ in slots]

    jobs = [
        partial(services.hold, account=p.account, patient_ref=p.ref, slot_ref=s.ref, request_key="f")
        for p, s in zip(patients, slots, strict=True)
    ]
    at_once([*jobs, *[partial(changes.stop, schedule, actor="staff")] * 3])
    changes.find_stragglers()

    living = set(Appointment.objects.filter(claimed_slot__isnull=False).values_list("pk", flat=True))
    assert ClinicChange.objects.count() == 1
    assert living <= set(AffectedBooking.objects.values_list("appointment_id", flat=True))
