"""Opening the cashier, and asking the channels what became of an order."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from business.integration.outcomes import OutsideError, Refused, Unknown
from business.patients.models import Account, Identity
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
from business.payments.methods import Method
from business.payments.models import Attempt, Order, Payment
from business.payments.services.paths import NOTIFY_PATH
from business.payments.services.posting import post_payment
from business.security import crypto

logger = logging.getLogger(__name__)

PREPAY_LIFE = timedelta(hours=1, minutes=50)  # the channel keeps it for two hours
H5_LIFE = timedelta(minutes=4)  # an H5 cashier's address works for five minutes
# The channel refuses less than a minute; money that comes after our own deadline is given back by closing first.
SHORTEST_PAY_TIME = timedelta(seconds=75)
# Seconds from one query of an unpaid order to the next; the last repeats.
QUERY_PAUSES = (2, 4, 8, 15, 30, 60)
S = Order.State
A = Attempt.State
Scene = Attempt.Scene


def pause_after(checks: int) -> timedelta:
    """Return how long to wait before the next query, after so many."""
    return timedelta(seconds=QUERY_PAUSES[min(checks, len(QUERY_PAUSES) - 1)])


def begin_payment(*, order_ref: str, account: Account, client_ip: str, method: Method | None = None) -> CashierTicket:
    """Announce the order to a channel and return what opens its cashier; repeating gives the same prepay.

    ``method`` is one of ``methods.offered``; None is the order's own merchant inside WeChat. Another payer or another
    way is another attempt with its own number; whichever is paid second goes back. Raises NotFoundError, AlreadyPaid,
    OrderOver, NoMerchant, or ChannelTrouble (trying again is safe).
    """
    order = Order.objects.select_related("merchant").filter(ref=order_ref, account=account).first()
    if order is None:
        raise NotFoundError
    chosen = method or Method(merchant=order.merchant, scene=Scene.JSAPI)
    channel = _channel_for(order, chosen)
    openid = "" if chosen.scene in {Scene.NATIVE, Scene.H5} else _openid_for(chosen.scene, account)
    attempt = start_attempt(order_ref, account, client_ip, chosen, openid)
    life = H5_LIFE if chosen.scene == Scene.H5 else PREPAY_LIFE
    if attempt.prepay and attempt.prepay_at and timezone.now() - attempt.prepay_at < life:
        return channel.ticket(attempt.prepay, scene=attempt.scene)
    prepay = _prepay(attempt, channel, openid)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=attempt.order_id)
        # Paid or closed while the channel was answering: the prepay is of no use and nobody gets to see it.
        _refuse_unless_payable(order)
        Attempt.objects.filter(pk=attempt.pk).update(prepay=prepay, prepay_at=timezone.now())
    return channel.ticket(prepay, scene=attempt.scene)


def _channel_for(order: Order, method: Method) -> Channel:
    """Return a method's channel before anything is begun: an attempt without one could never be closed again."""
    try:
        return channel_of(method.merchant)
    except ImproperlyConfigured as error:
        incidents.raise_incident(
            "no_channel",
            f"{method.merchant.code}:{timezone.localdate()}",
            f"收款商户“{method.merchant}”（{method.merchant.mchid}）没有配置密钥，患者无法支付",
            order=order,
        )
        raise NoMerchant from error


def _openid(account: Account) -> str:
    openid = openid_of(account)
    if not openid:
        raise NoPayer
    return openid


def _openid_for(scene: str, account: Account) -> str:
    if scene != Scene.MINI:
        return _openid(account)
    mine = Identity.objects.filter(account=account, kind=Identity.Kind.MINI_PROGRAM_OPENID)
    found = mine.filter(app_id=settings.WECHATPAY["MINI_APP_ID"]).first()
    if found is None:
        raise NoPayer
    return str(found.subject)


@transaction.atomic
def start_attempt(order_ref: str, account: Account, client_ip: str, method: Method, payer: str) -> Attempt:
    """Return the live attempt of this payer by this method, new where there is none; the order is then being paid."""
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
    actor = f"account:{account.ref}"
    if order.state == S.CREATED:
        order.checks, order.next_check_at = 0, now + pause_after(0)
        states.move(order, S.PAYING, reason="发起支付", actor=actor)
    claim = f"{order.pk}:{method.merchant.pk}:{method.scene}:{_payer_key(payer)}"
    attempt = Attempt.objects.select_related("order", "merchant").filter(live_claim=claim).first()
    return attempt or new_attempt(order, method, client_ip, claim)


def new_attempt(order: Order, method: Method, client_ip: str, claim: str | None) -> Attempt:
    """Write the next attempt of an order whose row the caller has locked."""
    before = order.attempts.count()
    return Attempt.objects.create(
        number=f"{order.out_trade_no}-{before + 1}" if before else order.out_trade_no,
        order=order,
        merchant=method.merchant,
        scene=method.scene,
        live_claim=claim,
        pay_until=max(order.expires_at, timezone.now() + SHORTEST_PAY_TIME),
        client_ip=client_ip or None,
    )


def _payer_key(openid: str) -> str:
    return crypto.blind_index("payments.payer", openid)[:32] if openid else ""


def _refuse_unless_payable(order: Order) -> None:
    if order.state in states.WITH_MONEY:
        raise AlreadyPaid
    if order.state not in {S.CREATED, S.PAYING}:
        raise OrderOver


def _prepay(attempt: Attempt, channel: Channel, openid: str) -> str:
    order = attempt.order
    request = PrepayRequest(
        out_trade_no=attempt.number,
        description=order.description,
        amount_fen=order.amount_fen,
        expires_at=attempt.pay_until,
        openid=openid,
        notify_url=f"{settings.PORTAL_URL}{NOTIFY_PATH}",
        client_ip=attempt.client_ip or "",
        scene=attempt.scene,
    )
    try:
        try:
            return channel.prepay(request)
        except Unknown:
            # The same number with the same words is the same order there, whether or not the first one arrived.
            return channel.prepay(request)
    except Unknown as error:
        logger.warning("prepay of %s has no answer: %s", attempt.number, error)
        raise ChannelTrouble from error
    except Refused as refusal:
        if refusal.code in {"ORDER_PAID", "ORDER_CLOSED"}:
            _refuse_unless_payable(_check_or_trouble(order))
        else:
            incidents.raise_incident(
                "prepay_refused",
                f"{refusal.code}:{timezone.localdate()}",
                f"支付渠道拒绝下单（{refusal.code}）：{refusal.message}",
                order=order,
            )
        raise ChannelTrouble from refusal


def _check_or_trouble(order: Order) -> Order:
    try:
        return check_order(order)
    except (Unknown, Refused, PostingRefused) as error:
        raise ChannelTrouble from error


def check_order(order: Order) -> Order:
    """Ask the channels about an order that may have been paid, apply the answers, return the order as it stands now.

    Outside any transaction. Raises Unknown or Refused when a channel gives no answer, PostingRefused when what it
    says does not fit the order.
    """
    order = Order.objects.select_related("merchant").get(pk=order.pk)
    if order.state in states.WITH_MONEY or order.state == S.CREATED:
        return order
    attempts = order.attempts.select_related("merchant", "order").exclude(state=A.PAID)
    if order.state != S.CLOSED:
        attempts = attempts.filter(state__in=states.LIVE_ATTEMPTS)
    silence: OutsideError | None = None
    for attempt in attempts:
        try:
            check_attempt(attempt)
        except OutsideError as error:
            silence = silence or error
    order.refresh_from_db()
    if silence is not None and order.state not in states.WITH_MONEY:
        raise silence
    return order


def check_attempt(attempt: Attempt) -> Attempt:
    """Ask the channel about one attempt and apply its answer; raises as ``check_order`` does."""
    channel = channel_of(attempt.merchant)
    facts = (
        channel.query_combined(combine_no=attempt.combine_no)
        if attempt.combine_no
        else [channel.query(out_trade_no=attempt.number)]
    )
    for fact in facts:
        if fact is None:
            continue
        if fact.is_paid:
            _tell_of_foreign_refund(post_payment(fact, Payment.LearnedBy.QUERY), fact)
        elif fact.state in {"CLOSED", "REVOKED", "PAYERROR"} and fact.out_trade_no == attempt.number:
            closed_there(attempt)
    attempt.refresh_from_db()
    return attempt


@transaction.atomic
def closed_there(attempt: Attempt) -> None:
    """Take note that the channel has closed an attempt, and close the order with its last one."""
    order = Order.objects.select_for_update().get(pk=attempt.order_id)
    attempt = Attempt.objects.get(pk=attempt.pk)
    if attempt.state in states.LIVE_ATTEMPTS:
        states.move_attempt(attempt, A.CLOSED, reason="支付渠道已关闭", actor="system")
    live = order.attempts.filter(state__in=states.LIVE_ATTEMPTS).exists()
    if order.state in {S.PAYING, S.CLOSING} and not live:
        states.move(order, S.CLOSED, reason="支付渠道已关闭订单", actor="system")


def _tell_of_foreign_refund(order: Order, fact: PaymentFact) -> None:
    if fact.state == "REFUND" and not order.refunds.exists():
        incidents.raise_incident(
            "refunded_outside",
            order.out_trade_no,
            f"订单 {order.out_trade_no} 在渠道已有退款，但不是由本系统发起，请核对",
            order=order,
        )
