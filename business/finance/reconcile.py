"""One run of the reconciliation: fetch, compare, write down, close what agrees now; repeatable, one at a time."""

import logging
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from business.finance.matching import Found, Tally, bounds, compare
from business.finance.models import Batch, BillEntry, Difference, Direction, HisEntry
from business.finance.sources import bill_of, lay_out_his, pieces
from business.integration.outcomes import OutsideError
from business.payments.models import Merchant, Payment, Refund
from business.security import audit

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
S = Difference.State
K = Difference.Kind
HANDLED = frozenset({S.WRITTEN_OFF, S.WAITING})


def reconcile(merchant: Merchant, day: date) -> Batch | None:
    """Compare a merchant's day and return its batch; None when another program is at it right now (F17).

    Outside any transaction. Raises Refused or Unknown when a side cannot be had; the batch then says so.
    """
    batch = _take(merchant, day)
    if batch is None:
        return None
    try:
        batch.bill = bill_of(merchant, day)
        lay_out_his(day)
        for neighbour in (day - timedelta(days=1), day + timedelta(days=1)):
            if neighbour <= timezone.localdate():
                lay_out_his(neighbour)
        return _run(batch)
    except OutsideError as error:
        Batch.objects.filter(pk=batch.pk).update(
            state=Batch.State.FAILED, problem=str(error)[:300], leased_until=None, finished_at=timezone.now()
        )
        raise


@transaction.atomic
def _take(merchant: Merchant, day: date) -> Batch | None:
    now = timezone.now()
    Batch.objects.get_or_create(merchant=merchant, day=day, defaults={"started_at": now})
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    mine = Batch.objects.filter(free, merchant=merchant, day=day).update(
        leased_until=now + LEASE, state=Batch.State.RUNNING, started_at=now, problem=""
    )
    return Batch.objects.select_related("merchant").get(merchant=merchant, day=day) if mine else None


def _run(batch: Batch) -> Batch:
    run, tally = batch.runs + 1, Tally()
    first = Merchant.objects.filter(channel=batch.merchant.channel, is_active=True).order_by("pk").first()
    leads = first is None or first.pk == batch.merchant_id
    for found in pieces(compare(batch, tally, leads=leads), 500):
        _write(batch, run, found)
    _close_agreed(batch, run)
    with transaction.atomic():
        batch.runs, batch.matched = run, tally.matched
        batch.differing = batch.differences.filter(seen_run=run).exclude(state=S.CLOSED).count()
        _sum_up(batch)
        batch.state, batch.finished_at, batch.leased_until = Batch.State.DONE, timezone.now(), None
        batch.save()
        audit.record(
            "finance.reconciled",
            program="worker",
            object_type="finance.batch",
            object_ref=f"{batch.merchant.code}:{batch.day}",
            detail={"run": run, "matched": batch.matched, "differing": batch.differing},
        )
    return batch


@transaction.atomic
def _write(batch: Batch, run: int, found: list[Found]) -> None:
    """Write new differences, refresh known ones; what was closed and differs again is open again."""
    keys = {f"{batch.merchant.code}:{batch.day}:{one.direction}:{one.number}"[:120]: one for one in found}
    known = {row.key: row for row in Difference.objects.filter(key__in=keys)}
    fresh, changed, now = [], [], timezone.now()
    for key, one in keys.items():
        row = known.get(key)
        if row is None:
            row = Difference(batch=batch, key=key, found_at=now)
            fresh.append(row)
        else:
            changed.append(row)
            if row.state == S.CLOSED:
                row.state, row.closed_at = S.OPEN, None
        row.direction, row.number, row.kind, row.reason, row.seen_run = (
            one.direction,
            one.number[:64],
            one.kind,
            one.reason[:200],
            run,
        )
        _set_facts(row, one.facts)
        if one.kind == K.CROSS_DAY:
            # Both sides have it, on either side of midnight: explained by itself.
            row.state, row.closed_at = S.CLOSED, row.closed_at or now
    Difference.objects.bulk_create(fresh)
    if changed:
        fields = ["direction", "number", "kind", "reason", "seen_run", "state", "closed_at", *FACTS]
        Difference.objects.bulk_update(changed, fields)


FACTS = ("out_trade_no", "order", "payment", "refund", "channel_fen", "ledger_fen", "his_fen")


def _set_facts(row: Difference, facts: dict[str, Any]) -> None:
    for name in FACTS:
        setattr(row, name, facts.get(name, "" if name == "out_trade_no" else None))


def _close_agreed(batch: Batch, run: int) -> None:
    """Close what this run did not find any more: the sides agree now."""
    agreed = batch.differences.exclude(seen_run=run).exclude(state__in=[S.CLOSED, S.WRITTEN_OFF])
    agreed.update(state=S.CLOSED, closed_at=timezone.now())


def _sum_up(batch: Batch) -> None:
    start, end = bounds(batch.day)
    pay, back = Q(direction=Direction.PAY), Q(direction=Direction.REFUND)
    channel = BillEntry.objects.filter(bill=batch.bill).aggregate(
        count=Count("pk"),
        paid=Sum("amount_fen", filter=pay),
        back=Sum("amount_fen", filter=back),
        fee=Sum("fee_fen"),
    )
    batch.channel_count, batch.channel_fee_fen = channel["count"], channel["fee"] or 0
    batch.channel_paid_fen, batch.channel_refunded_fen = channel["paid"] or 0, channel["back"] or 0
    paid = Payment.objects.filter(merchant=batch.merchant, success_at__gte=start, success_at__lt=end).aggregate(
        count=Count("pk"), total=Sum("amount_fen")
    )
    returned = Refund.objects.filter(
        payment__merchant=batch.merchant, succeeded_at__gte=start, succeeded_at__lt=end
    ).aggregate(count=Count("pk"), total=Sum("amount_fen"))
    batch.ledger_count = paid["count"] + returned["count"]
    batch.ledger_paid_fen, batch.ledger_refunded_fen = paid["total"] or 0, returned["total"] or 0
    his = HisEntry.objects.filter(day=batch.day).aggregate(
        count=Count("pk"), paid=Sum("amount_fen", filter=pay), back=Sum("amount_fen", filter=back)
    )
    batch.his_count, batch.his_paid_fen, batch.his_refunded_fen = his["count"], his["paid"] or 0, his["back"] or 0
