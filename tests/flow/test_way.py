"""From a visit to its room: every place that names it leads to the floor map, as long as the visit lies ahead."""

from typing import Any

import pytest
from django.test import Client

from business.registration.models import Appointment
from cms.pages.models import PortalPage
from tests.factories import AppointmentFactory, PatientFactory
from tests.flow.conftest import text_of
from tests.pages.building import block, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("9.2")]

State = Appointment.State


@pytest.fixture
def visit(account: Any) -> Appointment:
    """A booked visit of the account."""
    return AppointmentFactory(patient=PatientFactory(account=account), state=State.BOOKED)


@pytest.fixture
def way(home: PortalPage, visit: Appointment) -> str:
    """Give the page of floor maps and return the address that marks the department's room."""
    make_page(home, "楼层导航", [block("floor_map")], slug="map", service_role="places.map")
    return f"/map/?department={visit.slot.schedule.department.ref}"


def show(flow: Any, client: Client, where: str, visit: Appointment) -> Any:
    if where == "result":
        return flow("registration.result").island(client, f"?appointment={visit.ref}")
    if where == "mine":
        return flow("registration.mine").island(client)
    home = PortalPage.objects.get(service_role="home")
    home.body = [stored := block("next_visit")]
    home.save()
    return client.get(f"/-/island/{home.pk}/{stored['id']}/")


@pytest.mark.parametrize("where", ["result", "mine", "next"])
def test_a_visit_ahead_leads_to_its_room(flow: Any, mine: Client, visit: Appointment, way: str, where: str) -> None:
    answer = show(flow, mine, where, visit)
    assert f'href="{way}"' in answer.content.decode()
    assert "怎么走" in text_of(answer)
    # And the map opens for a guest too
    assert Client().get(way).status_code == 200


@pytest.mark.parametrize("where", ["result", "mine", "next"])
def test_without_a_page_of_maps_nothing_leads_nowhere(flow: Any, mine: Client, visit: Appointment, where: str) -> None:
    answer = show(flow, mine, where, visit)
    assert answer.status_code == 200
    assert "怎么走" not in text_of(answer)


@pytest.mark.parametrize("state", [State.CANCELLED, State.EXPIRED, State.FAILED])
def test_a_visit_that_will_not_be_has_no_way(
    flow: Any, mine: Client, visit: Appointment, way: str, state: State
) -> None:
    Appointment.objects.update(state=state)
    for where in ("result", "next"):
        assert way not in show(flow, mine, where, visit).content.decode()
    assert way not in flow("registration.mine").island(mine, "?tab=ended").content.decode()
