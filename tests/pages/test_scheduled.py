"""Pages that go live and offline by themselves."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone
from wagtail.models import Site

from business.integration import sweeper
from business.security.models import AuditEvent
from cms.pages.models import PortalPage
from cms.pages.scheduled import keep_schedules
from tests.pages.building import make_page

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def planned(home: PortalPage, title: str, **fields: str) -> PortalPage:
    """Add a draft that is to go live in an hour."""
    page = make_page(home, title, live=False)
    for name, value in fields.items():
        setattr(page, name, value)
    page.go_live_at = timezone.now() + HOUR
    page.save_revision(clean=False).publish()
    page.refresh_from_db()
    assert not page.live
    return page


def live_titles() -> set[str]:
    return set(PortalPage.objects.live().values_list("title", flat=True))


def test_the_worker_knows_the_sweep() -> None:
    assert any(one.function is keep_schedules for one in sweeper._sweeps.values())


def test_pages_go_live_and_offline_at_their_times(home: PortalPage, site: Site) -> None:
    # Given a page for later and one that ends
    planned(home, "明天的通知")
    ending = make_page(home, "今天的活动")
    ending.expire_at = timezone.now() + HOUR
    ending.save_revision().publish()
    # When the worker looks before that time, then nothing changes
    keep_schedules()
    assert live_titles() == {"掌上医院", "今天的活动"}
    # When it looks after it
    with time_machine.travel(timezone.now() + 2 * HOUR):
        keep_schedules()
    # Then both have changed places, with a trace
    assert live_titles() == {"掌上医院", "明天的通知"}
    assert set(AuditEvent.objects.values_list("event", flat=True)) >= {"page.published", "page.unpublished"}


def test_one_page_that_cannot_be_published_does_not_stop_the_others(home: PortalPage, site: Site) -> None:
    # Given two pages that want the same role at the same time, and another after them
    planned(home, "消息", service_role="messages")
    planned(home, "消息中心", service_role="messages")
    planned(home, "无关")
    # When their time comes, twice over
    with time_machine.travel(timezone.now() + 2 * HOUR):
        keep_schedules()
        keep_schedules()
    # Then the first has the role, the other stays a draft and is written down once
    assert live_titles() == {"掌上医院", "消息", "无关"}
    failed = AuditEvent.objects.get(event="page.schedule_failed")
    assert failed.detail["title"] == "消息中心"
    assert "「消息」已经是「消息」页" in failed.detail["reason"]
