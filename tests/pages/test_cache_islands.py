"""Islands go by marks that may be a second old."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction, Site

from cms.pages.cache import marks
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page
from tests.pages.keeping import html, is_kept

pytestmark = pytest.mark.django_db


def island_of(page: PortalPage) -> str:
    return f"/-/island/{page.pk}/{page.body[0].id}/"


def test_an_island_of_a_page_taken_offline_here_is_gone_at_once(home: PortalPage, site: Site, probe: Any) -> None:
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    assert Client().get(island_of(page)).status_code == 200
    page.unpublish()
    assert Client().get(island_of(page)).status_code == 404


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_an_island_that_another_process_has_just_published_is_found(home: PortalPage, site: Site, probe: Any) -> None:
    marks.read()
    before = list(marks._lease)
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    marks._lease[:] = before  # this process has not heard of it
    marks.forget_touched()
    assert Client().get(island_of(page)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_island_changed_elsewhere_is_the_new_one_within_a_second(
    home: PortalPage, site: Site, probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    Client().get(island_of(page))
    before = list(marks._lease)
    page.unpublish()
    marks._lease[:] = before
    marks.forget_touched()
    later = before[0][0] + marks.LEASE_SECONDS
    monkeypatch.setattr(marks.time, "monotonic", lambda: later)
    assert Client().get(island_of(page)).status_code == 404


def test_an_island_asks_the_database_only_what_its_block_asks(home: PortalPage, site: Site, probe: Any) -> None:
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    Client().get(island_of(page))
    with CaptureQueriesContext(connection) as captured:
        Client().get(island_of(page))
    assert len(captured) == 0


def test_an_island_of_a_page_that_becomes_restricted_is_refused(home: PortalPage, site: Site, probe: Any) -> None:
    page = make_page(home, "挂号", [block("probe")], slug="numbers")
    assert Client().get(island_of(page)).status_code == 200
    PageViewRestriction.objects.create(page=home, restriction_type=PageViewRestriction.LOGIN)
    assert Client().get(island_of(page)).status_code == 403


def test_a_notice_that_begins_and_ends_by_itself_is_seen_on_the_second(
    home: PortalPage, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from business.notices.models import Notice

    start = timezone.now() + dt.timedelta(minutes=2)
    end = start + dt.timedelta(minutes=3)
    Notice.objects.create(title="周三停电", starts_at=start, ends_at=end)
    make_page(home, "公告", [block("notice_bar", {"place": "home"})], slug="notices")
    shown = []
    second = dt.timedelta(seconds=1)
    for moment in (start - second, start, end - second, end):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        shown.append("周三停电" in html("/notices/"))
        assert is_kept("/notices/")
    assert shown == [False, True, True, False]
