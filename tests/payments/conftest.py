"""A merchant, an account, a channel in memory and a thing to pay for."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from business.patients.models import Account
from business.payments import channels, kinds, services
from business.payments.models import Merchant, Order
from business.payments.services import paying
from tests.payments.fakes import MCHID, FakeChannel, FakeKind


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    fake = FakeChannel()
    monkeypatch.setitem(channels._factories, "wechatpay", lambda mchid: fake)
    monkeypatch.setattr(paying, "_openid", lambda account: f"openid-of-{account.ref}")
    return fake


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> FakeKind:
    fake = FakeKind()
    monkeypatch.setitem(kinds._kinds, fake.code, fake)
    return fake


@pytest.fixture
def merchant(db: None) -> Merchant:
    return Merchant.objects.create(code="main", name="总院", channel="wechatpay", mchid=MCHID)


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.create()


@pytest.fixture
def make_order(merchant: Merchant, account: Account, kind: FakeKind, channel: FakeChannel) -> Callable[..., Order]:
    subjects = itertools.count(1)

    def make(**changes: Any) -> Order:
        facts: dict[str, Any] = {
            "kind": kind.code,
            "subject_ref": f"subject-{next(subjects)}",
            "account": account,
            "amount_fen": 5000,
            "description": "心内科门诊挂号",
            "expires_at": timezone.now() + timedelta(minutes=15),
        }
        with transaction.atomic():
            return services.open_order(**{**facts, **changes})

    return make


@pytest.fixture
def order(make_order: Callable[..., Order]) -> Order:
    return make_order()


@pytest.fixture
def begin(account: Account) -> Callable[[Order], services.CashierTicket]:
    def run(order: Order) -> services.CashierTicket:
        return services.begin_payment(order_ref=order.ref, account=account, client_ip="203.0.113.9")

    return run
