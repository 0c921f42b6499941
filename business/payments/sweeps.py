"""Periodic looks that finish what a lost notice, a lost answer or a killed process left behind (I6, I8)."""

import logging
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from business.integration.outcomes import OutsideError
from business.integration.sweeper import share, sweep
from business.payments import incidents, kinds
from business.payments.errors import PostingRefused
from business.payments.models import Incident, Order, Refund
from business.payments.services.closing import close_order
from business.payments.services.paying import check_order, pause_after
from business.payments.services.refunding import carry_out_refund

logger = logging.getLogger(__name__)

S = Order.State
BATCH = 50
SETTLE_ALARM_MINUTES = 30
# The service's own sweep closes what expired, together with what it holds; this one comes later, for what is left.
EXPIRY_GRACE = timedelta(seconds=90)
REFUND_SLOW = timedelta(days=1)


@sweep(every_seconds=2)
def look_at_open_orders() -> int:
    """Query orders that may have been paid unnoticed, and go on closing those that were being closed."""
    now = timezone.now()
    due = Order.objects.filter(state__in=[S.PAYING, S.CLOSING], next_check_at__lte=now).order_by("next_check_at")
    looked = 0
    for order in share(due[:BATCH]):
        if _claim(order):
            looked += 1
            _look_at(order)
    return looked


def _claim(order: Order) -> bool:
    """Take one look for this worker: the next is due later, growing."""
    checks = order.checks + 1
    return bool(
        Order.objects.filter(pk=order.pk, state=order.state, next_check_at=order.next_check_at).update(
            checks=checks, next_check_at=timezone.now() + pause_after(checks)
        )
    )


def _look_at(order: Order) -> None:
    try:
        if order.state == S.CLOSING:
            close_order(order_ref=order.ref, reason="继续关闭", actor="sweep")
        else:
            check_order(order)
    except (OutsideError, PostingRefused) as error:
        logger.warning("order %s: no outcome yet: %s", order.out_trade_no, error)
    except Exception:
        logger.exception("order %s could not be looked at", order.out_trade_no)


@sweep(every_seconds=20)
def close_expired_orders() -> int:
    """Close unpaid orders whose time is over."""
    over = Order.objects.filter(state__in=[S.CREATED, S.PAYING], expires_at__lt=timezone.now() - EXPIRY_GRACE).order_by(
        "expires_at"
    )
    count = 0
    for order in share(over[:BATCH]):
        count += 1
        try:
            close_order(order_ref=order.ref, reason="超时未支付", actor="sweep")
        except OutsideError as error:
            logger.warning("order %s cannot be closed yet: %s", order.out_trade_no, error)
        except Exception:
            logger.exception("order %s could not be closed", order.out_trade_no)
    return count


@sweep(every_seconds=60)
def watch_unsettled_orders() -> int:
    """Put paid orders that nobody delivered on the exception list (I6)."""
    now = timezone.now()
    count = 0
    for kind in kinds.all_kinds():
        minutes = int(getattr(kind, "settle_alarm_minutes", SETTLE_ALARM_MINUTES))
        late = Order.objects.filter(kind=kind.code, state=S.PAID, paid_at__lt=now - timedelta(minutes=minutes))
        reported = Q(incidents__kind="not_settled")
        for order in late.exclude(reported).order_by("paid_at")[:BATCH]:
            count += 1
            incidents.raise_incident(
                "not_settled",
                order.out_trade_no,
                f"订单 {order.out_trade_no} 已支付超过 {minutes} 分钟仍未完成业务确认",
                order=order,
            )
    return count


@sweep(every_seconds=300)
def watch_slow_refunds() -> int:
    """Put refunds that do not arrive on the exception list."""
    slow = Refund.objects.filter(
        state__in=[Refund.State.REQUESTED, Refund.State.PROCESSING], created_at__lt=timezone.now() - REFUND_SLOW
    ).select_related("order")
    reported = Incident.objects.filter(kind="refund_slow", key=Concat(Value("refund_slow:"), OuterRef("out_refund_no")))
    count = 0
    for refund in slow.exclude(Exists(reported)).order_by("created_at")[:BATCH]:
        count += 1
        incidents.raise_incident(
            "refund_slow",
            refund.out_refund_no,
            f"退款 {refund.out_refund_no} 已超过一天仍未到账",
            order=refund.order,
            detail={"problem": refund.problem},
        )
    return count


@sweep(every_seconds=3600)
def look_at_abnormal_refunds() -> int:
    """Ask the channel about refunds that a person is putting right there: the notice of it may get lost."""
    count = 0
    waiting = Refund.objects.filter(state=Refund.State.ABNORMAL)
    # The newest first: what has been waiting for weeks must not hide what was put right today.
    for number in share(waiting.order_by("-pk").values_list("out_refund_no", flat=True)[:BATCH]):
        count += 1
        try:
            carry_out_refund(number)
        except (OutsideError, PostingRefused) as error:
            logger.warning("refund %s: no outcome yet: %s", number, error)
        except Exception:
            logger.exception("refund %s could not be looked at", number)
    return count
