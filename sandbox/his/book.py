"""The hospital's books: fill the dataset into the store, roll the calendar, close locks whose time is over."""

import json
import sqlite3
from datetime import date, datetime, timedelta

from sandbox.clock import Clock
from sandbox.his.calendar import schedules_of, window
from sandbox.his.doctors import DOCTORS
from sandbox.his.hospital import CAMPUSES, DEPARTMENTS, PEOPLE, Person
from sandbox.store import Store

__all__ = ["card_number", "clear", "ensure_calendar", "expire_locks", "patient_number", "touch_schedule"]

KEEP_PAST_DAYS = 30


def ensure_calendar(store: Store, clock: Clock) -> None:
    """Make the books hold the fourteen days from today; cheap when they already do."""
    today = clock.today()
    row = store.one("SELECT value FROM meta WHERE key = 'calendar'")
    if row is not None and row["value"] == today.isoformat():
        return
    with store.write() as db:
        if db.execute("SELECT 1 FROM campuses LIMIT 1").fetchone() is None:
            _fill_master_data(db, clock.now())
        known = {row["date"] for row in db.execute("SELECT DISTINCT date FROM schedules")}
        for day in window(today):
            if day.isoformat() not in known:
                _fill_day(db, day, clock.now())
        _drop_old(db, today)
        db.execute("INSERT OR REPLACE INTO meta VALUES ('calendar', ?)", (today.isoformat(),))


def expire_locks(store: Store, now: datetime) -> None:
    """Give back the slots of every lock whose time is over."""
    moment = now.isoformat()
    due = "SELECT trade_no, slot_code, schedule_code FROM registrations WHERE state = 'locked' AND expires_at <= ?"
    if store.one(due + " LIMIT 1", (moment,)) is None:
        return
    with store.write() as db:
        for row in db.execute(due, (moment,)).fetchall():
            db.execute(
                "UPDATE registrations SET state = 'expired', updated_at = ? WHERE trade_no = ?",
                (moment, row["trade_no"]),
            )
            db.execute("UPDATE slots SET state = 'free' WHERE code = ? AND state = 'locked'", (row["slot_code"],))
            touch_schedule(db, row["schedule_code"], now)


def touch_schedule(db: sqlite3.Connection, schedule_code: str, now: datetime) -> None:
    """Mark a schedule as changed, for ``updated_since``."""
    db.execute("UPDATE schedules SET updated_at = ? WHERE code = ?", (now.isoformat(), schedule_code))


def clear(db: sqlite3.Connection, now: datetime) -> None:
    """Put the books back to what the dataset says of the days from ``now`` on."""
    today = now.date()
    days = (today.isoformat(), window(today)[-1].isoformat())
    db.execute("DELETE FROM queue_entries")
    db.execute("DELETE FROM registrations")
    db.execute("DELETE FROM patients")
    for person in PEOPLE:
        _fill_person(db, person, now)
    db.execute("DELETE FROM schedules WHERE date NOT BETWEEN ? AND ?", days)
    # Far quicker than building twelve thousand numbers anew, and tests do this before each of them.
    db.execute("UPDATE slots SET state = first_state WHERE state <> first_state")
    db.execute(
        "UPDATE schedules SET state = first_state, fee_fen = first_fee_fen, updated_at = ?"
        " WHERE state <> first_state OR fee_fen <> first_fee_fen OR updated_at > ?",
        (now.isoformat(), now.isoformat()),
    )
    db.execute("DELETE FROM meta")


def patient_number(db: sqlite3.Connection) -> str:
    """Return the next patient number; call inside a write transaction."""
    row = db.execute("SELECT COALESCE(MAX(CAST(SUBSTR(patient_id, 2) AS INTEGER)), 10000000) FROM patients").fetchone()
    return f"P{row[0] + 1}"


def card_number(patient_id: str) -> str:
    """Return the number printed on a patient's card."""
    return f"3601{patient_id[1:]}"


def _fill_master_data(db: sqlite3.Connection, now: datetime) -> None:
    db.executemany(
        "INSERT INTO campuses VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (campus.code, campus.name, campus.address, campus.phone, campus.longitude, campus.latitude, index)
            for index, campus in enumerate(CAMPUSES, start=1)
        ],
    )
    db.executemany(
        "INSERT INTO departments VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
        [
            (item.code, item.parent_code, item.name, item.campus_code, item.location, item.summary, index)
            for index, item in enumerate(DEPARTMENTS, start=1)
        ],
    )
    db.executemany(
        "INSERT INTO doctors VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
        [
            (item.code, item.name, item.gender, item.title, json.dumps(item.department_codes), item.specialty, index)
            for index, item in enumerate(DOCTORS, start=1)
        ],
    )
    for person in PEOPLE:
        _fill_person(db, person, now)


def _fill_person(db: sqlite3.Connection, person: Person, now: datetime) -> None:
    number = patient_number(db)
    db.execute(
        "INSERT INTO patients VALUES (?, ?, NULL, '01', ?, ?, ?, ?, ?, ?, '')",
        (
            number, card_number(number), person.id_number, person.name, person.phone, person.gender,
            person.birth_date, now.isoformat(),
        ),
    )  # fmt: skip


def _fill_day(db: sqlite3.Connection, day: date, now: datetime) -> None:
    schedules = list(schedules_of(day))
    db.executemany(
        "INSERT INTO schedules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                item.code, item.campus_code, item.department_code, item.doctor_code, item.date, item.session,
                item.clinic_name, item.place, item.fee_fen, item.state, now.isoformat(), item.state, item.fee_fen,
            )
            for item in schedules
        ],
    )  # fmt: skip
    db.executemany(
        "INSERT INTO slots VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (slot.code, item.code, slot.number, slot.start, slot.end, slot.state, slot.state)
            for item in schedules
            for slot in item.slots
        ],
    )


def _drop_old(db: sqlite3.Connection, today: date) -> None:
    """Forget long-past schedules nobody registered for; the others stay for queries and lists."""
    db.execute(
        "DELETE FROM schedules WHERE date < ? AND code NOT IN "
        "(SELECT schedule_code FROM registrations WHERE schedule_code IS NOT NULL)",
        ((today - timedelta(days=KEEP_PAST_DAYS)).isoformat(),),
    )
