"""Posting money that a channel took: verified against the order, once per transaction, in one step with its rows."""

import logging

from django.db import transaction
from django.utils import timezone

from business.integration import outbox
from business.payments import incidents, kinds, ledger, states
from business.payments.channels import channel_of
from business.payments.channels.port import PaymentFact
from business.payments.errors import PostingRefused
from business.payments.models import Attempt, Order, Payment
from business.payments.services.refunding import request_refund

logger = logging.getLogger(__name__)

S = Order.State
CURRENCY = "CNY"
ACTOR = "system"


def settle_key(order: Order) -> str:
    """Return the outbox key under which an order is settled."""
    return f"settle:{order.out_trade_no}"


def post_payment(fact: PaymentFact, learned_by: str) -> Order:
    """Post money a channel reports, once, and return the order; late or unwelcome money is posted and sent back.

    Raises PostingRefused, with an incident for staff and nothing posted, when the order is unknown or merchant,
    application, amount or currency differ. Outside the caller's transactions: the incident must outlive the refusal.
    """
    attempt = _attempt_of(fact)
    if attempt is None:
        incidents.raise_incident(
            "unknown_order",
            fact.out_trade_no,
            f"渠道通知了一笔本系统没有的订单 {fact.out_trade_no}",
            detail=_detail(fact),
        )
        raise PostingRefused(f"no order {fact.out_trade_no}")
    order = attempt.order
    problem = _difference(attempt, fact)
    if problem:
        _refuse(order, fact, problem)
    try:
        posted = _post(attempt, fact, learned_by)
    except PostingRefused as refusal:
        _refuse(order, fact, str(refusal))
    except Exception as error:
        # The channel or the sweep will say it again; meanwhile a person should know that money waits.
        incidents.raise_incident(
            "posting_failed",
            fact.transaction_id,
            f"订单 {order.out_trade_no} 的到账入账失败，系统会自动重试（{type(error).__name__}）",
            order=order,
            detail=_detail(fact),
        )
        raise
    incidents.resolve_by_itself("posting_failed", fact.transaction_id, "已自动入账")
    return posted


def _attempt_of(fact: PaymentFact) -> Attempt | None:
    """Return the attempt of a number; one we forgot (a restored back-up) is written down anew: the money is real."""
    found = Attempt.objects.select_related("order__merchant", "merchant").filter(number=fact.out_trade_no).first()
    if found is not None:
        return found
    order = Order.objects.select_related("merchant").filter(out_trade_no=fact.out_trade_no).first()
    if order is None:
        return None
    made, _ = Attempt.objects.get_or_create(
        number=fact.out_trade_no,
        defaults={"order": order, "merchant": order.merchant, "pay_until": order.expires_at},
    )
    return made


def _difference(attempt: Attempt, fact: PaymentFact) -> str:
    if not fact.is_paid or not fact.transaction_id or fact.success_at is None:
        return "通知不是支付成功"
    if fact.mchid != attempt.merchant.mchid:
        return "商户号不符"
    if fact.app_id not in channel_of(attempt.merchant).app_ids:
        return "应用（appid）不符"
    due = attempt.order.amount_fen
    if fact.amount_fen != due:
        return f"金额不符：应付 ¥{due / 100:.2f}，通知 ¥{fact.amount_fen / 100:.2f}"
    if fact.currency != CURRENCY:
        return "币种不符"
    return ""


def _refuse(order: Order, fact: PaymentFact, problem: str) -> None:
    incidents.raise_incident(
        "payment_mismatch",
        f"{fact.out_trade_no}:{fact.transaction_id}",
        f"一份支付通知与订单 {order.out_trade_no} 不符，没有按它入账：{problem}",
        order=order,
        detail=_detail(fact),
    )
    raise PostingRefused(f"{fact.out_trade_no}: {problem}")


@transaction.atomic
def _post(attempt: Attempt, fact: PaymentFact, learned_by: str) -> Order:
    order = Order.objects.select_for_update().get(pk=attempt.order_id)
    attempt = Attempt.objects.select_related("merchant").get(pk=attempt.pk)
    known = Payment.objects.filter(merchant=attempt.merchant, transaction_id=fact.transaction_id).first()
    if known is not None:
        if known.order_id != order.pk:
            raise PostingRefused("同一渠道交易号已记在另一订单上")
        return order
    second = order.state in states.WITH_MONEY
    how = "支付通知" if learned_by == Payment.LearnedBy.CALLBACK else "主动查询"
    if attempt.state != Attempt.State.PAID:
        states.move_attempt(attempt, Attempt.State.PAID, reason=f"渠道已收款（{how}）", actor=ACTOR)
    payment = Payment.objects.create(
        order=order,
        attempt=attempt,
        pays=None if second else order,
        merchant=attempt.merchant,
        transaction_id=fact.transaction_id,
        amount_fen=fact.amount_fen,
        success_at=fact.success_at or timezone.now(),
        learned_by=learned_by,
    )
    ledger.paid(payment)
    if second:
        _send_back(order, payment, f"second:{payment.transaction_id}", "重复支付，自动退款")
        return order
    late = order.state == S.CLOSED
    if order.state == S.CREATED:
        # The order as we know it never reached the channel (a restored back-up): the money is real all the same.
        states.move(order, S.PAYING, reason="渠道已收款", actor=ACTOR)
    order.paid_at = payment.success_at
    states.move(order, S.PAID, reason=f"渠道已收款（{how}）" + ("，订单此前已关闭" if late else ""), actor=ACTOR)
    if order.attempts.filter(state__in=states.LIVE_ATTEMPTS).exists():
        outbox.enqueue(
            "payments.close_rest", {"out_trade_no": order.out_trade_no}, key=f"close_rest:{order.out_trade_no}"
        )
    reason = "订单已关闭，自动退款" if late else kinds.get(order.kind).accept_payment(order)
    if reason is not None:
        _send_back(order, payment, f"unwelcome:{order.out_trade_no}", reason)
        return Order.objects.get(pk=order.pk)
    outbox.enqueue("payments.settle", {"out_trade_no": order.out_trade_no}, key=settle_key(order))
    return order


def _send_back(order: Order, payment: Payment, key: str, reason: str) -> None:
    request_refund(order=order, payment=payment, reason=reason, key=key, actor=ACTOR, is_reversal=True)


def _detail(fact: PaymentFact) -> dict[str, object]:
    return {
        "out_trade_no": fact.out_trade_no,
        "transaction_id": fact.transaction_id,
        "mchid": fact.mchid,
        "appid": fact.app_id,
        "amount_fen": fact.amount_fen,
        "currency": fact.currency,
        "state": fact.state,
    }
