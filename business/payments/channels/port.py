"""What every payment channel can do, in the portal's own words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class PaymentFact:
    """What a channel says of a trade; amounts in fen. Only a paid trade has a transaction and a time."""

    out_trade_no: str
    state: str  # SUCCESS, REFUND, NOTPAY, CLOSED, USERPAYING, REVOKED or PAYERROR, as WeChat Pay names them
    mchid: str
    app_id: str
    transaction_id: str = ""
    amount_fen: int = 0
    currency: str = ""
    success_at: datetime | None = None

    @property
    def is_paid(self) -> bool:
        """Whether the payer's money was taken (it may have gone back since)."""
        return self.state in {"SUCCESS", "REFUND"}


@dataclass(frozen=True)
class RefundFact:
    """What a channel says of a refund; the amount in fen."""

    out_refund_no: str
    state: str  # SUCCESS, PROCESSING, ABNORMAL or CLOSED
    out_trade_no: str
    transaction_id: str
    channel_refund_id: str
    amount_fen: int
    success_at: datetime | None = None


@dataclass(frozen=True)
class CashierTicket:
    """What the patient's WeChat needs to open the cashier; ``cashier_url`` is where other browsers pay, or empty."""

    app_id: str
    timestamp: str
    nonce: str
    package: str
    sign_type: str
    pay_sign: str
    cashier_url: str = ""
    # Where the payer's browser goes (H5), or what is shown as a QR code (Native); one of them, or neither.
    h5_url: str = ""
    code_url: str = ""


@dataclass(frozen=True)
class PrepayRequest:
    """An order as the channel is told of it; a repetition must be equal in everything."""

    out_trade_no: str
    description: str
    amount_fen: int
    expires_at: datetime
    openid: str
    notify_url: str
    client_ip: str = ""
    scene: str = "jsapi"  # a value of Attempt.Scene


@dataclass(frozen=True)
class CodePayRequest:
    """A payment by the code on the payer's phone, read by the cashier at the window."""

    out_trade_no: str
    description: str
    amount_fen: int
    auth_code: str
    device_ip: str
    store_id: str


@dataclass(frozen=True)
class RefundRequest:
    """A refund as the channel is told of it; the out-refund-no never changes."""

    out_refund_no: str
    out_trade_no: str
    transaction_id: str
    amount_fen: int
    total_fen: int
    reason: str
    notify_url: str


@dataclass(frozen=True)
class Notice:
    """A notice that was verified and opened; without facts for an event this portal has no use for."""

    event: str
    facts: Sequence[PaymentFact | RefundFact] = ()


@dataclass(frozen=True)
class BillLine:
    """One line of a channel's daily bill; amounts in fen. ``direction`` is pay or refund."""

    direction: str
    out_trade_no: str
    transaction_id: str
    out_refund_no: str
    amount_fen: int
    fee_fen: int
    at: datetime
    state: str
    mchid: str


@dataclass(frozen=True)
class BillTotals:
    """What a bill itself says it sums to; None where it does not say."""

    count: int | None = None
    paid_fen: int | None = None
    refunded_fen: int | None = None


class BadNotification(Exception):
    """A notice that must be answered with an error; ``status`` is the HTTP status, ``code`` is for the log."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class BillReader(Protocol):
    """Reads a bill line by line; ``totals`` is known once every line was read."""

    totals: BillTotals

    def __iter__(self) -> Iterator[BillLine]:
        """Yield each line."""


class Channel(Protocol):
    """One payment channel for one merchant. Calls return data, raise outcomes.Refused or outcomes.Unknown."""

    @property
    def code(self) -> str:
        """Return the channel's name."""

    @property
    def mchid(self) -> str:
        """Return the merchant's number."""

    @property
    def app_id(self) -> str:
        """Return the application in whose name is charged."""

    @property
    def app_ids(self) -> Collection[str]:
        """Return every application in whose name may be charged (official account, mini program)."""

    def prepay(self, request: PrepayRequest) -> str:
        """Announce an order and return its prepay id or address; the same request again returns the same order's."""

    def prepay_combined(self, *, combine_no: str, parts: Sequence[PrepayRequest], mchids: Sequence[str]) -> str:
        """Announce several orders paid with one tap, each to its own merchant; returns one prepay id."""

    def ticket(self, prepay: str, *, scene: str = "jsapi") -> CashierTicket:
        """Sign what opens the cashier; no call."""

    def pay_code(self, request: CodePayRequest) -> PaymentFact:
        """Charge the code on the payer's phone; USERPAYING waits for the payer's password: ask on."""

    def reverse(self, *, out_trade_no: str) -> None:
        """End a payment by code: unpaid it is closed, paid it goes back; repeatable."""

    def query(self, *, out_trade_no: str) -> PaymentFact | None:
        """Return what the channel knows of a trade; None if it never heard of it."""

    def query_combined(self, *, combine_no: str) -> Sequence[PaymentFact | None]:
        """Return what the channel knows of orders paid together; empty if it never heard of them."""

    def close_combined(self, *, combine_no: str, parts: Sequence[tuple[str, str]]) -> None:
        """Close orders that were to be paid together, all of them: (merchant, number) each."""

    def close(self, *, out_trade_no: str) -> None:
        """Close a trade that is not paid; repeatable. Raises Refused(ORDER_PAID) or Refused(ORDER_NOT_EXIST)."""

    def refund(self, request: RefundRequest) -> RefundFact:
        """Give money back; the same out-refund-no refunds once."""

    def query_refund(self, *, out_refund_no: str) -> RefundFact | None:
        """Return what the channel knows of a refund; None if it never heard of it."""

    def redirect_refund(self, *, refund_id: str, out_refund_no: str) -> RefundFact:
        """Send an abnormal refund to the merchant's own bank account, from where the hospital pays it out."""

    def trade_bill(self, day: date, target: Path) -> str:
        """Write a day's trade bill to ``target`` as the channel gave it; return its SHA-256. Refused: not there."""

    def read_bill(self, source: Path) -> "BillReader":
        """Return a reader of a stored bill; it holds one line at a time."""

    def open_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify and decrypt a notice; raises BadNotification."""
