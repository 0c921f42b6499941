"""What may be done with money. Lock order everywhere: order, then what the kind locks, then its refunds."""

from business.payments.channels.port import BadNotification, CashierTicket
from business.payments.services.closing import close_order, close_rest
from business.payments.services.notices import handle_notification
from business.payments.services.orders import lock_order, mark_settled, open_order, transfer_order
from business.payments.services.paying import begin_payment, check_attempt, check_order
from business.payments.services.posting import post_payment
from business.payments.services.refunding import apply_refund, carry_out_refund, request_refund
from business.payments.services.reversing import carry_out_reversal, request_reversal
from business.payments.services.together import begin_together
from business.payments.services.window import pay_by_code

__all__ = [
    "BadNotification",
    "CashierTicket",
    "apply_refund",
    "begin_payment",
    "begin_together",
    "carry_out_refund",
    "carry_out_reversal",
    "check_attempt",
    "check_order",
    "close_order",
    "close_rest",
    "handle_notification",
    "lock_order",
    "mark_settled",
    "open_order",
    "pay_by_code",
    "post_payment",
    "request_refund",
    "request_reversal",
    "transfer_order",
]
