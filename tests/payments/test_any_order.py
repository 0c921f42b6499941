"""Whatever happens in whatever order, the books are right, nothing is paid twice, and everything comes to an end."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from business.integration import outbox
from business.integration.models import OutboxItem
from business.integration.outcomes import OutsideError
from business.patients.models import Account
from business.payments import channels, handlers, kinds, ledger, services
from business.payments.audit_ledger import problems
from business.payments.errors import PostingRefused
from business.payments.models import Merchant, Order, OrderEvent, Payment, Refund
from business.payments.services import paying
from business.payments.sweeps import look_at_open_orders
from business.security.errors import PortalError
from tests.payments.fakes import MCHID, FakeChannel, FakeKind

EXPECTED = (OutsideError, PortalError, PostingRefused, outbox.RetryLater, outbox.GiveUp)
OPERATIONS = ["prepay", "query", "close", "refund", "query_refund"]
AMOUNT = 5000
EXAMPLES = int(os.environ.get("PH_TEST_EXAMPLES") or 40)


class _LifeOfAnOrder(RuleBasedStateMachine):
    """One order, its channel, and everything that can happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.channel, self.kind = FakeChannel(), FakeKind()
        channels.register("wechatpay", lambda mchid: self.channel)
        kinds.register(self.kind)
        paying._openid = lambda account: "openid"
        Merchant.objects.create(code="main", name="总院", channel="wechatpay", mchid=MCHID)
        self.account = Account.objects.create()
        self.order = services.open_order(
            kind=self.kind.code,
            subject_ref="s",
            account=self.account,
            amount_fen=AMOUNT,
            description="挂号",
            expires_at=timezone.now() + timedelta(minutes=15),
        )
        self.notices: list[Any] = []
        self.seconds = 0

    @property
    def state(self) -> str:
        return Order.objects.values_list("state", flat=True).get(pk=self.order.pk)

    def attempt(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except EXPECTED:
            return None

    @property
    def number(self) -> str:
        return self.order.out_trade_no

    @initialize(start=st.sampled_from(["created", "paying", "paid", "settled", "refunding", "closed"]))
    def begin_somewhere(self, start: str) -> None:
        """Start at different points of the life, so that its end is reached in few steps."""
        if start != "created":
            self.begin("203.0.113.9")
        if start == "closed":
            self.close()
        if start in {"paid", "settled", "refunding"}:
            self.pay(told=True)
        if start in {"settled", "refunding"}:
            self.work()
        if start == "refunding":
            self.ask_for_a_refund("a", 2000)
        assert self.state == start

    # --- the patient, the staff, the channel ---------------------------------------------------------------------
    @rule(ip=st.sampled_from(["203.0.113.9", "203.0.113.10"]))
    def begin(self, ip: str) -> None:
        self.attempt(services.begin_payment, order_ref=self.order.ref, account=self.account, client_ip=ip)

    @precondition(lambda self: self.number in self.channel.trades)
    @rule(told=st.booleans())
    def pay(self, told: bool) -> None:
        """The patient pays, even what was closed a moment ago, and the channel tells us or not."""
        if self.channel.trades[self.number].state in {"NOTPAY", "CLOSED"}:
            self.notices.append(self.channel.pay(self.number, force=True))
            if told:
                self.deliver_a_notice(0)

    @precondition(lambda self: self.notices and self.seconds < 2)
    @rule()
    def pay_a_second_time(self) -> None:
        self.seconds += 1
        self.notices.append(replace(self.notices[0], transaction_id=f"second-{self.seconds}"))

    @precondition(lambda self: self.notices)
    @rule(which=st.integers(0, 9))
    def deliver_a_notice(self, which: int) -> None:
        self.attempt(services.post_payment, self.notices[which % len(self.notices)], "callback")

    @precondition(lambda self: self.notices)
    @rule(change=st.sampled_from([{"amount_fen": AMOUNT + 1}, {"mchid": "x"}, {"app_id": "x"}, {"currency": "USD"}]))
    def deliver_a_wrong_notice(self, change: dict[str, Any]) -> None:
        with pytest.raises(PostingRefused):
            services.post_payment(replace(self.notices[-1], transaction_id="wrong", **change), "callback")

    @rule(by_sweep=st.booleans())
    def query(self, by_sweep: bool) -> None:
        if by_sweep:
            Order.objects.filter(pk=self.order.pk, next_check_at__isnull=False).update(next_check_at=timezone.now())
            look_at_open_orders()
        else:
            self.attempt(services.check_order, self.order)

    @rule()
    def close(self) -> None:
        self.attempt(services.close_order, order_ref=self.order.ref, reason="取消", actor="test")

    @rule(key=st.sampled_from(["a", "b", "c"]), amount=st.sampled_from([None, 1, 2000, AMOUNT, AMOUNT + 1]))
    def ask_for_a_refund(self, key: str, amount: int | None) -> None:
        def ask() -> None:
            with transaction.atomic():
                services.request_refund(order=self.order, reason="退号", key=key, actor="test", amount_fen=amount)

        self.attempt(ask)

    @precondition(lambda self: self.channel.refunds)
    @rule(which=st.integers(0, 9), state=st.sampled_from(["SUCCESS", "SUCCESS", "ABNORMAL"]), told=st.booleans())
    def the_bank_ends_a_refund(self, which: int, state: str, told: bool) -> None:
        number = sorted(self.channel.refunds)[which % len(self.channel.refunds)]
        if self.channel.refunds[number].state != "SUCCESS":
            self.channel.finish_refund(number, state)
        if told:
            self.attempt(services.apply_refund, self.channel.refunds[number])

    @rule()
    def the_worker_works(self) -> None:
        self.work()

    @rule(operation=st.sampled_from(OPERATIONS), lost=st.booleans())
    def something_will_go_wrong(self, operation: str, lost: bool) -> None:
        (self.channel.lose if lost else self.channel.fail).append(operation)

    @rule(rejects=st.sampled_from([None, None, "号源已释放"]), settles=st.booleans())
    def the_service_changes_its_mind(self, rejects: str | None, settles: bool) -> None:
        self.kind.rejects, self.kind.settles = rejects, settles

    def work(self) -> None:
        for item in OutboxItem.objects.filter(state="pending").order_by("pk"):
            handler = {"payments.settle": handlers.settle, "payments.refund": handlers.refund}[item.topic]
            self.attempt(handler, item.payload)

    # --- what always holds ---------------------------------------------------------------------------------------
    @invariant()
    def the_books_are_right(self) -> None:
        assert list(problems()) == []

    @invariant()
    def paid_at_most_once_and_never_refunded_beyond(self) -> None:
        assert Payment.objects.filter(pays__isnull=False).count() <= 1
        for payment in Payment.objects.prefetch_related("refunds"):
            assert sum(refund.amount_fen for refund in payment.refunds.all()) <= payment.amount_fen
        assert len(self.kind.accepted) <= 1
        if OrderEvent.objects.filter(to_state="closed").exists():
            assert self.kind.accepted == self.kind.settled == []
        assert len(set(self.kind.refunds)) == len(self.kind.refunds)

    def teardown(self) -> None:
        try:
            self.come_to_an_end()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def come_to_an_end(self) -> None:
        """All faults are over, every notice arrives, the bank is done: the order must end, and agree with the bank."""
        self.channel.lose, self.channel.fail = [], []
        self.kind.settles = True
        self.close()
        for notice in self.notices:
            services.post_payment(notice, "callback")
        for _ in range(2):
            self.work()
            for number in self.channel.refunds:
                services.apply_refund(self.channel.finish_refund(number))
        assert self.state in {"closed", "settled", "refunded"}
        assert list(problems()) == []
        assert not Refund.objects.exclude(state="succeeded").exists()
        taken = AMOUNT * len({notice.transaction_id for notice in self.notices})
        returned = sum(fact.amount_fen for fact in self.channel.refunds.values())
        assert ledger.balances(self.order).get(f"channel:wechatpay:{MCHID}", 0) == taken - returned
        if self.state != "settled":
            assert taken == returned


@pytest.mark.django_db
@pytest.mark.timeout(170)
@pytest.mark.req("38.1")
def test_any_order_of_events_keeps_the_books_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "_factories", {})
    monkeypatch.setattr(kinds, "_kinds", {})
    monkeypatch.setattr(paying, "_openid", paying._openid)
    run_state_machine_as_test(
        _LifeOfAnOrder,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            # A found fault is told at once; making its story shorter would take minutes.
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
