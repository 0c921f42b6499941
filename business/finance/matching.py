"""Comparing three sides, some lines at a time: every line is matched or has a difference with a reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from business.finance.models import Batch, BillEntry, Difference, Direction, HisEntry
from business.finance.sources import pieces
from business.payments import kinds
from business.payments.models import Attempt, Merchant, Order, Payment, Refund

K = Difference.Kind
LINES = 1000
NEIGHBOURS = timedelta(days=1)
# What the bill calls a refund that is under way or went wrong; ours may be anything but done then.
UNFINISHED = frozenset({"PROCESSING", "FAIL", "CHANGE"})


@dataclass
class Found:
    """A difference as the comparison sees it; ``facts`` are fields of Difference."""

    direction: str
    number: str
    kind: str
    reason: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Tally:
    """How many lines agree."""

    matched: int = 0


def bounds(day: date) -> tuple[datetime, datetime]:
    """Return the beginning of a day and of the next, by the hospital's clock."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    return start, start + timedelta(days=1)


def compare(batch: Batch, tally: Tally, *, leads: bool) -> Iterator[Found]:
    """Yield every difference of a merchant's day; ``leads``: also what HIS has and nobody else (once a channel)."""
    entries = BillEntry.objects.filter(bill=batch.bill).order_by("pk")
    for chunk in pieces(entries.filter(direction=Direction.PAY).iterator(chunk_size=LINES), LINES):
        yield from _payments_of_bill(batch, chunk, tally)
    for chunk in pieces(entries.filter(direction=Direction.REFUND).iterator(chunk_size=LINES), LINES):
        yield from _refunds_of_bill(batch, chunk, tally)
    yield from _only_in_ledger(batch)
    if leads:
        yield from _only_in_his(batch)


# --- the bill against the ledger and HIS ------------------------------------------------------------------------------
def _payments_of_bill(batch: Batch, chunk: list[BillEntry], tally: Tally) -> Iterator[Found]:
    numbers = [entry.number for entry in chunk]
    payments = {
        payment.transaction_id: payment
        for payment in Payment.objects.filter(merchant=batch.merchant, transaction_id__in=numbers).select_related(
            "order"
        )
    }
    booked = _his(Direction.PAY, numbers)
    missing = [entry.out_trade_no for entry in chunk if entry.number not in payments]
    attempts = {one.number: one for one in Attempt.objects.filter(number__in=missing).select_related("order")}
    for entry in chunk:
        payment = payments.get(entry.number)
        his = booked.get(entry.number)
        if payment is None:
            attempt = attempts.get(entry.out_trade_no)
            reason = f"订单“{attempt.order.get_state_display()}”，款项未入账" if attempt else "不是本系统的订单"
            yield Found(
                Direction.PAY,
                entry.number,
                K.CHANNEL_ONLY,
                reason,
                _facts(entry, his, order=attempt.order if attempt else None),
            )
            continue
        facts = _facts(entry, his, order=payment.order, payment=payment, ledger_fen=payment.amount_fen)
        found = _payment_difference(batch, entry, payment, his)
        if found is None:
            tally.matched += 1
        else:
            yield Found(Direction.PAY, entry.number, found[0], found[1], facts)


def _payment_difference(
    batch: Batch, entry: BillEntry, payment: Payment, his: HisEntry | None
) -> tuple[str, str] | None:
    if payment.amount_fen != entry.amount_fen:
        return K.AMOUNT, "渠道与账本金额不符"
    if his is None:
        return (K.HIS_MISSING, "业务已完成，HIS 没有这笔收款") if _belongs_in_his(payment) else None
    if his.amount_fen != payment.amount_fen:
        return K.AMOUNT, "HIS 与账本金额不符"
    if not _belongs_in_his(payment):
        return K.STATE, f"HIS 已入账，但订单为“{payment.order.get_state_display()}”"
    if his.day != batch.day:
        return K.CROSS_DAY, f"HIS 记在 {his.day:%m-%d}"
    return None


def _refunds_of_bill(batch: Batch, chunk: list[BillEntry], tally: Tally) -> Iterator[Found]:
    numbers = [entry.number for entry in chunk]
    refunds = {
        refund.out_refund_no: refund
        for refund in Refund.objects.filter(out_refund_no__in=numbers).select_related("order", "payment")
    }
    booked = _his(Direction.REFUND, [*numbers, *[refund.key for refund in refunds.values()]])
    for entry in chunk:
        refund = refunds.get(entry.number)
        if refund is None:
            order = Order.objects.filter(attempts__number=entry.out_trade_no).first()
            facts = _facts(entry, booked.get(entry.number), order=order)
            yield Found(Direction.REFUND, entry.number, K.CHANNEL_ONLY, "不是由本系统发起的退款", facts)
            continue
        his = booked.get(refund.out_refund_no) or booked.get(refund.key)
        facts = _facts(
            entry, his, order=refund.order, payment=refund.payment, refund=refund, ledger_fen=refund.amount_fen
        )
        found = _refund_difference(batch, entry, refund, his)
        if found is None:
            tally.matched += 1
        else:
            yield Found(Direction.REFUND, entry.number, found[0], found[1], facts)


def _refund_difference(batch: Batch, entry: BillEntry, refund: Refund, his: HisEntry | None) -> tuple[str, str] | None:
    done = refund.state == Refund.State.SUCCEEDED
    if refund.amount_fen != entry.amount_fen:
        return K.AMOUNT, "渠道与账本退款金额不符"
    if entry.state == "SUCCESS" and not done:
        return K.STATE, f"渠道已退款，账本为“{refund.get_state_display()}”"
    if entry.state in UNFINISHED and not done and refund.state == Refund.State.ABNORMAL:
        return K.STATE, "退款异常，款项未退到患者"
    if his is None:
        return (K.HIS_MISSING, "款项已退，HIS 没有退费记录") if _refund_belongs_in_his(refund) else None
    if his.amount_fen != refund.amount_fen:
        return K.AMOUNT, "HIS 与账本退款金额不符"
    return (K.CROSS_DAY, f"HIS 记在 {his.day:%m-%d}") if his.day != batch.day else None


def _facts(entry: BillEntry, his: HisEntry | None, **more: Any) -> dict[str, Any]:
    return {
        "out_trade_no": entry.out_trade_no,
        "channel_fen": entry.amount_fen,
        "his_fen": his.amount_fen if his else None,
        **more,
    }


def _his(direction: str, references: Iterable[str]) -> dict[str, HisEntry]:
    rows = HisEntry.objects.filter(direction=direction, reference__in=[one for one in references if one])
    return {row.reference: row for row in rows}


def _belongs_in_his(payment: Payment) -> bool:
    """Only what was delivered through HIS stands in its list; second and unwelcome payments never do."""
    kept = payment.pays_id is not None and payment.order.settled_at is not None
    return kept and _in_his(payment.order)


def _refund_belongs_in_his(refund: Refund) -> bool:
    kept = refund.payment.pays_id is not None and refund.order.settled_at is not None
    return kept and _in_his(refund.order) and refund.state == Refund.State.SUCCEEDED


def _in_his(order: Order) -> bool:
    try:
        return bool(getattr(kinds.get(order.kind), "in_his", True))
    except LookupError:
        return True


# --- the ledger and HIS against the bill ------------------------------------------------------------------------------
def _only_in_ledger(batch: Batch) -> Iterator[Found]:
    start, end = bounds(batch.day)
    billed = BillEntry.objects.filter(bill__merchant=batch.merchant)
    alone = Payment.objects.filter(merchant=batch.merchant, success_at__gte=start, success_at__lt=end).exclude(
        Exists(billed.filter(direction=Direction.PAY, number=OuterRef("transaction_id")))
    )
    for payment in alone.select_related("order", "attempt").order_by("pk").iterator(chunk_size=500):
        facts = {
            "out_trade_no": payment.attempt.number,
            "order": payment.order,
            "payment": payment,
            "ledger_fen": payment.amount_fen,
        }
        yield Found(Direction.PAY, payment.transaction_id, K.LEDGER_ONLY, "渠道账单没有这笔收款", facts)
    returned = Refund.objects.filter(
        payment__merchant=batch.merchant,
        state=Refund.State.SUCCEEDED,
        succeeded_at__gte=start,
        succeeded_at__lt=end,
    ).exclude(Exists(billed.filter(direction=Direction.REFUND, number=OuterRef("out_refund_no"))))
    for refund in returned.select_related("order", "payment__attempt").order_by("pk").iterator(chunk_size=500):
        facts = {
            "out_trade_no": refund.payment.attempt.number,
            "order": refund.order,
            "payment": refund.payment,
            "refund": refund,
            "ledger_fen": refund.amount_fen,
        }
        yield Found(Direction.REFUND, refund.out_refund_no, K.LEDGER_ONLY, "渠道账单没有这笔退款", facts)


def _only_in_his(batch: Batch) -> Iterator[Found]:
    lines = HisEntry.objects.filter(day=batch.day, pay_channel__in=_names(batch.merchant)).order_by("pk")
    pays = lines.filter(direction=Direction.PAY).exclude(
        Exists(Payment.objects.filter(transaction_id=OuterRef("reference")))
    )
    backs = lines.filter(direction=Direction.REFUND).exclude(
        Exists(Refund.objects.filter(out_refund_no=OuterRef("reference")))
    )
    backs = backs.exclude(Exists(Refund.objects.filter(key=OuterRef("reference"))))
    for line in [*pays.iterator(chunk_size=500), *backs.iterator(chunk_size=500)]:
        if BillEntry.objects.filter(direction=line.direction, number=line.reference).exists():
            continue  # the bill's side has told of it, HIS's amount beside it
        reason = f"HIS 单号 {line.his_order_no}，渠道与账本都没有"
        yield Found(
            line.direction,
            line.reference or line.trade_no,
            K.HIS_ONLY,
            reason,
            {"his_fen": line.amount_fen, "out_trade_no": line.trade_no},
        )


def _names(merchant: Merchant) -> list[str]:
    """Return how HIS writes a channel: in full, or without «pay»."""
    return [merchant.channel, merchant.channel.removesuffix("pay")]
