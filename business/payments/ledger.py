"""The double-entry ledger: appended, balanced, written with the state change it books (I7).

Debit is positive, credit negative, in fen. Money that a channel took stands in ``suspense`` until the thing paid for is
delivered, then in ``revenue``; money promised back stands in ``refunds_payable`` until the channel has paid it out.

| event            | debit                | credit             |
|------------------|----------------------|--------------------|
| paid             | channel              | suspense           |
| settled          | suspense             | revenue            |
| refund_requested | suspense or revenue  | refunds_payable    |
| refund_succeeded | refunds_payable      | channel            |
"""

from collections.abc import Mapping
from datetime import UTC

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from business.payments.models import LedgerEntry, LedgerLine, Merchant, Order, Payment, Refund
from business.security import crypto

REFUNDS_PAYABLE = "refunds_payable"
REVENUE = "revenue:"
SUSPENSE = "suspense:"


class Unbalanced(Exception):
    """An entry that does not sum to zero; a fault of the program, nothing is written."""


def channel_account(merchant: Merchant) -> str:
    """Return the account of the money a channel holds for a merchant."""
    return f"channel:{merchant.channel}:{merchant.mchid}"


def suspense_account(order: Order) -> str:
    """Return the account of money taken for a thing that is not delivered yet."""
    return f"{SUSPENSE}{order.kind}"


def post(*, key: str, order: Order, event: str, lines: Mapping[str, int]) -> LedgerEntry:
    """Append one entry in the caller's transaction; a second entry of the same key is refused by the database."""
    if not connection.in_atomic_block:
        raise Unbalanced("money is booked only inside the transaction that changes the state")
    if sum(lines.values()) != 0 or not lines or 0 in lines.values():
        raise Unbalanced(f"{key}: {dict(lines)}")
    entry = LedgerEntry(key=key, order=order, event=event, at=timezone.now())
    entry.mac = mac_of(entry, lines)
    entry.save(force_insert=True)
    LedgerLine.objects.bulk_create(
        [LedgerLine(entry=entry, account=account, amount_fen=amount) for account, amount in lines.items()]
    )
    return entry


def mac_of(entry: LedgerEntry, lines: Mapping[str, int]) -> str:
    """Return the HMAC-SM3 that only the portal can have made of an entry and its lines."""
    facts = [entry.key, str(entry.order_id), entry.event, entry.at.astimezone(UTC).isoformat()]
    facts += [f"{account}={amount}" for account, amount in sorted(lines.items())]
    return crypto.seal("ledger.entry\n" + "\n".join(facts))


def paid(payment: Payment) -> LedgerEntry:
    """Book money that a channel took."""
    order = payment.order
    return post(
        key=f"paid:{payment.merchant.mchid}:{payment.transaction_id}",
        order=order,
        event="paid",
        lines={
            channel_account(payment.merchant): payment.amount_fen,
            suspense_account(order): -payment.amount_fen,
        },
    )


def settled(order: Order, revenue: str) -> LedgerEntry:
    """Book the delivery of what was paid for; ``revenue`` names the income, such as ``registration``."""
    return post(
        key=f"settled:{order.out_trade_no}",
        order=order,
        event="settled",
        lines={suspense_account(order): order.amount_fen, f"{REVENUE}{revenue}": -order.amount_fen},
    )


def refund_requested(refund: Refund) -> LedgerEntry:
    """Book a promise to give money back, out of suspense, or out of revenue once the thing was delivered."""
    return post(
        key=f"refund_requested:{refund.out_refund_no}",
        order=refund.order,
        event="refund_requested",
        lines={_source_of(refund): refund.amount_fen, REFUNDS_PAYABLE: -refund.amount_fen},
    )


def refund_succeeded(refund: Refund) -> LedgerEntry:
    """Book that a channel has given the money back."""
    return post(
        key=f"refund_succeeded:{refund.out_refund_no}",
        order=refund.order,
        event="refund_succeeded",
        lines={REFUNDS_PAYABLE: refund.amount_fen, channel_account(refund.payment.merchant): -refund.amount_fen},
    )


def _source_of(refund: Refund) -> str:
    """Return where the money stands: an order's second payment never leaves suspense."""
    if not refund.is_of_second_payment:
        line = LedgerLine.objects.filter(
            entry__order_id=refund.order_id, entry__event="settled", account__startswith=REVENUE
        ).first()
        if line is not None:
            return line.account
    return suspense_account(refund.order)


def balances(order: Order) -> dict[str, int]:
    """Return what each account holds for one order; accounts that are even are left out."""
    rows = LedgerLine.objects.filter(entry__order=order).values("account").annotate(total=Sum("amount_fen"))
    return {row["account"]: row["total"] for row in rows.order_by("account") if row["total"]}
