"""Trade and fund-flow bills of WeChat Pay, read line by line by the header's names (protocols.md §2.5)."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO

from django.utils import timezone

from business.integration.outcomes import Unknown
from business.payments.channels.port import BillLine, BillTotals

# Refused at the channel, or reversed at the window before anything was paid: no money moved.
WITHOUT_MONEY = frozenset({"REVOKED"})


def rows(file: TextIO) -> Iterator[list[str]]:
    """Yield the values of each line; they begin with a backtick and may hold commas, headers have none."""
    for line in file:
        text = line.strip("\ufeff\r\n \t")
        if not text:
            continue
        yield text[1:].split(",`") if text.startswith("`") else next(csv.reader([text]))


class TradeBill:
    """A stored trade bill; iterating yields its lines, one in memory at a time, or raises Unknown."""

    def __init__(self, path: Path) -> None:
        """Nothing is read before the first line is asked for."""
        self._path = path
        self.totals = BillTotals()

    def __iter__(self) -> Iterator[BillLine]:
        """Yield each line; then ``totals`` is known."""
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            header: list[str] = []
            is_total = False
            for values in rows(file):
                if values[0] == "交易时间":
                    header = values
                elif values[0].startswith("总交易"):
                    header, is_total = values, True
                elif not header or len(values) != len(header):
                    raise Unknown(f"wechatpay: a line of the bill has {len(values)} values, its header {len(header)}")
                elif is_total:
                    self.totals = _totals(dict(zip(header, values, strict=True)))
                else:
                    line = _line(dict(zip(header, values, strict=True)))
                    if line is not None:
                        yield line


def _line(row: dict[str, str]) -> BillLine | None:
    state = row["交易状态"]
    if state in WITHOUT_MONEY and not fen(row.get("退款金额") or "0"):
        return None
    is_refund = state in {"REFUND", "REVOKED"} and row.get("商户退款单号", "0") not in {"", "0"}
    sub = row.get("特约商户号", "0")
    amount = row.get("申请退款金额") or row["退款金额"] if is_refund else row.get("订单金额") or row["应结订单金额"]
    return BillLine(
        direction="refund" if is_refund else "pay",
        out_trade_no=row["商户订单号"],
        transaction_id=row["微信订单号"],
        out_refund_no=row.get("商户退款单号", "") if is_refund else "",
        amount_fen=fen(amount),
        fee_fen=fen(row.get("手续费") or "0"),
        at=moment(row["交易时间"]),
        state=row.get("退款状态", "") if is_refund else state,
        mchid=sub if sub not in {"", "0"} else row["商户号"],
    )


def _totals(row: dict[str, str]) -> BillTotals:
    paid, back = row.get("订单总金额"), row.get("申请退款总金额") or row.get("退款总金额")
    return BillTotals(
        count=int(Decimal(row["总交易单数"])),
        paid_fen=fen(paid) if paid else None,
        refunded_fen=fen(back) if back else None,
    )


def fen(yuan: str) -> int:
    """Return fen of a bill's yuan (fees have five places and are rounded half up). Raises Unknown."""
    try:
        return int((Decimal(yuan) * 100).quantize(Decimal(1), rounding="ROUND_HALF_UP"))
    except InvalidOperation as error:
        raise Unknown(f"wechatpay: «{yuan[:20]}» is no amount") from error


def moment(text: str) -> datetime:
    """Return the point in time of a bill's clock, which is Shanghai's. Raises Unknown."""
    try:
        return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d %H:%M:%S"))
    except ValueError as error:
        raise Unknown("wechatpay: a time of the bill cannot be read") from error


@dataclass(frozen=True)
class FundFlow:
    """One movement of the merchant's balance."""

    at: datetime
    business_no: str
    flow_no: str
    business: str
    kind: str
    amount_fen: int  # negative when it left
    balance_fen: int


def fund_flows(path: Path) -> Iterator[FundFlow]:
    """Yield the movements of a stored fund-flow bill. Raises Unknown for an unreadable one."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header: list[str] = []
        for values in rows(file):
            if values[0] == "记账时间":
                header = [name.replace("（", "(").replace("）", ")") for name in values]
            elif values[0].startswith("资金流水总笔数"):
                return
            elif len(values) != len(header):
                raise Unknown("wechatpay: a line of the fund-flow bill does not fit its header")
            else:
                row = dict(zip(header, values, strict=True))
                amount = fen(row["收支金额(元)"])
                yield FundFlow(
                    at=moment(row["记账时间"]),
                    business_no=row["微信支付业务单号"],
                    flow_no=row["资金流水单号"],
                    business=row["业务名称"],
                    kind=row["业务类型"],
                    amount_fen=-amount if row["收支类型"] == "支出" else amount,
                    balance_fen=fen(row["账户结余(元)"]),
                )
