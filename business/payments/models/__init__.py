"""Orders, what channels say of them, refunds, and the double-entry ledger. Knows nothing of what is paid for."""

from business.payments.models.incidents import Incident
from business.payments.models.ledger import LedgerEntry, LedgerLine, LedgerSeal
from business.payments.models.merchants import Merchant, PayRule
from business.payments.models.orders import Attempt, AttemptEvent, Order, OrderEvent, Payment
from business.payments.models.refunds import Refund, RefundEvent, Reversal, ReversalEvent

__all__ = [
    "Attempt",
    "AttemptEvent",
    "Incident",
    "LedgerEntry",
    "LedgerLine",
    "LedgerSeal",
    "Merchant",
    "Order",
    "OrderEvent",
    "PayRule",
    "Payment",
    "Refund",
    "RefundEvent",
    "Reversal",
    "ReversalEvent",
]
