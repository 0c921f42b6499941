"""Every synchronisation leaves a record; increments ask from HIS's own clock (46.12)."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from business.integration import outbox
from business.integration.outcomes import Unknown
from business.messaging.models import Message
from business.registration import sync
from business.registration.models import AffectedBooking, ClinicChange, Schedule, SyncRun
from business.registration.services import changes
from tests.factories import AppointmentFactory, DoctorFactory
from tests.registration.test_sync import Listing, listing

__all__ = ["listing"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("46.12")]


def test_a_run_shows_what_differed_and_how_many_bookings_it_touches(listing: Listing) -> None:
    sync.sync_schedules(actor="staff:wang")
    AppointmentFactory(slot=Schedule.objects.get().slots.first())
    listing.schedule_rows[0] = replace(listing.schedule_rows[0], fee_fen=3000, place="4 层 401 诊室")

    sync.sync_schedules()

    first, second = SyncRun.objects.order_by("pk")
    assert (first.kind, first.actor, first.state, first.schedules_seen, first.slots_seen) == (
        "full", "staff:wang", "ok", 1, 2,
    )  # fmt: skip
    assert {(line["change"], line["before"], line["after"]) for line in second.differences} == {
        ("挂号费（分）", "5000", "3000"),
        ("地点", "门诊楼 3 层 305 诊室", "4 层 401 诊室"),
    }
    assert {line["booked"] for line in second.differences} == {1}


def test_an_increment_asks_for_what_changed_and_leaves_no_line_when_nothing_did(listing: Listing) -> None:
    sync.sync_changes()
    asked: list = []
    listing.schedules = lambda start, end, department_code=None, updated_since=None: (  # type: ignore[method-assign]
        asked.append(updated_since) or [row for row in listing.schedule_rows if row.updated_at >= updated_since]
    )
    assert sync.sync_changes() == sync.SyncResult(0, 0)
    assert (SyncRun.objects.count(), asked) == (1, [listing.schedule_rows[0].updated_at])

    later = timezone.now() + timedelta(minutes=1)
    listing.schedule_rows[0] = replace(listing.schedule_rows[0], fee_fen=3000, updated_at=later)
    assert sync.sync_changes() == sync.SyncResult(1, 0)
    run = SyncRun.objects.first()
    assert (run.kind, run.cursor) == ("increment", later)
    # What an increment does not list is not gone
    listing.schedule_rows = []
    sync.sync_changes()
    assert Schedule.objects.get().state == "open"


def test_once_an_hour_everything_is_compared(listing: Listing) -> None:
    sync.sync_changes()
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        sync.sync_changes()
    assert list(SyncRun.objects.values_list("kind", flat=True)) == ["full", "full"]


def test_a_failure_is_written_down_and_the_next_run_begins_where_the_last_good_one_ended(listing: Listing) -> None:
    sync.sync_changes()
    good = listing.schedules

    def silent(*args, **kwargs):
        raise Unknown("no answer")

    listing.schedules = silent  # type: ignore[method-assign]
    with pytest.raises(Unknown):
        sync.sync_changes()
    listing.schedules = good  # type: ignore[method-assign]
    sync.sync_changes()

    assert SyncRun.objects.filter(state="failed").get().problem.startswith("HIS 没有给出可用的数据")
    assert SyncRun.objects.filter(state="ok").count() == 1


def test_a_booking_stays_whatever_his_leaves_out_and_the_record_says_so(listing: Listing) -> None:
    sync.sync_schedules()
    row = AppointmentFactory(slot=Schedule.objects.get().slots.first())
    listing.schedule_rows = [replace(listing.schedule_rows[0], code="S2")]
    listing.slot_rows = [replace(listing.slot_rows[0], code="S2-1", schedule_code="S2")]

    sync.sync_schedules()

    row.refresh_from_db()
    assert (row.state, row.claimed_slot_id) == ("booked", row.slot_id)
    lines = {(line["code"], line["change"], line.get("booked")) for line in SyncRun.objects.first().differences}
    assert ("S1", "HIS 未列出，停止预约", 1) in lines
    assert ("S1-1", "HIS 未列出，预约保留", 1) in lines
    assert not ClinicChange.objects.exists()
    # And when HIS says that it is stopped, the patient hears of it
    listing.schedule_rows.append(replace(listing.schedule_rows[0], code="S1", state="stopped"))
    sync.sync_schedules()
    assert AffectedBooking.objects.get().appointment == row


@pytest.mark.req("46.13")
def test_changes_from_his_take_the_same_path_as_those_of_staff(listing: Listing) -> None:
    sync.sync_schedules()
    row = AppointmentFactory(slot=Schedule.objects.get().slots.first())
    other = DoctorFactory(name="许文涛")
    listing.schedule_rows[0] = replace(listing.schedule_rows[0], doctor_code=other.code, place="4 层 401 诊室")

    sync.sync_schedules()
    outbox.run_due()

    row.refresh_from_db()
    assert row.place == "4 层 401 诊室"
    assert Message.objects.filter(event="registration.changed").count() == 2
    assert set(ClinicChange.objects.values_list("kind", "origin")) == {("doctor", "his"), ("room", "his")}
    assert sync.sync_schedules() == sync.SyncResult(0, 0)


def test_what_staff_decided_here_is_kept_against_his(listing: Listing) -> None:
    sync.sync_schedules()
    schedule = Schedule.objects.get()
    changes.change_room(schedule, "急诊楼 1 层", actor="staff")
    changes.stop(schedule, actor="staff")

    assert sync.sync_schedules() == sync.SyncResult(0, 0)

    schedule.refresh_from_db()
    assert (schedule.state, schedule.place) == ("stopped", "急诊楼 1 层")
    changes.reopen(schedule, actor="staff")
    sync.sync_schedules()
    schedule.refresh_from_db()
    assert schedule.state == "open"
