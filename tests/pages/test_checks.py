"""Page checks: what staff are told before patients stumble over it."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Site

from blocks import registry
from blocks.base import PortalBlock
from cms.pages import checks
from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


def to_role(role: str) -> dict[str, Any]:
    entrance = {"label": "入口", "icon": "grid", "tone": "teal", "link": {"role": role}}
    return block("icon_grid", {"columns": "4", "items": [{"type": "item", "value": entrance, "id": "x"}]})


@pytest.fixture(autouse=True)
def no_duties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no block have a duty, whatever families are installed."""
    for block_class in registry.block_classes().values():
        monkeypatch.setattr(block_class, "serves", None)


@pytest.fixture
def served(no_duties: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rich text block be the one that does the work of the message page."""
    monkeypatch.setattr(registry.block_classes()["rich_text"], "serves", "messages", raising=True)


def codes(site: Site) -> list[tuple[str, str]]:
    return [(p.code, p.role) for p in checks.check_site(site)]


def test_a_link_to_a_role_without_a_page_is_told_with_the_page_it_is_on(home: PortalPage, site: Site) -> None:
    make_page(home, "服务大厅", [to_role("patients.list")])
    (problem,) = checks.check_site(site)
    assert (problem.code, problem.role) == (checks.MISSING_ROLE, "patients.list")
    assert "「服务大厅」" in problem.sentence
    assert "就诊人 · 列表" in problem.sentence


def test_a_link_to_a_role_with_a_live_page_is_fine_and_a_draft_does_not_count(home: PortalPage, site: Site) -> None:
    make_page(home, "服务大厅", [to_role("messages")])
    target = make_page(home, "消息", service_role="messages", live=False)
    assert codes(site) == [(checks.MISSING_ROLE, "messages")]
    target.live = True
    target.save()
    assert codes(site) == []


def test_a_page_without_the_block_that_does_its_work_is_told(home: PortalPage, site: Site, served: None) -> None:
    page = make_page(home, "消息", service_role="messages")
    (problem,) = checks.check_site(site)
    assert (problem.code, problem.role) == (checks.MISSING_BLOCK, "messages")
    assert "「图文」" in problem.sentence
    page.body = [block("rich_text", {"text": "<p>消息</p>"})]
    page.save()
    assert codes(site) == []


def test_a_second_live_page_of_a_role_is_refused_by_name(home: PortalPage, site: Site) -> None:
    make_page(home, "消息", service_role="messages")
    with pytest.raises(ValidationError, match="「消息」已经是「消息」页"):
        make_page(home, "消息中心", service_role="messages")


def test_two_live_pages_of_a_role_are_told_however_they_came_about(home: PortalPage, site: Site) -> None:
    make_page(home, "消息", service_role="messages")
    other = make_page(home, "消息中心")
    PortalPage.objects.filter(pk=other.pk).update(service_role="messages")
    (problem,) = checks.check_site(site)
    assert problem.code == checks.TWICE
    assert "「消息」、「消息中心」" in problem.sentence


def test_a_copy_does_not_take_over_the_role(home: PortalPage, site: Site) -> None:
    page = make_page(home, "消息", service_role="messages")
    page.save_revision().publish()
    copy = page.copy(update_attrs={"slug": "copy", "title": "副本"}, copy_revisions=True)
    assert copy.service_role == ""
    assert copy.get_latest_revision_as_object().service_role == ""
    assert codes(site) == []


def test_a_tab_that_leads_nowhere_is_told(home: PortalPage, site: Site) -> None:
    settings = PortalSettings.for_site(site)
    settings.tabs = [{"type": "tab", "value": {"label": "我的", "icon": "user", "link": {"role": "account.me"}}}]
    settings.save()
    (problem,) = checks.check_site(Site.objects.get())
    assert (problem.code, problem.role) == (checks.TAB_NOWHERE, "account.me")
    assert "「我的」" in problem.sentence


def test_a_block_that_leads_on_by_its_nature_counts_as_a_link(
    home: PortalPage, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    rich_text: type[PortalBlock] = registry.block_classes()["rich_text"]
    monkeypatch.setattr(rich_text, "links_to", ("payments.checkout",))
    make_page(home, "说明", [block("rich_text", {"text": "<p>请先支付</p>"})])
    assert codes(site) == [(checks.MISSING_ROLE, "payments.checkout")]


def test_only_what_publishing_a_page_changes_is_told_before_it(home: PortalPage, site: Site) -> None:
    make_page(home, "旧页面", [to_role("patients.list")])
    draft = make_page(home, "新页面", [to_role("account.me")], live=False)
    told = checks.problems_of_publishing(draft)
    assert [p.role for p in told] == ["account.me"]


def test_taking_a_page_away_that_others_link_to_is_told(home: PortalPage, site: Site) -> None:
    make_page(home, "服务大厅", [to_role("messages")])
    target = make_page(home, "消息", service_role="messages")
    told = checks.problems_of_removing([target])
    assert [(p.code, p.role) for p in told] == [(checks.MISSING_ROLE, "messages")]
    assert checks.problems_of_removing([make_page(home, "无人问津")]) == []


def test_taking_away_the_page_a_tab_opens_is_told(home: PortalPage, site: Site) -> None:
    topic = make_page(home, "专题")
    settings = PortalSettings.for_site(site)
    settings.tabs = [{"type": "tab", "value": {"label": "专题", "icon": "home", "link": {"page": topic.pk}}}]
    settings.save()
    assert codes(Site.objects.get()) == []
    (problem,) = checks.problems_of_removing([topic])
    assert "底部标签「专题」没有可以打开的页面" in problem.sentence


def test_a_page_of_a_role_that_will_go_offline_by_itself_is_told(home: PortalPage, site: Site) -> None:
    page = make_page(home, "消息", service_role="messages")
    page.expire_at = timezone.now() + dt.timedelta(days=3)
    (problem,) = checks.problems_of_publishing(page)
    assert problem.code == checks.EXPIRES
    assert "自动下线" in problem.sentence
    other = make_page(home, "活动")
    other.expire_at = page.expire_at
    assert checks.problems_of_publishing(other) == []


def test_a_link_to_a_role_that_no_longer_exists_is_told(home: PortalPage, site: Site) -> None:
    make_page(home, "服务大厅", [to_role("parking.old"), to_role("messages")])
    assert {p.role for p in checks.check_site(site)} == {"parking.old", "messages"}


def test_a_role_belongs_to_the_innermost_site(home: PortalPage, site: Site) -> None:
    make_page(home, "消息", service_role="messages")
    branch = make_page(home, "分院", slug="branch")
    Site.objects.create(hostname="branch.example.org", root_page=branch)
    page = make_page(branch, "分院消息", service_role="messages")
    assert page.live


def test_checking_costs_the_same_however_many_pages_there_are(home: PortalPage, site: Site) -> None:
    picture = make_image()
    image = {"image": picture.pk, "decorative": True, "alt_text": ""}
    slide = {"image": image, "title": "", "text": "", "link": {"page": home.pk}}
    banner = {"label": "图片", "slides": [{"type": "item", "value": slide, "id": "a"}]}

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            checks.check_site(site)
        return len(caught)

    checks.check_site(site)  # warm
    make_page(home, "活动", [block("banner", banner)])
    before = queries()
    for number in range(5):
        make_page(home, f"活动 {number}", [block("banner", banner), block("rich_text", {"text": "<p>文</p>"})])
    assert queries() == before


def test_the_command_lists_problems_in_chinese_and_fails(home: PortalPage, site: Site) -> None:
    out = StringIO()
    call_command("check_portal", stdout=out)
    assert "没有发现问题" in out.getvalue()
    make_page(home, "服务大厅", [to_role("patients.list")])
    out = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("check_portal", stdout=out)
    assert failure.value.returncode == 1
    assert "就诊人 · 列表" in out.getvalue()
