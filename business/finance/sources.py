"""Laying out what the channel and HIS say of a day: bills kept as files with their hash, lines in tables."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from business.finance.models import Bill, BillEntry, Direction, HisEntry
from business.integration import his
from business.integration.his.port import TradeFact
from business.integration.outcomes import Unknown
from business.payments.channels import channel_of
from business.payments.channels.port import BillLine
from business.payments.models import Merchant

T = TypeVar("T")
CHUNK = 2000


def pieces(rows: Iterable[T], size: int = 0) -> Iterator[list[T]]:
    """Yield rows in lists, one in memory at a time."""
    iterator = iter(rows)
    while piece := list(islice(iterator, size or CHUNK)):
        yield piece


def folder() -> Path:
    """Return where bills are kept; never served, never in the media."""
    path = Path(settings.VAR_DIR) / "bills"
    path.mkdir(parents=True, exist_ok=True)
    return path


def bill_of(merchant: Merchant, day: date) -> Bill:
    """Return a day's bill, downloaded at the first time and after its file was lost or changed.

    Outside any transaction. Raises Refused while the channel has none, Unknown when it cannot be had or read.
    """
    bill = Bill.objects.filter(merchant=merchant, day=day).first()
    if bill is not None and _is_whole(bill):
        return bill
    channel = channel_of(merchant)
    path = folder() / f"{merchant.channel}-{merchant.mchid}-{day:%Y%m%d}.csv"
    digest = channel.trade_bill(day, path)
    facts = {"path": path.name, "sha256": digest, "size": path.stat().st_size, "fetched_at": timezone.now()}
    reader = channel.read_bill(path)
    with transaction.atomic():
        bill, _ = Bill.objects.update_or_create(merchant=merchant, day=day, defaults={**facts, "lines": 0})
        bill.entries.all().delete()
        count = paid = back = 0
        for lines in pieces(reader):
            BillEntry.objects.bulk_create([_entry(bill, line) for line in lines])
            count += len(lines)
            paid += sum(line.amount_fen for line in lines if line.direction == Direction.PAY)
            back += sum(line.amount_fen for line in lines if line.direction == Direction.REFUND)
        told = reader.totals
        if told.count is not None and told.paid_fen is not None and (told.count, told.paid_fen) != (count, paid):
            raise Unknown(f"the bill of {merchant.mchid} says {told.count} lines, {count} were read")
        if told.refunded_fen is not None and told.refunded_fen != back:
            raise Unknown(f"the bill of {merchant.mchid} does not sum to its own refunds")
        bill.lines = count
        bill.save(update_fields=["lines"])
    return bill


def _is_whole(bill: Bill) -> bool:
    path = folder() / bill.path
    if not path.exists():
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest() == bill.sha256


def _entry(bill: Bill, line: BillLine) -> BillEntry:
    return BillEntry(
        bill=bill,
        direction=line.direction,
        number=line.transaction_id if line.direction == Direction.PAY else line.out_refund_no,
        out_trade_no=line.out_trade_no,
        amount_fen=line.amount_fen,
        fee_fen=line.fee_fen,
        state=line.state[:20],
        at=line.at,
    )


def lay_out_his(day: date) -> int:
    """Fetch what HIS booked on a day and lay it out anew; outside any transaction. Raises Refused or Unknown."""
    facts = his.client().trades(day)
    with transaction.atomic():
        HisEntry.objects.filter(day=day).delete()
        for piece in pieces(facts):
            HisEntry.objects.bulk_create([_his_entry(day, fact) for fact in piece])
    return len(facts)


def _his_entry(day: date, fact: TradeFact) -> HisEntry:
    return HisEntry(
        day=day,
        direction=fact.direction,
        reference=fact.reference,
        trade_no=fact.trade_no,
        kind=fact.kind[:30],
        pay_channel=fact.pay_channel[:20],
        amount_fen=fact.amount_fen,
        his_order_no=fact.his_order_no,
        at=fact.at,
    )
