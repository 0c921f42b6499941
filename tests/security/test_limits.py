"""Counted limits: exact under a race, back after their window, and without a trace of whom they count."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from business.integration.retention import forget_old
from business.security import limits
from business.security.models import Allowance


@pytest.mark.django_db
def test_a_window_has_so_many_and_the_next_has_them_again() -> None:
    with time_machine.travel("2026-12-01T10:00:00+08:00", tick=False) as clock:
        assert [limits.take("sms.hour", "13800000001", most=2, seconds=3600) for _ in range(3)] == [True, True, False]
        assert limits.take("sms.hour", "13800000002", most=2, seconds=3600)
        clock.shift(timedelta(hours=1))
        assert limits.take("sms.hour", "13800000001", most=2, seconds=3600)
        assert not limits.take("sms.hour", "13800000009", most=0, seconds=3600)
    assert not Allowance.objects.filter(key__contains="138").exists()


@pytest.mark.django_db
def test_a_pause_says_how_long_it_still_is() -> None:
    with time_machine.travel("2026-12-01T10:00:00+08:00", tick=False) as clock:
        assert limits.pause("sms.resend", "a", seconds=60) == 0
        clock.shift(timedelta(seconds=13))
        assert limits.pause("sms.resend", "a", seconds=60) == 47
        assert limits.pause_left("sms.resend", "a") == 47
        clock.shift(timedelta(seconds=47))
        assert limits.pause("sms.resend", "a", seconds=60) == 0


@pytest.mark.django_db
def test_what_is_over_is_forgotten() -> None:
    limits.take("sms.hour", "a", most=2, seconds=60)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        forget_old()
    assert not Allowance.objects.exists()


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_exactly_what_there_is() -> None:
    def one(_: int) -> tuple[bool, int]:
        try:
            taken = limits.take("race", "a", most=5, seconds=86_400)
            return taken, limits.pause("race.pause", "a", seconds=600)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(24)))

    assert sum(taken for taken, _ in answers) == 5
    assert sum(left == 0 for _, left in answers) == 1
