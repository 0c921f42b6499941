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

__all__ = [
    "by_prepay_id", "close", "close_together", "describe", "describe_together", "find", "number", "pay", "pay_code",
    "place", "place_together", "reverse", "together", "whose",
]  # fmt: skip

OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
PREPAY_HOURS = 2
MAX_DESCRIPTION = 127
MAX_ATTACH = 128
MAX_PARTS = 50
AUTH_CODE = re.compile(r"1[0-5]\d{16}")
STATE_WORDS = {
    "USERPAYING": "用户支付中",
    "REVOKED": "已撤销",
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "订单发生过退款",
    "CLOSED": "订单已关闭",
}


def place(sandbox: Sandbox, body: dict[str, Any], trade_type: str = "JSAPI", combine_no: str = "") -> str:
    """Create the order or find the identical one, and return its prepay_id. Raises PayError."""
    _check(sandbox, body, trade_type)
    payer = body.get("payer") or {}
    now = sandbox.clock.now()
    # The client's address may change between two tries of the same order; everything else must not.
    request = json.dumps({key: body[key] for key in sorted(body) if key != "scene_info"}, ensure_ascii=False)
    with sandbox.store.write() as db:
        row = db.execute("SELECT * FROM transactions WHERE out_trade_no = ?", (body["out_trade_no"],)).fetchone()
        if row is not None:
            return _place_again(db, sandbox, row, request)
        prepay_id = _prepay_id(sandbox)
        db.execute(
            "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'NOTPAY', NULL, NULL, ?, ?, ?, ?, ?, ?)",
            (
                body["out_trade_no"], request, body["description"], body.get("attach"), body["notify_url"],
                body["amount"]["total"], body["amount"].get("currency", "CNY"),
                payer.get("openid") or payer.get("sp_openid") or payer.get("auth_openid") or "",
                body.get("time_expire"), prepay_id, (now + timedelta(hours=PREPAY_HOURS)).isoformat(),
                now.isoformat(), body.get("sp_mchid") or body["mchid"], body.get("sub_mchid", ""),
                body.get("sp_appid") or body["appid"], trade_type, combine_no,
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
        if row["combine_no"]:
            return _pay_together(db, sandbox, row, notify=notify)
        if row["state"] in {"CLOSED", "REVOKED"} and not force:
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
        **whose(row),
        "out_trade_no": row["out_trade_no"],
        "trade_state": row["state"],
        "trade_state_desc": STATE_WORDS[row["state"]],
        "attach": row["attach"] or "",
        "amount": {"total": row["total"], "currency": row["currency"]},
        "payer": {"sp_openid" if row["sub_mchid"] else "openid": row["openid"]},
    }
    if row["transaction_id"]:
        shown |= {
            "transaction_id": row["transaction_id"],
            "trade_type": row["trade_type"],
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


def whose(row: sqlite3.Row) -> dict[str, str]:
    """Return in whose name and for whom an order is."""
    if row["sub_mchid"]:
        return {"sp_appid": row["appid"], "sp_mchid": row["mchid"], "sub_mchid": row["sub_mchid"]}
    return {"appid": row["appid"], "mchid": row["mchid"]}


def place_together(sandbox: Sandbox, body: dict[str, Any]) -> str:
    """Create the parts of a combined order, or find them, and return the one prepay_id."""
    parts = body.get("sub_orders")
    number_, payer = str(body.get("combine_out_trade_no", "")), body.get("combine_payer_info")
    if not isinstance(parts, list) or not 1 < len(parts) <= MAX_PARTS:
        raise PayError(400, "PARAM_ERROR", f"sub_orders 应为 2–{MAX_PARTS} 个子单")
    if not OUT_TRADE_NO.fullmatch(number_):
        raise PayError(400, "PARAM_ERROR", "combine_out_trade_no 不正确")
    prepay_ids = []
    for part in parts:
        amount = part.get("amount") or {}
        one = {
            "appid": body.get("combine_appid"),
            **({"sub_mchid": part["sub_mchid"]} if part.get("sub_mchid") else {}),
            "mchid": part.get("mchid"),
            "description": part.get("description"),
            "attach": part.get("attach", ""),
            "out_trade_no": part.get("out_trade_no"),
            "time_expire": body.get("time_expire"),
            "notify_url": body.get("notify_url"),
            "amount": {"total": amount.get("total_amount"), "currency": amount.get("currency", "CNY")},
            "payer": payer,
        }
        prepay_ids.append(place(sandbox, one, combine_no=number_))
    return prepay_ids[0]


def together(db: Any, combine_no: str) -> list[sqlite3.Row]:
    """Return the parts of a combined order. Raises ORDER_NOT_EXIST."""
    sql = "SELECT * FROM transactions WHERE combine_no = ? ORDER BY rowid"
    rows: list[sqlite3.Row] = (
        db.execute(sql, (combine_no,)).fetchall() if hasattr(db, "execute") else db.all(sql, (combine_no,))
    )
    if not rows:
        raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
    return rows


def describe_together(sandbox: Sandbox, rows: list[sqlite3.Row]) -> dict[str, Any]:
    """Return a combined order as the query and the notice show it."""
    parts = []
    for row in rows:
        part = {
            "mchid": row["mchid"],
            **({"sub_mchid": row["sub_mchid"]} if row["sub_mchid"] else {}),
            "out_trade_no": row["out_trade_no"],
            "attach": row["attach"] or "",
            "trade_state": row["state"],
            "amount": {"total_amount": row["total"], "currency": row["currency"]},
        }
        if row["transaction_id"]:
            part |= {
                "transaction_id": row["transaction_id"],
                "trade_type": row["trade_type"],
                "bank_type": "OTHERS",
                "success_time": row["success_time"],
            }
            part["amount"] |= {"payer_amount": row["total"], "payer_currency": row["currency"]}
        parts.append(part)
    return {
        "combine_appid": rows[0]["appid"],
        "combine_mchid": sandbox.credentials.mchid,
        "combine_out_trade_no": rows[0]["combine_no"],
        "combine_payer_info": {"openid": rows[0]["openid"]},
        "sub_orders": parts,
    }


def _pay_together(db: sqlite3.Connection, sandbox: Sandbox, row: sqlite3.Row, *, notify: bool) -> dict[str, Any]:
    """One tap pays every part; one notice tells of all of them."""
    for part in together(db, row["combine_no"]):
        if part["state"] != "NOTPAY":
            raise PayError(400, "ORDER_CLOSED", "合单订单不可支付")
        db.execute(
            "UPDATE transactions SET state = 'SUCCESS', transaction_id = ?, success_time = ? WHERE out_trade_no = ?",
            ("4200" + number(24), sandbox.clock.now().isoformat(), part["out_trade_no"]),
        )
    paid = describe_together(sandbox, together(db, row["combine_no"]))
    if notify:
        enqueue(
            db, sandbox, kind="pay", event_type="TRANSACTION.SUCCESS", out_trade_no=row["out_trade_no"],
            url=row["notify_url"], resource=paid,
        )  # fmt: skip
    return paid


def close_together(sandbox: Sandbox, combine_no: str, named: list[dict[str, Any]]) -> None:
    """Close every part; the parts must be named just as they were placed."""
    with sandbox.store.write() as db:
        rows = together(db, combine_no)
        if {part.get("out_trade_no") for part in named} != {row["out_trade_no"] for row in rows}:
            raise PayError(400, "PARAM_ERROR", "子单须与下单时一致")
        if any(row["state"] in {"SUCCESS", "REFUND"} for row in rows):
            raise PayError(400, "ORDER_PAID", "该订单已支付", "268449641")
        db.execute("UPDATE transactions SET state = 'CLOSED' WHERE combine_no = ?", (combine_no,))


def pay_code(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Charge a payer's code; its last digit says what happens: 9 waits for the password, 8 has no money."""
    code = str((body.get("payer") or {}).get("auth_code", ""))
    if not AUTH_CODE.fullmatch(code):
        raise PayError(400, "PARAM_ERROR", "付款码应为 18 位数字，以 10–15 开头")
    scene = body.get("scene_info") or {}
    if not (scene.get("store_info") or {}).get("out_id") and not (scene.get("store_info") or {}).get("id"):
        raise PayError(400, "PARAM_ERROR", "缺少 scene_info.store_info")
    user = sandbox.store.one("SELECT openid FROM users ORDER BY sort")
    asked = {**body, "notify_url": "http://none.invalid/", "payer": {"auth_openid": user["openid"] if user else ""}}
    place(sandbox, asked, "MICROPAY")
    if code.endswith("8"):
        with sandbox.store.write() as db:
            db.execute("DELETE FROM transactions WHERE out_trade_no = ?", (body["out_trade_no"],))
        raise PayError(403, "NOT_ENOUGH", "用户余额不足")
    if code.endswith("9"):
        with sandbox.store.write() as db:
            db.execute("UPDATE transactions SET state = 'USERPAYING' WHERE out_trade_no = ?", (body["out_trade_no"],))
        return describe(sandbox, find(sandbox.store, body["out_trade_no"]))
    return pay(sandbox, body["out_trade_no"], notify=False)


def reverse(sandbox: Sandbox, out_trade_no: str) -> None:
    """End a payment by code: what was paid goes back at once."""
    now = sandbox.clock.now().isoformat()
    with sandbox.store.write() as db:
        row = find(db, out_trade_no)
        if row["trade_type"] != "MICROPAY":
            raise PayError(400, "INVALID_REQUEST", "只能撤销付款码支付的订单")
        if row["state"] in {"SUCCESS", "REFUND"}:
            db.execute(
                "INSERT OR IGNORE INTO refunds VALUES (?, ?, '{}', ?, ?, '撤销', NULL, 'SUCCESS', 0, ?, ?)",
                (out_trade_no, "5030" + number(24), out_trade_no, row["total"], now, now),
            )
        db.execute("UPDATE transactions SET state = 'REVOKED' WHERE out_trade_no = ?", (out_trade_no,))


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


def _check(sandbox: Sandbox, body: dict[str, Any], trade_type: str) -> None:
    _check_parties(sandbox, body)
    _check_texts(body)
    amount = body.get("amount")
    total = amount.get("total") if isinstance(amount, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 1:
        raise PayError(400, "PARAM_ERROR", "amount.total 应为大于零的整数（分）", "268435464")
    if amount and amount.get("currency", "CNY") != "CNY":
        raise PayError(400, "PARAM_ERROR", "amount.currency 仅支持 CNY")
    payer = body.get("payer")
    openid = payer.get("openid") or payer.get("sp_openid") if isinstance(payer, dict) else None
    if trade_type == "JSAPI" and not openid:
        raise PayError(400, "PARAM_ERROR", "缺少 payer.openid", "268501013")
    if trade_type == "MWEB" and not (body.get("scene_info") or {}).get("h5_info"):
        raise PayError(400, "PARAM_ERROR", "缺少 scene_info.h5_info")
    if openid and sandbox.store.one("SELECT 1 FROM users WHERE openid = ?", (openid,)) is None:
        raise PayError(400, "PARAM_ERROR", "appid 与 openid 不匹配")
    if body.get("time_expire") is not None:
        try:
            expires = parse_moment(str(body["time_expire"]))
        except ValueError as error:
            raise PayError(400, "PARAM_ERROR", "time_expire 应为 RFC 3339 时间") from error
        known = sandbox.store.one("SELECT 1 FROM transactions WHERE out_trade_no = ?", (body["out_trade_no"],))
        if known is None and expires <= sandbox.clock.now():
            raise PayError(400, "PARAM_ERROR", "time_expire 已过")


def _check_parties(sandbox: Sandbox, body: dict[str, Any]) -> None:
    credentials = sandbox.credentials
    app_id, mchid = body.get("sp_appid") or body.get("appid"), body.get("sp_mchid") or body.get("mchid")
    if app_id not in {credentials.appid, credentials.mini_appid} or mchid not in sandbox.parties:
        raise PayError(400, "PARAM_ERROR", "appid 与 mchid 不匹配", "268445527")
    if body.get("sub_mchid") and body["sub_mchid"] != credentials.sub_mchid:
        raise PayError(403, "NO_AUTH", "特约商户未授权给服务商")


def _check_texts(body: dict[str, Any]) -> None:
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
