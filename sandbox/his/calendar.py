"""Fourteen days of schedules and slots relative to today, the same for the same day on every machine."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.his.doctors import DOCTORS, FEES_FEN, GENERAL, Doctor
from sandbox.his.hospital import DEPARTMENTS, Department

__all__ = ["DAYS", "Schedule", "Slot", "schedules_of", "window"]

DAYS = 14
SESSIONS = {"morning": ("M", 8 * 60, 8), "afternoon": ("A", 13 * 60 + 30, 8), "evening": ("E", 18 * 60, 5)}
"""Session → letter in the code, first minute of the day, number of half-hours."""
RANGE_MINUTES = 30
PER_RANGE = 2
SATURDAY = 5
# How many doctors come at the weekend or in the evening, and how many clinics are sold out anyway.
WEEKEND_SHARE, EVENING_SHARE, FULL_SHARE = 0.35, 0.5, 0.06
ALWAYS_FULL = {"D010102", "D030202", "D060101"}
"""Doctors whose patients come back: every number is gone at the window before it reaches the portal."""
WEEKLY_STOP = {("D010201", 2), ("D020201", 4), ("D050101", 1)}
"""(doctor, weekday): away that day every week; the clinic stays in the list as stopped."""
AFTERNOON_CLINICS = {0, 2, 4}
EVENING = {"0101A", "0401A", "0401B", "0501A", "0601A", "0701A"}


@dataclass(frozen=True)
class Slot:
    """One number of a schedule."""

    code: str
    number: int
    start: str
    end: str
    state: str


@dataclass(frozen=True)
class Schedule:
    """A doctor's (or a general clinic's) half day."""

    code: str
    campus_code: str
    department_code: str
    doctor_code: str | None
    date: str
    session: str
    clinic_name: str
    place: str
    fee_fen: int
    state: str
    slots: tuple[Slot, ...]


def schedules_of(day: date) -> Iterator[Schedule]:
    """Build every schedule of one calendar day; ``day`` alone decides what is in it."""
    departments = {department.code: department for department in DEPARTMENTS}
    for doctor in DOCTORS:
        for session, department_code in _sessions(doctor, day):
            department = departments[department_code]
            stopped = (doctor.code, day.weekday()) in WEEKLY_STOP
            yield _schedule(doctor.code, department, day, session, doctor.title, _room(doctor, department), stopped)
    if day.weekday() < SATURDAY + 1:
        for department in DEPARTMENTS:
            if department.general_clinic:
                for session in ("morning", "afternoon") if day.weekday() in AFTERNOON_CLINICS else ("morning",):
                    yield _schedule(None, department, day, session, GENERAL, f"{department.location} 普通诊室", False)


def _sessions(doctor: Doctor, day: date) -> Iterator[tuple[str, str]]:
    """Yield (session, department code) of a doctor's day: a fixed weekly pattern from the doctor's code."""
    week = random.Random(f"week:{doctor.code}")
    halves = [(weekday, session) for weekday in range(SATURDAY) for session in ("morning", "afternoon")]
    pattern = sorted(week.sample(halves, k=2 + week.randrange(2)))
    # The stopped day must be one of the doctor's days, or there would be nothing to stop.
    pattern += [(weekday, "morning") for code, weekday in sorted(WEEKLY_STOP) if code == doctor.code]
    if week.random() < WEEKEND_SHARE:
        pattern.append((SATURDAY + week.randrange(2), "morning"))
    if EVENING & set(doctor.department_codes) and week.random() < EVENING_SHARE:
        pattern.append((week.randrange(SATURDAY), "evening"))
    for index, (weekday, session) in enumerate(dict.fromkeys(pattern)):
        if weekday == day.weekday():
            yield session, doctor.department_codes[index % len(doctor.department_codes)]


def _room(doctor: Doctor, department: Department) -> str:
    building, floor, *_ = department.location.split(" ")
    number = int(floor) * 100 + int(doctor.code[3:5]) * 3 + int(doctor.code[5:])
    return f"{building} {floor} 层 {number} 诊室"


def _schedule(
    doctor_code: str | None, department: Department, day: date, session: str, title: str, place: str, stopped: bool
) -> Schedule:
    letter, first, ranges = SESSIONS[session]
    code = f"{day:%Y%m%d}-{doctor_code or 'P' + department.code}-{letter}"
    dice = random.Random(code)
    count = ranges * PER_RANGE
    full = doctor_code in ALWAYS_FULL or dice.random() < FULL_SHARE
    share = 1.0 if full else dice.triangular(0.0, 0.85, 0.3)
    taken = set(dice.sample(range(count), k=round(count * share)))
    slots = tuple(
        Slot(
            code=f"{code}-{index + 1:02}",
            number=index + 1,
            start=_clock(first + index // PER_RANGE * RANGE_MINUTES),
            end=_clock(first + (index // PER_RANGE + 1) * RANGE_MINUTES),
            state="taken" if index in taken else "free",
        )
        for index in range(count)
    )
    kind = "普通门诊" if title == GENERAL else "晚间门诊" if session == "evening" else "专家门诊"
    return Schedule(
        code=code,
        campus_code=department.campus_code or "",
        department_code=department.code,
        doctor_code=doctor_code,
        date=day.isoformat(),
        session=session,
        clinic_name=f"{department.name}{'专科门诊' if title == '主治医师' and kind == '专家门诊' else kind}",
        place=place,
        fee_fen=FEES_FEN[title],
        state="stopped" if stopped else "open",
        slots=slots,
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def window(today: date) -> list[date]:
    """Return the days that can be booked, today first."""
    return [today + timedelta(days=offset) for offset in range(DAYS)]
