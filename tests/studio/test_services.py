"""Themes in use: drafts, versions, sites, campuses, dates; and what a page then carries."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Site

from business.hospital.models import Campus
from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings
from cms.pages.theme_plan import worn
from cms.studio import services
from cms.studio.models import StyleSheet, Theme, ThemeUse
from tests.pages.building import *  # noqa: F403
from themes.design.spec import ThemeSpec

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 12, 1, 12, 0, tzinfo=timezone.get_default_timezone())
HOUR = dt.timedelta(hours=1)
GREEN, ORANGE, GREY = "#2a7958", "#b5490b", "#4a4a4a"


def theme(name: str, colour: str, *, published: bool = True) -> Theme:
    made = Theme.objects.create(name=name, draft={"seeds": {"brand": colour}})
    if published:
        services.publish(made)
    return made


def wear(site: Site, worn_theme: Theme, **facts: Any) -> ThemeUse:
    use = ThemeUse.objects.create(site=site, theme=worn_theme, **facts)
    services.rewrite(site)
    return use


def css_at(site: Site, moment: dt.datetime) -> str:
    """Return the style sheet that a page rendered at a moment would name, through its address."""
    url = worn(PortalSettings.for_site(site).theme_plan, moment).css_url
    return Client().get(url).content.decode() if url else ""


@pytest.mark.req("H1.1", "H1.2")
def test_a_draft_is_seen_by_nobody_until_it_is_published(site):
    # Given a site that wears a theme, and a changed draft
    green = theme("青瓷", GREEN)
    wear(site, green)
    before = Client().get("/").content.decode()
    services.save_draft(green, ThemeSpec.read({"seeds": {"brand": ORANGE}}))
    assert Client().get("/").content.decode() == before
    # When it is published
    services.publish(green)
    # Then the next page names another style sheet, and the old one still answers
    after = Client().get("/").content.decode()
    assert after != before
    assert ORANGE in css_at(site, timezone.now())
    assert StyleSheet.objects.count() == 2


@pytest.mark.req("H1.2")
def test_an_earlier_version_comes_back(site):
    green = theme("青瓷", GREEN)
    wear(site, green)
    services.save_draft(green, ThemeSpec.read({"seeds": {"brand": ORANGE}}))
    services.publish(green)
    # When the first version is restored
    again = services.restore(green, green.versions.get(number=1))
    # Then it is a third version, worn at once
    assert (again.number, again.note) == (3, "恢复版本 1")
    assert GREEN in css_at(site, timezone.now())


def test_what_cannot_be_read_is_not_published(site):
    pale = theme("太浅", "#ffd200", published=False)
    with pytest.raises(services.Unreadable) as refused:
        services.publish(pale)
    assert "链接与卡片 1.4，需要 4.5" in refused.value.sentences
    assert pale.published is None


def test_an_unpublished_theme_is_not_worn(site):
    wear(site, theme("草稿", GREEN, published=False))
    assert PortalSettings.for_site(site).theme_plan[0]["css"] == ""


def test_each_site_has_its_own(site):
    # Given two sites
    other = Site.objects.create(hostname="branch.example", root_page=PortalPage.objects.first(), site_name="分院")
    wear(site, theme("青瓷", GREEN))
    wear(other, theme("晨曦", ORANGE))
    # Then each wears its own
    assert GREEN in css_at(site, NOON) and ORANGE not in css_at(site, NOON)
    assert ORANGE in css_at(other, NOON)


def test_a_campus_has_its_own_in_the_same_style_sheet(site):
    # Given a theme for the site, and one for a campus
    wear(site, theme("青瓷", GREEN))
    wear(site, theme("晨曦", ORANGE), campus=Campus.objects.create(code="east", name="东院"))
    # Then one style sheet holds both: the page stays the same for everybody
    css = css_at(site, timezone.now())
    assert css.index(GREEN) < css.index(':root[data-campus="east"]') < css.rindex(ORANGE)
    # And a visitor without JavaScript, rendered whole, carries the campus
    client = Client()
    client.cookies["ph_campus"] = "east"
    assert '<html lang="zh-Hans" data-campus="east">' in client.get("/?whole=1").content.decode()
    assert "data-campus" not in client.get("/").content.decode()


@pytest.mark.req("H1.1")
def test_mourning_comes_and_goes_by_itself(site, time_machine):
    # Given a theme for always, a festival, and a day of mourning within it
    time_machine.move_to(NOON, tick=False)
    wear(site, theme("青瓷", GREEN))
    wear(site, theme("节日", ORANGE), starts_at=NOON + HOUR, ends_at=NOON + 9 * HOUR, priority=50)
    wear(site, theme("哀悼", GREY), starts_at=NOON + 3 * HOUR, ends_at=NOON + 5 * HOUR, priority=100)
    # When hours pass and nobody does anything
    seen = {}
    for hours in (0, 1, 3, 5, 9):
        time_machine.move_to(NOON + hours * HOUR, tick=False)
        css = css_at(site, timezone.now())
        seen[hours] = next(colour for colour in (GREEN, ORANGE, GREY) if colour in css)
    # Then each is worn from its first moment until its end
    assert seen == {0: GREEN, 1: ORANGE, 3: GREY, 5: ORANGE, 9: GREEN}


@pytest.mark.req("H1.1")
def test_a_campus_mourns_too(site):
    # Given a campus with a theme of its own and mourning for the whole site
    east = Campus.objects.create(code="east", name="东院")
    wear(site, theme("晨曦", ORANGE), campus=east)
    wear(site, theme("哀悼", GREY), starts_at=NOON, ends_at=NOON + HOUR, priority=100)
    # Then during that hour nobody sees the campus's colours
    assert "data-campus" not in css_at(site, NOON)
    assert "data-campus" in css_at(site, NOON + HOUR)


def test_no_cache_keeps_a_page_beyond_the_change(site, time_machine):
    # Given a kept page, and a change in ten seconds
    time_machine.move_to(NOON, tick=False)
    wear(site, theme("哀悼", GREY), starts_at=NOON + dt.timedelta(seconds=10))
    assert "/-/theme/" not in Client().get("/").content.decode()
    # When the moment comes, then the next request sees it
    time_machine.move_to(NOON + dt.timedelta(seconds=10), tick=False)
    assert "/-/theme/" in Client().get("/").content.decode()


def test_the_style_sheet_is_kept_for_ever_and_compressed(site):
    wear(site, theme("青瓷", GREEN))
    url = worn(PortalSettings.for_site(site).theme_plan).css_url
    plain = Client().get(url)
    small = Client().get(url, headers={"Accept-Encoding": "gzip, br"})
    assert "immutable" in plain["Cache-Control"] and plain["Content-Type"].startswith("text/css")
    assert small["Content-Encoding"] == "br" and len(small.content) < len(plain.content) / 3
    assert len(small.content) < 2_000
    assert Client().get("/-/theme/0000.css").status_code == 404


def test_the_theme_costs_a_page_no_query(site):
    # Given the queries of a page without a theme; what tells whether it is still good is not counted
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        Client().get("/?whole=1")
        with CaptureQueriesContext(connection) as queries:
            Client().get("/?whole=1")
        return sum("page_cache" not in query["sql"] for query in queries)

    bare = asked()
    # When the site wears one, by date and by campus
    green = theme("青瓷", GREEN)
    wear(site, green)
    wear(site, green, starts_at=timezone.now() + HOUR, campus=Campus.objects.create(code="east", name="东院"))
    # Then a page asks no more than before
    assert asked() == bare
