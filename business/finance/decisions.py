"""What finance decides about a difference or a request: proposed, approved by another where it must be, done."""

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from business.finance.errors import NotDecidable, SamePerson
from business.finance.models import Decision, Difference, FinanceRule, RefundRequest
from business.integration import outbox
from business.integration.outcomes import OutsideError
from business.payments import services as payments
from business.payments.errors import PostingRefused, ReversalNotPossible
from business.payments.models import Order, Refund

S = Difference.State
Q = RefundRequest.State
Way = Decision.Way


def rule() -> FinanceRule:
    """Return what the hospital has decided, the defaults where it has not."""
    return FinanceRule.objects.order_by("pk").first() or FinanceRule()


def needs_approval(way: str, amount_fen: int) -> bool:
    """Tell whether somebody else must agree: a write-off always, money above the limit, a refusal never."""
    return way == Way.WRITE_OFF or (way == Way.REFUND and amount_fen > rule().four_eyes_fen)


def ways_of(difference: Difference) -> list[str]:
    """Return the ways out that make sense for a difference."""
    if difference.state not in {S.OPEN, S.ACTING}:
        return []
    ways = []
    if difference.order_id and difference.kind in {Difference.Kind.CHANNEL_ONLY, Difference.Kind.STATE}:
        ways.append(Way.SETTLE)
    order = difference.order
    if order and difference.direction == "pay" and order.state in {Order.State.PAID, Order.State.SETTLED}:
        ways.append(Way.REFUND)
    return [*ways, Way.WRITE_OFF]


def propose(difference: Difference, *, way: str, reason: str, by: User) -> Decision:
    """Propose a way out for a row-locked difference; carried out at once where nobody else must agree."""
    _in_transaction()
    if way not in ways_of(difference):
        raise NotDecidable
    decision = Decision.objects.create(
        difference=difference,
        way=way,
        amount_fen=difference.at_stake_fen,
        reason=reason,
        proposed_by=by,
        proposed_at=timezone.now(),
    )
    difference.owner = by
    if needs_approval(way, decision.amount_fen):
        difference.state = S.WAITING
        difference.save(update_fields=["state", "owner"])
    else:
        _approved(decision, by, "")
    return decision


def propose_for(request: RefundRequest, *, agrees: bool, reason: str, by: User) -> Decision:
    """Answer a patient's row-locked request; money above the limit waits for another person."""
    _in_transaction()
    if request.state != Q.FILED:
        raise NotDecidable
    amount = request.order.amount_fen - request.order.refunded_fen
    decision = Decision.objects.create(
        request=request,
        way=Way.REFUND if agrees else Way.REFUSE,
        amount_fen=amount,
        reason=reason,
        proposed_by=by,
        proposed_at=timezone.now(),
    )
    if needs_approval(decision.way, amount):
        request.state = Q.WAITING
        request.save(update_fields=["state"])
    else:
        _approved(decision, by, "")
    return decision


def approve(decision: Decision, *, by: User, note: str) -> Decision:
    """Let another person agree; then it is carried out. Raises SamePerson."""
    _check(decision, by)
    _approved(decision, by, note)
    return decision


def reject(decision: Decision, *, by: User, note: str) -> Decision:
    """Let another person refuse; the difference or the request is open again. Raises SamePerson."""
    _check(decision, by)
    decision.state, decision.decided_by, decision.decided_at = Decision.State.REJECTED, by, timezone.now()
    decision.note = note
    decision.save()
    if decision.difference:
        Difference.objects.filter(pk=decision.difference.pk).update(state=S.OPEN)
    if decision.request:
        RefundRequest.objects.filter(pk=decision.request.pk).update(state=Q.FILED)
    return decision


def _check(decision: Decision, by: User) -> None:
    _in_transaction()
    if decision.state != Decision.State.WAITING:
        raise NotDecidable
    if decision.proposed_by_id == by.pk:
        raise SamePerson


def _approved(decision: Decision, by: User, note: str) -> None:
    now = timezone.now()
    decision.state, decision.decided_by, decision.decided_at, decision.note = Decision.State.APPROVED, by, now, note
    decision.save()
    if decision.difference is not None:
        written_off = decision.way == Way.WRITE_OFF
        decision.difference.state = S.WRITTEN_OFF if written_off else S.ACTING
        decision.difference.closed_at = now if written_off else None
        decision.difference.save(update_fields=["state", "closed_at", "owner"])
    if decision.request is not None:
        agrees = decision.way == Way.REFUND
        request = decision.request
        request.state, request.decided_at = Q.APPROVED if agrees else Q.REFUSED, now
        request.answer, request.live_claim = decision.reason, None
        request.save()
    if decision.way in {Way.SETTLE, Way.REFUND}:
        outbox.enqueue("finance.carry_out", {"decision": decision.pk}, key=f"decision:{decision.pk}")


def carry_out(decision: Decision) -> str:
    """Do what was approved, outside any transaction, repeatable; return what came of it. Raises Unknown or Refused."""
    found = decision.difference or decision.request
    order = found.order if found else None
    if order is None or decision.state != Decision.State.APPROVED:
        return ""
    if decision.way == Way.SETTLE:
        return _ask_the_channel(order, decision.difference)
    payments.check_order(order)  # what the patient says was paid may not have reached us yet
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        try:
            payments.request_reversal(order=order, reason=decision.reason, actor=f"staff:{decision.proposed_by}")
        except ReversalNotPossible as refusal:
            return f"{refusal.sentence}（{order.get_state_display()}）"
    return "已发起冲正"


def _ask_the_channel(order: Order, difference: Difference | None) -> str:
    refund = difference.refund if difference else None
    try:
        if refund is not None and refund.state != Refund.State.SUCCEEDED:
            done = payments.carry_out_refund(refund.out_refund_no)
            return f"退款状态：{done.get_state_display()}"
        for attempt in order.attempts.select_related("order", "merchant"):
            payments.check_attempt(attempt)
    except PostingRefused as refusal:
        return f"渠道所述与订单不符：{refusal}"[:200]
    except OutsideError:
        raise
    order.refresh_from_db()
    return f"订单状态：{order.get_state_display()}"


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("decisions belong inside the transaction that writes them down")
