"""What the control desk can do to the sandbox's state."""

import json
import time
from typing import Any

from sandbox.context import Sandbox
from sandbox.his import book, queue
from sandbox.wechat import users

__all__ = [
    "DeskError",
    "callbacks",
    "check_in",
    "messages",
    "queues",
    "resend",
    "reset",
    "rows",
    "set_schedule",
    "set_slot",
]

NEWEST = {"registrations": "updated_at", "transactions": "created_at", "refunds": "created_at",
          "callbacks": "created_at"}  # fmt: skip


class DeskError(ValueError):
    """What was asked for cannot be done; the text says why."""


def rows(sandbox: Sandbox, table: str, filters: dict[str, str], limit: int) -> list[dict[str, Any]]:
    """Return the newest rows of a table that match all filters; names are the callers' literals."""
    where = " AND ".join(f"{name} = ?" for name in filters) or "1"
    sql = f"SELECT * FROM {table} WHERE {where} ORDER BY {NEWEST[table]} DESC, rowid DESC LIMIT ?"  # noqa: S608
    return [dict(row) for row in sandbox.store.all(sql, [*filters.values(), limit])]


def callbacks(sandbox: Sandbox, filters: dict[str, str], limit: int) -> list[dict[str, Any]]:
    """Return notices with their attempts in order."""
    found = rows(sandbox, "callbacks", filters, limit)
    for notice in found:
        notice["resource"] = json.loads(notice["resource"])
        notice["answers"] = [
            dict(row)
            for row in sandbox.store.all(
                "SELECT at, status, answer, ms FROM callback_attempts WHERE callback_id = ? ORDER BY id",
                (notice["id"],),
            )
        ]
    return found


def messages(sandbox: Sandbox, user: str, limit: int) -> list[dict[str, Any]]:
    """Return template messages with the user's short name."""
    found = sandbox.store.all(
        "SELECT m.*, u.user FROM template_messages m JOIN users u ON u.openid = m.openid"
        " WHERE ? = '' OR u.user = ? ORDER BY m.msgid DESC LIMIT ?",
        (user, user, limit),
    )
    return [{**dict(row), "data": json.loads(row["data"])} for row in found]


def queues(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the clinics in which somebody waits or is seen, each with its queue."""
    codes = sandbox.store.all(
        "SELECT schedule_code, MAX(id) AS latest FROM queue_entries GROUP BY schedule_code"
        " HAVING SUM(state <> 'done') > 0 ORDER BY latest DESC LIMIT 20"
    )
    return [queue.describe(sandbox.store, sandbox.clock, row["schedule_code"]) for row in codes]


def resend(sandbox: Sandbox, out_trade_no: str, kind: str) -> int:
    """Make an order's notices due again, whatever became of them."""
    with sandbox.store.write() as db:
        count = db.execute(
            "UPDATE callbacks SET state = 'pending', next_at = ? WHERE out_trade_no = ? AND kind = ?",
            (time.time(), out_trade_no, kind),
        ).rowcount
    sandbox.dispatcher.wake()
    return count


def set_slot(sandbox: Sandbox, slot_code: str, state: str) -> dict[str, Any]:
    """Take, free or close a number as a clerk at the window does; one a patient holds is not touched."""
    if state not in {"taken", "free", "closed"}:
        raise DeskError("state 应为 taken、free 或 closed")
    with sandbox.store.write() as db:
        held = db.execute(
            "SELECT trade_no FROM registrations WHERE slot_code = ? AND state IN ('locked', 'confirmed')", (slot_code,)
        ).fetchone()
        if held is not None:
            raise DeskError(f"号源正被交易 {held['trade_no']} 占用")
        if db.execute("UPDATE slots SET state = ? WHERE code = ?", (state, slot_code)).rowcount == 0:
            raise DeskError("没有这个号源")
        schedule = db.execute("SELECT schedule_code FROM slots WHERE code = ?", (slot_code,)).fetchone()
        book.touch_schedule(db, schedule["schedule_code"], sandbox.clock.now())
    return {"slot_code": slot_code, "state": state}


def set_schedule(sandbox: Sandbox, schedule_code: str, state: object, fee_fen: object) -> dict[str, Any]:
    """Stop or reopen a clinic, or change its fee."""
    if state not in {None, "open", "stopped"}:
        raise DeskError("state 应为 open 或 stopped")
    if fee_fen is not None and (not isinstance(fee_fen, int) or isinstance(fee_fen, bool) or fee_fen < 0):
        raise DeskError("fee_fen 应为不小于零的整数")
    with sandbox.store.write() as db:
        changed = db.execute(
            "UPDATE schedules SET state = COALESCE(?, state), fee_fen = COALESCE(?, fee_fen) WHERE code = ?",
            (state, fee_fen, schedule_code),
        ).rowcount
        if changed == 0:
            raise DeskError("没有这个排班")
        book.touch_schedule(db, schedule_code, sandbox.clock.now())
        row = db.execute("SELECT * FROM schedules WHERE code = ?", (schedule_code,)).fetchone()
    return dict(row)


def check_in(sandbox: Sandbox, trade_no: str) -> dict[str, Any]:
    """Mark a confirmed registration as checked in."""
    with sandbox.store.write() as db:
        changed = db.execute(
            "UPDATE registrations SET checked_in = 1 WHERE trade_no = ? AND state = 'confirmed'", (trade_no,)
        ).rowcount
    if changed == 0:
        raise DeskError("没有已确认的挂号")
    return {"trade_no": trade_no, "checked_in": True}


def reset(sandbox: Sandbox) -> None:
    """Start over: empty books, no faults, the machine's own clock."""
    sandbox.faults.clear()
    sandbox.journal.clear()
    sandbox.clock.reset()
    with sandbox.store.write() as db:
        for table in (
            "callback_attempts", "callbacks", "refunds", "transactions", "template_messages", "chat_messages", "drafts",
            "materials", "oauth_codes", "access_tokens", "users", "text_messages", "citizens",
        ):  # fmt: skip
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the tuple above
        book.clear(db, sandbox.clock.now())
    users.fill(sandbox.store)
    book.ensure_calendar(sandbox.store, sandbox.clock)
