"""Builders for the tests of kept pages: a page that is kept, whether one is, a member of staff who looks."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Site

from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

__all__ = ["guide", "html", "is_kept", "publish", "staff", "text"]


def text(words: str, **settings: Any) -> dict[str, Any]:
    return block("rich_text", {"text": f"<p>{words}</p>"}, settings=settings)


def html(path: str, **headers: str) -> str:
    return Client().get(path, headers=headers).content.decode()


def is_kept(path: str, *, client: Client | None = None) -> bool:
    """Whether the next request is answered from what is kept: with one query, that for the marks."""
    with CaptureQueriesContext(connection) as captured:
        (client or Client()).get(path)
    return len(captured) == 1


def publish(page: PortalPage, words: str) -> None:
    page.body = [text(words)]
    page.save_revision().publish()


@pytest.fixture
def guide(home: PortalPage, site: Site) -> PortalPage:
    page = make_page(home, "就医指南", [text("请带好证件")], slug="guide")
    html("/guide/")
    assert is_kept("/guide/")
    return page


@pytest.fixture
def staff(home: PortalPage) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("editor", "e@example.org", "x"))
    return client
