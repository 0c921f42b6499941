"""Ending what is not paid: at the channels first, so that no money can come for a thing given to another."""

from django.db import transaction
from django.utils import timezone

from business.integration.outcomes import Refused, Unknown
from business.payments import states
from business.payments.channels import channel_of
from business.payments.models import Attempt, Order
from business.payments.services.paying import check_attempt, pause_after

S = Order.State
A = Attempt.State
# The channel never heard of it when a prepay got lost; its prepay reached nobody, so nothing can be paid.
NOTHING_THERE = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "ORDER_CLOSED"})


def close_order(*, order_ref: str, reason: str, actor: str) -> Order:
    """Close an order and return it: closed, or with money (paid and further) if the patient was faster.

    Outside any transaction, repeatable. Raises Unknown while nobody can tell whether it is paid; it then stays in
    closing, no new prepay is possible, and the sweep goes on closing it.
    """
    order = _start_closing(order_ref, reason, actor)
    if order.state != S.CLOSING:
        return order
    silence: Unknown | None = None
    for attempt in _live(order):
        try:
            close_attempt(attempt, reason=reason, actor=actor)
        except Unknown as error:
            silence = silence or error
    order = _finish_closing(order, reason, actor)
    if order.state == S.CLOSING and silence is not None:
        raise silence
    return order


def close_rest(order: Order) -> None:
    """Close what else is open of an order that has its money; a payer who was faster is given theirs back.

    Outside any transaction, repeatable. Raises Unknown while a channel does not say.
    """
    silence: Unknown | None = None
    for attempt in _live(order):
        try:
            close_attempt(attempt, reason="订单已由另一方式付清", actor="system")
        except Unknown as error:
            silence = silence or error
    if silence is not None:
        raise silence


def _live(order: Order) -> list[Attempt]:
    return list(order.attempts.select_related("merchant", "order").filter(state__in=states.LIVE_ATTEMPTS))


def close_attempt(attempt: Attempt, *, reason: str, actor: str) -> Attempt:
    """Close one attempt at its channel and here; its money, had it come, is posted. Raises Unknown."""
    if attempt.scene == Attempt.Scene.CODE:
        # Reversing would give back what was paid at the window meanwhile: what came is posted and stays.
        attempt = _asked(attempt)
        if attempt.state not in states.LIVE_ATTEMPTS:
            return attempt
    _move(attempt, A.CLOSING, reason, actor)
    channel = channel_of(attempt.merchant)
    try:
        if attempt.combine_no:
            together = Attempt.objects.filter(combine_no=attempt.combine_no).order_by("pk")
            parts = [(one.merchant.mchid, one.number) for one in together.select_related("merchant")]
            channel.close_combined(combine_no=attempt.combine_no, parts=parts)
        elif attempt.scene == Attempt.Scene.CODE:
            channel.reverse(out_trade_no=attempt.number)
        else:
            channel.close(out_trade_no=attempt.number)
    except Refused as refusal:
        if refusal.code not in NOTHING_THERE:
            return _ask_instead(attempt, refusal)
    return _move(attempt, A.CLOSED, reason, actor)


@transaction.atomic
def _start_closing(order_ref: str, reason: str, actor: str) -> Order:
    order = Order.objects.select_for_update().get(ref=order_ref)
    if order.state == S.CREATED:
        # No channel was ever told of it.
        states.move(order, S.CLOSED, reason=reason, actor=actor)
    elif order.state == S.PAYING:
        order.checks, order.next_check_at = 0, timezone.now() + pause_after(1)
        states.move(order, S.CLOSING, reason=reason, actor=actor)
    return order


def _asked(attempt: Attempt) -> Attempt:
    try:
        return check_attempt(attempt)
    except Refused as refusal:
        raise Unknown(f"query of {attempt.number}: {refusal}") from refusal


def _ask_instead(attempt: Attempt, refusal: Refused) -> Attempt:
    """The channel would not close (paid, or for a reason of its own): its answer to a query decides."""
    try:
        found = check_attempt(attempt)
    except Refused as other:
        raise Unknown(f"close of {attempt.number}: {refusal}; query: {other}") from other
    if found.state in states.LIVE_ATTEMPTS:
        raise Unknown(f"close of {attempt.number}: {refusal}")
    return found


@transaction.atomic
def _move(attempt: Attempt, to: str, reason: str, actor: str) -> Attempt:
    Order.objects.select_for_update().get(pk=attempt.order_id)
    found = Attempt.objects.select_related("merchant", "order").get(pk=attempt.pk)
    if found.state in states.LIVE_ATTEMPTS and found.state != to:
        states.move_attempt(found, to, reason=reason, actor=actor)
    return found


@transaction.atomic
def _finish_closing(order: Order, reason: str, actor: str) -> Order:
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.state == S.CLOSING and not order.attempts.filter(state__in=states.LIVE_ATTEMPTS).exists():
        states.move(order, S.CLOSED, reason=reason, actor=actor)
    return order
