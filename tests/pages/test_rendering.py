"""Pages as patients get them."""

import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.pages.models import PortalPage
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


def test_a_page_shows_its_blocks_in_the_shell(home: PortalPage, site: Any, client: Client) -> None:
    make_page(home, "就医指南", [block("rich_text", {"title": "来院前", "text": "<p>请带好证件</p>"})], slug="guide")
    response = client.get("/guide/")
    html = response.content.decode()
    assert response.status_code == 200
    assert "请带好证件" in html
    assert "江城示范医院" in html
    assert 'class="ph-tab"' in html
    assert "就医指南" in html


def test_the_shell_is_the_same_for_everybody(home: PortalPage, site: Any, client: Client) -> None:
    make_page(home, "就医指南", [block("rich_text", {"text": "<p>请带好证件</p>"})], slug="guide")
    response = client.get("/guide/")
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.content.decode()
    assert "public" in response.headers["Cache-Control"]


def test_the_shell_is_byte_for_byte_the_same_whatever_cookies_come(
    home: PortalPage, site: Any, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untouched(*args: Any) -> Any:
        raise AssertionError("the shell asked for the account")

    make_page(home, "就医指南", [block("icon_grid"), block("notice", {"text": "公告"})], slug="guide")
    plain = Client().get("/guide/").content
    monkeypatch.setattr("business.patients.sessions.account_of", untouched)
    client.force_login(get_user_model().objects.create_superuser("editor", "e@example.org", "x"))
    for name, value in {settings.ACCOUNT_COOKIE: "token", "ph_look": "care.dark", "ph_campus": "EAST"}.items():
        client.cookies[name] = value
    response = client.get("/guide/")
    assert response.content == plain
    assert "Cookie" not in response.headers.get("Vary", "")


def _queries(client: Client, path: str) -> int:
    """Count what rendering asks, the page itself not being kept."""
    client.get(path)  # the first visit makes pictures and fills caches
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def _rich_page(home: PortalPage, count: int, images: list[Any], pages: list[PortalPage]) -> PortalPage:
    def item(value: dict[str, Any]) -> dict[str, Any]:
        return {"type": "item", "value": value, "id": uuid.uuid4().hex}

    blocks = []
    for n in range(count):
        picture = {"image": images[n % len(images)].pk, "alt_text": f"图{n}", "decorative": False}
        link = {"page": pages[n % len(pages)].pk}
        blocks += [
            block("banner", {"slides": [item({"image": picture, "link": link})]}),
            block("image", {"image": picture, "link": {"role": "home"}}),
            block("card_list", {"items": [item({"title": f"卡{n}", "image": picture, "link": link})]}),
            block("icon_grid", {"items": [item({"label": f"口{n}", "icon": "grid", "link": link})]}),
            block("rich_text", {"text": f'<p><a linktype="page" id="{link["page"]}">文{n}</a></p>'}),
        ]
    return make_page(home, f"{count} 组", blocks, slug=f"rich-{count}")


def test_a_page_costs_the_same_queries_with_few_and_with_many_blocks(
    home: PortalPage, site: Any, client: Client, settings: Any
) -> None:
    settings.PAGE_CACHE_MB = 0
    images = [make_image(f"图{n}") for n in range(12)]
    pages = [make_page(home, f"页{n}") for n in range(12)]
    few = _rich_page(home, 2, images, pages)
    many = _rich_page(home, 14, images, pages)
    html = client.get(many.url).content.decode()
    assert html.count("<img") >= 14 * 3
    assert html.count(pages[3].url) >= 2
    assert f'<a href="{pages[3].url}">文3</a>' in html
    small, large = _queries(client, few.url), _queries(client, many.url)
    assert small == large
    assert large <= 3


def test_one_picture_used_twice_keeps_both_alternative_texts(home: PortalPage, site: Any, client: Client) -> None:
    image = make_image()
    blocks = [
        block("image", {"image": {"image": image.pk, "alt_text": text, "decorative": False}})
        for text in ("一楼平面图", "二楼平面图")
    ]
    html = client.get(make_page(home, "平面图", blocks).url).content.decode()
    assert 'alt="一楼平面图"' in html
    assert 'alt="二楼平面图"' in html


def test_a_link_to_a_page_that_went_offline_leads_nowhere(home: PortalPage, site: Any, client: Client) -> None:
    target = make_page(home, "活动", slug="event")
    page = make_page(home, "公告页", [block("notice", {"text": "活动报名", "link": {"page": target.pk}})])
    assert 'href="/event/"' in client.get(page.url).content.decode()
    target.unpublish()
    assert 'href="/event/"' not in client.get(page.url).content.decode()


def test_an_entrance_whose_step_has_no_page_is_left_out(home: PortalPage, site: Any, client: Client) -> None:
    page = make_page(home, "大厅", [block("icon_grid")], slug="hall")
    assert "我的预约" not in client.get(page.url).content.decode()
    make_page(home, "我的预约记录", service_role="registration.mine", slug="mine")
    html = client.get(page.url).content.decode()
    assert 'href="/mine/"' in html
    assert "我的预约" in html


@pytest.mark.parametrize(("path", "words"), [("/nowhere/", "没有找到这一页")])
def test_errors_speak_chinese_in_the_shell(home: PortalPage, site: Any, client: Client, path: str, words: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    html = response.content.decode()
    assert words in html
    assert "江城示范医院" in html
    assert 'class="ph-tab"' in html


def test_a_broken_server_answers_in_chinese_without_the_database(
    home: PortalPage, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("boom")

    monkeypatch.setattr(PortalPage, "serve", broken)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert "系统繁忙" in response.content.decode()
    assert "boom" not in response.content.decode()


def test_health_asks_the_database(home: PortalPage, client: Client) -> None:
    response = client.get("/-/health/")
    assert (response.status_code, response.json()["database"]) == (200, True)


def test_a_service_page_without_its_block_says_that_the_service_is_away(client, home) -> None:
    page = PortalPage(
        title="确认预约",
        slug="confirm-bare",
        service_role="registration.confirm",
        body=[("rich_text", {"title": "说明", "text": "<p>请看</p>"})],
    )
    home.add_child(instance=page)

    shown = client.get(page.url).content.decode()

    assert "这项服务正在调整" in shown
    assert "请看" in shown
