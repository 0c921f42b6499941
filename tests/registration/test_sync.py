"""Synchronising schedules and slots: equal to HIS afterwards, nothing booked is lost (requirements 1.2, 46.12)."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.utils import timezone

from business.integration import his
from business.integration.his import ScheduleFact, SlotFact
from business.integration.outcomes import Unknown
from business.notices import queries as notices
from business.notices.models import Notice
from business.registration import sync
from business.registration.models import ReleaseRule, Schedule, Slot
from tests.factories import AppointmentFactory, CampusFactory, DepartmentFactory, DoctorFactory

pytestmark = pytest.mark.django_db


class Listing:
    """What HIS lists."""

    def __init__(self) -> None:
        self.day = timezone.localdate() + timedelta(days=1)
        self.campus, self.doctor = CampusFactory(), DoctorFactory()
        self.department = DepartmentFactory(campus=self.campus)
        self.schedule_rows = [
            ScheduleFact(
                code="S1",
                campus_code=self.campus.code,
                department_code=self.department.code,
                doctor_code=self.doctor.code,
                date=self.day,
                session="morning",
                clinic_name="专家门诊",
                place="门诊楼 3 层 305 诊室",
                fee_fen=5000,
                total=2,
                remaining=2,
                state="open",
                updated_at=timezone.now(),
            )
        ]
        self.slot_rows = [
            SlotFact(code=f"S1-{n}", schedule_code="S1", number=n, start=time(8, 0), end=time(8, 30), state="free")
            for n in (1, 2)
        ]

    def schedules(self, start, end, department_code=None, updated_since=None):
        return [row for row in self.schedule_rows if not updated_since or row.updated_at >= updated_since]

    def slots(self, start, end, schedule_code=None):
        return [row for row in self.slot_rows if schedule_code in (None, row.schedule_code)]


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch, db) -> Listing:
    listing = Listing()
    monkeypatch.setattr(his, "client", lambda: listing)
    return listing


@pytest.mark.req("46.12", "1.2")
def test_a_first_run_brings_everything_and_a_second_writes_nothing(listing: Listing) -> None:
    assert sync.sync_schedules() == sync.SyncResult(schedules=1, slots=2)

    assert sync.sync_schedules() == sync.SyncResult(schedules=0, slots=0)

    slot = Slot.objects.select_related("schedule__doctor").get(code="S1-1")
    assert slot.schedule.doctor == listing.doctor
    assert f"{timezone.localtime(slot.starts_at):%H:%M}" == "08:00"


def test_what_changed_at_his_changes_here(listing: Listing) -> None:
    sync.sync_schedules()
    listing.schedule_rows[0] = replace(listing.schedule_rows[0], state="stopped", fee_fen=3000)
    listing.slot_rows[0] = replace(listing.slot_rows[0], state="taken")

    assert sync.sync_schedules() == sync.SyncResult(schedules=1, slots=1)

    assert Schedule.objects.values_list("state", "fee_fen").get() == ("stopped", 3000)
    assert Slot.objects.get(code="S1-1").state == Slot.State.TAKEN


def test_a_slot_that_our_patient_holds_stays_theirs(listing: Listing) -> None:
    sync.sync_schedules()
    slot = Slot.objects.get(code="S1-1")
    appointment = AppointmentFactory(slot=slot)
    listing.slot_rows[0] = replace(listing.slot_rows[0], state="taken")

    sync.sync_schedules()

    slot.refresh_from_db()
    assert (slot.state, slot.claim.pk) == (Slot.State.OPEN, appointment.pk)


def test_what_his_no_longer_lists_is_closed_and_never_deleted(listing: Listing) -> None:
    sync.sync_schedules()
    gone, first = listing.schedule_rows[0], listing.slot_rows[0]
    listing.schedule_rows = [replace(gone, code="S2")]
    listing.slot_rows = [replace(first, code="S2-1", schedule_code="S2")]

    sync.sync_schedules()

    assert Schedule.objects.get(code="S1").state == "stopped"
    assert set(Slot.objects.filter(schedule__code="S1").values_list("state", flat=True)) == {"closed"}
    assert Slot.objects.filter(schedule__code="S1").count() == 2


@pytest.mark.parametrize("empty", ["schedule_rows", "slot_rows"])
def test_an_answer_that_lists_nothing_at_all_is_not_believed(listing: Listing, empty: str) -> None:
    sync.sync_schedules()
    setattr(listing, empty, [])

    with pytest.raises(Unknown):
        sync.sync_schedules()

    assert Schedule.objects.get().state == "open"
    assert set(Slot.objects.values_list("state", flat=True)) == {"open"}


def test_a_clinic_of_an_unknown_department_waits_for_the_base_data(listing: Listing) -> None:
    listing.schedule_rows[0] = replace(listing.schedule_rows[0], department_code="unheard-of")

    assert sync.sync_schedules() == sync.SyncResult(schedules=0, slots=0)


def test_new_slots_are_written_once(listing: Listing, django_assert_max_num_queries) -> None:
    """What was just inserted is not updated again: a first run of a whole fortnight would take minutes."""
    listing.slot_rows = [replace(listing.slot_rows[0], code=f"S1-{n}", number=n) for n in range(1, 401)]

    with django_assert_max_num_queries(25) as asked:
        sync.sync_schedules()

    assert not [q for q in asked.captured_queries if q["sql"].startswith("UPDATE")]


@pytest.mark.three_databases
def test_numbers_that_his_gives_out_anew_replace_the_old_ones(listing: Listing) -> None:
    sync.sync_schedules()
    listing.slot_rows = [replace(row, code=f"{row.code}-again") for row in listing.slot_rows]

    sync.sync_schedules()

    assert dict(Slot.objects.values_list("code", "state")) == {
        "S1-1": "closed",
        "S1-2": "closed",
        "S1-1-again": "open",
        "S1-2-again": "open",
    }


@pytest.mark.three_databases
def test_numbers_that_change_places_keep_their_codes(listing: Listing) -> None:
    sync.sync_schedules()
    first, second = listing.slot_rows
    listing.slot_rows = [replace(first, number=2), replace(second, number=1)]

    sync.sync_schedules()

    assert dict(Slot.objects.values_list("code", "number")) == {"S1-1": 2, "S1-2": 1}


def test_a_campus_that_opens_earlier_gets_its_days_too(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    ReleaseRule.objects.create(campus=listing.campus, days_ahead=28)
    asked: list = []
    monkeypatch.setattr(listing, "slots", lambda start, end, schedule_code=None: asked.append(end) or [])

    sync.sync_schedules()

    assert asked == [timezone.localdate() + timedelta(days=28)]


@pytest.mark.req("7.3")
def test_a_clinic_that_his_stops_is_announced_by_itself_and_taken_back_when_it_reopens(listing: Listing) -> None:
    sync.sync_schedules()
    open_one = listing.schedule_rows[0]
    listing.schedule_rows[0] = replace(open_one, state="stopped")

    sync.sync_schedules()
    sync.sync_schedules()

    notice = Notice.objects.get()
    assert notice.kind == Notice.Kind.STOPPED
    assert "停诊" in notice.title
    assert notices.concerning(department=notice.department) == [notice]

    listing.schedule_rows[0] = open_one
    sync.sync_schedules()
    assert notices.concerning(department=notice.department) == []

    listing.schedule_rows[0] = replace(open_one, state="stopped")
    sync.sync_schedules()
    assert notices.concerning(department=notice.department) == [notice]


@pytest.mark.req("7.3")
def test_a_stop_whose_notice_cannot_be_written_is_not_written_either(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.sync_schedules()
    listing.schedule_rows[0] = replace(listing.schedule_rows[0], state="stopped")

    def broken(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("business.notices.services.announce", broken)
    with pytest.raises(OSError, match="disk full"):
        sync.sync_schedules()
    assert not Schedule.objects.filter(state=Schedule.State.STOPPED).exists()
