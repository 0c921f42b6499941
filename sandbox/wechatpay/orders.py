"""Payment orders: place, pay, query, close. One row per out_trade_no, whoever repeats what."""

import json
import re
import secrets
import sqlite3
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sandbox.clock import parse_moment
from sandbox.context import Sandbox
from sandbox.errors import PayError
from sandbox.wechatpay.callbacks import enqueue

__all__ = ["by_prepay_id", "close", "describe", "find", "number", "pay", "place"]

OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
PREPAY_HOURS = 2
MAX_DESCRIPTION = 127
MAX_ATTACH = 128
STATE_WORDS = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "REFUND": "订单发生过退款", "CLOSED": "订单已关闭"}


def place(sandbox: Sandbox, body: dict[str, Any]) -> str:
    """Create the order or find the identical one, and return its prepay_id. Raises PayError."""
    _check(sandbox, body)
    now = sandbox.clock.now()
    # The client's address may change between two tries of the same order; everything else must not.
    request = json.dumps({key: body[key] for key in sorted(body) if key != "scene_info"}, ensure_ascii=False)
    with sandbox.store.write() as db:
        row = db.execute("SELECT * FROM transactions WHERE out_trade_no = ?", (body["out_trade_no"],)).fetchone()
        if row is not None:
            return _place_again(db, sandbox, row, request)
        prepay_id = _prepay_id(sandbox)
        db.execute(
            "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'NOTPAY', NULL, NULL, ?)",
            (
                body["out_trade_no"], request, body["description"], body.get("attach"), body["notify_url"],
                body["amount"]["total"], body["amount"].get("currency", "CNY"), body["payer"]["openid"],
                body.get("time_expire"), prepay_id, (now + timedelta(hours=PREPAY_HOURS)).isoformat(),
                now.isoformat(),
            ),
        )  # fmt: skip
    return prepay_id


def pay(
    sandbox: Sandbox, out_trade_no: str, *, force: bool = False, notify: bool = True, deliver_now: bool = False
) -> dict[str, Any]:
    """Let the payer pay and return the order; the notice is queued, or sent before returning with ``deliver_now``.

    ``force`` pays even a closed or expired order: the race a merchant loses when the payer was faster than the close.
    """
    now = sandbox.clock.now()
    with sandbox.store.write() as db:
        row = db.execute("SELECT * FROM transactions WHERE out_trade_no = ?", (out_trade_no,)).fetchone()
        if row is None:
            raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
        if row["state"] in {"SUCCESS", "REFUND"}:
            raise PayError(400, "ORDER_PAID", "订单已支付")
        if row["state"] == "CLOSED" and not force:
            raise PayError(400, "ORDER_CLOSED", "订单已关闭")
        if row["time_expire"] and parse_moment(row["time_expire"]) <= now and not force:
            raise PayError(400, "ORDER_CLOSED", "订单已超过支付截止时间")
        db.execute(
            "UPDATE transactions SET state = 'SUCCESS', transaction_id = ?, success_time = ? WHERE out_trade_no = ?",
            ("4200" + number(24), now.isoformat(), out_trade_no),
        )
        paid = describe(sandbox, find(db, out_trade_no))
        notice = ""
        if notify:
            notice = enqueue(
                db, sandbox, kind="pay", event_type="TRANSACTION.SUCCESS", out_trade_no=out_trade_no,
                url=row["notify_url"], resource=paid, deliver_now=deliver_now,
            )  # fmt: skip
    if notice and deliver_now:
        sandbox.dispatcher.deliver(notice)
    sandbox.dispatcher.wake()
    return paid


def close(sandbox: Sandbox, out_trade_no: str) -> None:
    """Close an unpaid order; closing again is fine. Raises PayError for a paid or unknown one."""
    with sandbox.store.write() as db:
        row = db.execute("SELECT state FROM transactions WHERE out_trade_no = ?", (out_trade_no,)).fetchone()
        if row is None:
            raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
        if row["state"] in {"SUCCESS", "REFUND"}:
            raise PayError(400, "ORDER_PAID", "该订单已支付", "268449641")
        db.execute("UPDATE transactions SET state = 'CLOSED' WHERE out_trade_no = ?", (out_trade_no,))


def find(db: Any, out_trade_no: str = "", transaction_id: str = "") -> sqlite3.Row:
    """Return an order by either number; ``db`` is a connection or the store. Raises ORDER_NOT_EXIST."""
    column, value = ("transaction_id", transaction_id) if transaction_id else ("out_trade_no", out_trade_no)
    sql = f"SELECT * FROM transactions WHERE {column} = ?"  # noqa: S608 - the column is one of two literals
    row: sqlite3.Row | None = db.execute(sql, (value,)).fetchone() if hasattr(db, "execute") else db.one(sql, (value,))
    if row is None:
        raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
    return row


def by_prepay_id(sandbox: Sandbox, prepay_id: str) -> sqlite3.Row | None:
    """Return the order a cashier was opened with."""
    return sandbox.store.one("SELECT * FROM transactions WHERE prepay_id = ?", (prepay_id,))


def describe(sandbox: Sandbox, row: sqlite3.Row) -> dict[str, Any]:
    """Return an order as the query and the notice show it."""
    shown: dict[str, Any] = {
        "appid": sandbox.credentials.appid,
        "mchid": sandbox.credentials.mchid,
        "out_trade_no": row["out_trade_no"],
        "trade_state": row["state"],
        "trade_state_desc": STATE_WORDS[row["state"]],
        "attach": row["attach"] or "",
        "amount": {"total": row["total"], "currency": row["currency"]},
        "payer": {"openid": row["openid"]},
    }
    if row["transaction_id"]:
        shown |= {
            "transaction_id": row["transaction_id"],
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "success_time": row["success_time"],
            "amount": {
                "total": row["total"],
                "payer_total": row["total"],
                "currency": row["currency"],
                "payer_currency": row["currency"],
            },
        }
    return shown


def number(digits: int) -> str:
    """Return a random run of digits."""
    return "".join(secrets.choice("0123456789") for _ in range(digits))


def _prepay_id(sandbox: Sandbox) -> str:
    return f"wx{sandbox.clock.now():%d%H%M%S}{secrets.token_hex(13)}"


def _place_again(db: sqlite3.Connection, sandbox: Sandbox, row: sqlite3.Row, request: str) -> str:
    if row["state"] in {"SUCCESS", "REFUND"}:
        raise PayError(400, "ORDER_PAID", "该订单已支付")
    if row["state"] == "CLOSED":
        raise PayError(400, "ORDER_CLOSED", "该订单已关闭，请更换商户订单号")
    if row["request"] != request:
        raise PayError(400, "INVALID_REQUEST", "订单重入时请求参数不一致", "268498688")
    now = sandbox.clock.now()
    if row["prepay_expires_at"] > now.isoformat():
        return str(row["prepay_id"])
    prepay_id = _prepay_id(sandbox)
    db.execute(
        "UPDATE transactions SET prepay_id = ?, prepay_expires_at = ? WHERE out_trade_no = ?",
        (prepay_id, (now + timedelta(hours=PREPAY_HOURS)).isoformat(), row["out_trade_no"]),
    )
    return prepay_id


def _check(sandbox: Sandbox, body: dict[str, Any]) -> None:
    credentials = sandbox.credentials
    if body.get("appid") != credentials.appid or body.get("mchid") != credentials.mchid:
        raise PayError(400, "PARAM_ERROR", "appid 与 mchid 不匹配", "268445527")
    for name, longest in (("description", MAX_DESCRIPTION), ("notify_url", 255)):
        if not isinstance(body.get(name), str) or not 1 <= len(body[name]) <= longest:
            raise PayError(400, "PARAM_ERROR", f"输入源“/body/{name}”长度应为 1–{longest}")
    if not OUT_TRADE_NO.fullmatch(str(body.get("out_trade_no", ""))):
        raise PayError(400, "PARAM_ERROR", "out_trade_no 应为 6–32 位数字、字母或 _-|*")
    attach = body.get("attach", "")
    if not isinstance(attach, str) or len(attach) > MAX_ATTACH:
        raise PayError(400, "PARAM_ERROR", f"attach 长度不超过 {MAX_ATTACH}")
    url = urlsplit(body["notify_url"])
    if url.scheme not in {"http", "https"} or not url.netloc or url.query:
        raise PayError(400, "PARAM_ERROR", "notify_url 应为不带参数的完整地址")
    amount = body.get("amount")
    total = amount.get("total") if isinstance(amount, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 1:
        raise PayError(400, "PARAM_ERROR", "amount.total 应为大于零的整数（分）", "268435464")
    if amount and amount.get("currency", "CNY") != "CNY":
        raise PayError(400, "PARAM_ERROR", "amount.currency 仅支持 CNY")
    payer = body.get("payer")
    openid = payer.get("openid") if isinstance(payer, dict) else None
    if not openid:
        raise PayError(400, "PARAM_ERROR", "缺少 payer.openid", "268501013")
    if sandbox.store.one("SELECT 1 FROM users WHERE openid = ?", (openid,)) is None:
        raise PayError(400, "PARAM_ERROR", "appid 与 openid 不匹配")
    if body.get("time_expire") is not None:
        try:
            expires = parse_moment(str(body["time_expire"]))
        except ValueError as error:
            raise PayError(400, "PARAM_ERROR", "time_expire 应为 RFC 3339 时间") from error
        known = sandbox.store.one("SELECT 1 FROM transactions WHERE out_trade_no = ?", (body["out_trade_no"],))
        if known is None and expires <= sandbox.clock.now():
            raise PayError(400, "PARAM_ERROR", "time_expire 已过")
