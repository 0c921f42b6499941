"""A portal with one page a step of the flow, a signed-in patient's browser, HIS in memory."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page

from business.patients import sessions
from business.patients.models import Account
from tests.factories import AccountFactory
from tests.pages.building import block, home, make_page
from tests.registration.conftest import channel, fake_his, merchant

__all__ = ["channel", "fake_his", "home", "merchant"]

STEPS = {
    "registration.departments": "department_picker",
    "registration.doctors": "doctor_list",
    "registration.slots": "slot_list",
    "registration.confirm": "booking_confirm",
    "payments.checkout": "checkout",
    "registration.result": "booking_result",
    "registration.mine": "my_bookings",
    "registration.move": "booking_move",
    "visits.checkin": "check_in",
    "visits.queue": "queue",
    "patients.list": "patient_list",
    "patients.add": "patient_add",
    "patients.detail": "patient_detail",
    "patients.edit": "patient_edit",
    "patients.bind": "card_bind",
    "patients.code": "patient_code",
    "account.me": "account",
    "messages": "messages",
}


@dataclass
class Step:
    """One page with one block."""

    page: Page
    block_id: str
    url: str

    def island(self, client: Client, query: str = "", **extra: Any) -> Any:
        """Fetch the block's fragment."""
        return client.get(f"/-/island/{self.page.pk}/{self.block_id}/{query}", **extra)

    def post(self, client: Client, action: str, data: dict[str, Any], *, query: str = "", htmx: bool = False) -> Any:
        """Send one of the block's forms."""
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(f"/-/action/{self.page.pk}/{self.block_id}/{action}/{query}", data, headers=headers)


@pytest.fixture
def flow(home: Page) -> Callable[[str], Step]:
    """Give one page for every step, found by its role; ``flow.add(kind)`` adds a block to the home page."""
    steps = {}
    for role, kind in STEPS.items():
        stored = block(kind)
        page = make_page(home, role, [stored], slug=role.replace(".", "-"), service_role=role)
        steps[role] = Step(page, stored["id"], page.url_path[len(home.url_path) - 1 :])
    return steps.__getitem__


@pytest.fixture
def account(db: Any) -> Account:
    """An account with an openid."""
    return AccountFactory(openid="o-lin")


@pytest.fixture
def mine(account: Account) -> Client:
    """A browser in which the account is signed in."""
    client = Client()
    client.cookies[django_settings.ACCOUNT_COOKIE] = sessions.start(account, "browser")
    return client


@pytest.fixture
def guest() -> Client:
    """A browser nobody is signed in with."""
    return Client()


@pytest.fixture
def stranger(db: Any) -> Client:
    """A browser in which somebody else is signed in."""
    client = Client()
    client.cookies[django_settings.ACCOUNT_COOKIE] = sessions.start(AccountFactory(openid="o-other"), "browser")
    return client


def text_of(response: Any) -> str:
    """Return an answer's text without its tags, spaces folded."""
    body = re.sub(r"<(script|style|head)[^>]*>.*?</\1>", " ", response.content.decode(), flags=re.S)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


@pytest.fixture
def count_queries() -> Callable[[Callable[[], Any]], int]:
    """Count the SQL statements of one request, with the site's address already known."""

    def count(what: Callable[[], Any]) -> int:
        what()  # the first request fills Wagtail's memory of sites
        with CaptureQueriesContext(connection) as found:
            response = what()
        assert response.status_code == 200
        return len(found)

    return count
