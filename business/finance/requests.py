"""A patient asks for money back that was taken and never became anything (38.1)."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from business.finance.errors import CannotFile
from business.finance.models import Difference, RefundRequest
from business.integration.outcomes import OutsideError
from business.patients.models import Account
from business.payments import queries
from business.payments import services as payments
from business.payments.errors import PostingRefused
from business.payments.models import Order
from business.security import audit

S = Order.State
PATIENCE = timedelta(minutes=10)
REMEMBERED = timedelta(days=30)


def why_not(order: Order) -> str:
    """Return the sentence why no refund needs to be asked for, empty where it may be."""
    if order.state == S.REFUNDED:
        return "款项已全部退回"
    if order.state == S.REFUNDING:
        return "退款正在办理，请留意到账通知"
    if order.created_at < timezone.now() - REMEMBERED:
        return "订单已超过 30 天，请到窗口办理"
    singled_out = Difference.objects.filter(order=order).exclude(state=Difference.State.CLOSED).exists()
    if order.state == S.SETTLED and not singled_out:
        return "业务已办理成功，如需退费请在对应业务里办理"
    if order.state in {S.CREATED, S.PAYING, S.CLOSING}:
        return "还没有收到付款；如已付款，请先点“我已支付”查询"
    if order.state == S.PAID and order.paid_at and timezone.now() - order.paid_at < PATIENCE and not singled_out:
        return "正在与医院确认，一般几分钟内完成，请稍后再看"
    if order.state == S.CLOSED and not order.attempts.exists():
        return "这笔订单没有发起过支付"
    return ""


def file_request(*, account: Account, order_ref: str, reason: str) -> RefundRequest:
    """File a request, after asking the channel once more; filing twice is one request. Raises CannotFile, NotFound."""
    order = queries.get_order(account, order_ref)
    try:
        order = payments.check_order(order)
    except (OutsideError, PostingRefused):
        order.refresh_from_db()  # finance will see what the channel says
    refusal = why_not(order)
    if refusal:
        raise CannotFile(refusal)
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
        claim = order.out_trade_no
        found = RefundRequest.objects.filter(live_claim=claim).first()
        if found is not None:
            return found
        request = RefundRequest.objects.create(order=order, account=account, reason=reason[:200], live_claim=claim)
        audit.record(
            "finance.refund_asked",
            account_ref=account.ref,
            object_type="payments.order",
            object_ref=order.out_trade_no,
            detail={"reason": reason[:200]},
        )
    return request


def latest_of(order: Order) -> RefundRequest | None:
    """Return the newest request of an order."""
    return order.refund_requests.order_by("-pk").first()
