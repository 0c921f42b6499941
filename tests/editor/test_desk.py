"""The editor's desk: Chinese, the hospital's name, what staff do first, what patients would stumble over."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission

from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings
from tests.pages.building import block, make_page
from tests.pages.test_checks import to_role

pytestmark = pytest.mark.django_db


def test_the_first_page_begins_with_what_staff_do(home: PortalPage, desk: Client) -> None:
    html = desk.get(reverse("wagtailadmin_home")).content.decode()
    assert "江城示范医院" in html
    for words in ("编辑首页", "新建页面", "上传图片", "门户设置", "看看患者看到的"):
        assert words in html
    assert "患者会遇到的问题" not in html


def test_the_first_page_lists_what_patients_would_stumble_over(home: PortalPage, desk: Client) -> None:
    page = make_page(home, "服务大厅", [to_role("messages")])
    html = desk.get(reverse("wagtailadmin_home")).content.decode()
    assert "患者会遇到的问题" in html
    assert "没有已发布的「消息」页" in html
    assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in html


def test_each_person_is_offered_only_what_they_may_do(home: PortalPage, site: object, client: Client) -> None:
    group = Group.objects.create(name="只看")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    user = get_user_model().objects.create_user("reader", password="x")
    user.groups.add(group)
    client.force_login(user)
    html = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "编辑首页" not in html
    assert "门户设置" not in html
    permission = Permission.objects.get(content_type__app_label="wagtailcore", codename="change_page")
    GroupPagePermission.objects.create(group=group, page=home, permission=permission)
    html = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "编辑首页" in html


def test_the_page_editor_tells_what_publishing_would_break(home: PortalPage, desk: Client) -> None:
    page = make_page(home, "服务大厅", [to_role("messages")])
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert "这一页发布后，患者会遇到" in desk.get(url).content.decode()
    make_page(home, "消息", service_role="messages")
    assert "这一页发布后，患者会遇到" not in desk.get(url).content.decode()


def test_the_preview_has_phone_sizes_and_three_looks(home: PortalPage, desk: Client) -> None:
    page = make_page(home, "指南", [block("rich_text", {"title": "来院前", "text": "<p>带好证件</p>"})])
    assert [size["device_width"] for size in page.preview_sizes] == [390, 360, 768, 1280]
    url = reverse("wagtailadmin_pages:view_draft", args=[page.pk])
    page.save_revision()
    light, dark, care = (desk.get(url, {"mode": mode}).content.decode() for mode in ("", "dark", "care"))
    assert 'data-mode="light"' in light
    assert 'data-mode="dark"' in dark
    assert "data-care" in care
    assert all("带好证件" in html for html in (light, dark, care))


def test_hospital_settings_reach_every_page(home: PortalPage, desk: Client, site: object) -> None:
    settings = PortalSettings.for_site(site)
    settings.hotline, settings.icp_number = "027-12345678", "鄂ICP备00000000号"
    settings.save()
    html = desk.get("/").content.decode()
    assert "027-12345678" in html
    assert "鄂ICP备00000000号" in html
    url = reverse("wagtailsettings:edit", args=["pages", "portalsettings", site.pk])
    assert "底部标签栏" in desk.get(url).content.decode()


def test_patients_never_see_the_userbar(home: PortalPage, desk: Client) -> None:
    assert "userbar" not in desk.get("/").content.decode()


def test_the_sign_in_page_is_the_hospitals_own(home: PortalPage, site: object) -> None:
    html = Client().get(reverse("wagtailadmin_login")).content.decode()
    assert "江城示范医院" in html
    assert "Wagtail" not in html.split("<main")[1]


def test_the_desk_speaks_chinese(home: PortalPage, desk: Client) -> None:
    login = Client().get(reverse("wagtailadmin_login")).content.decode()
    assert "Password" not in login
    first = desk.get(reverse("wagtailadmin_home")).content.decode()
    assert "搜索全部页面" in first
    listing = desk.get(reverse("wagtailadmin_explore_root")).content.decode()
    assert "全部站点" in listing
    assert "这里是最上一层" in listing
    script = desk.get(reverse("wagtailadmin_javascript_catalog")).content.decode()
    assert json.dumps("修改已自动保存。") in script
