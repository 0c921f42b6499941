"""A locked page does not vanish as a whole, nor with a page above it; a draft that waits is named."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import Page, Site

from cms.backoffice.roles import ADMINISTRATOR, setup_roles
from cms.blockrules.models import PageLock
from cms.editor.moderation import services
from cms.pages.models import PortalPage
from tests.editor.moderation import signed_in
from tests.pages.building import make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(home: PortalPage) -> Client:
    """Sign in somebody who may delete whole subtrees."""
    setup_roles()
    user = get_user_model().objects.create_user("administrator")
    user.groups.add(Group.objects.get(name=ADMINISTRATOR))
    return signed_in(user)


@pytest.fixture
def pages(home: PortalPage) -> tuple[PortalPage, PortalPage]:
    """Give a page and one below it."""
    upper = make_page(home, "服务", slug="services")
    return upper, make_page(upper, "挂号须知", slug="rules")


def remove(client: Client, how: str, page: Page, **data: Any) -> Any:
    return client.post(reverse(f"wagtailadmin_pages:{how}", args=[page.pk]), data, follow=True)


@pytest.mark.parametrize("which", [0, 1], ids=["the page above", "the page itself"])
@pytest.mark.parametrize("how", ["delete", "unpublish"])
def test_a_page_that_a_colleague_locked_stays(pages: Any, administrator: Client, how: str, which: int) -> None:
    colleague = get_user_model().objects.create_user("colleague", first_name="周明")
    Page.objects.filter(pk=pages[1].pk).update(locked=True, locked_by=colleague)
    remove(administrator, how, pages[which], include_descendants="on", portal_confirmed="1")
    assert Page.objects.live().filter(pk=pages[1].pk).exists()


def test_who_may_unlock_blocks_is_asked_and_others_are_refused(pages: Any, administrator: Client) -> None:
    PageLock.objects.create(page=pages[1], reason="挂号流程")
    html = remove(administrator, "delete", pages[0]).content.decode()
    assert "业务组件是锁定的（挂号流程）" in html
    assert "仍然删除" in html
    assert Page.objects.filter(pk=pages[1].pk).exists()
    # And an editor is refused, whatever is posted
    group = Group.objects.get(name=ADMINISTRATOR)
    group.permissions.remove(*group.permissions.filter(codename="change_pagelock"))
    html = remove(administrator, "delete", pages[0], portal_confirmed="1").content.decode()
    assert "由管理员锁定了" in html
    assert Page.objects.filter(pk=pages[1].pk).exists()


def test_a_draft_that_waits_is_named_before_its_page_goes(pages: Any, administrator: Client) -> None:
    pages[1].save_revision()
    services.submit(pages[1], administrator.user)  # type: ignore[attr-defined]
    html = remove(administrator, "delete", pages[0]).content.decode()
    assert "送审的修改还没有处理" in html
    assert Page.objects.filter(pk=pages[1].pk).exists()


@pytest.mark.parametrize("how", ["delete", "move"])
def test_a_locked_page_stays_among_several(pages: Any, home: PortalPage, administrator: Client, how: str) -> None:
    colleague = get_user_model().objects.create_user("colleague", first_name="周明")
    Page.objects.filter(pk=pages[1].pk).update(locked=True, locked_by=colleague)
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", how]) + f"?id={pages[1].pk}"
    html = administrator.post(url, {"portal_confirmed": "1", "chooser": home.pk}, follow=True).content.decode()
    assert "被周明锁定了" in html
    stayed = Page.objects.get(pk=pages[1].pk)
    assert (stayed.live, stayed.get_parent().pk) == (True, pages[0].pk)


def test_several_pages_leave_their_site_only_after_a_question(pages: Any, administrator: Client) -> None:
    PageLock.objects.create(page=pages[1], reason="挂号流程")
    other = Page.get_first_root_node().add_child(instance=PortalPage(title="分院", slug="branch"))
    Site.objects.create(hostname="branch.example", root_page=other)
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "move"]) + f"?id={pages[0].pk}"
    html = administrator.post(url, {"chooser": other.pk}).content.decode()
    assert "业务组件是锁定的（挂号流程）" in html
    assert Page.objects.get(pk=pages[0].pk).get_parent().pk != other.pk
    administrator.post(url, {"chooser": other.pk, "portal_confirmed": "1"})
    assert Page.objects.get(pk=pages[0].pk).get_parent().pk == other.pk
