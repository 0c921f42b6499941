"""Addresses and forms as an attacker writes them: an answer for a patient every time, never a fault of ours."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from business.registration.models import Appointment
from tests.factories import AppointmentFactory, PatientFactory
from tests.flow.conftest import STEPS

pytestmark = pytest.mark.django_db

NAMES = ("campus", "department", "doctor", "date", "schedule", "slot", "order", "appointment", "patient", "next", "q")
NASTY = ("\0", "²", "9" * 400, "-1", "\N{GRINNING FACE}", "a\r\nX-Y: z", "'")
ACTIONS = {
    "registration.confirm": ("hold",),
    "payments.checkout": ("pay", "check", "cancel"),
    "registration.result": ("cancel", "check"),
    "patients.list": ("make_default", "remove"),
    "patients.add": ("add",),
}


@pytest.fixture(autouse=True)
def no_raising(mine) -> None:
    mine.raise_request_exception = False


@pytest.mark.req("G5.4")
@pytest.mark.parametrize("role", STEPS)
def test_no_query_is_a_fault_of_ours(flow, mine, role: str) -> None:
    for nasty in NASTY:
        query = "&".join(f"{name}={quote(nasty)}" for name in (*NAMES, "tab", "session", "free", "n", "added", "page"))

        assert flow(role).island(mine, f"?{query}").status_code < 500, nasty
        assert mine.get(f"{flow(role).url}?whole=1&{query}").status_code < 500, nasty


@pytest.mark.parametrize(("role", "action"), [(role, one) for role, many in ACTIONS.items() for one in many])
def test_no_form_is_a_fault_of_ours(flow, mine, role: str, action: str) -> None:
    for nasty in NASTY:
        typed = dict.fromkeys((*NAMES, "request_key", "name", "id_number", "phone", "relation", "consent"), nasty)

        assert flow(role).post(mine, action, typed).status_code < 500, nasty
        assert flow(role).post(mine, action, typed, htmx=True).status_code < 500, nasty


@pytest.mark.parametrize("nasty", NASTY)
def test_no_other_address_is_a_fault_of_ours(flow, mine, nasty: str) -> None:
    value = quote(nasty)
    for address in (
        f"/-/go/{value}/",
        f"/-/go/registration.result/?appointment={value}",
        f"/-/departments/?q={value}",
        f"/-/signin/?next={value}",
        f"/-/signin/wechat/?state={value}&code={value}",
        f"/-/island/{'9' * 30}/{value}/",
        f"/{value}/",
    ):
        assert mine.get(address).status_code < 500, address


def test_a_made_up_poll_count_is_not_believed(flow, mine, account) -> None:
    row = AppointmentFactory(
        account=account,
        patient=PatientFactory(account=account),
        state=Appointment.State.CONFIRMING,
        hold_expires_at=timezone.now() + timedelta(minutes=9),
    )

    for n in ("²", "-1", "99999", "x", "\0"):
        answer = flow("registration.result").island(mine, f"?appointment={row.ref}&n={quote(n)}")
        assert answer.status_code < 500, n
