"""What the outbox calls, and what is looked at again and again."""

from typing import Any

from business.integration import outbox
from business.payments import kinds, seals, sweeps  # noqa: F401  (importing registers the sweeps)
from business.payments.channels import channel_of
from business.payments.models import Order, Refund
from business.payments.services.closing import close_rest
from business.payments.services.refunding import carry_out_refund, resume_refund
from business.payments.services.reversing import carry_out_reversal
from business.payments.services.window import pay_by_code
from business.security.errors import PortalError

# A refund to a bank card takes days; hourly at the end, this is more than a week.
REFUND_ATTEMPTS = 200


@outbox.handler("payments.settle", max_attempts=60)
def settle(payload: dict[str, Any]) -> None:
    """Let the service deliver what was paid for, until it ends in settled or in a refund."""
    order = Order.objects.get(out_trade_no=payload["out_trade_no"])
    if order.state != Order.State.PAID:
        return
    kinds.get(order.kind).settle(order)
    order.refresh_from_db()
    if order.state == Order.State.PAID:
        raise outbox.RetryLater("paid and not settled yet")


@outbox.handler("payments.refund", max_attempts=REFUND_ATTEMPTS)
def refund(payload: dict[str, Any]) -> None:
    """Carry a refund out, then follow it until it is final."""
    done = carry_out_refund(payload["out_refund_no"])
    if done.state == Refund.State.ABNORMAL:
        raise outbox.GiveUp(done.problem)
    if done.state != Refund.State.SUCCEEDED:
        raise outbox.RetryLater("the channel is still refunding")


@outbox.handler("payments.reverse", max_attempts=REFUND_ATTEMPTS)
def reverse(payload: dict[str, Any]) -> None:
    """Undo what was delivered, then give the money back."""
    carry_out_reversal(payload["ref"])


@outbox.handler("payments.redirect_refund", max_attempts=20)
def redirect_refund(payload: dict[str, Any]) -> None:
    """Send an abnormal refund to the merchant's own account, then follow it as any other."""
    row = Refund.objects.select_related("payment__merchant").get(out_refund_no=payload["out_refund_no"])
    if row.state == Refund.State.ABNORMAL:
        channel = channel_of(row.payment.merchant)
        resume_refund(channel.redirect_refund(refund_id=row.channel_refund_id, out_refund_no=row.out_refund_no))


@outbox.handler("payments.pay_code", max_attempts=1)
def pay_code(payload: dict[str, Any]) -> None:
    """Charge the code a cashier has read: once, a code lives for a minute."""
    try:
        pay_by_code(**payload)
    except PortalError as refusal:
        raise outbox.GiveUp(refusal.sentence) from refusal


@outbox.handler("payments.close_rest", max_attempts=REFUND_ATTEMPTS)
def close_the_rest(payload: dict[str, Any]) -> None:
    """Close the attempts that a paid order has left open at the channels."""
    close_rest(Order.objects.get(out_trade_no=payload["out_trade_no"]))
