"""What every payment channel can do, in the portal's own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
    """A notice that was verified and opened; ``fact`` is None for an event this portal has no use for."""

    event: str
    fact: PaymentFact | RefundFact | None


class BadNotification(Exception):
    """A notice that must be answered with an error; ``status`` is the HTTP status, ``code`` is for the log."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


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

    def prepay(self, request: PrepayRequest) -> str:
        """Announce an order and return its prepay id; the same request again returns the same order's."""

    def ticket(self, prepay_id: str) -> CashierTicket:
        """Sign what opens the cashier; no call."""

    def query(self, *, out_trade_no: str) -> PaymentFact | None:
        """Return what the channel knows of a trade; None if it never heard of it."""

    def close(self, *, out_trade_no: str) -> None:
        """Close a trade that is not paid; repeatable. Raises Refused(ORDER_PAID) or Refused(ORDER_NOT_EXIST)."""

    def refund(self, request: RefundRequest) -> RefundFact:
        """Give money back; the same out-refund-no refunds once."""

    def query_refund(self, *, out_refund_no: str) -> RefundFact | None:
        """Return what the channel knows of a refund; None if it never heard of it."""

    def open_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify and decrypt a notice; raises BadNotification."""
