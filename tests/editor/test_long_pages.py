"""A long page in the editor: what it costs does not grow with its blocks, and what was chosen is what is saved."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.editor import _Fields, form_data
from cms.pages.models import PortalPage
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(home: PortalPage) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("editor", "e@example.org", "x"))
    return client


def long_page(home: PortalPage, count: int, images: list[Any], pages: list[PortalPage]) -> PortalPage:
    blocks = [
        block(
            "image",
            {
                "image": {"image": images[n % len(images)].pk, "alt_text": f"图{n}", "decorative": False},
                "link": {"kind": "page", "page": pages[n % len(pages)].pk},
            },
        )
        for n in range(count)
    ]
    return make_page(home, f"{count} 块", blocks, slug=f"long-{count}")


def sent(desk: Client, page: PortalPage) -> dict[str, Any]:
    fields = _Fields()
    fields.feed(desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode())
    body = form_data(page.body.stream_block, page.body, "body")
    return {name: value for name, value in {**fields.values, **dict(body)}.items() if not name.startswith("action-")}


def costs(desk: Client, page: PortalPage) -> list[int]:
    url, data, found = reverse("wagtailadmin_pages:edit", args=[page.pk]), sent(desk, page), []
    for ask, status in (
        (lambda: desk.get(url), 200),
        (lambda: desk.post(url, data), 302),
        (lambda: desk.post(url, {**data, "action-publish": "1"}), 302),
    ):
        ask()  # caches of the process
        with CaptureQueriesContext(connection) as captured:
            assert ask().status_code == status
        found.append(len(captured))
    return found


def test_opening_saving_and_publishing_cost_the_same_with_few_and_with_many_blocks(
    home: PortalPage, site: Any, desk: Client
) -> None:
    images, pages = [make_image() for _ in range(8)], [make_page(home, f"页{n}") for n in range(8)]
    few = costs(desk, long_page(home, 8, images, pages))
    many = costs(desk, long_page(home, 40, images, pages))
    assert [late <= early + 3 for early, late in zip(few, many, strict=True)] == [True, True, True]


def test_what_was_chosen_is_what_is_saved(home: PortalPage, site: Any, desk: Client) -> None:
    images, pages = [make_image() for _ in range(3)], [make_page(home, f"页{n}") for n in range(3)]
    page = long_page(home, 6, images, pages)
    data = sent(desk, page)
    data["body-0-value-image-image"] = str(images[2].pk)
    data["body-1-value-link-page"] = str(pages[0].pk)
    desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), {**data, "action-publish": "1"})
    saved = PortalPage.objects.get(pk=page.pk).body.raw_data
    assert saved[0]["value"]["image"]["image"] == images[2].pk
    assert saved[1]["value"]["link"]["page"] == pages[0].pk
    assert saved[2]["value"]["image"]["image"] == images[2].pk


@pytest.mark.parametrize("gone", ["999999", "0", "-1", "x", "9" * 30, "１２"])
def test_a_choice_that_is_gone_or_no_number_is_said_at_its_field(
    home: PortalPage, site: Any, desk: Client, gone: str
) -> None:
    page = long_page(home, 2, [make_image()], [make_page(home, "页")])
    data = sent(desk, page)
    data["body-0-value-image-image"] = gone
    response = desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), {**data, "action-publish": "1"})
    assert response.status_code == 200
    assert PortalPage.objects.get(pk=page.pk).body.raw_data[0]["value"]["image"]["image"] is not None
