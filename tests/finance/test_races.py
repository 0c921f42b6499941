"""Several programs and phones at once: one comparison of a day, one payment of an order, one seal of an entry."""

from collections.abc import Callable
from typing import Any

import pytest

from business.finance.models import Batch, BillEntry, Difference
from business.finance.reconcile import reconcile
from business.integration import outbox
from business.patients.models import Account
from business.payments import seals, services
from business.payments.audit_ledger import problems
from business.payments.methods import Method
from business.payments.models import LedgerEntry, LedgerSeal, Order, Payment, Refund
from tests.finance.conftest import World
from tests.payments.fakes import FakeChannel
from tests.payments.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.three_databases]


@pytest.mark.req("46.22")
def test_two_reconcilers_make_one_comparison(world: World, pay: Callable[..., Payment]) -> None:
    for payment in [pay(amount_fen=fen) for fen in (100, 200, 300)]:
        world.channel.bill.append(world.pay_line(payment))

    results = at_once(*[lambda: reconcile(world.merchant, world.day)] * 4)

    assert any(isinstance(result, Batch) for result in results)
    assert all(result is None or isinstance(result, Batch) for result in results)
    assert (Batch.objects.count(), BillEntry.objects.count(), Difference.objects.count()) == (1, 3, 3)


@pytest.mark.req("34.2", "38.1")
def test_two_phones_pay_at_once_and_one_payment_stays(
    make_order: Callable[..., Order], begin: Any, account: Account, channel: FakeChannel
) -> None:
    channel.refund_state = "SUCCESS"
    order = make_order()
    begin(order)
    scan = Method(merchant=order.merchant, scene="native")
    services.begin_payment(order_ref=order.ref, account=account, client_ip="", method=scan)
    facts = [channel.pay(attempt.number) for attempt in order.attempts.all()]

    at_once(*[lambda fact=fact: services.post_payment(fact, "callback") for fact in facts * 4])
    for _ in range(3):
        outbox.run_due()

    assert Payment.objects.filter(pays=order).count() == 1
    assert Refund.objects.get().payment.pays_id is None
    order.refresh_from_db()
    assert (order.state, order.refunded_fen) == (Order.State.SETTLED, 0)
    assert list(problems()) == []


def test_several_workers_seal_each_entry_once(pay: Callable[..., Payment]) -> None:
    for fen in (100, 200, 300):
        pay(amount_fen=fen)

    at_once(*[seals.seal_entries] * 4)
    seals.seal_entries()

    assert sum(seal.count for seal in LedgerSeal.objects.all()) == LedgerEntry.objects.count()
    assert list(seals.problems()) == []
