"""The only way an order or a refund changes state: a guarded table, and an event row for every move."""

from django.db import connection
from django.utils import timezone

from business.payments.errors import ForbiddenMove
from business.payments.models import Order, OrderEvent, Refund, RefundEvent

S = Order.State
R = Refund.State

ORDER_MOVES: dict[str, frozenset[str]] = {
    S.CREATED: frozenset({S.PAYING, S.CLOSING, S.CLOSED}),
    S.PAYING: frozenset({S.CLOSING, S.CLOSED, S.PAID}),
    # Never back to paying: once the channel was asked to close, no new prepay may follow.
    S.CLOSING: frozenset({S.CLOSED, S.PAID}),
    # Late money is posted and gives itself back.
    S.CLOSED: frozenset({S.PAID}),
    S.PAID: frozenset({S.SETTLED, S.REFUNDING}),
    S.SETTLED: frozenset({S.REFUNDING}),
    # Back to settled when only a part went back.
    S.REFUNDING: frozenset({S.REFUNDED, S.SETTLED}),
    S.REFUNDED: frozenset(),
}
REFUND_MOVES: dict[str, frozenset[str]] = {
    R.REQUESTED: frozenset({R.PROCESSING, R.SUCCEEDED, R.ABNORMAL}),
    R.PROCESSING: frozenset({R.SUCCEEDED, R.ABNORMAL}),
    # Staff put an abnormal refund right at the channel, which then reports it as processing or done.
    R.ABNORMAL: frozenset({R.PROCESSING, R.SUCCEEDED}),
    R.SUCCEEDED: frozenset(),
}
# In these states an order holds (or has held) money.
WITH_MONEY = frozenset({S.PAID, S.SETTLED, S.REFUNDING, S.REFUNDED})
OVER_WITHOUT_MONEY = frozenset({S.CLOSED})


def move(order: Order, to: str, *, reason: str, actor: str) -> None:
    """Move an order whose row the caller has locked, and write why; saves the order. Raises ForbiddenMove."""
    _in_transaction()
    if to not in ORDER_MOVES[order.state]:
        raise ForbiddenMove(f"order {order.out_trade_no}: {order.state} → {to}")
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


def born(order: Order, *, actor: str) -> None:
    """Write the first event of a new order."""
    OrderEvent.objects.create(
        order=order, at=order.created_at, from_state="", to_state=order.state, reason="", actor=actor[:100]
    )


def move_refund(refund: Refund, to: str, *, reason: str, actor: str) -> None:
    """Move a refund whose row the caller has locked, and write why; saves the refund. Raises ForbiddenMove."""
    _in_transaction()
    if to not in REFUND_MOVES[refund.state]:
        raise ForbiddenMove(f"refund {refund.out_refund_no}: {refund.state} → {to}")
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


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise ForbiddenMove("a state changes only inside a transaction that holds the row's lock")
