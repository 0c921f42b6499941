"""Copying a page is no way to put blocks where one may not put them."""

from typing import Any

import pytest
from django.urls import reverse
from wagtail.models import Page

from cms.backoffice.roles import ADMINISTRATOR, EDITOR
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.26")]


def copy(client: Any, page: Page, **more: str) -> Any:
    data = {"new_title": "副本", "new_slug": "copy", "new_parent_page": page.get_parent().pk, "publish_copies": "on"}
    return client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), {**data, **more})


@pytest.fixture
def page(home: PortalPage) -> PortalPage:
    """Give a page with HTML of an administrator's."""
    return make_page(home, "专题", [block("raw_html", {"html": "<p>甲</p>"})])


@pytest.mark.parametrize("more", [{}, {"alias": "on"}])
def test_an_editor_cannot_copy_what_only_administrators_add(
    as_role: Any, page: PortalPage, more: dict[str, str]
) -> None:
    # When an editor copies the page, or makes an alias of it
    client = as_role(EDITOR)
    answer = copy(client, page, **more)
    # Then there is no second page, and the desk says why
    assert answer.status_code == 302
    assert not Page.objects.filter(slug="copy").exists()
    assert "不能复制「专题」" in client.get(answer["Location"]).content.decode()


def test_nor_below_a_page_that_may_be_copied(as_role: Any, home: PortalPage) -> None:
    # Given a harmless page with such a page below it
    above = make_page(home, "目录", [block("notice", {"text": "甲"})])
    make_page(above, "专题", [block("raw_html", {"html": "<p>甲</p>"})])
    client = as_role(EDITOR)
    # Then the tree is not copied, the page alone is
    copy(client, above, copy_subpages="on")
    assert not Page.objects.filter(slug="copy").exists()
    copy(client, above)
    assert Page.objects.filter(slug="copy").exists()


def test_an_administrator_copies_it(as_role: Any, page: PortalPage) -> None:
    copy(as_role(ADMINISTRATOR), page)
    assert Page.objects.filter(slug="copy").exists()
