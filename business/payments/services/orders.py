"""Opening, locking and settling orders, in the caller's transaction."""

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from business.hospital.models import Campus
from business.patients.models import Account
from business.payments import incidents, kinds, ledger, states
from business.payments.errors import ForbiddenMove
from business.payments.merchants import merchant_for
from business.payments.models import Order
from business.security.refs import new_ref


def open_order(
    *,
    kind: str,
    subject_ref: str,
    account: Account,
    amount_fen: int,
    description: str,
    expires_at: datetime,
    campus: Campus | None = None,
    department: str = "",
    operator: str = "",
    source: str = "",
) -> Order:
    """Return the order of a thing that is to be paid; the same live thing has one order, whoever asks twice.

    The amount is in fen and comes from the service, never from the patient's form. ``department``, ``operator`` (a
    member of staff) and ``source`` (a partner's code) are for finance. Raises NoMerchant.
    """
    _needs_transaction("open_order")
    kinds.get(kind)
    claim = f"{kind}:{subject_ref}"
    found = Order.objects.filter(live_claim=claim).first()
    if found is not None:
        return found
    order = Order(
        out_trade_no=f"{timezone.localdate():%Y%m%d}{new_ref()}",
        kind=kind,
        subject_ref=subject_ref,
        live_claim=claim,
        account=account,
        merchant=merchant_for(campus),
        amount_fen=amount_fen,
        description=description[:120],
        department=department[:60],
        operator=operator[:60],
        source=source[:40],
        expires_at=expires_at,
    )
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError:
        # Another request was faster: the unique claim let only one through, and that one is the order.
        other = Order.objects.filter(live_claim=claim).first()
        if other is None:
            raise
        return other
    states.born(order, actor=f"account:{account.ref}")
    return order


def lock_order(kind: str, subject_ref: str) -> Order | None:
    """Lock and return the live order of a thing, else its newest, else None; first in every lock order."""
    _needs_transaction("lock_order")
    orders = Order.objects.select_for_update().filter(kind=kind, subject_ref=subject_ref)
    return orders.filter(live_claim__isnull=False).first() or orders.order_by("-id").first()


def lock(order: Order) -> Order:
    """Lock an order's row and return it as it stands now."""
    _needs_transaction("lock")
    return Order.objects.select_for_update().get(pk=order.pk)


def mark_settled(order: Order, revenue: str) -> Order:
    """Book that what was paid for is delivered; ``revenue`` names the income (``registration``). Repeatable.

    In the caller's transaction, together with the service's own change of state.
    """
    locked = lock(order)
    if locked.state == Order.State.SETTLED:
        return locked
    states.move(locked, Order.State.SETTLED, reason="业务已完成", actor="system")
    ledger.settled(locked, revenue)
    incidents.resolve_by_itself("not_settled", locked.out_trade_no, "业务已自动完成")
    return locked


def transfer_order(order: Order, *, subject_ref: str, reason: str, actor: str) -> Order:
    """Let a settled order pay for another thing of its kind, which took the first one's place; nothing is booked anew.

    In the caller's transaction, order row locked. The history says from what to what.
    """
    locked = lock(order)
    if locked.state != Order.State.SETTLED:
        raise ForbiddenMove(f"order {locked.out_trade_no} is {locked.state}, not settled")
    before, locked.subject_ref = locked.subject_ref, subject_ref
    locked.live_claim = f"{locked.kind}:{subject_ref}"
    locked.save(update_fields=["subject_ref", "live_claim"])
    states.noted(locked, reason=f"{reason}（{before} → {subject_ref}）", actor=actor)
    return locked


def _needs_transaction(name: str) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError(f"{name} belongs inside the caller's transaction")
