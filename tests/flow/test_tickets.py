"""The QR code of a visit: ours, fresh, of a booking that stands."""

from datetime import timedelta

import pytest
from django.utils import timezone

from business.registration import tickets
from business.registration.models import Appointment
from tests.factories import AppointmentFactory

pytestmark = pytest.mark.django_db


def test_a_ticket_read_within_its_minute_names_its_booking(django_assert_num_queries) -> None:
    booked = AppointmentFactory()
    text = tickets.issue(booked)

    with django_assert_num_queries(1):
        assert tickets.verify(text).pk == booked.pk
    assert booked.patient.name not in text
    assert booked.patient.id_number not in text


def test_a_ticket_changes_every_minute_and_lives_at_most_two() -> None:
    booked, now = AppointmentFactory(), timezone.now().replace(second=0)
    text = tickets.issue(booked, at=now)

    assert tickets.issue(booked, at=now + timedelta(seconds=59)) == text
    assert tickets.issue(booked, at=now + timedelta(seconds=60)) != text
    assert tickets.verify(text, at=now + timedelta(seconds=119)).pk == booked.pk
    with pytest.raises(tickets.TicketInvalid, match="过期"):
        tickets.verify(text, at=now + timedelta(seconds=120))
    with pytest.raises(tickets.TicketInvalid):
        tickets.verify(text, at=now - timedelta(seconds=60))


@pytest.mark.parametrize(
    "forge",
    [
        lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"),
        lambda t: t.replace("PHT1", "PHT2"),
        lambda t: t + "0",
        lambda t: "",
        lambda t: ".".join([t.split(".")[0], "0" * 20, *t.split(".")[2:]]),
        lambda t: ".".join([*t.split(".")[:2], str(int(t.split(".")[2]) + 1), t.split(".")[3]]),
    ],
)
def test_a_forged_ticket_is_refused_without_asking_the_database(forge, django_assert_num_queries) -> None:
    text = tickets.issue(AppointmentFactory())

    with django_assert_num_queries(0), pytest.raises(tickets.TicketInvalid, match="不是本院"):
        tickets.verify(forge(text))


def test_a_ticket_of_a_cancelled_booking_opens_nothing() -> None:
    booked = AppointmentFactory()
    text = tickets.issue(booked)
    Appointment.objects.filter(pk=booked.pk).update(state=Appointment.State.CANCELLED)

    with pytest.raises(tickets.TicketInvalid, match="取消"):
        tickets.verify(text)


def test_a_new_code_is_due_when_the_minute_ends() -> None:
    now = timezone.now().replace(second=13, microsecond=0)

    assert tickets.seconds_left(now) == 47
