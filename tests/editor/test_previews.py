"""The preview: who looks and when; blocks that are not seen now; nothing real, nothing that can be sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from blocks.previewing import PreviewOptions, why_hidden
from business.hospital.models import Campus
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db
NOON = "2026-11-25T12:00"


def notice(text: str, **settings: Any) -> dict[str, Any]:
    return block("notice", {"kind": "notice", "text": text}, settings=settings)


@pytest.fixture
def seen(home: PortalPage, desk: Client) -> Any:
    """Give a function that returns what the preview of a page shows, with options."""

    def see(page: PortalPage, **query: str) -> str:
        page.save_revision()
        answer = desk.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]), query)
        assert answer.status_code == 200
        return answer.content.decode()

    return see


@pytest.mark.req("7.2")
def test_a_block_is_looked_at_on_the_day_staff_choose(home: PortalPage, seen: Any) -> None:
    # Given a notice for two days in November
    times = {"visible_from": "2026-11-25T00:00:00+08:00", "visible_until": "2026-11-27T00:00:00+08:00"}
    page = make_page(home, "停诊", [notice("门诊大楼停电", **times)])
    # Then it is faded with the reason before and after, and plain on the day
    assert "2026-11-25 00:00 才开始显示" in seen(page, at="2026-11-24T12:00")
    assert "2026-11-27 00:00 已停止显示" in seen(page, at="2026-11-28T12:00")
    on_the_day = seen(page, at=NOON)
    assert "门诊大楼停电" in on_the_day
    assert "is-hidden-now" not in on_the_day
    # And it is left out where staff want to see what patients see
    assert "门诊大楼停电" not in seen(page, at="2026-11-24T12:00", hidden="0")


@pytest.mark.parametrize(
    ("rules", "query", "reason"),
    [
        ({"audience": "signed_in"}, {"visitor": "guest"}, "只给已登录的人看"),
        ({"audience": "guest"}, {}, "只给未登录的人看"),
        ({"entrances": ["alipay"]}, {}, "只在从支付宝进入时显示"),
        ({"campuses": ["S"]}, {"campus": "N"}, "只给南院区的人看"),
    ],
)
@pytest.mark.req("7.2")
def test_a_block_for_others_says_for_whom(home: PortalPage, seen: Any, rules: Any, query: Any, reason: str) -> None:
    Campus.objects.create(code="S", name="南院区")
    page = make_page(home, "通知", [notice("请看这里", **rules)])
    assert reason in seen(page, **query)
    assert "请看这里" not in seen(page, hidden="0", **query)


def test_a_guest_is_invited_to_sign_in_where_a_patient_sees_an_example(home: PortalPage, seen: Any) -> None:
    page = make_page(home, "我的", [block("account")])
    assert "登录" in seen(page, visitor="guest")
    assert seen(page) != seen(page, visitor="guest")


def test_the_look_staff_choose_is_not_undone_by_their_own_browsers_look(home: PortalPage, seen: Any) -> None:
    page = make_page(home, "指南", [notice("带好证件")])
    assert "js/look" not in seen(page, mode="dark")
    assert 'data-care data-mode="dark"' in seen(page, mode="care.dark")
    assert "js/look" in Client().get(page.url).content.decode()


def test_an_empty_block_keeps_its_place_for_whoever_composes(home: PortalPage, seen: Any) -> None:
    page = make_page(home, "新页", [block("banner", {"label": "图", "slides": []})])
    assert "「轮播图」还没有可以显示的内容" in seen(page)
    assert "轮播图" not in seen(page, hidden="0")


def test_nothing_can_be_sent_from_a_preview(home: PortalPage, seen: Any) -> None:
    page = make_page(home, "添加", [block("patient_add")])
    assert "/-/action/" not in seen(page)


def test_senseless_options_count_as_left_out() -> None:
    odd = {"at": "2026-13-45T99:99", "entrance": "fax", "campus": "<script>", "visitor": "root", "hidden": "x"}
    assert PreviewOptions.from_query(odd) == PreviewOptions()
    assert PreviewOptions.from_query({"at": "9999-12-31T23:59"}).moment.year == 9999
    assert PreviewOptions.from_query({"at": "0001-01-01T00:00"}).moment


def test_the_patient_signed_in_in_the_same_browser_is_never_the_visitor(settings: Any) -> None:
    request = RequestFactory().get("/", headers={"cookie": f"{settings.ACCOUNT_COOKIE}=secret"})
    visitor = PreviewOptions(signed_in=False).visitor(request)
    assert visitor.account is None
    assert settings.ACCOUNT_COOKIE not in request.COOKIES


def test_a_block_that_is_seen_has_no_reason(home: PortalPage) -> None:
    page = make_page(home, "通知", [notice("在", visible_until=(timezone.now() + timedelta(days=1)).isoformat())])
    visitor = PreviewOptions().visitor(RequestFactory().get("/"))
    assert why_hidden(page.body[0].value["settings"], timezone.now(), visitor) == ""


def test_existing_blocks_open_folded(home: PortalPage) -> None:
    assert PortalPage._meta.get_field("body").stream_block.meta.collapsed is True
