"""Fixtures of the registration tests: a fake HIS, a merchant, a payment channel in memory."""

import pytest

from business.integration import his
from business.payments import channels
from business.payments.models import Merchant
from business.payments.services import paying
from tests.payments.fakes import MCHID, FakeChannel
from tests.registration.fake_his import FakeHis


@pytest.fixture
def fake_his(monkeypatch: pytest.MonkeyPatch) -> FakeHis:
    """HIS in memory instead of over HTTP."""
    fake = FakeHis()
    monkeypatch.setattr(his, "client", lambda: fake)
    return fake


@pytest.fixture
def merchant(db: None) -> Merchant:
    """The account that takes the money."""
    return Merchant.objects.create(code="main", name="总院", channel="wechatpay", mchid=MCHID)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    """WeChat Pay in memory."""
    fake = FakeChannel()
    monkeypatch.setitem(channels._factories, "wechatpay", lambda mchid: fake)
    monkeypatch.setattr(paying, "_openid", lambda account: f"openid-of-{account.ref}")
    return fake
