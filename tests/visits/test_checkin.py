"""报到: the hospital's window and place, HIS asked until it answers, nothing guessed, nothing twice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from blocks.visits.views import address_of
from business.integration.outcomes import Refused
from business.messaging.models import Message
from business.patients import codes as person_codes
from business.patients.models import ConductEvent, Device
from business.patients.services import scans, standing
from business.registration import errors as booking_errors
from business.registration import services, tickets
from business.registration.models import Appointment
from business.registration.services.move import move
from business.security.models import AuditEvent
from business.visits import checkin, codes, no_shows
from business.visits.errors import CannotCheckIn, CodeInvalid, WhereAreYou
from business.visits.hooks import _no_shows, on_no_show
from business.visits.models import CheckPoint, Visit, VisitRule
from business.visits.rules import Location
from tests.factories import AppointmentFactory, DepartmentFactory, PatientFactory, SlotFactory
from tests.registration.fake_his import SILENCE, FakeHis, lost
from tests.visits.conftest import know

pytestmark = pytest.mark.django_db
State = Visit.State


def come(row: Appointment, point: CheckPoint, location: Location | None = None) -> Visit:
    return checkin.check_in(account=row.account, appointment_ref=row.ref, point=point, location=location)


@pytest.mark.req("10.2")
def test_who_scans_in_time_is_in_the_queue_once(
    booked: Appointment, point: CheckPoint, at_the_hour: Any, fake_his: FakeHis
) -> None:
    first, second = come(booked, point), come(booked, point)

    assert (first.pk, first.state, first.queue_no, first.room) == (second.pk, State.WAITING, "A001", "305 诊室")
    assert fake_his.registrations[booked.trade_no]["checked_in"] == 1
    assert AuditEvent.objects.filter(event="visits.checked_in").count() == 1


@pytest.fixture
def kiosk(booked: Appointment) -> Device:
    """A kiosk of the visit's campus."""
    return Device.objects.create(name="自助机 3", campus=booked.slot.schedule.campus, secret=scans.new_secret())


@pytest.mark.req("10.2")
@pytest.mark.parametrize("shown", ["visit", "person"])
def test_a_code_on_the_patients_own_phone_shown_to_a_kiosk_does_the_same(
    booked: Appointment, kiosk: Device, at_the_hour: Any, fake_his: FakeHis, shown: str
) -> None:
    text = tickets.issue(booked) if shown == "visit" else person_codes.issue(booked.patient)

    first = scans.scan(device=kiosk, text=text, purpose="check_in", request_no="r-1")
    again = scans.scan(device=kiosk, text=text, purpose="check_in", request_no="r-1")

    assert first.facts["check_in"] == again.facts["check_in"]
    assert (first.facts["check_in"]["state"], first.facts["check_in"]["queue_no"]) == ("waiting", "A001")
    visit = Visit.objects.get()
    assert (visit.way, visit.device) == (Visit.Way.CODE, "自助机 3")
    assert fake_his.registrations[booked.trade_no]["checked_in"] == 1


def test_a_kiosk_is_told_why_not_and_who_it_is_all_the_same(
    booked: Appointment, kiosk: Device, at_the_hour: Any
) -> None:
    other = PatientFactory()
    nobody = scans.scan(device=kiosk, text=person_codes.issue(other), purpose="check_in")
    assert (nobody.patient, nobody.facts["check_in"]) == (other, None)
    kiosk.campus = DepartmentFactory().campus
    elsewhere = scans.scan(device=kiosk, text=tickets.issue(booked), purpose="check_in")
    assert elsewhere.facts["check_in"]["state"] == "refused"
    assert "请到那里报到" in elsewhere.facts["check_in"]["problem"]
    assert not Visit.objects.exists()


@pytest.mark.parametrize(("minutes", "says"), [(-61, "起可以报到"), (-60, ""), (39, ""), (41, "已过报到时间")])
def test_the_window_is_the_hospitals(
    booked: Appointment, point: CheckPoint, fake_his: FakeHis, minutes: int, says: str
) -> None:
    VisitRule.objects.create(opens_before_minutes=60, closes_after_minutes=30)
    with time_machine.travel(booked.slot.starts_at + timedelta(minutes=minutes), tick=False):
        if says:
            with pytest.raises(CannotCheckIn, match=says):
                come(booked, point)
            assert not Visit.objects.exists()
        else:
            assert come(booked, point).state == State.WAITING


def test_the_place_is_the_bookings(booked: Appointment, point: CheckPoint, at_the_hour: Any) -> None:
    elsewhere = CheckPoint.objects.create(name="分院", campus=DepartmentFactory().campus)
    with pytest.raises(CannotCheckIn, match="请到那里报到"):
        come(booked, elsewhere)
    point.departments.add(DepartmentFactory())
    with pytest.raises(CannotCheckIn, match="不接受"):
        come(booked, point)
    point.departments.add(booked.slot.schedule.department)
    assert come(booked, point).state == State.WAITING


@pytest.mark.parametrize(
    ("location", "error"),
    [(None, WhereAreYou), (Location(30.60, 114.30), CannotCheckIn), (Location(30.5805, 114.3005), None)],
)
def test_a_point_may_ask_whether_one_is_there(
    booked: Appointment, point: CheckPoint, at_the_hour: Any, location: Any, error: Any
) -> None:
    point.latitude, point.longitude, point.radius_m = Decimal("30.58"), Decimal("114.30"), 300
    point.save()
    if error:
        with pytest.raises(error):
            come(booked, point, location)
    else:
        assert come(booked, point, location).state == State.WAITING


@pytest.mark.parametrize("text", [("nan", "0"), ("91", "0"), ("", ""), ("30.5", "inf"), ("x", "y")])
def test_a_place_that_is_none_on_earth_is_no_place(text: tuple[str, str]) -> None:
    assert Location.read(*text) is None


def test_codes_are_signed_and_a_renewed_one_makes_the_old_worthless(point: CheckPoint) -> None:
    old = codes.code_of(point)
    assert codes.point_of(old) == point
    assert address_of(point).endswith(f"/-/checkin/{old}/")
    CheckPoint.objects.filter(pk=point.pk).update(version=2)
    with pytest.raises(CodeInvalid, match="已更换"):
        codes.point_of(old)
    for forged in ("", "x", old[:-1] + ("0" if old[-1] != "0" else "1"), old.replace(".1.", ".2.")):
        with pytest.raises(CodeInvalid, match="不是本院"):
            codes.point_of(forged)


@pytest.mark.parametrize("fault", [SILENCE, lost()])
def test_a_silent_his_is_asked_on_under_the_same_number(
    booked: Appointment, point: CheckPoint, at_the_hour: Any, fake_his: FakeHis, fault: Any
) -> None:
    fake_his.faults["check_in"] += [fault, SILENCE]

    visit = come(booked, point)
    assert visit.state == State.CHECKING
    with pytest.raises(booking_errors.CannotCancel, match="已报到"):
        services.cancel(account=booked.account, appointment_ref=booked.ref)
    for _round in range(2):
        Visit.objects.update(next_check_at=timezone.now())
        checkin.ask_on()

    visit.refresh_from_db()
    assert visit.state == State.WAITING
    assert fake_his.registrations[booked.trade_no]["checked_in"] == 1


def test_a_refusal_is_told_and_may_be_tried_again(
    booked: Appointment, point: CheckPoint, at_the_hour: Any, fake_his: FakeHis
) -> None:
    fake_his.faults["check_in"].append(Refused("TOO_EARLY"))
    with pytest.raises(CannotCheckIn, match="还没有到报到时间"):
        come(booked, point)
    assert Visit.objects.get().state == State.REFUSED
    assert come(booked, point).state == State.WAITING


@pytest.mark.req("10.11")
def test_who_has_checked_in_neither_cancels_nor_moves(booked: Appointment, point: CheckPoint, at_the_hour: Any) -> None:
    come(booked, point)
    slot = SlotFactory(schedule=booked.slot.schedule, number=40)
    with pytest.raises(booking_errors.CannotCancel, match="已报到"):
        services.cancel(account=booked.account, appointment_ref=booked.ref)
    with pytest.raises(booking_errors.CannotMove, match="已报到"):
        move(account=booked.account, appointment_ref=booked.ref, slot_ref=slot.ref, request_key="k")


def test_nobody_checks_anothers_booking_in(booked: Appointment, point: CheckPoint, at_the_hour: Any) -> None:
    with pytest.raises(booking_errors.NotFound):
        checkin.check_in(account=PatientFactory().account, appointment_ref=booked.ref, point=point)
    Appointment.objects.filter(pk=booked.pk).update(state="cancelled", claimed_slot=None)
    with pytest.raises(CannotCheckIn, match="不在待就诊状态"):
        come(booked, point)


@pytest.fixture
def missed() -> Any:
    """Who is told of patients that did not come."""
    told: list[str] = []

    def note(row: Appointment) -> None:
        told.append(row.ref)

    on_no_show(note)
    yield told
    _no_shows.remove(note)


@pytest.mark.req("46.21")
def test_who_did_not_come_is_marked_once_after_his_was_asked(
    booked: Appointment, fake_his: FakeHis, missed: list[str]
) -> None:
    standing.load_default_rules()
    there = AppointmentFactory(slot=SlotFactory(schedule=booked.slot.schedule, number=2))
    know(fake_his, there)
    fake_his.registrations[there.trade_no]["checked_in"] = 1  # at the window

    with time_machine.travel(booked.slot.ends_at + timedelta(hours=2), tick=False):
        assert no_shows.mark_due() == 0, "the hospital gives three hours"
    with time_machine.travel(booked.slot.ends_at + timedelta(hours=4), tick=False):
        fake_his.faults["query"].append(SILENCE)
        assert no_shows.mark_due() == 0, "silence marks nobody"
        assert no_shows.mark_due() == 2
        assert no_shows.mark_due() == 0

    booked.refresh_from_db()
    there.refresh_from_db()
    assert (booked.visit.state, there.visit.state) == (State.NO_SHOW, State.DONE)
    assert (booked.no_show_at is not None, there.no_show_at) == (True, None)
    assert missed == [booked.ref]
    assert list(ConductEvent.objects.values_list("kind", "source")) == [("no_show", f"no_show:{booked.ref}")]


@pytest.mark.req("15.1")
def test_reminders_are_planned_with_the_booking_and_withdrawn_with_it(booked: Appointment) -> None:
    from business.registration import hooks, states

    hooks.booked(booked)
    planned = {m.event: m for m in Message.objects.filter(subject=booked.ref)}
    assert set(planned) == {"visits.tomorrow", "visits.checkin_open"} or timezone.localtime().hour >= 18
    opens = planned["visits.checkin_open"]
    assert opens.due_at == booked.slot.starts_at - timedelta(minutes=60)

    states.move(booked, "cancelling", actor="t")
    states.move(booked, "cancelled", actor="t")
    assert set(Message.objects.filter(subject=booked.ref).values_list("state", flat=True)) == {"withdrawn"}


def test_a_reminder_tells_the_room_of_the_day_it_is_sent(booked: Appointment, settings: Any) -> None:
    from business.messaging import delivery
    from business.registration import hooks

    hooks.booked(booked)
    Appointment.objects.filter(pk=booked.pk).update(place="门诊楼 5 层 501 诊室")
    with time_machine.travel(booked.slot.starts_at - timedelta(minutes=59), tick=False):
        reminder = Message.objects.get(event="visits.checkin_open")
        delivery.deliver(reminder)
    reminder.refresh_from_db()
    assert reminder.facts["place"] == "门诊楼 5 层 501 诊室"
    assert "opens" in reminder.facts
