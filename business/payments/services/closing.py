"""Ending an order that is not paid: at the channel first, so that no money can come for a thing given to another."""

from django.db import transaction
from django.utils import timezone

from business.integration.outcomes import Refused, Unknown
from business.payments import states
from business.payments.channels import channel_of
from business.payments.models import Order
from business.payments.services.paying import check_order, pause_after

S = Order.State


def close_order(*, order_ref: str, reason: str, actor: str) -> Order:
    """Close an order and return it: closed, or with money (paid and further) if the patient was faster.

    Outside any transaction, repeatable. Raises Unknown while nobody can tell whether it is paid; it then stays in
    closing, no new prepay is possible, and the sweep goes on closing it.
    """
    order = _start_closing(order_ref, reason, actor)
    if order.state != S.CLOSING:
        return order
    try:
        channel_of(order.merchant).close(out_trade_no=order.out_trade_no)
    except Refused as refusal:
        # The channel never heard of it when a prepay got lost; its prepay id reached nobody, so nothing can be paid.
        if refusal.code not in {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "ORDER_CLOSED"}:
            return _ask_instead(order, refusal)
    return _finish_closing(order, reason, actor)


@transaction.atomic
def _start_closing(order_ref: str, reason: str, actor: str) -> Order:
    order = Order.objects.select_for_update().get(ref=order_ref)
    if order.state == S.CREATED:
        # The channel was never told of it.
        states.move(order, S.CLOSED, reason=reason, actor=actor)
    elif order.state == S.PAYING:
        order.checks, order.next_check_at = 0, timezone.now() + pause_after(1)
        states.move(order, S.CLOSING, reason=reason, actor=actor)
    return order


def _ask_instead(order: Order, refusal: Refused) -> Order:
    """The channel would not close (paid, or for a reason of its own): its answer to a query decides."""
    try:
        found = check_order(order)
    except Refused as other:
        raise Unknown(f"close of {order.out_trade_no}: {refusal}; query: {other}") from other
    if found.state == S.CLOSING:
        raise Unknown(f"close of {order.out_trade_no}: {refusal}")
    return found


@transaction.atomic
def _finish_closing(order: Order, reason: str, actor: str) -> Order:
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.state == S.CLOSING:
        states.move(order, S.CLOSED, reason=reason, actor=actor)
    return order
