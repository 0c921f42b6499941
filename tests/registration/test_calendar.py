"""A visit in the phone's calendar: read back as RFC 5545 tells."""

import re
from datetime import UTC, datetime

import pytest

from business.registration import calendar
from business.registration.models import Appointment
from tests.factories import AppointmentFactory, DoctorFactory, ScheduleFactory, SlotFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("10.9")]


def read(raw: bytes) -> dict[str, str]:
    """Unfold and split the event's properties; the first of a repeated one."""
    text = raw.decode()
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    event = text.replace("\r\n ", "").split("BEGIN:VEVENT\r\n")[1]
    found: dict[str, str] = {}
    for line in event.split("\r\n"):
        name, _colon, value = line.partition(":")
        found.setdefault(name, value)
    return found


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], text)


def test_long_and_strange_texts_come_back_as_they_were() -> None:
    strange = "门诊楼，A 区; B, C \\ " + "很长的地点" * 30 + "😀"
    schedule = ScheduleFactory(place="", doctor=DoctorFactory(name="周,明;远"))
    row = AppointmentFactory(slot=SlotFactory(schedule=schedule), place=strange[:100])

    event = read(calendar.visit_file(row, url="https://portal.example.org/x?appointment=1"))

    assert strange[:100] in unescape(event["LOCATION"])
    assert "周,明;远" in unescape(event["SUMMARY"])
    assert unescape(event["DESCRIPTION"]).count("\n") == 2
    assert event["URL"] == "https://portal.example.org/x?appointment=1"


def test_the_time_is_shanghais_and_stays_so_wherever_the_phone_is() -> None:
    row = AppointmentFactory()
    event = read(calendar.visit_file(row))

    local = datetime.strptime(event["DTSTART;TZID=Asia/Shanghai"], "%Y%m%dT%H%M%S")
    assert local.replace(tzinfo=UTC).timestamp() - row.slot.starts_at.timestamp() == 8 * 3600
    assert b"TZOFFSETTO:+0800" in calendar.visit_file(row)


def test_a_moved_visit_replaces_the_former_entry() -> None:
    first = AppointmentFactory(state=Appointment.State.CANCELLED)
    second = AppointmentFactory(patient=first.patient, replaces=first, moves=1)

    old, new = read(calendar.visit_file(first)), read(calendar.visit_file(second))

    assert (old["UID"], old["STATUS"], old["SEQUENCE"]) == (new["UID"], "CANCELLED", "0")
    assert (new["STATUS"], new["SEQUENCE"]) == ("CONFIRMED", "1")
