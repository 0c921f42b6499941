"""What HIS answers to reads: places, people, schedules, slots, the day's trades."""

import json
import sqlite3
from datetime import date, datetime
from typing import Any

from sandbox.errors import HisProtocolError
from sandbox.store import Store

__all__ = ["campuses", "departments", "doctors", "schedules", "slots", "trades"]

MAX_RANGE_DAYS = 62


def campuses(store: Store) -> list[dict[str, Any]]:
    """Return every campus in display order."""
    return [_without(row, "sort") for row in store.all("SELECT * FROM campuses ORDER BY sort")]


def departments(store: Store) -> list[dict[str, Any]]:
    """Return both levels of departments in display order, inactive ones included."""
    rows = store.all("SELECT * FROM departments ORDER BY sort")
    return [{**dict(row), "active": bool(row["active"])} for row in rows]


def doctors(store: Store) -> list[dict[str, Any]]:
    """Return every doctor in display order, inactive ones included."""
    rows = store.all("SELECT * FROM doctors ORDER BY sort")
    return [
        {**dict(row), "department_codes": json.loads(row["department_codes"]), "active": bool(row["active"])}
        for row in rows
    ]


def schedules(
    store: Store, now: datetime, first: date, last: date, *, department_code: str = "", updated_since: str = ""
) -> list[dict[str, Any]]:
    """Return the schedules of a date range with how many numbers there are and are left."""
    _check_range(first, last)
    rows = store.all(
        """
        SELECT s.code, s.campus_code, s.department_code, s.doctor_code, s.date, s.session, s.clinic_name, s.place,
               s.fee_fen, s.state, s.updated_at, COUNT(n.code) AS total,
               COALESCE(SUM(s.state = 'open' AND n.state = 'free' AND s.date || 'T' || n."end" > ?), 0) AS remaining
          FROM schedules s LEFT JOIN slots n ON n.schedule_code = s.code
         WHERE s.date BETWEEN ? AND ? AND (? = '' OR s.department_code = ?) AND s.updated_at >= ?
         GROUP BY s.code ORDER BY s.date, s.department_code, s.session = 'evening', s.session DESC, s.code
        """,
        (_minute(now), first.isoformat(), last.isoformat(), department_code, department_code, updated_since),
    )
    return [dict(row) for row in rows]


def slots(store: Store, now: datetime, first: date, last: date, schedule_code: str = "") -> list[dict[str, Any]]:
    """Return the numbers of a date range or of one schedule; a number whose time is over is closed."""
    _check_range(first, last)
    rows = store.all(
        """
        SELECT n.code, n.schedule_code, n.number, n.start, n."end",
               CASE WHEN n.state = 'free' AND (s.state = 'stopped' OR s.date || 'T' || n."end" <= ?)
                    THEN 'closed' ELSE n.state END AS state
          FROM slots n JOIN schedules s ON s.code = n.schedule_code
         WHERE s.date BETWEEN ? AND ? AND (? = '' OR n.schedule_code = ?)
         ORDER BY n.schedule_code, n.number
        """,
        (_minute(now), first.isoformat(), last.isoformat(), schedule_code, schedule_code),
    )
    return [dict(row) for row in rows]


def trades(store: Store, day: date) -> list[dict[str, Any]]:
    """Return what HIS booked on a day: a line per confirmed payment and a line per refund."""
    prefix = day.isoformat() + "%"
    paid = store.all("SELECT * FROM registrations WHERE confirmed_at LIKE ?", (prefix,))
    refunded = store.all("SELECT * FROM registrations WHERE cancelled_at LIKE ? AND his_cancel_no <> ''", (prefix,))
    lines = [
        {**_trade(row, "pay", row["confirmed_at"]), "pay_transaction_id": row["pay_transaction_id"]} for row in paid
    ] + [{**_trade(row, "refund", row["cancelled_at"]), "refund_no": row["refund_no"]} for row in refunded]
    return sorted(lines, key=lambda line: (line["at"], line["trade_no"], line["direction"]))


def _trade(row: sqlite3.Row, direction: str, at: str) -> dict[str, Any]:
    return {
        "trade_no": row["trade_no"],
        "kind": "registration",
        "direction": direction,
        "amount_fen": row["paid_fen"],
        "pay_channel": row["pay_channel"],
        "his_order_no": row["his_order_no"],
        "at": at,
    }


def _check_range(first: date, last: date) -> None:
    if last < first or (last - first).days > MAX_RANGE_DAYS:
        raise HisProtocolError(400, "PARAM_ERROR", f"日期范围不正确：to 不得早于 from，且不超过 {MAX_RANGE_DAYS} 天")


def _minute(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M")


def _without(row: sqlite3.Row, column: str) -> dict[str, Any]:
    return {key: row[key] for key in row.keys() if key != column}  # noqa: SIM118 - Row iterates over values
