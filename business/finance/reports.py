"""Finance reports: every figure is a sum of ledger lines, so that each total equals the ledger by construction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from business.finance.matching import bounds
from business.payments import kinds, ledger
from business.payments.models import LedgerLine, Merchant, Order

CHANNEL = "channel:"
NOBODY = "system"
BY = {"day": "按日", "merchant": "按渠道与商户", "kind": "按业务", "department": "按科室", "operator": "按操作人"}
BY_PARTY = "third_party"


@dataclass(frozen=True)
class Row:
    """One line of a report; sums in fen."""

    name: str
    paid: int
    paid_count: int
    refunded: int
    refunded_count: int

    @property
    def net(self) -> int:
        """Return what stayed."""
        return self.paid - self.refunded


@dataclass
class Report:
    """What came and went between two days, cut one way; ``third_party`` shows partners' business apart (H4.5)."""

    by: str
    first: date
    last: date
    rows: list[Row] = field(default_factory=list)

    @property
    def total(self) -> Row:
        """Return the sum of the rows."""
        parts = ("paid", "paid_count", "refunded", "refunded_count")
        return Row("合计", *(sum(getattr(row, part) for row in self.rows) for part in parts))


def lines(first: date, last: date) -> QuerySet[LedgerLine]:
    """Return the ledger's lines on channel accounts, booked from day to day: money that came and money that went."""
    start, _ = bounds(first)
    _, end = bounds(last)
    return LedgerLine.objects.filter(account__startswith=CHANNEL, entry__at__gte=start, entry__at__lt=end)


def report(by: str, first: date, last: date) -> Report:
    """Return a report; at most four queries, whatever the number of orders. Raises KeyError for an unknown cut."""
    cut = {
        "day": _by_day,
        "merchant": _by_merchant,
        "kind": _by_kind,
        "department": _by_department,
        "operator": _by_operator,
        BY_PARTY: _by_party,
    }[by]
    return Report(by, first, last, sorted(cut(lines(first, last)), key=lambda row: row.name))


SUMS: dict[str, Any] = {
    "paid": Sum("amount_fen", filter=Q(amount_fen__gt=0)),
    "paid_count": Count("pk", filter=Q(amount_fen__gt=0)),
    "back": Sum("amount_fen", filter=Q(amount_fen__lt=0)),
    "back_count": Count("pk", filter=Q(amount_fen__lt=0)),
}


def _row(name: str, found: Mapping[str, Any]) -> Row:
    return Row(name, found["paid"] or 0, found["paid_count"], -(found["back"] or 0), found["back_count"])


def _by_day(rows: QuerySet[LedgerLine]) -> Iterator[Row]:
    for found in rows.annotate(day=TruncDate("entry__at")).values("day").annotate(**SUMS).order_by("day"):
        yield _row(found["day"].isoformat(), found)


def _by_merchant(rows: QuerySet[LedgerLine]) -> Iterator[Row]:
    named = {ledger.channel_account(merchant): merchant for merchant in Merchant.objects.all()}
    for found in rows.values("account").annotate(**SUMS).order_by("account"):
        merchant = named.get(found["account"])
        name = f"{merchant.get_channel_display()} · {merchant}（{merchant.mchid}）" if merchant else found["account"]
        yield _row(name, found)


def _by_kind(rows: QuerySet[LedgerLine]) -> Iterator[Row]:
    for found in rows.values(kind=F("entry__order__kind")).annotate(**SUMS).order_by("kind"):
        yield _row(kind_name(found["kind"]), found)


def _by_department(rows: QuerySet[LedgerLine]) -> Iterator[Row]:
    found = rows.values(name=F("entry__order__department")).annotate(**SUMS).order_by("name")
    return (_row(one["name"] or "（未分科室）", one) for one in found)


def _by_operator(rows: QuerySet[LedgerLine]) -> Iterator[Row]:
    found = rows.values(name=F("entry__order__operator")).annotate(**SUMS).order_by("name")
    return (_row(one["name"] or "患者自助", one) for one in found)


def _by_party(rows: QuerySet[LedgerLine]) -> Iterator[Row]:
    found = rows.values(name=F("entry__order__source")).annotate(**SUMS).order_by("name")
    return (_row(one["name"] or "本院门户", one) for one in found)


def kind_name(code: str) -> str:
    """Return the Chinese name of an order kind; a kind whose service is not installed keeps its code."""
    try:
        return str(kinds.get(code).label)
    except LookupError:
        return code


def details(first: date, last: date) -> Iterator[tuple[Any, ...]]:
    """Yield the ledger lines behind a report, one in memory at a time."""
    found = lines(first, last).select_related("entry__order__merchant").order_by("entry__at", "pk")
    for line in found.iterator(chunk_size=2000):
        order: Order = line.entry.order
        yield (
            line.entry.at,
            order.out_trade_no,
            kind_name(order.kind),
            order.department or "",
            order.operator or "患者自助",
            order.source or "本院门户",
            line.account.removeprefix(CHANNEL),
            "收款" if line.amount_fen > 0 else "退款",
            line.amount_fen,
        )
