"""Opening the cashier, and asking the channel what became of an order."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from business.integration.outcomes import Refused, Unknown
from business.patients.models import Account
from business.patients.queries import openid_of
from business.payments import incidents, kinds, states
from business.payments.channels import Channel, channel_of
from business.payments.channels.port import CashierTicket, PaymentFact, PrepayRequest
from business.payments.errors import (
    AlreadyPaid,
    ChannelTrouble,
    NoMerchant,
    NoPayer,
    NotFoundError,
    OrderOver,
    PostingRefused,
)
from business.payments.models import Order, Payment
from business.payments.services.paths import NOTIFY_PATH
from business.payments.services.posting import post_payment

logger = logging.getLogger(__name__)

PREPAY_LIFE = timedelta(hours=1, minutes=50)  # the channel keeps it for two hours
# The channel refuses less than a minute; money that comes after our own deadline is given back by closing first.
SHORTEST_PAY_TIME = timedelta(seconds=75)
# Seconds from one query of an unpaid order to the next; the last repeats.
QUERY_PAUSES = (2, 4, 8, 15, 30, 60)
S = Order.State


def pause_after(checks: int) -> timedelta:
    """Return how long to wait before the next query, after so many."""
    return timedelta(seconds=QUERY_PAUSES[min(checks, len(QUERY_PAUSES) - 1)])


def begin_payment(*, order_ref: str, account: Account, client_ip: str) -> CashierTicket:
    """Announce the order to the channel and return what opens the cashier; repeating gives the same prepay.

    Raises NotFoundError, AlreadyPaid, OrderOver, NoMerchant, or ChannelTrouble (trying again is safe).
    """
    channel = _channel_for(order_ref, account)
    order = _start_paying(order_ref, account, client_ip)
    if order.prepay_id and order.prepay_at and timezone.now() - order.prepay_at < PREPAY_LIFE:
        return channel.ticket(order.prepay_id)
    prepay_id = _prepay(order, channel, _openid(account))
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        # Paid or closed while the channel was answering: the prepay is of no use and nobody gets to see it.
        _refuse_unless_payable(order)
        order.prepay_id, order.prepay_at = prepay_id, timezone.now()
        order.save(update_fields=["prepay_id", "prepay_at"])
    return channel.ticket(prepay_id)


def _channel_for(order_ref: str, account: Account) -> Channel:
    """Return the order's channel before anything is begun: an order without one could never be closed again."""
    order = Order.objects.select_related("merchant").filter(ref=order_ref, account=account).first()
    if order is None:
        raise NotFoundError
    try:
        return channel_of(order.merchant)
    except ImproperlyConfigured as error:
        incidents.raise_incident(
            "no_channel",
            f"{order.merchant.code}:{timezone.localdate()}",
            f"收款商户“{order.merchant}”（{order.merchant.mchid}）没有配置密钥，患者无法支付",
            order=order,
        )
        raise NoMerchant from error


def _openid(account: Account) -> str:
    openid = openid_of(account)
    if not openid:
        raise NoPayer
    return openid


@transaction.atomic
def _start_paying(order_ref: str, account: Account, client_ip: str) -> Order:
    order = Order.objects.select_for_update().filter(ref=order_ref, account=account).first()
    if order is None:
        raise NotFoundError
    _refuse_unless_payable(order)
    now = timezone.now()
    if now >= order.expires_at:
        raise OrderOver
    may_pay = getattr(kinds.get(order.kind), "may_pay", None)
    if may_pay is not None and (reason := may_pay(order)) is not None:
        raise OrderOver(reason)
    if order.state == S.CREATED:
        order.pay_until = max(order.expires_at, now + SHORTEST_PAY_TIME)
        order.client_ip = client_ip or None
        order.checks, order.next_check_at = 0, now + pause_after(0)
        states.move(order, S.PAYING, reason="发起支付", actor=f"account:{account.ref}")
    return order


def _refuse_unless_payable(order: Order) -> None:
    if order.state in states.WITH_MONEY:
        raise AlreadyPaid
    if order.state not in {S.CREATED, S.PAYING}:
        raise OrderOver


def _prepay(order: Order, channel: Channel, openid: str) -> str:
    request = PrepayRequest(
        out_trade_no=order.out_trade_no,
        description=order.description,
        amount_fen=order.amount_fen,
        expires_at=_pay_until(order),
        openid=openid,
        notify_url=f"{settings.PORTAL_URL}{NOTIFY_PATH}",
        client_ip=order.client_ip or "",
    )
    try:
        try:
            return channel.prepay(request)
        except Unknown:
            # The same number with the same words is the same order there, whether or not the first one arrived.
            return channel.prepay(request)
    except Unknown as error:
        logger.warning("prepay of %s has no answer: %s", order.out_trade_no, error)
        raise ChannelTrouble from error
    except Refused as refusal:
        if refusal.code in {"ORDER_PAID", "ORDER_CLOSED"}:
            _refuse_unless_payable(_check_or_trouble(order))
        else:
            incidents.raise_incident(
                "prepay_refused",
                f"{refusal.code}:{timezone.localdate()}",
                f"微信支付拒绝下单（{refusal.code}）：{refusal.message}",
                order=order,
            )
        raise ChannelTrouble from refusal


def _check_or_trouble(order: Order) -> Order:
    try:
        return check_order(order)
    except (Unknown, Refused, PostingRefused) as error:
        raise ChannelTrouble from error


def _pay_until(order: Order) -> datetime:
    return order.pay_until or order.expires_at


def check_order(order: Order) -> Order:
    """Ask the channel about an order that may have been paid, apply the answer, return the order as it stands now.

    Outside any transaction. Raises Unknown or Refused when the channel gives no answer, PostingRefused when what it
    says does not fit the order.
    """
    order = Order.objects.select_related("merchant").get(pk=order.pk)
    if order.state in states.WITH_MONEY or order.state == S.CREATED:
        return order
    fact = channel_of(order.merchant).query(out_trade_no=order.out_trade_no)
    if fact is None:
        return order
    if fact.is_paid:
        posted = post_payment(fact, Payment.LearnedBy.QUERY)
        _tell_of_foreign_refund(posted, fact)
        return posted
    if fact.state == "CLOSED":
        return _closed_there(order)
    return order


@transaction.atomic
def _closed_there(order: Order) -> Order:
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.state in {S.PAYING, S.CLOSING}:
        states.move(order, S.CLOSED, reason="支付渠道已关闭订单", actor="system")
    return order


def _tell_of_foreign_refund(order: Order, fact: PaymentFact) -> None:
    if fact.state == "REFUND" and not order.refunds.exists():
        incidents.raise_incident(
            "refunded_outside",
            order.out_trade_no,
            f"订单 {order.out_trade_no} 在渠道已有退款，但不是由本系统发起，请核对",
            order=order,
        )
