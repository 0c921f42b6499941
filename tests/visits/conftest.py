"""A patient at the hospital: booked for now, a point to check in at, HIS in memory."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from business.registration.models import Appointment
from business.visits.models import CheckPoint
from tests.factories import AppointmentFactory
from tests.registration.conftest import channel, fake_his, merchant
from tests.registration.fake_his import FakeHis

__all__ = ["channel", "fake_his", "merchant"]


@pytest.fixture
def booked(db: Any, fake_his: FakeHis) -> Appointment:
    """A visit that HIS knows, tomorrow morning."""
    row = AppointmentFactory(queue_no="A001")
    know(fake_his, row)
    return row


def know(fake_his: FakeHis, row: Appointment) -> None:
    """Let HIS have a booking."""
    fake_his.registrations[row.trade_no] = {
        "slot": row.slot.code,
        "state": "confirmed",
        "lock_id": "L",
        "queue_no": row.queue_no,
    }


@pytest.fixture
def point(booked: Appointment) -> CheckPoint:
    """The desk of the visit's campus, without a location check."""
    return CheckPoint.objects.create(name="门诊楼 3 层分诊台", campus=booked.slot.schedule.campus)


@pytest.fixture
def at_the_hour(booked: Appointment) -> Any:
    """Ten minutes before the visit."""
    with time_machine.travel(booked.slot.starts_at - timedelta(minutes=10), tick=True) as clock:
        assert timezone.now() < booked.slot.starts_at
        yield clock
