"""Orders of several merchants paid with one tap: the copies of a record to the hospital, their postage to the post."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from business.integration.outcomes import Refused, Unknown
from business.patients.models import Account
from business.payments import states
from business.payments.channels import channel_of
from business.payments.channels.port import CashierTicket, PrepayRequest
from business.payments.errors import AlreadyPaid, ChannelTrouble, NotFoundError, OrderOver
from business.payments.methods import Method
from business.payments.models import Attempt, Order
from business.payments.services import paying
from business.payments.services.paths import NOTIFY_PATH
from business.security.refs import new_ref

S = Order.State
FEWEST = 2


def begin_together(*, order_refs: Sequence[str], account: Account, client_ip: str) -> CashierTicket:
    """Announce orders as one and return what opens the cashier; the same orders again are the same prepay.

    Each is posted, settled and refunded as an order of its own. Raises as ``begin_payment``.
    """
    openid = paying._openid(account)
    attempts = _start(sorted(order_refs), account, client_ip)
    channel = channel_of(attempts[0].merchant)
    if attempts[0].prepay:
        return channel.ticket(attempts[0].prepay)
    until = min(attempt.pay_until for attempt in attempts)
    parts = [
        PrepayRequest(
            out_trade_no=attempt.number,
            description=attempt.order.description,
            amount_fen=attempt.order.amount_fen,
            expires_at=until,
            openid=openid,
            notify_url=f"{settings.PORTAL_URL}{NOTIFY_PATH}",
            client_ip=attempt.client_ip or "",
        )
        for attempt in attempts
    ]
    try:
        prepay = channel.prepay_combined(
            combine_no=attempts[0].combine_no, parts=parts, mchids=[attempt.merchant.mchid for attempt in attempts]
        )
    except (Refused, Unknown) as error:
        raise ChannelTrouble from error
    Attempt.objects.filter(combine_no=attempts[0].combine_no).update(prepay=prepay, prepay_at=timezone.now())
    return channel.ticket(prepay)


@transaction.atomic
def _start(order_refs: Sequence[str], account: Account, client_ip: str) -> list[Attempt]:
    orders = list(
        Order.objects.select_for_update()
        .filter(ref__in=order_refs, account=account)
        .select_related("merchant")
        .order_by("pk")
    )
    if len(orders) != len(order_refs) or len(orders) < FEWEST:
        raise NotFoundError
    now = timezone.now()
    for order in orders:
        if order.state in states.WITH_MONEY:
            raise AlreadyPaid
        if order.state not in {S.CREATED, S.PAYING} or now >= order.expires_at:
            raise OrderOver
    claims = [f"{order.pk}:together:{orders[0].pk}-{orders[-1].pk}x{len(orders)}" for order in orders]
    found = list(Attempt.objects.select_related("order", "merchant").filter(live_claim__in=claims).order_by("pk"))
    if len(found) == len(orders):
        return found
    combine_no = f"C{now:%Y%m%d}{new_ref()}"
    made = []
    for order, claim in zip(orders, claims, strict=True):
        if order.state == S.CREATED:
            order.checks, order.next_check_at = 0, now + paying.pause_after(0)
            states.move(order, S.PAYING, reason="发起合单支付", actor=f"account:{account.ref}")
        attempt = paying.new_attempt(order, Method(order.merchant, Attempt.Scene.JSAPI), client_ip, claim)
        attempt.combine_no = combine_no
        attempt.save(update_fields=["combine_no"])
        made.append(attempt)
    return made
