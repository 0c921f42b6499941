"""The builders themselves: every row they make is one that the program could have made."""

import pytest

from business.patients import identity
from business.registration.models import Appointment
from tests.factories import (
    AccountFactory,
    AppointmentFactory,
    MerchantFactory,
    PatientFactory,
    SlotFactory,
    resident_id,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [0, 1, 499, 500, 12_345])
def test_the_id_numbers_of_builders_are_valid(number: int) -> None:
    assert identity.check_resident_id(resident_id(number)).number == resident_id(number)


def test_rows_can_be_made_without_saying_anything() -> None:
    account = AccountFactory(openid="o-1")
    mine = AppointmentFactory(account=account)
    other = AppointmentFactory(state=Appointment.State.CANCELLED)

    assert mine.account == mine.patient.account == account
    assert mine.claimed_slot == mine.slot
    assert other.claimed_slot is None
    assert MerchantFactory() == MerchantFactory()
    assert SlotFactory(schedule=mine.slot.schedule, number=2).starts_at > mine.slot.starts_at
    assert PatientFactory().age >= 30
