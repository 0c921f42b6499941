"""The desk of schedules: the week, a clinic, a change seen before it happens, and what staff do to bookings."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from business.integration import outbox
from business.integration.models import OutboxItem
from business.registration.models import (
    AffectedBooking,
    Appointment,
    ClinicChange,
    ClinicTemplate,
    ReleaseRule,
    Schedule,
    SyncRun,
    TitleFee,
)
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR
from tests.factories import (
    AppointmentFactory,
    DepartmentFactory,
    DoctorFactory,
    PatientFactory,
    ScheduleFactory,
    SlotFactory,
)
from tests.registration.conftest import channel, fake_his, merchant

__all__ = ["channel", "fake_his", "merchant"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("46.11")]
MONDAY = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())


@pytest.fixture
def client(as_role):
    return as_role(ADMINISTRATOR)


def clinic_form(department, **more):
    return {
        "department": department.pk,
        "date": MONDAY.isoformat(),
        "session": "morning",
        "starts": "08:00",
        "ends": "12:00",
        "range_minutes": 30,
        "per_range": 3,
        "share_window": 4,
        **more,
    }


def deeds() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("event", flat=True))


def test_a_clinic_is_made_by_hand_and_seen_in_its_week(client) -> None:
    department = DepartmentFactory()
    doctor = DoctorFactory(name="周明远", departments=[department])
    TitleFee.objects.create(title="主任医师", fee_fen=5000)

    wrong = client.post(reverse("desk_schedules:new"), clinic_form(department, doctor=doctor.pk, ends="08:10"))
    assert wrong.status_code == 422
    assert "结束时间" in wrong.content.decode()
    client.post(reverse("desk_schedules:new"), clinic_form(department, doctor=doctor.pk))

    schedule = Schedule.objects.get()
    assert (schedule.origin, schedule.fee_fen, schedule.slots.filter(channel="window").count()) == ("own", 5000, 4)
    week = client.get(reverse("desk_schedules:week"), {"week": MONDAY.isoformat(), "department": department.pk})
    assert "周明远" in week.content.decode()
    assert "余 24/24" in week.content.decode()
    assert "schedule.created" in deeds()


def test_a_week_costs_the_same_however_full_it_is(client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("desk_schedules:week"), {"week": MONDAY.isoformat()})
        return len(seen)

    ScheduleFactory(date=MONDAY)
    cost()
    few = cost()
    for _ in range(8):
        SlotFactory(schedule=ScheduleFactory(date=MONDAY))
    assert cost() == few


def test_a_week_comes_from_templates_and_is_copied(client) -> None:
    ClinicTemplate.objects.create(
        weekday=2, department=DepartmentFactory(), session="morning", starts="08:00", ends="10:00", fee_fen=1000
    )
    url = reverse("desk_schedules:week")
    client.post(url, {"week": MONDAY.isoformat(), "deed": "templates"})
    client.post(url, {"week": (MONDAY + timedelta(days=7)).isoformat(), "deed": "copy"})

    assert sorted(Schedule.objects.values_list("date", flat=True)) == [
        MONDAY + timedelta(days=2),
        MONDAY + timedelta(days=9),
    ]
    assert deeds().count("schedule.week_made") == 2


@pytest.mark.req("46.13", "46.17")
def test_staff_see_who_is_affected_confirm_and_follow_the_progress(client, fake_his, merchant) -> None:
    schedule = ScheduleFactory(date=MONDAY)
    for number in (1, 2):
        AppointmentFactory(slot=SlotFactory(schedule=schedule, number=number), fee_fen=0)
    url = reverse("desk_schedules:change", args=[schedule.pk])

    page = client.get(url, {"kind": "stop"}).content.decode()
    assert "确认停诊（影响 2 个预约）" in page
    assert "**雯" in page
    assert "林晓雯" not in page
    # Somebody books in between: the list is shown again first
    AppointmentFactory(slot=SlotFactory(schedule=schedule, number=3), fee_fen=0)
    stale = client.post(url, {"kind": "stop", "seen": "2", "reason": "外出会诊"})
    assert stale.status_code == 422
    assert "预约有变化" in stale.content.decode()
    assert not ClinicChange.objects.exists()

    done = client.post(url, {"kind": "stop", "seen": "3", "reason": "外出会诊"})
    change = ClinicChange.objects.get()
    assert done.url == reverse("desk_clinic_changes:inspect", args=[change.pk])
    for _ in range(4):
        OutboxItem.objects.update(due_at=timezone.now())
        outbox.run_due()
    # These bookings are unknown to HIS, which is as good as cancelled there
    assert "3 / 3" in client.get(done.url).content.decode()
    AffectedBooking.objects.update(state="failed")
    client.post(reverse("desk_clinic_changes:act", args=[change.pk, "retry"]), {"reason": "已电话联系"})
    assert set(AffectedBooking.objects.values_list("state", flat=True)) == {"pending"}
    assert {"schedule.changed", "change.retried"} <= set(deeds())


def test_a_partial_stop_another_room_and_reopening(client) -> None:
    schedule = ScheduleFactory(date=MONDAY)
    for number in (1, 2, 3):
        SlotFactory(schedule=schedule, number=number)
    url = reverse("desk_schedules:change", args=[schedule.pk])

    client.post(url, {"kind": "stop", "from": "08:20", "seen": "0", "reason": ""})
    client.post(url, {"kind": "room", "seen": "0", "reason": "", "place": "4 层 401 诊室"})
    schedule.refresh_from_db()
    assert f"{timezone.localtime(schedule.stopped_from):%H:%M}" == "08:20"
    assert (schedule.state, schedule.place) == ("open", "4 层 401 诊室")

    client.post(url, {"kind": "reopen"})
    schedule.refresh_from_db()
    assert schedule.stopped_from is None
    assert client.get(url, {"kind": "nonsense"}).status_code == 404


def test_extra_numbers_and_shares_of_a_clinic_made_here(client) -> None:
    client.post(reverse("desk_schedules:new"), clinic_form(DepartmentFactory(), fee_fen="30.00"))
    schedule = Schedule.objects.get()

    client.post(reverse("desk_schedules:act", args=[schedule.pk, "extra"]), {"count": 2, "channel": "portal"})
    client.post(reverse("desk_schedules:act", args=[schedule.pk, "slots"]), {"numbers": "1,3-5", "deed": "take"})
    bad = client.post(reverse("desk_schedules:act", args=[schedule.pk, "slots"]), {"numbers": "x", "deed": "take"})

    assert schedule.slots.filter(is_extra=True).count() == 2
    assert schedule.slots.filter(state="taken").count() == 4
    assert bad.status_code == 422
    assert {"schedule.extra", "schedule.slots"} <= set(deeds())
    client.post(reverse("desk_schedules:remove", args=[schedule.pk]))
    assert not Schedule.objects.exists()


def test_one_release_rule_a_place_and_a_second_batch_after_the_first(client) -> None:
    url = reverse("desk_release_rules:add")
    client.post(url, {"days_ahead": 14, "release_at": "07:30", "same_day": ""})
    again = client.post(url, {"days_ahead": 7, "same_day": ""})
    assert "已有放号规则" in again.content.decode()
    wrong = client.post(
        url, {"department": DepartmentFactory().pk, "days_ahead": 7, "rest_days_ahead": 7, "same_day": "false"}
    )
    assert "放得晚" in wrong.content.decode()
    assert ReleaseRule.objects.count() == 1


@pytest.mark.req("46.18")
def test_staff_undo_a_booking_with_a_reason_and_note_who_did_not_come(client, fake_his, merchant) -> None:
    row = AppointmentFactory()
    url = reverse("desk_appointments:act", args=[row.pk, "cancel"])
    client.post(url, {"reason": ""})
    assert Appointment.objects.get().state == "booked"

    client.post(url, {"reason": "患者来电要求取消"})
    for _ in range(3):
        OutboxItem.objects.update(due_at=timezone.now())
        outbox.run_due()
    row.refresh_from_db()
    assert (row.state, row.cause, row.reason) == ("cancelled", "staff", "医院取消：患者来电要求取消")

    past = timezone.now() - timedelta(days=1)
    missed = AppointmentFactory(slot__starts_at=past, slot__ends_at=past + timedelta(minutes=10))
    for code, noted in (("no-show", True), ("came", False)):
        client.post(reverse("desk_appointments:act", args=[missed.pk, code]), {"reason": "诊区核对"})
        missed.refresh_from_db()
        assert bool(missed.no_show_at) == noted
    assert {"booking.cancelled", "booking.no_show", "booking.came"} <= set(deeds())


@pytest.mark.req("46.18")
def test_an_export_is_masked_and_written_down(client) -> None:
    AppointmentFactory(patient=PatientFactory(name="林晓雯"))

    answer = client.get(reverse("desk_appointments:index"), {"export": "xlsx"})

    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row]
    assert "**雯" in cells
    assert not any("林晓雯" in cell for cell in cells)
    assert "bookings.exported" in deeds()


def test_statistics_by_everything_cost_the_same_for_much_as_for_little(client) -> None:
    AppointmentFactory(slot__schedule__date=date.today())
    url = reverse("desk_appointments:statistics")
    for by in ("department", "doctor", "channel", "day"):
        assert client.get(url, {"by": by, "to": MONDAY.isoformat()}).status_code == 200
    page = client.get(url, {"by": "day", "to": "2999-99-99"})
    assert page.status_code == 200
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _ in range(5):
        AppointmentFactory(slot__schedule__date=timezone.localdate())
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)


@pytest.mark.req("46.12")
def test_a_full_synchronisation_can_be_asked_for(client) -> None:
    client.post(reverse("desk_sync_runs:index"))
    assert OutboxItem.objects.get(topic="registration.sync").payload["actor"].startswith("staff:")
    assert "sync.asked" in deeds()
    assert not SyncRun.objects.exists()
