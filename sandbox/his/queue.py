"""Check-in and the queue of a clinic: who is called next, who was passed, who comes again."""

import random
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import SHANGHAI, Clock
from sandbox.errors import HisRefused
from sandbox.store import Store

__all__ = ["call_next", "check_in", "describe", "finish", "pass_over"]

OPENS_BEFORE = timedelta(hours=2)
CLOSES_AFTER = timedelta(hours=2)
WALK_INS = 4
AFTER_PASSED = 2
"""So many go first before somebody who was passed and has checked in again."""


def check_in(store: Store, clock: Clock, trade_no: str, request_no: str, point: str) -> dict[str, Any]:
    """Put a confirmed registration into its queue; the same request number gets the same answer."""
    now = clock.now()
    with store.write() as db:
        row = db.execute(
            'SELECT r.*, s.date, s.state AS schedule_state, s.place AS room, n.start, n."end" AS ends'
            " FROM registrations r JOIN slots n ON n.code = r.slot_code JOIN schedules s ON s.code = r.schedule_code"
            " WHERE r.trade_no = ?",
            (trade_no,),
        ).fetchone()
        if row is None:
            raise HisRefused("NOT_FOUND", "没有这个交易号的挂号记录")
        if row["state"] != "confirmed":
            raise HisRefused("NOT_CONFIRMED", "该挂号未确认或已退号")
        if row["schedule_state"] == "stopped":
            raise HisRefused("SCHEDULE_STOPPED", "该门诊已停诊")
        entry = db.execute("SELECT * FROM queue_entries WHERE trade_no = ?", (trade_no,)).fetchone()
        if entry is not None and (entry["request_no"] == request_no or entry["state"] != "passed"):
            return _answer(row, entry["checked_in_at"])
        if now < _moment(row["date"], row["start"]) - OPENS_BEFORE:
            raise HisRefused("TOO_EARLY", "未到报到时间")
        if now > _moment(row["date"], row["ends"]) + CLOSES_AFTER:
            raise HisRefused("TOO_LATE", "已过报到时间，请到窗口办理")
        if entry is not None:
            db.execute(
                "UPDATE queue_entries SET state = 'waiting', request_no = ?, position = ?, checked_in_at = ?"
                " WHERE id = ?",
                (request_no, _behind(db, row["schedule_code"]), now.isoformat(), entry["id"]),
            )
        else:
            _let_walk_ins_come(db, row["schedule_code"], row["number"], row["queue_no"][:1], now)
            db.execute(
                "INSERT INTO queue_entries (schedule_code, trade_no, queue_no, position, state, request_no,"
                " checked_in_at) VALUES (?, ?, ?, ?, 'waiting', ?, ?)",
                (row["schedule_code"], trade_no, row["queue_no"], row["number"], request_no, now.isoformat()),
            )
        db.execute(
            "UPDATE registrations SET checked_in = 1, updated_at = ? WHERE trade_no = ?", (now.isoformat(), trade_no)
        )
    return _answer(row, now.isoformat())


def _answer(row: sqlite3.Row, at: str) -> dict[str, Any]:
    return {"queue_no": row["queue_no"], "room": row["room"], "checked_in_at": at}


def _behind(db: sqlite3.Connection, schedule_code: str) -> float:
    """Return a place behind the next two who wait."""
    waiting = db.execute(
        "SELECT position FROM queue_entries WHERE schedule_code = ? AND state = 'waiting' ORDER BY position LIMIT ?",
        (schedule_code, AFTER_PASSED),
    ).fetchall()
    return float(waiting[-1]["position"]) + 0.5 if waiting else 0.5


def _let_walk_ins_come(db: sqlite3.Connection, schedule_code: str, number: int, letter: str, now: datetime) -> None:
    """The first of ours finds some people of the window before him, the same on every machine."""
    if db.execute("SELECT 1 FROM queue_entries WHERE schedule_code = ?", (schedule_code,)).fetchone():
        return
    taken = db.execute(
        "SELECT number FROM slots n WHERE schedule_code = ? AND state = 'taken' AND number < ?"
        " AND NOT EXISTS (SELECT 1 FROM registrations r WHERE r.slot_code = n.code AND r.state = 'confirmed')"
        " ORDER BY number DESC LIMIT ?",
        (schedule_code, number, random.Random(schedule_code).randint(1, WALK_INS)),
    ).fetchall()
    for slot in taken:
        db.execute(
            "INSERT INTO queue_entries (schedule_code, queue_no, position, state, checked_in_at)"
            " VALUES (?, ?, ?, 'waiting', ?)",
            (schedule_code, f"{letter}{slot['number']:03}", slot["number"], now.isoformat()),
        )


def describe(store: Store, clock: Clock, schedule_code: str) -> dict[str, Any]:
    """Return the queue as the interface tells it. Raises NOT_FOUND."""
    schedule = store.one(
        'SELECT s.*, MIN(n.start) AS first, MAX(n."end") AS last FROM schedules s'
        " JOIN slots n ON n.schedule_code = s.code WHERE s.code = ? GROUP BY s.code",
        (schedule_code,),
    )
    if schedule is None:
        raise HisRefused("NOT_FOUND", "没有这个排班")
    rows = store.all("SELECT * FROM queue_entries WHERE schedule_code = ? ORDER BY position, id", (schedule_code,))
    begun = any(row["state"] != "waiting" for row in rows)
    over = clock.now() > _moment(schedule["date"], schedule["last"]) + CLOSES_AFTER
    return {
        "schedule_code": schedule_code,
        "state": "over" if over else "open" if begun else "waiting",
        "room": schedule["place"],
        "entries": [{"trade_no": row["trade_no"], "queue_no": row["queue_no"], "state": row["state"]} for row in rows],
    }


def call_next(store: Store, schedule_code: str) -> dict[str, Any] | None:
    """The doctor is done with who was called and calls the next; None where nobody waits."""
    with store.write() as db:
        db.execute(
            "UPDATE queue_entries SET state = 'done' WHERE schedule_code = ? AND state = 'called'", (schedule_code,)
        )
        row = db.execute(
            "SELECT * FROM queue_entries WHERE schedule_code = ? AND state = 'waiting' ORDER BY position, id LIMIT 1",
            (schedule_code,),
        ).fetchone()
        if row is None:
            return None
        db.execute("UPDATE queue_entries SET state = 'called' WHERE id = ?", (row["id"],))
    return {"queue_no": row["queue_no"], "trade_no": row["trade_no"]}


def pass_over(store: Store, schedule_code: str) -> int:
    """Who was called did not come; return how many were passed."""
    return _move(store, schedule_code, "passed")


def finish(store: Store, schedule_code: str) -> int:
    """Who was called has been seen; return how many."""
    return _move(store, schedule_code, "done")


def _move(store: Store, schedule_code: str, state: str) -> int:
    with store.write() as db:
        moved = db.execute(
            "UPDATE queue_entries SET state = ? WHERE schedule_code = ? AND state = 'called'", (state, schedule_code)
        ).rowcount
    return int(moved)


def _moment(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI)
