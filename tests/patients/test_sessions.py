"""Sessions of accounts."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from business.patients import sessions
from business.patients.models import AccountSession
from business.patients.queries import patients_of
from business.security.models import AuditEvent
from tests.factories import AccountFactory, PatientFactory

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


def test_account_and_patients_come_together_and_are_what_each_is_alone(django_assert_num_queries: Any) -> None:
    # Given accounts with several patients (one removed), with none, and with somebody else's beside them
    account, lonely = AccountFactory(), AccountFactory()
    PatientFactory(account=account, name="赵一", is_default=False)
    PatientFactory(account=account, name="钱二", is_default=True)
    PatientFactory(account=account, name="孙三", is_default=False, removed_at=timezone.now(), account_claim=None)
    PatientFactory()
    for owner, names in ((account, ["钱二", "赵一"]), (lonely, [])):
        token = sessions.start(owner, "wechat")
        # When both are asked for, then it is one query, twice the same, and nothing of anybody else
        for _ in range(2):
            with django_assert_num_queries(1):
                found, patients = sessions.account_and_patients_of(token)
                assert [patient.account.ref for patient in patients] == [owner.ref] * len(names)
            assert found == sessions.account_of(token) == owner
            assert [patient.name for patient in patients] == names
            assert [vars(p)["id_number"] for p in patients] == [p.id_number for p in patients_of(owner)]
    # And a session that is over opens neither
    sessions.end_all(account)
    assert sessions.account_and_patients_of(sessions.start(account, "wechat") + "x") == (None, [])
    with time_machine.travel(timezone.now() + timedelta(hours=13)):
        assert sessions.account_and_patients_of(token) == (None, [])


def test_a_disabled_account_is_out_at_once() -> None:
    account = AccountFactory()
    token = sessions.start(account, "wechat")

    account.is_active = False
    account.save()

    assert sessions.account_of(token) is None
    assert sessions.account_and_patients_of(token) == (None, [])


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
