"""Sessions of accounts."""

from typing import Any

import pytest
import time_machine

from business.patients import sessions
from business.patients.models import AccountSession
from business.security.models import AuditEvent
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
START = "2026-11-23T08:00:00+08:00"


def test_a_token_opens_its_own_account_with_one_query(django_assert_num_queries: Any) -> None:
    account = AccountFactory()
    token = sessions.start(account, "wechat")

    with django_assert_num_queries(1):
        assert sessions.account_of(token) == account

    assert len(token) >= 43
    assert token not in str(AccountSession.objects.values())
    assert AuditEvent.objects.filter(event="patients.signin", actor=account.ref).count() == 1


@pytest.mark.parametrize("token", ["", "x", "0" * 43])
def test_a_made_up_token_opens_nothing(token: str) -> None:
    sessions.start(AccountFactory(), "wechat")

    assert sessions.account_of(token) is None


@pytest.mark.req("G2.1")
def test_half_an_hour_idle_ends_a_session_and_use_keeps_it() -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = sessions.start(AccountFactory(), "wechat")
        for _ in range(3):
            clock.shift(29 * 60)
            assert sessions.account_of(token)
        clock.shift(30 * 60 + 1)
        assert sessions.account_of(token) is None


def test_twelve_hours_end_a_session_however_busy() -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = sessions.start(AccountFactory(), "wechat")
        for _ in range(12 * 3 - 1):
            clock.shift(20 * 60)
            assert sessions.account_of(token)
        clock.shift(20 * 60)
        assert sessions.account_of(token) is None


def test_the_last_use_is_written_once_a_minute(django_assert_num_queries: Any) -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = sessions.start(AccountFactory(), "wechat")
        clock.shift(61)
        with django_assert_num_queries(2):
            sessions.account_of(token)
        clock.shift(30)
        with django_assert_num_queries(1):
            sessions.account_of(token)


def test_a_disabled_account_is_out_at_once() -> None:
    account = AccountFactory()
    token = sessions.start(account, "wechat")

    account.is_active = False
    account.save()

    assert sessions.account_of(token) is None


def test_signing_out_leaves_no_row() -> None:
    account = AccountFactory()
    here, there = sessions.start(account, "wechat"), sessions.start(account, "browser")

    sessions.end(here)
    sessions.end("unknown")

    assert sessions.account_of(here) is None
    assert sessions.account_of(there) == account
    assert sessions.end_all(account) == 1
    assert AccountSession.objects.count() == 0


def test_sessions_that_are_over_are_forgotten() -> None:
    with time_machine.travel(START, tick=False) as clock:
        sessions.start(AccountFactory(), "wechat")
        clock.shift(20 * 60)
        fresh = sessions.start(AccountFactory(), "wechat")
        clock.shift(15 * 60)

        assert sessions.forget_ended() == 1
        assert sessions.account_of(fresh)
