"""A payment channel in memory, and a thing to pay for, both as obedient or as nasty as a test wants."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from django.utils import timezone

from business.integration.outcomes import Refused, Unknown
from business.payments.channels.port import (
    BadNotification,
    BillLine,
    BillTotals,
    CashierTicket,
    CodePayRequest,
    Notice,
    PaymentFact,
    PrepayRequest,
    RefundFact,
    RefundRequest,
)
from business.payments.models import Order, Refund

MCHID = "1900000001"
APP_ID = "wx0123456789abcdef"


@dataclass
class FakeTrade:
    request: PrepayRequest
    prepay_id: str
    state: str = "NOTPAY"
    transaction_id: str = ""


@dataclass
class FakeChannel:
    """Remembers trades and refunds; ``lose`` names operations whose answer gets lost after they were done."""

    code: str = "wechatpay"
    mchid: str = MCHID
    app_id: str = APP_ID
    trades: dict[str, FakeTrade] = field(default_factory=dict)
    refunds: dict[str, RefundFact] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    lose: list[str] = field(default_factory=list)
    fail: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    refund_state: str = "PROCESSING"
    bill: list[BillLine] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def _before(self, operation: str) -> None:
        self.calls.append(operation)
        if operation in self.fail:
            self.fail.remove(operation)
            raise Unknown(f"{operation}: nothing arrived")
        if operation in self.refuse:
            raise Refused(self.refuse[operation], "no")

    def _after(self, operation: str) -> None:
        if operation in self.lose:
            self.lose.remove(operation)
            raise Unknown(f"{operation}: the answer was lost")

    def prepay(self, request: PrepayRequest) -> str:
        self._before("prepay")
        trade = self.trades.setdefault(
            request.out_trade_no, FakeTrade(request=request, prepay_id=f"wx-prepay-{next(self._ids)}")
        )
        if trade.request != request:
            raise Refused("INVALID_REQUEST", "re-entry parameters differ")
        if trade.state != "NOTPAY":
            raise Refused("ORDER_CLOSED" if trade.state == "CLOSED" else "ORDER_PAID")
        self._after("prepay")
        return trade.prepay_id

    @property
    def app_ids(self) -> set[str]:
        return {self.app_id}

    def ticket(self, prepay: str, *, scene: str = "jsapi") -> CashierTicket:
        if scene == "native":
            return CashierTicket(self.app_id, "", "", "", "", "", code_url=prepay)
        return CashierTicket(self.app_id, "1700000000", "nonce", f"prepay_id={prepay}", "RSA", "signature")

    def prepay_combined(self, *, combine_no: str, parts: Sequence[PrepayRequest], mchids: Sequence[str]) -> str:
        self._before("prepay_combined")
        self.groups[combine_no] = [part.out_trade_no for part in parts]
        for part in parts:
            self.trades.setdefault(part.out_trade_no, FakeTrade(request=part, prepay_id=f"wx-{combine_no}"))
        return f"wx-{combine_no}"

    def query_combined(self, *, combine_no: str) -> list[PaymentFact | None]:
        self._before("query_combined")
        return [self.fact(number) for number in self.groups.get(combine_no, [])]

    def close_combined(self, *, combine_no: str, parts: Sequence[tuple[str, str]]) -> None:
        self._before("close_combined")
        for _mchid, number in parts:
            if self.trades[number].state == "SUCCESS":
                raise Refused("ORDER_PAID")
        for _mchid, number in parts:
            self.trades[number].state = "CLOSED"

    def pay_code(self, request: CodePayRequest) -> PaymentFact:
        self._before("pay_code")
        asked = PrepayRequest(request.out_trade_no, request.description, request.amount_fen, timezone.now(), "", "")
        trade = self.trades.setdefault(request.out_trade_no, FakeTrade(request=asked, prepay_id=""))
        trade.state, trade.transaction_id = "SUCCESS", f"42000{next(self._ids):08d}"
        self._after("pay_code")
        return self.fact(request.out_trade_no)

    def reverse(self, *, out_trade_no: str) -> None:
        self.close(out_trade_no=out_trade_no)

    def query(self, *, out_trade_no: str) -> PaymentFact | None:
        self._before("query")
        return self.fact(out_trade_no) if out_trade_no in self.trades else None

    def close(self, *, out_trade_no: str) -> None:
        self._before("close")
        trade = self.trades.get(out_trade_no)
        if trade is None:
            raise Refused("ORDER_NOT_EXIST")
        if trade.state in {"SUCCESS", "REFUND"}:
            raise Refused("ORDER_PAID")
        trade.state = "CLOSED"
        self._after("close")

    def refund(self, request: RefundRequest) -> RefundFact:
        self._before("refund")
        paid = {trade.transaction_id for trade in self.trades.values()}
        assert request.transaction_id in paid or request.transaction_id.startswith("second-")
        fact = self.refunds.setdefault(
            request.out_refund_no,
            RefundFact(
                out_refund_no=request.out_refund_no,
                state="PROCESSING",
                out_trade_no=request.out_trade_no,
                transaction_id=request.transaction_id,
                channel_refund_id=f"refund-{next(self._ids)}",
                amount_fen=request.amount_fen,
            ),
        )
        assert fact.amount_fen == request.amount_fen
        if self.refund_state != "PROCESSING" and fact.state == "PROCESSING":
            fact = self.finish_refund(request.out_refund_no, self.refund_state)
        self._after("refund")
        return fact

    def query_refund(self, *, out_refund_no: str) -> RefundFact | None:
        self._before("query_refund")
        return self.refunds.get(out_refund_no)

    def open_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        raise BadNotification("SIGN_ERROR", "no", status=401)

    def redirect_refund(self, *, refund_id: str, out_refund_no: str) -> RefundFact:
        self._before("redirect_refund")
        return self.finish_refund(out_refund_no, "PROCESSING")

    def trade_bill(self, day: date, target: Path) -> str:
        self._before("trade_bill")
        text = "\n".join(line.out_trade_no for line in self.bill)
        target.write_text(text)
        return hashlib.sha256(text.encode()).hexdigest()

    def read_bill(self, source: Path) -> "FakeBill":
        return FakeBill(self.bill)

    # --- what the world outside does -----------------------------------------------------------------------------
    def pay(self, out_trade_no: str, *, force: bool = False) -> PaymentFact:
        """The patient pays in the cashier; ``force`` pays even what was closed (the payer was faster)."""
        trade = self.trades[out_trade_no]
        assert trade.state == "NOTPAY" or (force and trade.state == "CLOSED")
        trade.state, trade.transaction_id = "SUCCESS", f"42000{next(self._ids):08d}"
        return self.fact(out_trade_no)

    def fact(self, out_trade_no: str) -> PaymentFact:
        trade = self.trades[out_trade_no]
        plain = PaymentFact(out_trade_no=out_trade_no, state=trade.state, mchid=self.mchid, app_id=self.app_id)
        if not plain.is_paid:
            return plain
        return replace(
            plain,
            transaction_id=trade.transaction_id,
            amount_fen=trade.request.amount_fen,
            currency="CNY",
            success_at=timezone.now(),
        )

    def finish_refund(self, out_refund_no: str, state: str = "SUCCESS") -> RefundFact:
        """The bank is done with a refund."""
        fact = replace(
            self.refunds[out_refund_no], state=state, success_at=timezone.now() if state == "SUCCESS" else None
        )
        self.refunds[out_refund_no] = fact
        return fact


class FakeBill:
    """A bill read line by line."""

    totals = BillTotals()

    def __init__(self, lines: list[BillLine]) -> None:
        self.lines = lines

    def __iter__(self) -> Iterator[BillLine]:
        return iter(self.lines)


@dataclass
class FakeKind:
    """A thing to pay for."""

    code: str = "test"
    label: str = "测试"
    rejects: str | None = None
    settles: bool = True
    accepted: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    undo_refusal: str = ""
    in_his: bool = True
    refunds: list[str] = field(default_factory=list)
    second_refunds: list[str] = field(default_factory=list)
    settle_alarm_minutes: int = 30

    def accept_payment(self, order: Order) -> str | None:
        if self.rejects is None:
            self.accepted.append(order.out_trade_no)
        return self.rejects

    def settle(self, order: Order) -> None:
        from django.db import transaction

        from business.payments import services

        if self.settles:
            with transaction.atomic():
                services.mark_settled(order, "test")
            self.settled.append(order.out_trade_no)

    def undo(self, order: Order, *, reason: str) -> None:
        if self.undo_refusal:
            raise Refused(self.undo_refusal, "no")
        self.undone.append(order.out_trade_no)

    def refunded(self, refund: Refund) -> None:
        self.refunds.append(refund.out_refund_no)

    def second_refunded(self, refund: Refund) -> None:
        self.second_refunds.append(refund.out_refund_no)
