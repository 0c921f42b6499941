"""The address of a page: made of its title, and nobody's worry when two pages are called the same."""

import pytest
from django.test import Client
from django.urls import reverse

from cms.pages.models import PortalPage
from tests.compose.posted import page_form
from tests.pages.building import make_page

pytestmark = pytest.mark.django_db


def newest(page: PortalPage) -> PortalPage:
    """Return the draft as it is stored."""
    return PortalPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def save(desk: Client, page: PortalPage, **fields: str) -> PortalPage:
    """Save a draft of the page; return it as it is now."""
    form = page_form(PortalPage.objects.get(pk=page.pk)) | fields
    desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)
    return newest(page)


@pytest.fixture
def draft(home: PortalPage) -> PortalPage:
    """Give a page that was never published, beside one with a title that is often used."""
    make_page(home, "义诊活动", slug="义诊活动")
    page = make_page(home, "新页面", slug="新页面", live=False)
    PortalPage.objects.filter(pk=page.pk).update(first_published_at=None)
    page.refresh_from_db()
    page.save_revision()
    return page


@pytest.mark.req("46.7")
def test_a_second_page_of_the_same_title_gets_the_next_number(draft: PortalPage, desk: Client) -> None:
    saved = save(desk, draft, title="义诊活动", slug="义诊活动")
    assert (saved.title, saved.slug) == ("义诊活动", "义诊活动-2")
    # Saved again by the form on the screen, which still shows the address it was sent with.
    assert save(desk, draft, title="义诊活动", slug="义诊活动").slug == "义诊活动-2"


@pytest.mark.req("46.7")
def test_an_address_that_somebody_chose_is_refused_not_changed(draft: PortalPage, desk: Client) -> None:
    form = page_form(draft) | {"title": "冬季义诊", "slug": "义诊活动"}
    html = desk.post(reverse("wagtailadmin_pages:edit", args=[draft.pk]), form).content.decode()
    assert "上级页面下已经有地址为「义诊活动」的页面" in html
    assert newest(draft).title == "新页面"
