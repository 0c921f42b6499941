"""Before a page goes live, offline, away or is deleted: staff are told what patients would stumble over."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page
from wagtail.test.utils.form_data import nested_form_data, streamfield

from cms.backoffice.roles import EDITOR, setup_roles
from cms.pages.models import PortalPage
from tests.pages.building import make_page
from tests.pages.test_checks import to_role

pytestmark = pytest.mark.django_db


def form(title: str, slug: str, body: list[tuple[str, dict[str, Any]]], **extra: Any) -> dict[str, Any]:
    return nested_form_data(
        {
            "title": title,
            "slug": slug,
            "seo_title": "",
            "search_description": "",
            "service_role": "",
            "show_title_bar": "on",
            "body": streamfield(body),
            "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 0},
            "action-publish": "action-publish",
            **extra,
        }
    )


def notice_to(role: str) -> tuple[str, dict[str, Any]]:
    settings = {"audience": "everyone", "spacing": "normal", "card_style": "card"}
    settings |= {"visible_from": "", "visible_until": ""}
    link = {"role": role, "page": "", "url": "", "text": ""}
    return ("notice", {"kind": "notice", "text": "看这里", "link": link, "settings": settings})


def hidden_fields(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))


def confirmation(response: Any) -> str:
    html = response.content.decode()
    assert "portal-confirm" in html, html[:500]
    assert "返回修改" in html
    return html


def test_publishing_a_new_page_with_a_button_to_nowhere_asks_first(home: PortalPage, desk: Client) -> None:
    url = reverse("wagtailadmin_pages:add", args=["pages", "portalpage", home.pk])
    response = desk.post(url, form("新页面", "new", [notice_to("messages")]))
    html = confirmation(response)
    assert "没有已发布的「消息」页" in html
    assert "仍然发布" in html
    page = PortalPage.objects.get(slug="new")
    assert not page.live
    assert desk.get("/new/").status_code == 404

    done = desk.post(reverse("editor_publish_anyway", args=[page.pk]), hidden_fields(html))
    assert done.status_code == 302
    page.refresh_from_db()
    assert page.live
    assert "看这里" in desk.get("/new/").content.decode()


def test_publishing_a_page_in_order_asks_nothing(home: PortalPage, desk: Client) -> None:
    make_page(home, "消息", service_role="messages")
    url = reverse("wagtailadmin_pages:add", args=["pages", "portalpage", home.pk])
    response = desk.post(url, form("新页面", "new", [notice_to("messages")]))
    assert response.status_code == 302
    assert PortalPage.objects.get(slug="new").live


def test_a_change_of_a_live_page_is_kept_as_a_draft_until_it_is_confirmed(home: PortalPage, desk: Client) -> None:
    page = make_page(home, "服务", slug="service")
    page.save_revision().publish()
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    html = confirmation(desk.post(url, form("服务", "service", [notice_to("messages")])))
    assert "看这里" not in desk.get("/service/").content.decode()
    assert "看这里" in str(PortalPage.objects.get(pk=page.pk).get_latest_revision_as_object().body.raw_data[0])
    desk.post(reverse("editor_publish_anyway", args=[page.pk]), hidden_fields(html))
    assert "看这里" in desk.get("/service/").content.decode()


def test_only_the_revision_that_was_warned_of_is_published(home: PortalPage, desk: Client) -> None:
    page = make_page(home, "服务", slug="service")
    page.save_revision().publish()
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    html = confirmation(desk.post(url, form("服务", "service", [notice_to("messages")])))
    fresh = PortalPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    fresh.title = "别人又改了"
    fresh.save_revision()
    response = desk.post(reverse("editor_publish_anyway", args=[page.pk]), hidden_fields(html), follow=True)
    assert "刚刚又有新的修改" in response.content.decode()
    assert "看这里" not in desk.get("/service/").content.decode()


def test_the_way_on_is_for_those_who_may_publish(home: PortalPage, desk: Client, client: Client) -> None:
    page = make_page(home, "服务")
    revision = page.save_revision()
    url = reverse("editor_publish_anyway", args=[page.pk])
    assert desk.get(url).status_code == 405
    assert Client().post(url, {"revision": revision.pk}).status_code == 302  # to the sign-in page


def test_a_second_page_of_a_role_is_refused_at_the_field_and_a_draft_is_not(home: PortalPage, desk: Client) -> None:
    make_page(home, "消息", service_role="messages")
    url = reverse("wagtailadmin_pages:add", args=["pages", "portalpage", home.pk])
    data = form("消息中心", "center", [], service_role="messages")
    html = desk.post(url, data).content.decode()
    assert "「消息」已经是「消息」页" in html
    assert not PortalPage.objects.filter(slug="center").exists()
    data.pop("action-publish")
    assert desk.post(url, data).status_code == 302
    assert not PortalPage.objects.get(slug="center").live


@pytest.fixture
def needed(home: PortalPage) -> PortalPage:
    make_page(home, "服务大厅", [to_role("messages")])
    return make_page(home, "消息", service_role="messages", slug="messages")


@pytest.mark.parametrize(
    ("view", "go"), [("wagtailadmin_pages:unpublish", "仍然取消发布"), ("wagtailadmin_pages:delete", "仍然删除")]
)
def test_taking_away_a_page_that_others_need_asks_first(
    home: PortalPage, desk: Client, needed: PortalPage, view: str, go: str
) -> None:
    url = reverse(view, args=[needed.pk])
    html = confirmation(desk.post(url))
    assert "没有已发布的「消息」页，但「服务大厅」里有按钮要去那里" in html
    assert go in html
    assert Page.objects.live().filter(pk=needed.pk).exists()
    assert desk.post(url, hidden_fields(html)).status_code == 302
    assert not Page.objects.live().filter(pk=needed.pk).exists()


def test_the_question_before_deleting_already_tells(home: PortalPage, desk: Client, needed: PortalPage) -> None:
    html = desk.get(reverse("wagtailadmin_pages:delete", args=[needed.pk])).content.decode()
    assert "没有已发布的「消息」页" in html


def test_moving_inside_the_site_asks_nothing_and_out_of_it_asks(
    home: PortalPage, desk: Client, needed: PortalPage
) -> None:
    inside = make_page(home, "栏目")
    url = reverse("wagtailadmin_pages:move_confirm", args=[needed.pk, inside.pk])
    assert desk.post(url).status_code == 302
    outside = make_page(home.get_parent(), "回收站", live=False)
    url = reverse("wagtailadmin_pages:move_confirm", args=[needed.pk, outside.pk])
    html = confirmation(desk.post(url))
    assert "仍然移动" in html


def test_taking_away_several_pages_at_once_asks_first(home: PortalPage, desk: Client, needed: PortalPage) -> None:
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"]) + f"?id={needed.pk}"
    html = confirmation(desk.post(url))
    assert Page.objects.live().filter(pk=needed.pk).exists()
    desk.post(url, hidden_fields(html))
    assert not Page.objects.live().filter(pk=needed.pk).exists()


def test_what_lies_below_a_draft_is_asked_about_too(home: PortalPage, desk: Client) -> None:
    make_page(home, "服务大厅", [to_role("messages")])
    column = make_page(home, "栏目", live=False)
    make_page(column, "消息", service_role="messages", slug="messages")
    url = reverse("wagtailadmin_pages:delete", args=[column.pk])
    html = confirmation(desk.post(url))
    assert "没有已发布的「消息」页" in html
    assert PortalPage.objects.filter(slug="messages").exists()


def bulk_publish(*pages: PortalPage) -> str:
    numbers = "&".join(f"id={page.pk}" for page in pages)
    return reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"]) + f"?{numbers}"


def test_publishing_several_asks_about_those_below_as_well(home: PortalPage, desk: Client) -> None:
    column = make_page(home, "栏目", live=False)
    child = make_page(column, "子页面", [to_role("messages")], live=False)
    child.save_revision()
    html = confirmation(desk.post(bulk_publish(column), {"include_descendants": "on"}))
    assert "没有已发布的「消息」页" in html
    assert not Page.objects.live().filter(pk=child.pk).exists()
    desk.post(bulk_publish(column), hidden_fields(html))
    assert Page.objects.live().filter(pk=child.pk).exists()


def test_two_pages_of_one_role_are_not_published_together(home: PortalPage, desk: Client) -> None:
    pages = [make_page(home, title, service_role="messages", live=False) for title in ("消息", "消息中心")]
    response = desk.post(bulk_publish(*pages), follow=True)
    assert "请只保留一个" in response.content.decode()
    assert not Page.objects.live().filter(pk__in=[page.pk for page in pages]).exists()


def test_a_role_taken_while_staff_read_the_warning_is_told(home: PortalPage, desk: Client) -> None:
    url = reverse("wagtailadmin_pages:add", args=["pages", "portalpage", home.pk])
    html = confirmation(desk.post(url, form("消息", "new", [notice_to("account.me")], service_role="messages")))
    make_page(home, "别人的消息页", service_role="messages")
    page = PortalPage.objects.get(slug="new")
    done = desk.post(reverse("editor_publish_anyway", args=[page.pk]), hidden_fields(html), follow=True)
    assert "「别人的消息页」已经是「消息」页" in done.content.decode()
    page.refresh_from_db()
    assert not page.live


def test_a_locked_page_is_not_published_by_the_way_on(home: PortalPage, desk: Client) -> None:
    setup_roles()
    user = get_user_model().objects.create_user("editor", password="x")
    user.groups.add(Group.objects.get(name=EDITOR))
    editor = Client()
    editor.force_login(user)
    page = make_page(home, "服务", slug="service", live=False)
    revision = page.save_revision()
    Page.objects.filter(pk=page.pk).update(locked=True)
    editor.post(reverse("editor_publish_anyway", args=[page.pk]), {"revision": revision.pk})
    assert not Page.objects.live().filter(pk=page.pk).exists()
    Page.objects.filter(pk=page.pk).update(locked=False)
    editor.post(reverse("editor_publish_anyway", args=[page.pk]), {"revision": revision.pk})
    assert Page.objects.live().filter(pk=page.pk).exists()


def test_publishing_for_later_says_so(home: PortalPage, desk: Client) -> None:
    page = make_page(home, "服务", slug="service", live=False)
    page.go_live_at = timezone.now() + dt.timedelta(days=1)
    revision = page.save_revision()
    done = desk.post(reverse("editor_publish_anyway", args=[page.pk]), {"revision": revision.pk}, follow=True)
    assert "已安排「服务」按设定的时间发布" in done.content.decode()


def test_there_is_no_other_way_to_publish_that_asks_nothing(home: PortalPage, desk: Client) -> None:
    page = make_page(home, "服务")
    html = desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "action-submit" not in html


def test_an_ordinary_page_goes_without_questions(home: PortalPage, desk: Client) -> None:
    page = make_page(home, "旧活动")
    assert desk.post(reverse("wagtailadmin_pages:delete", args=[page.pk])).status_code == 302
    assert not Page.objects.filter(pk=page.pk).exists()


@pytest.mark.parametrize("action", ["action-publish", ""])
def test_a_page_without_an_address_gets_one_from_its_title(home: PortalPage, desk: Client, action: str) -> None:
    make_page(home, "旧的", [], slug="儿科搬迁-通知")
    url = reverse("wagtailadmin_pages:add", args=["pages", "portalpage", home.pk])
    for title in ("儿科搬迁 通知", "儿科搬迁 通知", "！？"):
        sent = form(title, "", [])
        if not action:
            del sent["action-publish"]
        assert desk.post(url, sent).status_code in (200, 302)  # asked about the title of symbols, or saved
    slugs = set(home.get_children().values_list("slug", flat=True))
    assert {"儿科搬迁-通知", "儿科搬迁-通知-2", "儿科搬迁-通知-3", "page"} <= slugs
