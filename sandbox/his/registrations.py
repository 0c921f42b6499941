"""Lock, unlock, confirm, cancel: each keyed by the caller's trade number and safe to repeat."""

import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import SHANGHAI, Clock
from sandbox.errors import HisRefused
from sandbox.his.book import touch_schedule
from sandbox.store import Store

__all__ = ["Confirmation", "LockRequest", "cancel", "change", "confirm", "lock", "query", "unlock"]

NOT_FOUND = HisRefused("NOT_FOUND", "没有这个交易号的挂号记录")


@dataclass(frozen=True)
class LockRequest:
    """Body of /registrations/lock."""

    trade_no: str
    slot_code: str
    patient_id: str
    fee_fen: int
    hold_seconds: int


@dataclass(frozen=True)
class Confirmation:
    """Body of /registrations/confirm."""

    trade_no: str
    lock_id: str
    paid_fen: int
    pay_channel: str
    pay_transaction_id: str
    paid_at: str


def lock(store: Store, clock: Clock, ask: LockRequest) -> dict[str, Any]:
    """Take a number for ``hold_seconds``; the same trade number gets the same lock again."""
    now = clock.now()
    with store.write() as db:
        old = _find(db, ask.trade_no)
        if old is not None:
            return _locked_before(old, ask)
        slot = _bookable(db, ask.slot_code, ask.fee_fen, now)
        _check_patient(db, slot, ask)
        lock_id = "L" + secrets.token_hex(8).upper()
        expires_at = (now + timedelta(seconds=ask.hold_seconds)).isoformat()
        try:
            db.execute(
                "INSERT INTO registrations (trade_no, slot_code, schedule_code, patient_id, fee_fen, number, place,"
                " lock_id, locked_at, expires_at, state, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'locked', ?)",
                (
                    ask.trade_no, slot["code"], slot["schedule_code"], ask.patient_id, slot["fee_fen"],
                    slot["number"], slot["place"], lock_id, now.isoformat(), expires_at, now.isoformat(),
                ),
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise HisRefused("SLOT_TAKEN", "该号源刚刚被他人占用") from error
        db.execute("UPDATE slots SET state = 'locked' WHERE code = ?", (slot["code"],))
        touch_schedule(db, slot["schedule_code"], now)
    return {"lock_id": lock_id, "expires_at": expires_at, "number": slot["number"], "fee_fen": slot["fee_fen"]}


def unlock(store: Store, clock: Clock, trade_no: str) -> dict[str, Any]:
    """Give a locked number back. An unknown trade number is remembered, so that its late lock will be refused."""
    now = clock.now()
    with store.write() as db:
        row = _find(db, trade_no)
        if row is None:
            db.execute(
                "INSERT INTO registrations (trade_no, state, updated_at) VALUES (?, 'unlocked', ?)",
                (trade_no, now.isoformat()),
            )
        elif row["state"] == "confirmed":
            raise HisRefused("ALREADY_CONFIRMED", "该挂号已确认，请走退号流程")
        elif row["state"] == "locked":
            _release(db, row, "unlocked", now)
    return {}


def confirm(store: Store, clock: Clock, ask: Confirmation) -> dict[str, Any]:
    """Turn a lock into a registration; the same payment repeated gets the same order number."""
    now = clock.now()
    with store.write() as db:
        row = _find(db, ask.trade_no)
        if row is None or row["slot_code"] is None:
            raise NOT_FOUND
        if row["state"] == "confirmed":
            if (row["paid_fen"], row["pay_transaction_id"]) != (ask.paid_fen, ask.pay_transaction_id):
                raise HisRefused("ALREADY_CONFIRMED", "该交易号已用另一笔支付确认")
            return _confirmed_answer(row)
        _check_confirmable(db, row, ask)
        order_no = f"GH{now:%Y%m%d}{_sequence(db, 'order', now):06}"
        queue_no = _queue_number(db, row)
        db.execute(
            "UPDATE registrations SET state = 'confirmed', his_order_no = ?, queue_no = ?, paid_fen = ?,"
            " pay_channel = ?, pay_transaction_id = ?, paid_at = ?, confirmed_at = ?, updated_at = ?"
            " WHERE trade_no = ?",
            (
                order_no, queue_no, ask.paid_fen, ask.pay_channel, ask.pay_transaction_id, ask.paid_at,
                now.isoformat(), now.isoformat(), ask.trade_no,
            ),
        )  # fmt: skip
        db.execute("UPDATE slots SET state = 'taken' WHERE code = ?", (row["slot_code"],))
        touch_schedule(db, row["schedule_code"], now)
    return {"his_order_no": order_no, "queue_no": queue_no, "number": row["number"], "place": row["place"]}


def cancel(store: Store, clock: Clock, trade_no: str, reason: str, refund_no: str) -> dict[str, Any]:
    """Cancel a confirmed registration; repeating gives the same cancel number."""
    now = clock.now()
    with store.write() as db:
        row = _find(db, trade_no)
        if row is None or row["slot_code"] is None:
            raise NOT_FOUND
        if row["state"] == "cancelled":
            return {"his_cancel_no": row["his_cancel_no"]}
        if row["state"] != "confirmed":
            raise HisRefused("NOT_CONFIRMED", "该挂号尚未确认，请调用释放锁号")
        if row["checked_in"]:
            raise HisRefused("ALREADY_CHECKED_IN", "患者已报到，请到窗口办理退号")
        if _visit_end(db, row["slot_code"]) <= now:
            raise HisRefused("VISIT_PASSED", "就诊时间已过，请到窗口办理")
        cancel_no = f"TH{now:%Y%m%d}{_sequence(db, 'cancel', now):06}"
        db.execute(
            "UPDATE registrations SET his_cancel_no = ?, refund_no = ?, cancel_reason = ?, cancelled_at = ?"
            " WHERE trade_no = ?",
            (cancel_no, refund_no, reason, now.isoformat(), trade_no),
        )
        _release(db, row, "cancelled", now)
    return {"his_cancel_no": cancel_no}


def change(
    store: Store, clock: Clock, trade_no: str, new_trade_no: str, slot_code: str, fee_fen: int
) -> dict[str, Any]:
    """Exchange a confirmed registration's number; both trades change in one transaction, the payment goes along."""
    now = clock.now()
    with store.write() as db:
        done = _find(db, new_trade_no)
        if done is not None:
            if done["state"] == "confirmed" and done["slot_code"] == slot_code:
                return _confirmed_answer(done)
            raise HisRefused("TRADE_CLOSED", "该交易号已结束，请换新的交易号")
        row = _find(db, trade_no)
        if row is None or row["slot_code"] is None:
            raise NOT_FOUND
        if row["state"] != "confirmed":
            raise HisRefused("NOT_CONFIRMED", "该挂号尚未确认或已退号")
        if row["checked_in"]:
            raise HisRefused("ALREADY_CHECKED_IN", "患者已报到，请到窗口办理")
        if _visit_end(db, row["slot_code"]) <= now:
            raise HisRefused("VISIT_PASSED", "就诊时间已过，请到窗口办理")
        slot = _bookable(db, slot_code, fee_fen, now)
        _release(db, row, "cancelled", now)
        # The money is the new trade's now: the old one leaves the list of trades.
        db.execute(
            "UPDATE registrations SET cancel_reason = ?, confirmed_at = NULL WHERE trade_no = ?",
            (f"改约 {new_trade_no}", trade_no),
        )
        fresh = {
            "trade_no": new_trade_no, "slot_code": slot["code"], "schedule_code": slot["schedule_code"],
            "patient_id": row["patient_id"], "fee_fen": slot["fee_fen"], "number": slot["number"],
            "place": slot["place"], "lock_id": "X" + secrets.token_hex(8).upper(), "locked_at": now.isoformat(),
            "state": "confirmed", "his_order_no": f"GH{now:%Y%m%d}{_sequence(db, 'order', now):06}",
            "paid_fen": row["paid_fen"], "pay_channel": row["pay_channel"],
            "pay_transaction_id": row["pay_transaction_id"], "paid_at": row["paid_at"],
            "confirmed_at": row["confirmed_at"], "updated_at": now.isoformat(),
        }  # fmt: skip
        fresh["queue_no"] = _queue_number(db, fresh)
        names = ", ".join(fresh)
        marks = ", ".join("?" for _name in fresh)
        db.execute(f"INSERT INTO registrations ({names}) VALUES ({marks})", list(fresh.values()))  # noqa: S608
        db.execute("UPDATE slots SET state = 'taken' WHERE code = ?", (slot["code"],))
        touch_schedule(db, slot["schedule_code"], now)
        return _confirmed_answer(fresh)


def query(store: Store, trade_no: str) -> dict[str, Any]:
    """Return everything HIS knows of a trade number. Raises NOT_FOUND."""
    row = store.one(
        'SELECT r.*, s.date, n.start, n."end" FROM registrations r LEFT JOIN slots n ON n.code = r.slot_code'
        " LEFT JOIN schedules s ON s.code = r.schedule_code WHERE r.trade_no = ?",
        (trade_no,),
    )
    if row is None:
        raise NOT_FOUND
    return {**dict(row), "checked_in": bool(row["checked_in"])}


def _find(db: sqlite3.Connection, trade_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT * FROM registrations WHERE trade_no = ?", (trade_no,)).fetchone()
    return row


def _locked_before(row: sqlite3.Row, ask: LockRequest) -> dict[str, Any]:
    if row["state"] not in {"locked", "confirmed"}:
        raise HisRefused("TRADE_CLOSED", "该交易号的锁号已结束，请换新的交易号")
    if (row["slot_code"], row["patient_id"], row["fee_fen"]) != (ask.slot_code, ask.patient_id, ask.fee_fen):
        raise HisRefused("TRADE_CONFLICT", "同一交易号的锁号参数不一致")
    return {key: row[key] for key in ("lock_id", "expires_at", "number", "fee_fen")}


def _bookable(db: sqlite3.Connection, slot_code: str, fee_fen: int, now: datetime) -> sqlite3.Row:
    slot: sqlite3.Row | None = db.execute(
        'SELECT n.*, n."end" AS ends, s.state AS schedule_state, s.date, s.fee_fen, s.place '
        "FROM slots n JOIN schedules s ON s.code = n.schedule_code WHERE n.code = ?",
        (slot_code,),
    ).fetchone()
    if slot is None:
        raise HisRefused("SLOT_CLOSED", "号源不存在或已撤销")
    if slot["schedule_state"] == "stopped":
        raise HisRefused("SCHEDULE_STOPPED", "该门诊已停诊")
    if slot["state"] in {"taken", "locked"}:
        raise HisRefused("SLOT_TAKEN", "该号源已被占用")
    if slot["state"] == "closed" or _moment(slot["date"], slot["ends"]) <= now:
        raise HisRefused("SLOT_CLOSED", "该号源已停止预约")
    if slot["fee_fen"] != fee_fen:
        raise HisRefused("FEE_CHANGED", f"挂号费已变更为 {slot['fee_fen']} 分")
    return slot


def _check_patient(db: sqlite3.Connection, slot: sqlite3.Row, ask: LockRequest) -> None:
    if db.execute("SELECT 1 FROM patients WHERE patient_id = ?", (ask.patient_id,)).fetchone() is None:
        raise HisRefused("PATIENT_NOT_FOUND", "没有这位患者的档案")
    booked = db.execute(
        "SELECT 1 FROM registrations WHERE patient_id = ? AND schedule_code = ? AND state IN ('locked', 'confirmed')",
        (ask.patient_id, slot["schedule_code"]),
    ).fetchone()
    if booked is not None:
        raise HisRefused("DUPLICATE_BOOKING", "该患者在同一门诊已有挂号")


def _check_confirmable(db: sqlite3.Connection, row: sqlite3.Row, ask: Confirmation) -> None:
    if row["state"] == "cancelled":
        raise HisRefused("ALREADY_CANCELLED", "该挂号已退号")
    if row["state"] != "locked":
        raise HisRefused("LOCK_EXPIRED", "锁号已过期或已释放")
    if row["lock_id"] != ask.lock_id:
        raise HisRefused("NOT_FOUND", "锁号编号与交易号不符")
    if row["fee_fen"] != ask.paid_fen:
        raise HisRefused("AMOUNT_MISMATCH", f"应收 {row['fee_fen']} 分，实收 {ask.paid_fen} 分")
    state = db.execute("SELECT state FROM schedules WHERE code = ?", (row["schedule_code"],)).fetchone()
    if state["state"] == "stopped":
        raise HisRefused("SCHEDULE_STOPPED", "该门诊已停诊")


def _release(db: sqlite3.Connection, row: sqlite3.Row, state: str, now: datetime) -> None:
    db.execute(
        "UPDATE registrations SET state = ?, updated_at = ? WHERE trade_no = ?",
        (state, now.isoformat(), row["trade_no"]),
    )
    db.execute("UPDATE slots SET state = 'free' WHERE code = ?", (row["slot_code"],))
    touch_schedule(db, row["schedule_code"], now)


def _confirmed_answer(row: Mapping[str, Any] | sqlite3.Row) -> dict[str, Any]:
    return {key: row[key] for key in ("his_order_no", "queue_no", "number", "place")}


def _queue_number(db: sqlite3.Connection, row: Mapping[str, Any] | sqlite3.Row) -> str:
    """Patients are called by the printed number; the letter tells the session."""
    session = db.execute("SELECT session FROM schedules WHERE code = ?", (row["schedule_code"],)).fetchone()["session"]
    return f"{ {'morning': 'A', 'afternoon': 'B', 'evening': 'C'}[session] }{row['number']:03}"


def _sequence(db: sqlite3.Connection, name: str, now: datetime) -> int:
    key = f"sequence:{name}:{now:%Y%m%d}"
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    value = int(row["value"]) + 1 if row else 1
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))
    return value


def _visit_end(db: sqlite3.Connection, slot_code: str) -> datetime:
    row = db.execute(
        'SELECT s.date, n."end" AS ends FROM slots n JOIN schedules s ON s.code = n.schedule_code WHERE n.code = ?',
        (slot_code,),
    ).fetchone()
    return _moment(row["date"], row["ends"])


def _moment(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI)
