"""The only way an order, an attempt, a refund or a reversal changes state: guarded tables, an event for every move.

The tables are also the documentation: ``manage.py payment_states`` writes docs/payment-states.md from them.
"""

from django.db import connection
from django.utils import timezone

from business.payments.errors import ForbiddenMove
from business.payments.models import (
    Attempt,
    AttemptEvent,
    Order,
    OrderEvent,
    Refund,
    RefundEvent,
    Reversal,
    ReversalEvent,
)

S = Order.State
A = Attempt.State
R = Refund.State
V = Reversal.State

Moves = dict[str, frozenset[str]]

ORDER_MOVES: Moves = {
    S.CREATED: frozenset({S.PAYING, S.CLOSING, S.CLOSED}),
    S.PAYING: frozenset({S.CLOSING, S.CLOSED, S.PAID}),
    # Never back to paying: once a channel was asked to close, no new prepay may follow.
    S.CLOSING: frozenset({S.CLOSED, S.PAID}),
    # Late money is posted and gives itself back.
    S.CLOSED: frozenset({S.PAID}),
    S.PAID: frozenset({S.SETTLED, S.REFUNDING}),
    S.SETTLED: frozenset({S.REFUNDING}),
    # Back to settled when only a part went back.
    S.REFUNDING: frozenset({S.REFUNDED, S.SETTLED}),
    S.REFUNDED: frozenset(),
}
ATTEMPT_MOVES: Moves = {
    A.OPEN: frozenset({A.CLOSING, A.CLOSED, A.PAID}),
    A.CLOSING: frozenset({A.CLOSED, A.PAID}),
    # The payer was faster than the close, or the channel's clock than ours.
    A.CLOSED: frozenset({A.PAID}),
    A.PAID: frozenset(),
}
REFUND_MOVES: Moves = {
    R.REQUESTED: frozenset({R.PROCESSING, R.SUCCEEDED, R.ABNORMAL}),
    R.PROCESSING: frozenset({R.SUCCEEDED, R.ABNORMAL}),
    # Staff put an abnormal refund right at the channel, which then reports it as processing or done.
    R.ABNORMAL: frozenset({R.PROCESSING, R.SUCCEEDED}),
    R.SUCCEEDED: frozenset(),
}
REVERSAL_MOVES: Moves = {
    V.REQUESTED: frozenset({V.BLOCKED, V.REFUNDING, V.DONE}),
    # Finance put it right with the service's staff and asks again.
    V.BLOCKED: frozenset({V.REQUESTED}),
    V.REFUNDING: frozenset({V.DONE}),
    V.DONE: frozenset(),
}
# In these states an order holds (or has held) money.
WITH_MONEY = frozenset({S.PAID, S.SETTLED, S.REFUNDING, S.REFUNDED})
OVER_WITHOUT_MONEY = frozenset({S.CLOSED})
# Attempts that may still bring money without anybody's further doing.
LIVE_ATTEMPTS = frozenset({A.OPEN, A.CLOSING})


def move(order: Order, to: str, *, reason: str, actor: str) -> None:
    """Move an order whose row the caller has locked, and write why; saves the order. Raises ForbiddenMove."""
    _guard(ORDER_MOVES, order.state, to, f"order {order.out_trade_no}")
    now = timezone.now()
    OrderEvent.objects.create(
        order=order, at=now, from_state=order.state, to_state=to, reason=reason[:200], actor=actor[:100]
    )
    order.state = to
    if to in {S.CLOSED, S.REFUNDED}:
        order.live_claim = None
    if to not in {S.PAYING, S.CLOSING}:
        order.next_check_at = None
    if to == S.SETTLED and order.settled_at is None:
        order.settled_at = now
    order.save()


def noted(order: Order, *, reason: str, actor: str) -> None:
    """Write an event that changes no state."""
    OrderEvent.objects.create(
        order=order,
        at=timezone.now(),
        from_state=order.state,
        to_state=order.state,
        reason=reason[:200],
        actor=actor[:100],
    )


def born(order: Order, *, actor: str) -> None:
    """Write the first event of a new order."""
    OrderEvent.objects.create(
        order=order, at=order.created_at, from_state="", to_state=order.state, reason="", actor=actor[:100]
    )


def move_attempt(attempt: Attempt, to: str, *, reason: str, actor: str) -> None:
    """Move an attempt whose order the caller has locked, and write why; saves it. Raises ForbiddenMove."""
    _guard(ATTEMPT_MOVES, attempt.state, to, f"attempt {attempt.number}")
    AttemptEvent.objects.create(
        attempt=attempt,
        at=timezone.now(),
        from_state=attempt.state,
        to_state=to,
        reason=reason[:200],
        actor=actor[:100],
    )
    attempt.state = to
    if to in {A.CLOSED, A.PAID}:
        attempt.live_claim = None
    attempt.save(update_fields=["state", "live_claim"])


def move_refund(refund: Refund, to: str, *, reason: str, actor: str) -> None:
    """Move a refund whose row the caller has locked, and write why; saves the refund. Raises ForbiddenMove."""
    _guard(REFUND_MOVES, refund.state, to, f"refund {refund.out_refund_no}")
    RefundEvent.objects.create(
        refund=refund,
        at=timezone.now(),
        from_state=refund.state,
        to_state=to,
        reason=reason[:200],
        actor=actor[:100],
    )
    refund.state = to
    refund.save()


def refund_born(refund: Refund) -> None:
    """Write the first event of a new refund."""
    RefundEvent.objects.create(
        refund=refund,
        at=timezone.now(),
        from_state="",
        to_state=refund.state,
        reason=refund.reason[:200],
        actor=refund.actor[:100],
    )


def move_reversal(reversal: Reversal, to: str, *, reason: str, actor: str) -> None:
    """Move a reversal whose order the caller has locked, and write why; saves it. Raises ForbiddenMove."""
    _guard(REVERSAL_MOVES, reversal.state, to, f"reversal of {reversal.order_id}")
    ReversalEvent.objects.create(
        reversal=reversal,
        at=timezone.now(),
        from_state=reversal.state,
        to_state=to,
        reason=reason[:200],
        actor=actor[:100],
    )
    reversal.state = to
    reversal.save()


def _guard(moves: Moves, before: str, after: str, what: str) -> None:
    if not connection.in_atomic_block:
        raise ForbiddenMove("a state changes only inside a transaction that holds the row's lock")
    if after not in moves[before]:
        raise ForbiddenMove(f"{what}: {before} → {after}")
