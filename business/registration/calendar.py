"""A visit as an iCalendar file (RFC 5545): CRLF lines of at most 75 octets, escaped text, a UID that outlives moves."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from business.registration.models import Appointment

LONGEST_LINE = 75  # octets, without the line end
ZONE = "Asia/Shanghai"
# China has had no summer time since 1991; phones know the zone by its name, others need its rule.
TIMEZONE = (
    "BEGIN:VTIMEZONE",
    f"TZID:{ZONE}",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0800",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
)
CANCELLED = frozenset({Appointment.State.CANCELLED, Appointment.State.FAILED, Appointment.State.EXPIRED})


def escape(text: str) -> str:
    r"""Escape a TEXT value: ``\`` ``;`` ``,`` and line ends (RFC 5545 §3.3.11); other control characters go."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(one for one in text if one >= " ")


def fold(line: str) -> str:
    """Break a line into pieces of at most 75 octets, never inside a character (§3.1)."""
    pieces, piece, size, room = [], "", 0, LONGEST_LINE
    for one in line:
        octets = len(one.encode())
        if size + octets > room:
            pieces.append(piece)
            piece, size, room = "", 0, LONGEST_LINE - 1  # a continuation begins with a space
        piece, size = piece + one, size + octets
    return "\r\n ".join([*pieces, piece])


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y%m%dT%H%M%S}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def first_of(appointment: Appointment) -> Appointment:
    """Return the booking that was moved until it became this one; a SQL a move, of which the hospital allows few."""
    first = appointment
    while first.replaces is not None:
        first = first.replaces
    return first


def visit_file(appointment: Appointment, *, url: str = "") -> bytes:
    """Return the file of a booked visit; a moved visit replaces the former entry of the calendar."""
    slot, schedule = appointment.slot, appointment.slot.schedule
    who = schedule.doctor.name if schedule.doctor else schedule.clinic_name
    place = appointment.place or schedule.place
    location = " ".join(part for part in (schedule.campus.name, place, schedule.campus.address) if part)
    notes = [
        _("就诊人：{name}").format(name=appointment.patient.name),
        _("序号：{number} 号").format(number=slot.number),
        _("请提前报到，带好证件和以往病历。"),
    ]
    changed_at = appointment.ended_at or appointment.booked_at or appointment.created_at
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Pocket Hospital//Visits//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *TIMEZONE,
        "BEGIN:VEVENT",
        f"UID:{first_of(appointment).ref}@{urlsplit(settings.PORTAL_URL).hostname}",
        f"DTSTAMP:{_utc(timezone.now())}",
        f"LAST-MODIFIED:{_utc(changed_at)}",
        f"SEQUENCE:{appointment.moves}",
        f"DTSTART;TZID={ZONE}:{_local(slot.starts_at)}",
        f"DTEND;TZID={ZONE}:{_local(slot.ends_at)}",
        f"SUMMARY:{escape(_('就诊：{department} {who}').format(department=schedule.department.name, who=who))}",
        f"LOCATION:{escape(location)}",
        f"DESCRIPTION:{escape(chr(10).join(notes))}",
        f"STATUS:{'CANCELLED' if appointment.state in CANCELLED else 'CONFIRMED'}",
        *([f"URL:{url}"] if url else []),
        *_alarm("-P1D"),
        *_alarm("-PT2H"),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{fold(line)}\r\n" for line in lines).encode()


def _alarm(before: str) -> list[str]:
    return [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{escape(_('就诊提醒'))}",
        f"TRIGGER:{before}",
        "END:VALARM",
    ]
