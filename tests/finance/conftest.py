"""A settled order, its bill line and its line in HIS, each of which a test may take away or change."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from business.finance import sources
from business.finance.models import Batch, Difference
from business.finance.reconcile import reconcile
from business.integration import outbox
from business.integration.his.port import TradeFact
from business.payments import services
from business.payments.channels.port import BillLine, PaymentFact
from business.payments.models import Merchant, Order, Payment, Refund
from tests.payments.conftest import account, begin, channel, kind, make_order, merchant, order
from tests.payments.fakes import FakeChannel

__all__ = ["account", "begin", "channel", "kind", "make_order", "merchant", "order"]


@dataclass
class FakeTrades:
    """HIS's trade list by day."""

    days: dict[date, list[TradeFact]] = field(default_factory=dict)

    def trades(self, day: date) -> list[TradeFact]:
        return self.days.get(day, [])


@pytest.fixture
def his(monkeypatch: pytest.MonkeyPatch) -> FakeTrades:
    fake = FakeTrades()
    monkeypatch.setattr(sources.his, "client", lambda: fake)
    return fake


@pytest.fixture(autouse=True)
def bill_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@dataclass
class World:
    """The three sides of one day."""

    merchant: Merchant
    channel: FakeChannel
    his: FakeTrades
    day: date

    def pay_line(self, payment: Payment, **changes: Any) -> BillLine:
        line = BillLine(
            "pay", payment.attempt.number, payment.transaction_id, "", payment.amount_fen, 30, payment.success_at,
            "SUCCESS", self.merchant.mchid,
        )  # fmt: skip
        return replace(line, **changes)

    def refund_line(self, refund: Refund, **changes: Any) -> BillLine:
        line = BillLine(
            "refund", refund.payment.attempt.number, refund.payment.transaction_id, refund.out_refund_no,
            refund.amount_fen, 0, timezone.now(), "SUCCESS", self.merchant.mchid,
        )  # fmt: skip
        return replace(line, **changes)

    def trade(self, payment: Payment, direction: str = "pay", **changes: Any) -> TradeFact:
        fact = TradeFact(
            payment.order.subject_ref, "test", direction, payment.amount_fen, "wechat", payment.transaction_id,
            f"GH{payment.pk}", timezone.now(),
        )  # fmt: skip
        return replace(fact, **changes)

    def everybody_knows(self, payment: Payment) -> None:
        self.channel.bill.append(self.pay_line(payment))
        self.his.days.setdefault(self.day, []).append(self.trade(payment))

    def run(self) -> Batch:
        """Compare anew, with the bill as it is now."""
        for path in sources.folder().iterdir():
            path.unlink()
        batch = reconcile(self.merchant, self.day)
        assert batch is not None
        return batch

    def only(self) -> Difference:
        return Difference.objects.exclude(state="closed").get()


@pytest.fixture
def world(merchant: Merchant, channel: FakeChannel, his: FakeTrades) -> World:
    return World(merchant, channel, his, timezone.localdate())


@pytest.fixture
def pay(make_order: Callable[..., Order], begin: Any, channel: FakeChannel) -> Callable[..., Payment]:
    """Pay and settle a new order."""

    def run(**changes: Any) -> Payment:
        order = make_order(**changes)
        begin(order)
        fact: PaymentFact = channel.pay(order.out_trade_no)
        services.post_payment(fact, "callback")
        outbox.run_due()
        return Payment.objects.select_related("order", "attempt").get(transaction_id=fact.transaction_id)

    return run


@pytest.fixture
def clerk(db: None) -> User:
    return User.objects.create_user("clerk")


@pytest.fixture
def chief(db: None) -> User:
    return User.objects.create_user("chief")


YESTERDAY = timedelta(days=1)
