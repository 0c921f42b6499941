"""Paying at the window: the cashier reads the code on the payer's phone (付款码)."""

from django.db import transaction
from django.utils import timezone

from business.integration.outcomes import Refused, Unknown
from business.payments import states
from business.payments.channels import channel_of
from business.payments.channels.port import CodePayRequest
from business.payments.errors import AlreadyPaid, CodeRefused, OrderOver
from business.payments.methods import Method
from business.payments.models import Attempt, Order, Payment
from business.payments.services.closing import close_attempt
from business.payments.services.paying import check_attempt, new_attempt, pause_after
from business.payments.services.posting import post_payment

S = Order.State


def pay_by_code(*, order_ref: str, auth_code: str, device_ip: str, store_id: str, actor: str) -> Order:
    """Charge the code on the payer's phone and return the order: paid, or still paying while the payer types.

    Outside any transaction. The sweep asks on while it is open, and reverses it with the order's time. Raises
    CodeRefused with what to tell the payer; the order can then be paid in any other way.
    """
    attempt = _start(order_ref, device_ip, actor)
    request = CodePayRequest(
        out_trade_no=attempt.number,
        description=attempt.order.description,
        amount_fen=attempt.order.amount_fen,
        auth_code=auth_code,
        device_ip=device_ip,
        store_id=store_id,
    )
    try:
        fact = channel_of(attempt.merchant).pay_code(request)
        if fact.is_paid:
            return post_payment(fact, Payment.LearnedBy.QUERY)
    except Refused as refusal:
        close_attempt(attempt, reason=f"渠道拒绝（{refusal.code}）", actor=actor)
        raise CodeRefused(refusal.message) from refusal
    except Unknown:
        check_attempt(attempt)
    return Order.objects.get(pk=attempt.order_id)


@transaction.atomic
def _start(order_ref: str, device_ip: str, actor: str) -> Attempt:
    order = Order.objects.select_for_update().select_related("merchant").get(ref=order_ref)
    if order.state in states.WITH_MONEY:
        raise AlreadyPaid
    if order.state not in {S.CREATED, S.PAYING} or timezone.now() >= order.expires_at:
        raise OrderOver
    if order.state == S.CREATED:
        order.checks, order.next_check_at = 0, timezone.now() + pause_after(0)
        states.move(order, S.PAYING, reason="窗口扫付款码", actor=actor)
    # Each code is an attempt of its own: the channel wants a new number for it.
    return new_attempt(order, Method(merchant=order.merchant, scene=Attempt.Scene.CODE), device_ip, None)
