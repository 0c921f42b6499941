"""Checking the books: every entry balanced, every order's ledger equal to its payments, refunds and state."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection
from django.db.models import Count, Prefetch, Sum

from business.payments import guard, ledger, seals, states
from business.payments.models import LedgerEntry, LedgerLine, Order, Payment, Refund

S = Order.State


def problems() -> Iterator[str]:
    """Yield one Chinese sentence for each thing that does not add up; none means the books are right (I3–I5, I7)."""
    yield from _missing_guards()
    yield from seals.problems()
    yield from _unbalanced_entries()
    orders = Order.objects.order_by("pk").prefetch_related(
        Prefetch("payments", Payment.objects.select_related("merchant")),
        Prefetch("refunds", Refund.objects.select_related("payment__merchant")),
        Prefetch("ledger_entries", LedgerEntry.objects.prefetch_related("lines")),
    )
    for order in orders.iterator(chunk_size=500):
        for problem in _problems_of(order):
            yield f"订单 {order.out_trade_no}（{order.get_state_display()}）：{problem}"


def _missing_guards() -> Iterator[str]:
    for name in guard.missing(connection):
        yield f"数据库缺少账本保护触发器 {name}，请重新安装"


def _unbalanced_entries() -> Iterator[str]:
    for entry in LedgerEntry.objects.annotate(total=Sum("lines__amount_fen"), sides=Count("lines")).exclude(total=0):
        yield f"分录 {entry.key} 借贷不平：合计 {entry.total or 0} 分，{entry.sides} 行"
    total = LedgerLine.objects.aggregate(total=Sum("amount_fen"))["total"] or 0
    if total:
        yield f"全部分录合计不为零：{total} 分"


def _problems_of(order: Order) -> Iterator[str]:
    booked: defaultdict[str, int] = defaultdict(int)
    for entry in order.ledger_entries.all():
        for line in entry.lines.all():
            booked[line.account] += line.amount_fen
    expected, names = _expected(order)
    revenue = sum(amount for account, amount in booked.items() if account.startswith(ledger.REVENUE))
    for account, amount in expected.items():
        found = revenue if account == ledger.REVENUE else booked[account]
        if found != amount:
            yield f"{names[account]}应为 {amount} 分，账上 {found} 分"
    for account in booked:
        if booked[account] and account not in expected and not account.startswith(ledger.REVENUE):
            yield f"账上有不应出现的科目 {account}：{booked[account]} 分"
    yield from _state_problems(order)


def _expected(order: Order) -> tuple[dict[str, int], dict[str, str]]:
    """Return what each account must hold for this order, from its payments and refunds alone."""
    payments, refunds = list(order.payments.all()), list(order.refunds.all())
    held, promised, kept = 0, 0, 0
    expected: dict[str, int] = {}
    names: dict[str, str] = {}
    for payment in payments:
        account = ledger.channel_account(payment.merchant)
        expected[account] = expected.get(account, 0) + payment.amount_fen
        names[account] = "渠道资金"
        held += payment.amount_fen
    for refund in refunds:
        held -= refund.amount_fen
        if refund.state == Refund.State.SUCCEEDED:
            expected[ledger.channel_account(refund.payment.merchant)] -= refund.amount_fen
        else:
            promised += refund.amount_fen
    if order.settled_at is not None:
        second = [p.amount_fen for p in payments if p.pays_id is None]
        second_back = [r.amount_fen for r in refunds if r.is_of_second_payment]
        in_suspense = sum(second) - sum(second_back)
        kept, held = held - in_suspense, in_suspense
    suspense = ledger.suspense_account(order)
    expected |= {suspense: -held, ledger.REVENUE: -kept, ledger.REFUNDS_PAYABLE: -promised}
    names |= {suspense: "待结算资金", ledger.REVENUE: "收入", ledger.REFUNDS_PAYABLE: "应退款"}
    return expected, names


def _state_problems(order: Order) -> Iterator[str]:
    payments, refunds = list(order.payments.all()), list(order.refunds.all())
    paying = [payment for payment in payments if payment.pays_id == order.pk]
    mine = [refund for refund in refunds if not refund.is_of_second_payment]
    returned = sum(r.amount_fen for r in mine if r.state == Refund.State.SUCCEEDED)
    if len(paying) != (1 if order.state in states.WITH_MONEY else 0):
        yield f"状态与收款不符：有效收款 {len(paying)} 笔"
    if payments and not paying:
        yield "有收款，但没有一笔属于该订单"
    if order.refunded_fen != returned:
        yield f"已退金额记为 {order.refunded_fen} 分，实际成功退款 {returned} 分"
    if (order.state == S.REFUNDED) != (returned == order.amount_fen):
        yield f"状态与退款不符：成功退款 {returned} 分，订单 {order.amount_fen} 分"
    waiting = any(refund.state != Refund.State.SUCCEEDED for refund in mine)
    if waiting and order.state != S.REFUNDING:
        yield "有未完成的退款，但订单不在退款中"
    if order.state == S.REFUNDING and not waiting:
        yield "订单在退款中，但没有未完成的退款"
    if order.state == S.SETTLED and order.settled_at is None:
        yield "订单已完成，但没有完成时间"
    for payment in payments:
        asked = sum(refund.amount_fen for refund in refunds if refund.payment_id == payment.pk)
        if asked != payment.refund_requested_fen or asked > payment.amount_fen:
            yield f"收款 {payment.transaction_id} 已申请退款应为 {asked} 分，记为 {payment.refund_requested_fen} 分"
        if payment.pays_id is None and asked != payment.amount_fen:
            yield f"重复收款 {payment.transaction_id} 没有全额退回"
