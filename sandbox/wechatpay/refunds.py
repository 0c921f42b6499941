"""Refunds: the same out_refund_no refunds once; the money arrives a little later; a notice follows."""

import json
import re
import sqlite3
import time
from datetime import timedelta
from typing import Any

from sandbox.clock import parse_moment
from sandbox.context import Sandbox
from sandbox.errors import PayError
from sandbox.wechatpay import orders
from sandbox.wechatpay.callbacks import enqueue

__all__ = ["apply", "describe", "find", "redirect", "settle", "settle_due"]

OUT_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
MAX_REFUNDS_PER_ORDER = 50
REFUNDABLE = timedelta(days=365)
MAX_REASON = 80


def apply(sandbox: Sandbox, body: dict[str, Any], *, delay_seconds: float) -> sqlite3.Row:
    """Accept a refund (PROCESSING) or return the one with this number. Raises PayError."""
    _check(body)
    request = json.dumps({key: body[key] for key in sorted(body)}, ensure_ascii=False)
    now = sandbox.clock.now()
    with sandbox.store.write() as db:
        old: sqlite3.Row | None = _row(db, body["out_refund_no"])
        if old is not None:
            same = json.loads(old["request"])
            if any(same.get(key) != body.get(key) for key in ("out_trade_no", "transaction_id", "amount")):
                raise PayError(400, "INVALID_REQUEST", "同一商户退款单号的请求参数不一致")
            return old
        order = orders.find(db, str(body.get("out_trade_no", "")), str(body.get("transaction_id", "")))
        if not order["transaction_id"]:
            raise PayError(400, "INVALID_REQUEST", "订单未支付，不能退款")
        _check_amount(db, order, body["amount"])
        if parse_moment(order["success_time"]) + REFUNDABLE < now:
            raise PayError(400, "INVALID_REQUEST", "支付超过一年的订单不能退款")
        db.execute(
            "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?, ?, 'PROCESSING', ?, ?, NULL)",
            (
                body["out_refund_no"], "5030" + orders.number(24), request, order["out_trade_no"],
                body["amount"]["refund"], body.get("reason"), body.get("notify_url"), time.time() + delay_seconds,
                now.isoformat(),
            ),
        )  # fmt: skip
        db.execute("UPDATE transactions SET state = 'REFUND' WHERE out_trade_no = ?", (order["out_trade_no"],))
    sandbox.dispatcher.wake()
    return find(sandbox, body["out_refund_no"])


def settle(sandbox: Sandbox, out_refund_no: str, state: str = "SUCCESS", *, deliver_now: bool = False) -> None:
    """Bring a PROCESSING or ABNORMAL refund to an end; the notice is queued, or sent before returning."""
    now = sandbox.clock.now()
    with sandbox.store.write() as db:
        row = _row(db, out_refund_no)
        if row is None:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        if row["state"] not in {"PROCESSING", "ABNORMAL"} or row["state"] == state:
            return
        db.execute(
            "UPDATE refunds SET state = ?, success_time = ? WHERE out_refund_no = ?",
            (state, now.isoformat() if state == "SUCCESS" else None, out_refund_no),
        )
        row = _row(db, out_refund_no)
        notice = ""
        if row is not None and row["notify_url"]:
            order = orders.find(db, row["out_trade_no"])
            notice = enqueue(
                db, sandbox, kind="refund", event_type=f"REFUND.{state}", out_trade_no=row["out_trade_no"],
                out_refund_no=out_refund_no, url=row["notify_url"], resource=_notice(sandbox, row, order),
                deliver_now=deliver_now,
            )  # fmt: skip
    if notice and deliver_now:
        sandbox.dispatcher.deliver(notice)
    sandbox.dispatcher.wake()


def redirect(sandbox: Sandbox, refund_id: str, body: dict[str, Any], *, delay_seconds: float) -> sqlite3.Row:
    """Send an abnormal refund another way; it is then under way again."""
    with sandbox.store.write() as db:
        row = db.execute("SELECT * FROM refunds WHERE refund_id = ?", (refund_id,)).fetchone()
        if row is None or row["out_refund_no"] != body.get("out_refund_no"):
            raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        if body.get("type") not in {"USER_BANK_CARD", "MERCHANT_BANK_CARD"}:
            raise PayError(400, "PARAM_ERROR", "type 不正确")
        if row["state"] != "ABNORMAL":
            raise PayError(400, "INVALID_REQUEST", "退款单状态不是退款异常")
        db.execute(
            "UPDATE refunds SET state = 'PROCESSING', due = ? WHERE refund_id = ?",
            (time.time() + delay_seconds, refund_id),
        )
    sandbox.dispatcher.wake()
    return find(sandbox, row["out_refund_no"])


def settle_due(sandbox: Sandbox) -> float | None:
    """Settle every refund whose time has come; return when the next one is due (unix seconds), or None."""
    due_now = "SELECT out_refund_no FROM refunds WHERE state = 'PROCESSING' AND due <= ?"
    for row in sandbox.store.all(due_now, (time.time(),)):
        settle(sandbox, row["out_refund_no"])
    waiting = sandbox.store.one("SELECT MIN(due) AS due FROM refunds WHERE state = 'PROCESSING'")
    due: float | None = waiting["due"] if waiting else None
    return due


def find(sandbox: Sandbox, out_refund_no: str) -> sqlite3.Row:
    """Return a refund by the merchant's number. Raises RESOURCE_NOT_EXISTS."""
    row = sandbox.store.one("SELECT * FROM refunds WHERE out_refund_no = ?", (out_refund_no,))
    if row is None:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return row


def describe(sandbox: Sandbox, row: sqlite3.Row) -> dict[str, Any]:
    """Return a refund as the refund calls answer it."""
    order = orders.find(sandbox.store, row["out_trade_no"])
    shown = {
        "refund_id": row["refund_id"],
        "out_refund_no": row["out_refund_no"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": row["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": row["created_at"],
        "status": row["state"],
        "funds_account": "AVAILABLE",
        "amount": {
            "total": order["total"],
            "refund": row["amount"],
            "payer_total": order["total"],
            "payer_refund": row["amount"],
            "settlement_refund": row["amount"],
            "settlement_total": order["total"],
            "discount_refund": 0,
            "currency": order["currency"],
        },
    }
    if row["success_time"]:
        shown["success_time"] = row["success_time"]
    return shown


def _row(db: sqlite3.Connection, out_refund_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT * FROM refunds WHERE out_refund_no = ?", (out_refund_no,)).fetchone()
    return row


def _notice(sandbox: Sandbox, row: sqlite3.Row, order: sqlite3.Row) -> dict[str, Any]:
    notice = {
        **{name: value for name, value in orders.whose(order).items() if name.endswith("mchid")},
        "transaction_id": order["transaction_id"],
        "out_trade_no": row["out_trade_no"],
        "refund_id": row["refund_id"],
        "out_refund_no": row["out_refund_no"],
        "refund_status": row["state"],
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": order["total"],
            "refund": row["amount"],
            "payer_total": order["total"],
            "payer_refund": row["amount"],
        },
    }
    if row["success_time"]:
        notice["success_time"] = row["success_time"]
    return notice


def _check(body: dict[str, Any]) -> None:
    if not OUT_REFUND_NO.fullmatch(str(body.get("out_refund_no", ""))):
        raise PayError(400, "PARAM_ERROR", "out_refund_no 应为 1–64 位数字、字母或 _-|*@")
    if not body.get("out_trade_no") and not body.get("transaction_id"):
        raise PayError(400, "PARAM_ERROR", "out_trade_no 与 transaction_id 至少提供一个")
    amount = body.get("amount")
    if not isinstance(amount, dict) or amount.get("currency") != "CNY":
        raise PayError(400, "PARAM_ERROR", "amount.currency 应为 CNY")
    for name in ("refund", "total"):
        value = amount.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise PayError(400, "PARAM_ERROR", f"amount.{name} 应为大于零的整数（分）")
    if len(str(body.get("reason") or "")) > MAX_REASON:
        raise PayError(400, "PARAM_ERROR", f"reason 长度不超过 {MAX_REASON}")


def _check_amount(db: sqlite3.Connection, order: sqlite3.Row, amount: dict[str, Any]) -> None:
    if amount["total"] != order["total"]:
        raise PayError(400, "INVALID_REQUEST", "amount.total 与原订单金额不一致")
    row = db.execute(
        "SELECT COUNT(*) AS count, COALESCE(SUM(amount), 0) AS sum FROM refunds"
        " WHERE out_trade_no = ? AND state <> 'CLOSED'",
        (order["out_trade_no"],),
    ).fetchone()
    if row["sum"] + amount["refund"] > order["total"]:
        raise PayError(403, "NOT_ENOUGH", "订单可退金额不足")
    if row["count"] >= MAX_REFUNDS_PER_ORDER:
        raise PayError(403, "RULE_LIMIT", "一笔订单最多退款 50 次")
