"""Islands: what is personal or live comes after the page, only from live pages, only for those it is meant for."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from wagtail.models import PageViewRestriction, Site

from business.patients import sessions
from business.patients.models import Account
from business.security.errors import PortalError
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db

WECHAT = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN"
MINI = WECHAT + " miniProgram/wx1234567890"
ALIPAY = "Mozilla/5.0 (Linux; Android 13) AlipayClient/10.5.0"


def island_of(page: PortalPage, index: int = 0) -> str:
    return f"/-/island/{page.pk}/{page.body[index].id}/"


def sign_in(client: Client) -> Account:
    account = Account.objects.create()
    client.cookies[settings.ACCOUNT_COOKIE] = sessions.start(account, "browser")
    return account


def notice(text: str = "通知", **rules: Any) -> dict[str, Any]:
    return block("notice", {"kind": "notice", "text": text}, settings=rules)


def test_the_shell_holds_a_skeleton_and_the_island_comes_after(
    home: PortalPage, site: Site, probe: Any, client: Client
) -> None:
    page = make_page(home, "挂号", [block("probe", {"title": "选择医生"})], slug="doctors")
    shell = client.get("/doctors/?date=2026-01-05").content.decode()
    assert f'data-hx-get="{island_of(page)}"' in shell
    assert "data-skeleton" in shell
    assert "选择医生" not in shell
    fragment = client.get(island_of(page) + "?date=2026-01-05", headers={"HX-Request": "true"})
    html = fragment.content.decode()
    assert "选择医生" in html
    assert "date=2026-01-05" in html
    assert "<html" not in html
    assert f'id="block-{page.body[0].id}"' in html
    assert "no-store" in fragment.headers["Cache-Control"]


def test_without_javascript_the_same_page_comes_whole(home: PortalPage, site: Site, probe: Any, client: Client) -> None:
    make_page(home, "挂号", [block("probe", {"title": "选择医生"})], slug="doctors")
    shell = client.get("/doctors/").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="0; url=/doctors/?whole=1">' in shell
    whole = client.get("/doctors/?whole=1&date=2026-01-05")
    html = whole.content.decode()
    assert "选择医生" in html
    assert "date=2026-01-05" in html
    assert "data-skeleton" not in html
    assert "noscript" not in html
    assert "no-store" in whole.headers["Cache-Control"]


def test_the_way_without_javascript_keeps_what_the_page_was_asked(
    home: PortalPage, site: Site, probe: Any, client: Client
) -> None:
    make_page(home, "挂号", [block("probe")], slug="doctors")
    shell = client.get("/doctors/?department=abc&date=2026-01-05").content.decode()
    assert "url=/doctors/?department=abc&amp;date=2026-01-05&amp;whole=1" in shell


def test_an_island_of_a_page_that_is_not_live_or_not_here_is_not_found(
    home: PortalPage, site: Site, probe: Any, client: Client
) -> None:
    draft = make_page(home, "草稿", [block("probe")], live=False)
    assert client.get(island_of(draft)).status_code == 404
    page = make_page(home, "挂号", [block("probe")])
    assert client.get(island_of(page)).status_code == 200
    assert client.get(f"/-/island/{page.pk}/nothing/").status_code == 404
    assert client.get(f"/-/island/999999/{page.body[0].id}/").status_code == 404
    other_root = make_page(home.get_parent(), "另一家医院", [block("probe")])
    Site.objects.create(hostname="other.example.org", root_page=other_root)
    assert client.get(island_of(other_root)).status_code == 404
    assert client.get(island_of(other_root), headers={"host": "other.example.org"}).status_code == 200


def test_an_island_of_a_private_page_is_refused(home: PortalPage, site: Site, probe: Any, client: Client) -> None:
    page = make_page(home, "内部", [block("probe")])
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    assert client.get(island_of(page)).status_code == 403


def test_a_block_for_guests_only_is_an_island_and_vanishes_for_the_signed_in(
    home: PortalPage, site: Site, client: Client
) -> None:
    page = make_page(home, "首页二", [notice("请先登录", audience="guest")], slug="two")
    assert "请先登录" not in client.get("/two/").content.decode()
    assert "请先登录" in client.get(island_of(page)).content.decode()
    sign_in(client)
    assert client.get(island_of(page)).content == b""


def test_a_block_for_the_signed_in_is_not_given_to_guests(home: PortalPage, site: Site, client: Client) -> None:
    page = make_page(home, "首页二", [notice("您有新消息", audience="signed_in")])
    assert client.get(island_of(page)).content == b""
    sign_in(client)
    response = client.get(island_of(page))
    assert "您有新消息" in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("agent", "entrance"),
    [(WECHAT, "wechat"), (MINI, "mini_program"), (ALIPAY, "alipay"), ("Mozilla/5.0 Chrome/120", "browser")],
)
def test_a_block_is_shown_only_through_its_entrances(
    home: PortalPage, site: Site, client: Client, agent: str, entrance: str
) -> None:
    others = [e for e in ("wechat", "mini_program", "alipay", "browser") if e != entrance]
    page = make_page(home, "入口", [notice("对的", entrances=[entrance]), notice("错的", entrances=others)])
    headers = {"User-Agent": agent}
    assert "对的" in client.get(island_of(page, 0), headers=headers).content.decode()
    assert client.get(island_of(page, 1), headers=headers).content == b""


def test_a_block_of_one_campus_is_hidden_from_who_chose_another(home: PortalPage, site: Site, client: Client) -> None:
    page = make_page(home, "院区", [notice("东院停车", campuses=["EAST"])])
    assert "东院停车" in client.get(island_of(page)).content.decode()
    assert "东院停车" in client.get(island_of(page) + "?campus=EAST").content.decode()
    assert client.get(island_of(page) + "?campus=WEST").content == b""


def test_time_decides_in_the_shell_itself_and_limits_how_long_it_is_kept(
    home: PortalPage, site: Site, client: Client
) -> None:
    now = timezone.now()
    hour, soon = dt.timedelta(hours=1), dt.timedelta(seconds=10)
    blocks = [
        notice("已经结束", visible_until=(now - hour).isoformat()),
        notice("还没开始", visible_from=(now + soon).isoformat()),
        notice("正在显示", visible_from=(now - hour).isoformat(), visible_until=(now + hour).isoformat()),
    ]
    make_page(home, "通知", blocks, slug="notices")
    response = client.get("/notices/")
    html = response.content.decode()
    assert "正在显示" in html
    assert "已经结束" not in html
    assert "还没开始" not in html
    seconds = int(response.headers["Cache-Control"].split("s-maxage=")[1].split(",")[0])
    assert seconds <= 10


def test_a_live_island_for_everybody_may_be_shared_for_a_few_seconds(
    home: PortalPage, site: Site, probe: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "cache_seconds", 5)
    page = make_page(home, "挂号", [block("probe")])
    sign_in(client)
    response = client.get(island_of(page))
    assert "max-age=5" in response.headers["Cache-Control"]
    assert "account=guest" in response.content.decode()
    assert "Cookie" not in response.headers.get("Vary", "")


def test_a_guest_is_invited_to_sign_in_and_comes_back(
    home: PortalPage, site: Site, probe: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "needs_account", True)
    page = make_page(home, "我的", [block("probe", {"title": "我的预约"})], slug="mine")
    html = client.get(island_of(page) + "?date=1").content.decode()
    assert "我的预约" not in html
    assert "/-/signin/?next=%2Fmine%2F%3Fdate%3D1" in html
    account = sign_in(client)
    assert account.ref in client.get(island_of(page)).content.decode()


def test_a_rule_that_says_no_while_reading_becomes_a_sentence(
    home: PortalPage, site: Site, probe: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(context: Any) -> dict[str, Any]:
        raise PortalError("没有找到这个号源。")

    monkeypatch.setattr(probe, "on_live", staticmethod(gone))
    page = make_page(home, "挂号", [block("probe")])
    response = client.get(island_of(page))
    assert response.status_code == 200
    assert "没有找到这个号源。" in response.content.decode()
