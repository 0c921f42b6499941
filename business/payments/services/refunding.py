"""Giving money back: asked for in the caller's transaction, done by the outbox, under one number for ever."""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from business.integration import outbox
from business.integration.outcomes import Refused
from business.payments import incidents, kinds, ledger, states
from business.payments.channels import channel_of
from business.payments.channels.port import RefundFact, RefundRequest
from business.payments.errors import PostingRefused, RefundNotPossible
from business.payments.models import Order, Payment, Refund, Reversal
from business.payments.services.paths import NOTIFY_PATH
from business.security import audit
from business.security.refs import new_ref

S = Order.State
R = Refund.State
# Refused for a while only: the merchant's balance, the channel's rate limits.
PASSING_REFUSALS = frozenset({"NOT_ENOUGH", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"})
PATIENCE = timedelta(hours=1)
CHANNEL_ACTOR = "channel"


def refund_key(refund: Refund) -> str:
    """Return the outbox key under which a refund is carried out."""
    return f"refund:{refund.out_refund_no}"


def request_refund(
    *,
    order: Order,
    reason: str,
    key: str,
    actor: str,
    is_reversal: bool = False,
    amount_fen: int | None = None,
    payment: Payment | None = None,
) -> Refund:
    """Promise to give back ``amount_fen`` (all that is left if None); the same ``key`` is the same refund.

    In the caller's transaction, with its own change of state; the outbox does it after the commit. ``payment`` is for
    a second payment of one order. Raises RefundNotPossible when nothing is left, or more than was paid is asked for.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("request_refund belongs inside the caller's transaction")
    locked = Order.objects.select_for_update().get(pk=order.pk)
    same = Refund.objects.filter(key=key).first()
    if same is not None:
        if same.order_id != locked.pk:
            raise ValueError(f"the refund key {key} belongs to another order")
        return same
    source = payment or Payment.objects.filter(pays=locked).first()
    if source is None or (source.pays_id and locked.state not in {S.PAID, S.SETTLED, S.REFUNDING}):
        raise RefundNotPossible
    source = Payment.objects.select_for_update().get(pk=source.pk)
    left = source.amount_fen - source.refund_requested_fen
    amount = left if amount_fen is None else amount_fen
    if not 0 < amount <= left:
        raise RefundNotPossible if left <= 0 else RefundNotPossible("退款金额超过可退金额")
    if amount < source.amount_fen and locked.settled_at is None:
        raise RefundNotPossible("业务尚未完成的订单只能全额退款")
    refund = Refund.objects.create(
        out_refund_no=f"{timezone.localdate():%Y%m%d}{new_ref()}",
        order=locked,
        payment=source,
        key=key,
        amount_fen=amount,
        reason=reason[:80],
        is_reversal=is_reversal,
        actor=actor[:100],
    )
    states.refund_born(refund)
    source.refund_requested_fen += amount
    source.save(update_fields=["refund_requested_fen"])
    ledger.refund_requested(refund)
    if source.pays_id and locked.state != S.REFUNDING:
        states.move(locked, S.REFUNDING, reason=reason, actor=actor)
        # The caller goes on with the order it holds.
        order.state, order.next_check_at = locked.state, None
    audit.record(
        "payments.refund_requested",
        program=actor,
        object_type="payments.order",
        object_ref=locked.out_trade_no,
        detail={"out_refund_no": refund.out_refund_no, "amount_fen": amount, "reason": reason},
    )
    outbox.enqueue("payments.refund", {"out_refund_no": refund.out_refund_no}, key=refund_key(refund))
    return refund


def carry_out_refund(out_refund_no: str) -> Refund:
    """Ask the channel to refund, or what became of it, and apply the answer; outside any transaction.

    Raises Unknown, or Refused while the channel says no; repeating is always safe.
    """
    refund = Refund.objects.select_related("order", "payment__merchant", "payment__attempt").get(
        out_refund_no=out_refund_no
    )
    if refund.state == R.SUCCEEDED:
        return refund
    channel = channel_of(refund.payment.merchant)
    if refund.state in {R.PROCESSING, R.ABNORMAL}:
        known = channel.query_refund(out_refund_no=out_refund_no)
        if known is not None:
            return apply_refund(known)
        if refund.state == R.ABNORMAL:
            return refund  # a person puts it right at the channel; asking for it again is not for a program
    request = RefundRequest(
        out_refund_no=refund.out_refund_no,
        out_trade_no=refund.payment.attempt.number,
        transaction_id=refund.payment.transaction_id,
        amount_fen=refund.amount_fen,
        total_fen=refund.payment.amount_fen,
        reason=refund.reason,
        notify_url=f"{settings.PORTAL_URL}{NOTIFY_PATH}",
    )
    try:
        fact = channel.refund(request)
    except Refused as refusal:
        # An earlier try may have gone through although its answer was lost.
        known = channel.query_refund(out_refund_no=out_refund_no)
        if known is None:
            _note_refusal(refund, refusal)
            raise
        fact = known
    return apply_refund(fact)


def _note_refusal(refund: Refund, refusal: Refused) -> None:
    problem = f"渠道拒绝退款（{refusal.code}）：{refusal.message}"[:200]
    Refund.objects.filter(pk=refund.pk, state__in=[R.REQUESTED, R.PROCESSING]).update(problem=problem)
    passing = refusal.code in PASSING_REFUSALS
    if passing and timezone.now() - refund.created_at < PATIENCE:
        return
    incidents.raise_incident(
        "refund_refused",
        refund.out_refund_no,
        f"退款 {refund.out_refund_no} 被渠道拒绝（{refusal.code}），系统仍在重试，请人工核对",
        order=refund.order,
        detail={"code": refusal.code, "message": refusal.message},
    )


def apply_refund(fact: RefundFact) -> Refund:
    """Apply what a channel says of a refund, once, and return the refund.

    Raises PostingRefused, with an incident and nothing changed, for a refund we never asked for or another amount.
    """
    found = Refund.objects.select_related("order", "payment__attempt")
    refund = found.filter(out_refund_no=fact.out_refund_no).first()
    if refund is None:
        incidents.raise_incident(
            "unknown_refund",
            fact.out_refund_no,
            f"渠道通知了一笔不是由本系统发起的退款 {fact.out_refund_no}（订单 {fact.out_trade_no}）",
            order=Order.objects.filter(attempts__number=fact.out_trade_no).first(),
            detail=_detail(fact),
        )
        raise PostingRefused(f"no refund {fact.out_refund_no}")
    if (fact.out_trade_no, fact.transaction_id, fact.amount_fen) != (
        refund.payment.attempt.number,
        refund.payment.transaction_id,
        refund.amount_fen,
    ):
        incidents.raise_incident(
            "refund_mismatch",
            fact.out_refund_no,
            f"退款 {fact.out_refund_no} 的渠道结果与申请不符，未入账",
            order=refund.order,
            detail=_detail(fact),
        )
        raise PostingRefused(f"{fact.out_refund_no}: order, transaction or amount differ")
    applied = _apply(refund.pk, refund.order_id, fact)
    if applied.state == R.ABNORMAL:
        incidents.raise_incident(
            "refund_abnormal",
            applied.out_refund_no,
            f"退款 {applied.out_refund_no} 未能退回（渠道状态 {fact.state}），需人工处理",
            order=applied.order,
            detail=_detail(fact),
        )
    elif applied.state == R.SUCCEEDED:
        for kind in ("refund_abnormal", "refund_refused", "refund_slow"):
            incidents.resolve_by_itself(kind, applied.out_refund_no, "渠道已退款成功")
    return applied


def resume_refund(fact: RefundFact) -> Refund:
    """Take note that staff sent an abnormal refund another way: it is under way again, or done."""
    with transaction.atomic():
        row = Refund.objects.select_related("order").get(out_refund_no=fact.out_refund_no)
        Order.objects.select_for_update().get(pk=row.order_id)
        refund = Refund.objects.select_for_update().get(pk=row.pk)
        if refund.state == R.ABNORMAL and fact.state == "PROCESSING":
            refund.problem = "已改退医院账户，等待渠道结果"
            states.move_refund(refund, R.PROCESSING, reason="改退医院账户", actor="staff")
            key = f"{refund_key(refund)}:{refund.events.count()}"
            outbox.enqueue("payments.refund", {"out_refund_no": refund.out_refund_no}, key=key)
            return refund
    return apply_refund(fact)


@transaction.atomic
def _apply(refund_id: int, order_id: int, fact: RefundFact) -> Refund:
    order = Order.objects.select_for_update().get(pk=order_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    refund.order = order
    target = {"SUCCESS": R.SUCCEEDED, "PROCESSING": R.PROCESSING}.get(fact.state, R.ABNORMAL)
    # What is final stays; an answer that was overtaken by the notice says nothing new.
    if refund.state in {R.SUCCEEDED, target} or (refund.state == R.ABNORMAL and target == R.PROCESSING):
        return refund
    refund.channel_refund_id = fact.channel_refund_id
    if target == R.ABNORMAL:
        refund.problem = f"渠道状态 {fact.state}，原路退回失败，需人工处理"
    elif target == R.SUCCEEDED:
        refund.problem, refund.succeeded_at = "", fact.success_at or timezone.now()
    states.move_refund(refund, target, reason=f"渠道状态 {fact.state}", actor=CHANNEL_ACTOR)
    if target == R.SUCCEEDED:
        ledger.refund_succeeded(refund)
        _tell(order, refund)
    return refund


def _tell(order: Order, refund: Refund) -> None:
    kind = kinds.get(order.kind)
    if refund.is_of_second_payment:
        told = getattr(kind, "second_refunded", None)
        if told is not None:
            told(refund)
        return
    order.refunded_fen += refund.amount_fen
    if order.refunded_fen == order.amount_fen:
        states.move(order, S.REFUNDED, reason="款项已全部退回", actor=CHANNEL_ACTOR)
        _end_reversal(order)
    elif not order.refunds.filter(payment__pays=order).exclude(state=R.SUCCEEDED).exists():
        states.move(order, S.SETTLED, reason="部分款项已退回", actor=CHANNEL_ACTOR)
    else:
        order.save(update_fields=["refunded_fen"])
    kind.refunded(refund)


def _end_reversal(order: Order) -> None:
    reversal = Reversal.objects.filter(order=order, state=Reversal.State.REFUNDING).first()
    if reversal is not None:
        states.move_reversal(reversal, Reversal.State.DONE, reason="款项已全部退回", actor=CHANNEL_ACTOR)


def _detail(fact: RefundFact) -> dict[str, object]:
    return {
        "out_refund_no": fact.out_refund_no,
        "out_trade_no": fact.out_trade_no,
        "transaction_id": fact.transaction_id,
        "state": fact.state,
        "amount_fen": fact.amount_fen,
    }
