"""Forms of blocks: POST only, CSRF checked, on to a page or the form again with what was typed."""

from typing import Any

import pytest
from django.test import Client
from wagtail.models import Site

from cms.pages.models import PortalPage
from tests.pages import probe as probing
from tests.pages.building import block, make_page
from tests.pages.test_islands import island_of, sign_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def page(home: PortalPage, site: Site, probe: Any) -> PortalPage:
    return make_page(home, "确认预约", [block("notice", {"text": "请核对"}), block("probe")], slug="confirm")


def address(page: PortalPage, name: str, query: str = "") -> str:
    return f"/-/action/{page.pk}/{page.body[1].id}/{name}/{query}"


def test_an_action_is_reached_by_post_only(page: PortalPage, client: Client) -> None:
    assert client.get(address(page, "accept")).status_code == 405
    assert not probing.seen
    assert client.post(address(page, "unknown")).status_code == 404


def test_done_leads_on_by_303_or_by_htmx(page: PortalPage, client: Client) -> None:
    plain = client.post(address(page, "accept"), {"phone": "138"})
    assert (plain.status_code, plain.headers["Location"]) == (303, "/next/?order=abc")
    htmx = client.post(address(page, "accept"), headers=HTMX)
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (200, "/next/?order=abc")
    first = probing.seen[0]
    assert first.page.pk == page.pk
    assert first.data["phone"] == "138"
    assert first.account is None


def test_a_page_with_a_chinese_address_is_reached_by_htmx_too(
    home: PortalPage, client: Client, page: PortalPage
) -> None:
    # Given a page whose address the editor made out of its Chinese title
    make_page(home, "预约结果", slug="预约结果", service_role="registration.result")
    # When an action leads there
    answer = client.post(address(page, "to_role"), headers=HTMX)
    # Then the browser gets an address, not an encoded word (headers hold no Chinese)
    assert answer.headers["HX-Redirect"] == "/%E9%A2%84%E7%BA%A6%E7%BB%93%E6%9E%9C/?order=abc"
    assert client.get(answer.headers["HX-Redirect"]).status_code == 200


def test_a_forged_post_is_refused_in_chinese(page: PortalPage) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(address(page, "accept"))
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()
    assert not probing.seen


def test_the_forms_own_token_is_accepted(page: PortalPage) -> None:
    client = Client(enforce_csrf_checks=True)
    fragment = client.get(island_of(page, 1)).content.decode()
    token = fragment.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    response = client.post(address(page, "accept"), {"csrfmiddlewaretoken": token})
    assert response.status_code == 303


def test_a_refusal_is_shown_at_the_form_with_what_was_typed(page: PortalPage, client: Client) -> None:
    response = client.post(address(page, "refuse", "?date=2026-01-05"), {"phone": "13800000000"}, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 422
    assert "这个时段刚刚被别人约走了。" in html
    assert 'value="13800000000"' in html
    assert "date=2026-01-05" in html
    assert "<html" not in html
    assert "no-store" in response.headers["Cache-Control"]


def test_without_htmx_the_whole_page_is_shown_again(page: PortalPage, client: Client) -> None:
    response = client.post(address(page, "refuse_field"), {"phone": "1380000"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "<html" in html
    assert "请核对" in html
    assert "请填写 11 位手机号。" in html
    assert 'value="1380000"' in html
    assert "noscript" not in html


def test_an_outside_system_without_an_answer_becomes_a_sentence(page: PortalPage, client: Client) -> None:
    response = client.post(address(page, "silent"), headers=HTMX)
    assert response.status_code == 422
    assert "暂时没有应答" in response.content.decode()


def test_an_action_may_ask_for_the_form_again(page: PortalPage, client: Client) -> None:
    response = client.post(address(page, "again"), headers=HTMX)
    assert response.status_code == 422
    assert "请再看一遍" in response.content.decode()


def test_a_guest_signs_in_first_and_comes_back(page: PortalPage, client: Client) -> None:
    response = client.post(address(page, "personal", "?slot=s1"))
    assert response.status_code == 303
    assert response.headers["Location"] == "/-/signin/?next=%2Fconfirm%2F%3Fslot%3Ds1"
    assert not probing.seen
    account = sign_in(client)
    assert client.post(address(page, "personal")).headers["Location"] == "/next/?order=abc"
    assert probing.seen[0].account == account


def test_an_action_of_a_block_that_is_not_shown_to_this_visitor_is_not_found(
    home: PortalPage, site: Site, probe: Any, client: Client
) -> None:
    page = make_page(home, "仅微信", [block("notice"), block("probe", settings={"entrances": ["wechat"]})])
    assert client.post(address(page, "accept")).status_code == 404
    draft = make_page(home, "草稿", [block("notice"), block("probe")], live=False)
    assert client.post(address(draft, "accept")).status_code == 404
    assert not probing.seen
