"""The chain of seals over the ledger: who removes, changes or slips in a row is found (decision 0028).

Writers never wait for each other: each entry carries its own HMAC-SM3, made in its writer's transaction. A worker later
puts committed entries under seals, each covering the one before. An entry that commits late, with a number below those
sealed already, gets into a later seal.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from business.integration.sweeper import sweep
from business.payments import ledger
from business.payments.models import LedgerEntry, LedgerSeal
from business.security import crypto

BATCH = 1000
# No transaction is open that long: numbers below a seal of then that are not sealed by now never will exist.
LONGEST_WRITE = timedelta(hours=1)
# An entry that no seal covers after this long is reported.
LATEST = timedelta(minutes=10)

Ranges = list[tuple[int, int]]


@sweep(every_seconds=5)
def seal_entries() -> int:
    """Seal what was committed since; several workers at once make one seal. Return how many entries were sealed."""
    sealed = 0
    while count := _seal_once():
        sealed += count
        if count < BATCH:
            break
    return sealed


def _seal_once() -> int:
    last = LedgerSeal.objects.order_by("-number").first()
    floor, known = _covered()
    entries = LedgerEntry.objects.filter(pk__gt=floor).order_by("pk").values_list("pk", "mac")
    fresh: list[tuple[int, str]] = []
    for pk, mac in entries.iterator(chunk_size=2000):
        if not contains(known, pk):
            fresh.append((pk, mac))
            if len(fresh) == BATCH:
                break
    if not fresh:
        return 0
    seal = LedgerSeal(
        number=last.number + 1 if last else 1,
        entries=_written(pk for pk, _ in fresh),
        last_entry=max(fresh[-1][0], last.last_entry if last else 0),
        count=len(fresh),
        at=timezone.now(),
    )
    seal.mac = mac_of(seal, last.mac if last else "", [mac for _, mac in fresh])
    try:
        with transaction.atomic():
            seal.save(force_insert=True)
    except IntegrityError:
        return 0  # another worker made this seal
    return len(fresh)


def _covered() -> tuple[int, Ranges]:
    """Return the number below which nothing can come any more, and what is sealed above it."""
    old = LedgerSeal.objects.filter(at__lt=timezone.now() - LONGEST_WRITE).aggregate(
        entry=Max("last_entry"), number=Max("number")
    )
    later = LedgerSeal.objects.filter(number__gt=old["number"] or 0).order_by("number")
    return old["entry"] or 0, merged(part for seal in later for part in read(seal.entries))


def mac_of(seal: LedgerSeal, before: str, macs: Iterable[str]) -> str:
    """Return what ties a seal to the one before it and to its entries."""
    return crypto.seal("\n".join(["ledger.seal", before, str(seal.number), seal.entries, *macs]))


def problems() -> Iterator[str]:
    """Yield a sentence for each seal or entry that is not as it was written; memory does not grow with the ledger."""
    before, number = "", 0
    covered: Ranges = []
    for seal in LedgerSeal.objects.order_by("number").iterator(chunk_size=500):
        number += 1
        if seal.number != number:
            yield f"账本封条 {number} 至 {seal.number - 1} 号缺失"
            number = seal.number
        yield from _problems_of(seal, before)
        before = seal.mac
        covered = merged([*covered, *read(seal.entries)])
    yield from _unsealed(covered)


def _problems_of(seal: LedgerSeal, before: str) -> Iterator[str]:
    wanted = [pk for first, last in read(seal.entries) for pk in range(first, last + 1)]
    found = {
        entry.pk: entry for entry in LedgerEntry.objects.filter(pk__in=wanted).prefetch_related("lines").order_by("pk")
    }
    for pk in wanted:
        if pk not in found:
            yield f"分录 #{pk} 已被删除（封条 {seal.number} 记有它）"
        elif not genuine(found[pk]):
            yield f"分录 {found[pk].key} 与写入时不同：内容或校验值被改动"
    if len(found) == len(wanted):
        mac = mac_of(seal, before, [found[pk].mac for pk in wanted])
        if not crypto.same(mac, seal.mac):
            yield f"账本封条 {seal.number} 与它所封的分录不符"


def genuine(entry: LedgerEntry) -> bool:
    """Tell whether the portal wrote this entry with just these lines."""
    return crypto.same(entry.mac, ledger.mac_of(entry, {line.account: line.amount_fen for line in entry.lines.all()}))


def _unsealed(covered: Ranges) -> Iterator[str]:
    """Look at what no seal covers: the newest, of which each must be genuine, and what was slipped in."""
    sealed = sum(last - first + 1 for first, last in covered)
    if LedgerEntry.objects.count() <= sealed:
        return
    late = timezone.now() - LATEST
    for pk in LedgerEntry.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=5000):
        if contains(covered, pk):
            continue
        entry = LedgerEntry.objects.prefetch_related("lines").get(pk=pk)
        if not genuine(entry):
            yield f"分录 {entry.key} 不是由本系统写入（校验值不符）"
        elif entry.at < late:
            yield f"分录 {entry.key} 一直没有封账，请检查后台任务"


def _written(numbers: Iterable[int]) -> str:
    ranges = merged((number, number) for number in numbers)
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)


def read(text: str) -> Ranges:
    """Return the ranges a seal names."""
    ends = (part.partition("-") for part in text.split(","))
    return [(int(first), int(last or first)) for first, _, last in ends]


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return ranges in order, neighbours joined."""
    joined: Ranges = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def contains(ranges: Ranges, number: int) -> bool:
    """Tell whether a number lies in ranges that are in order."""
    at = bisect_right(ranges, (number, float("inf"))) - 1
    return at >= 0 and ranges[at][0] <= number <= ranges[at][1]
