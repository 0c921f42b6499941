"""The daily trade bill: 27 columns, backticks, BOM and CRLF, exactly as the merchant platform gives it out."""

import gzip
import hashlib
import hmac
import json
import sqlite3
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.clock import parse_moment
from sandbox.context import Sandbox
from sandbox.errors import PayError
from sandbox.wechatpay import orders

__all__ = ["BILL_TYPES", "COLUMNS", "SUMMARY", "content", "digest", "gzipped", "read_token", "token", "trade_bill"]

BILL_TYPES = ("ALL", "SUCCESS", "REFUND")
COLUMNS = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型",
    "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额",
    "充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包", "手续费", "费率",
    "订单金额", "申请退款金额", "费率备注",
)  # fmt: skip
SUMMARY = (
    "总交易单数", "应结订单总金额", "退款总金额", "充值券退款总金额", "手续费总金额", "订单总金额", "申请退款总金额",
)  # fmt: skip
REFUND_COLUMNS = ("微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态", "申请退款金额")
FUND_COLUMNS = (
    "记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型", "收支类型", "收支金额(元)", "账户结余(元)",
    "资金变更提交申请人", "备注", "业务凭证号",
)  # fmt: skip
FUND_SUMMARY = ("资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额")
FEE_RATE = Decimal("0.006")
KEEP_DAYS = 92
READY_HOUR = 10
TOKEN_SECONDS = 300
BOM = "\ufeff"


@dataclass(frozen=True)
class _Line:
    """One row of the bill, amounts in fen."""

    at: str
    order: sqlite3.Row
    paid: int
    refunded: int
    refund: sqlite3.Row | None

    @property
    def fee(self) -> Decimal:
        return (Decimal(self.paid - self.refunded) * FEE_RATE / 100).quantize(Decimal("0.00001"))


def content(sandbox: Sandbox, day: date, bill_type: str, whose: list[str]) -> bytes:
    """Return the plain bill of any type; ``whose`` is the merchant and, where asked for, the one sub-merchant."""
    return fund_bill(sandbox, day, whose) if bill_type == "FUND" else trade_bill(sandbox, day, bill_type, whose)


def fund_bill(sandbox: Sandbox, day: date, whose: list[str]) -> bytes:
    """Return every movement of the merchant's balance on a day."""
    _check_day(sandbox, day)
    lines = _lines(sandbox, day, whose)
    if not lines:
        raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    balance, rows = 0, [",".join(FUND_COLUMNS)]
    for count, line in enumerate(lines, 1):
        amount = line.paid or line.refunded
        balance += line.paid - line.refunded
        values = [
            f"{parse_moment(line.at):%Y-%m-%d %H:%M:%S}", line.refund["refund_id"] if line.refund else
            line.order["transaction_id"], f"{day:%Y%m%d}{count:08d}", "退款" if line.refund else "交易",
            "退款" if line.refund else "交易", "支出" if line.refund else "收入", _yuan(amount), _yuan(balance),
            "system", "", line.refund["out_refund_no"] if line.refund else line.order["out_trade_no"],
        ]  # fmt: skip
        rows.append(",".join("`" + value for value in values))
    income, spent = [line for line in lines if line.paid], [line for line in lines if line.refunded]
    rows.append(",".join(FUND_SUMMARY))
    totals = [
        str(len(lines)), str(len(income)), _yuan(sum(line.paid for line in income)), str(len(spent)),
        _yuan(sum(line.refunded for line in spent)),
    ]  # fmt: skip
    rows.append(",".join("`" + value for value in totals))
    return (BOM + "\r\n".join(rows) + "\r\n").encode("utf-8")


def trade_bill(sandbox: Sandbox, day: date, bill_type: str = "ALL", whose: list[str] | None = None) -> bytes:
    """Return the plain bill of a day. Raises NO_STATEMENT_EXIST and STATEMENT_CREATING as WeChat does."""
    _check_day(sandbox, day)
    lines = _lines(sandbox, day, whose or [sandbox.credentials.mchid, ""])
    if bill_type != "ALL":
        lines = [line for line in lines if (line.refund is not None) == (bill_type == "REFUND")]
    if not lines:
        raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    columns = [name for name in COLUMNS if bill_type != "SUCCESS" or name not in REFUND_COLUMNS]
    rows = [",".join(columns)]
    for line in lines:
        values = _values(sandbox, line)
        rows.append(",".join("`" + values[name] for name in columns))
    rows.append(",".join(SUMMARY))
    paid, refunded = sum(line.paid for line in lines), sum(line.refunded for line in lines)
    fee = sum((line.fee for line in lines), Decimal())
    totals = [str(len(lines)), _yuan(paid), _yuan(refunded), "0.00", f"{fee:.5f}", _yuan(paid), _yuan(refunded)]
    rows.append(",".join("`" + value for value in totals))
    return (BOM + "\r\n".join(rows) + "\r\n").encode("utf-8")


def digest(content: bytes) -> str:
    """Return the SHA1 of the uncompressed bill."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def gzipped(content: bytes) -> bytes:
    """Return the bill compressed, the same bytes every time."""
    return gzip.compress(content, mtime=0)


def token(sandbox: Sandbox, day: date, bill_type: str, compressed: str, whose: list[str]) -> str:
    """Return the signed text a download link carries; good for five minutes."""
    claim = json.dumps([day.isoformat(), bill_type, compressed, whose, int(time.time()) + TOKEN_SECONDS]).encode()
    return urlsafe_b64encode(_seal(sandbox, claim) + claim).decode().rstrip("=")


def read_token(sandbox: Sandbox, text: str) -> tuple[date, str, str, list[str]]:
    """Return day, type, compression and merchant of a link. Raises for a forged or an old one."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise PayError(400, "PARAM_ERROR", "token 无效") from error
    if not hmac.compare_digest(_seal(sandbox, raw[32:]), raw[:32]):
        raise PayError(400, "PARAM_ERROR", "token 无效")
    day, bill_type, compressed, whose, expires = json.loads(raw[32:])
    if time.time() > expires:
        raise PayError(400, "PARAM_ERROR", "下载地址已过期，请重新申请账单")
    return date.fromisoformat(day), bill_type, compressed, whose


def _seal(sandbox: Sandbox, claim: bytes) -> bytes:
    return hmac.new(sandbox.credentials.apiv3_key.encode(), claim, hashlib.sha256).digest()


def _check_day(sandbox: Sandbox, day: date) -> None:
    now = sandbox.clock.now()
    age = (now.date() - day).days
    if age > KEEP_DAYS or age < 0:
        raise PayError(400, "PARAM_ERROR", "bill_date 仅支持三个月内的日期")
    if sandbox.options.bill_today:
        return
    if age == 0 or (age == 1 and now.hour < READY_HOUR):
        raise PayError(400, "STATEMENT_CREATING", "账单正在生成中，请次日 10 点后再试")


def _lines(sandbox: Sandbox, day: date, whose: list[str]) -> list[_Line]:
    """Return the day's lines of a merchant in order of time."""
    mchid, sub_mchid = whose
    found = sorted([*_payments(sandbox, day), *_refunds(sandbox, day)], key=lambda line: line.at)
    return [line for line in found if line.order["mchid"] == mchid and sub_mchid in {"", line.order["sub_mchid"]}]


def _payments(sandbox: Sandbox, day: date) -> list[_Line]:
    rows = sandbox.store.all("SELECT * FROM transactions WHERE success_time LIKE ?", (f"{day}%",))
    return [_Line(row["success_time"], row, row["total"], 0, None) for row in rows]


def _refunds(sandbox: Sandbox, day: date) -> list[_Line]:
    rows = sandbox.store.all("SELECT * FROM refunds WHERE created_at LIKE ?", (f"{day}%",))
    return [
        _Line(row["created_at"], orders.find(sandbox.store, row["out_trade_no"]), 0, row["amount"], row) for row in rows
    ]


def _values(sandbox: Sandbox, line: _Line) -> dict[str, str]:
    order, refund = line.order, line.refund
    return {
        "交易时间": f"{parse_moment(line.at):%Y-%m-%d %H:%M:%S}",
        "公众账号ID": order["appid"],
        "商户号": order["mchid"],
        "特约商户号": order["sub_mchid"] or "0",
        "设备号": "",
        "微信订单号": order["transaction_id"],
        "商户订单号": order["out_trade_no"],
        "用户标识": order["openid"],
        "交易类型": order["trade_type"],
        "交易状态": "REFUND" if refund else "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": order["currency"],
        "应结订单金额": _yuan(line.paid),
        "代金券金额": "0.00",
        "微信退款单号": refund["refund_id"] if refund else "0",
        "商户退款单号": refund["out_refund_no"] if refund else "0",
        "退款金额": _yuan(line.refunded),
        "充值券退款金额": "0.00",
        "退款类型": "ORIGINAL" if refund else "",
        "退款状态": refund["state"] if refund else "",
        "商品名称": order["description"],
        "商户数据包": order["attach"] or "",
        "手续费": f"{line.fee:.5f}",
        "费率": "0.60%",
        "订单金额": _yuan(line.paid),
        "申请退款金额": _yuan(line.refunded),
        "费率备注": "",
    }


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"
