"""What may be done with money. Lock order everywhere: order, then what the kind locks, then its refunds."""

from business.payments.channels.port import BadNotification, CashierTicket
from business.payments.services.closing import close_order
from business.payments.services.notices import handle_notification
from business.payments.services.orders import lock_order, mark_settled, open_order
from business.payments.services.paying import begin_payment, check_order
from business.payments.services.posting import post_payment
from business.payments.services.refunding import apply_refund, carry_out_refund, request_refund

__all__ = [
    "BadNotification",
    "CashierTicket",
    "apply_refund",
    "begin_payment",
    "carry_out_refund",
    "check_order",
    "close_order",
    "handle_notification",
    "lock_order",
    "mark_settled",
    "open_order",
    "post_payment",
    "request_refund",
]
