"""冲正: what was delivered is undone by its service, then every fen goes back; each step repeatable."""

from django.db import connection, transaction

from business.integration import outbox
from business.integration.outcomes import Refused
from business.payments import incidents, kinds, states
from business.payments.errors import ReversalNotPossible
from business.payments.models import Order, Refund, Reversal, ReversalEvent
from business.payments.services.refunding import request_refund
from business.security import audit

S = Order.State
V = Reversal.State


def reversal_key(reversal: Reversal) -> str:
    """Return the outbox key under which a reversal is carried out."""
    return f"reverse:{reversal.ref}"


def request_reversal(*, order: Order, reason: str, actor: str) -> Reversal:
    """Promise to undo an order's delivery and to give back what is left of its money; asking twice is one reversal.

    In the caller's transaction. Raises ReversalNotPossible for an order that holds no money.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("request_reversal belongs inside the caller's transaction")
    locked = Order.objects.select_for_update().get(pk=order.pk)
    same = Reversal.objects.filter(order=locked).first()
    if same is not None:
        if same.state == V.BLOCKED:
            states.move_reversal(same, V.REQUESTED, reason=reason, actor=actor)
            outbox.enqueue("payments.reverse", {"ref": same.ref}, key=f"{reversal_key(same)}:{same.events.count()}")
        return same
    if locked.state not in {S.PAID, S.SETTLED}:
        raise ReversalNotPossible
    reversal = Reversal.objects.create(order=locked, reason=reason[:80], actor=actor[:100])
    ReversalEvent.objects.create(
        reversal=reversal, at=reversal.created_at, to_state=reversal.state, reason=reason[:200], actor=actor[:100]
    )
    audit.record(
        "payments.reversal_requested",
        program=actor,
        object_type="payments.order",
        object_ref=locked.out_trade_no,
        detail={"reason": reason},
    )
    outbox.enqueue("payments.reverse", {"ref": reversal.ref}, key=reversal_key(reversal))
    return reversal


def carry_out_reversal(ref: str) -> Reversal:
    """Let the service undo the delivery, then promise the refund; outside any transaction, repeatable.

    A definite no blocks the reversal and tells finance; raises RetryLater while nobody can tell (never guessed).
    """
    reversal = Reversal.objects.select_related("order").get(ref=ref)
    if reversal.state != V.REQUESTED:
        return reversal
    undo = getattr(kinds.get(reversal.order.kind), "undo", None)
    if undo is not None and reversal.order.settled_at is not None:
        try:
            undo(reversal.order, reason=reversal.reason)
        except Refused as no:
            return _block(reversal, no)
    return _refund(reversal)


@transaction.atomic
def _block(reversal: Reversal, no: Refused) -> Reversal:
    order = Order.objects.select_for_update().get(pk=reversal.order_id)
    found = Reversal.objects.get(pk=reversal.pk)
    if found.state == V.REQUESTED:
        found.problem = f"{no.code}：{no.message}"[:200]
        states.move_reversal(found, V.BLOCKED, reason=found.problem, actor="system")
        incidents.raise_incident(
            "reversal_blocked",
            f"{found.ref}:{found.events.count()}",
            f"订单 {order.out_trade_no} 的冲正被业务系统拒绝（{no.code}），款项尚未退回，请人工处理",
            order=order,
            detail={"code": no.code, "message": no.message},
        )
    return found


@transaction.atomic
def _refund(reversal: Reversal) -> Reversal:
    order = Order.objects.select_for_update().get(pk=reversal.order_id)
    found = Reversal.objects.get(pk=reversal.pk)
    if found.state != V.REQUESTED:
        return found
    payment = order.payments.filter(pays=order).first()
    if payment is None or payment.refund_requested_fen >= payment.amount_fen:
        # The service's own undoing gave the money back already, in its own transaction.
        states.move_reversal(found, V.DONE, reason="款项已由业务退回", actor="system")
        return found
    found.refund = request_refund(
        order=order, reason=found.reason, key=f"reversal:{order.out_trade_no}", actor=found.actor, is_reversal=True
    )
    states.move_reversal(found, V.REFUNDING, reason="业务已撤销", actor="system")
    if found.refund.state == Refund.State.SUCCEEDED:
        states.move_reversal(found, V.DONE, reason="款项已全部退回", actor="system")
    return found
