"""A kept home page and what other parts of the studio change about it: seen by the next request (frozen clock)."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Site

from cms.articles.models import ArticleIndexPage, ArticlePage, Category
from cms.pages.models import PortalPage
from cms.pages.settings import PortalSettings
from cms.studio import services
from cms.studio.models import Theme, ThemeUse
from tests.pages.building import block, make_page
from themes.design.spec import ThemeSpec

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 12, 1, 12, 0, tzinfo=timezone.get_default_timezone())
HOUR = dt.timedelta(hours=1)


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock that pages and their cache look at."""
    stopped = Clock()
    monkeypatch.setattr(timezone, "now", stopped)
    return stopped


@pytest.fixture
def front(clock: Clock, home: PortalPage, site: Site) -> PortalPage:
    """Give a home page with a list of articles."""
    home.body = [block("article_list", {"title": "健康科普", "most": 5})]
    home.save()
    return home


def html() -> str:
    return Client().get("/").content.decode()


def kept() -> str:
    """Return the home page, which is kept from now on."""
    words = html()
    with CaptureQueriesContext(connection) as captured:
        again = html()
    assert again == words
    assert len(captured) == 1, "not kept: more was asked than the marks"
    return words


@pytest.fixture
def article(front: PortalPage) -> ArticlePage:
    """Give an article nobody has published yet."""
    index = ArticleIndexPage(title="文章", slug="articles")
    front.add_child(instance=index)
    page = ArticlePage(
        title="入冬胃痛",
        slug="stomach",
        live=False,
        category=Category.objects.create(name="科普"),
        body=[block("rich_text", {"title": "", "text": "<p>别拖。</p>"})],
    )
    index.add_child(instance=page)
    return page


def test_an_article_is_on_the_front_page_when_published_and_gone_when_taken_offline(article: ArticlePage) -> None:
    assert "入冬胃痛" not in kept()
    article.save_revision().publish()
    assert "入冬胃痛" in kept()
    article.title = "开春胃痛"
    article.save_revision().publish()
    assert "开春胃痛" in kept()
    ArticlePage.objects.get().unpublish()
    assert "胃痛" not in kept()


def test_a_renamed_category_is_seen(article: ArticlePage) -> None:
    article.save_revision().publish()
    assert "科普 · " in kept()
    category = Category.objects.get()
    category.name = "养生"
    category.save()
    assert "养生 · " in kept()


def test_an_article_for_some_people_only_leaves_the_front_page(article: ArticlePage) -> None:
    from wagtail.models import PageViewRestriction

    article.save_revision().publish()
    assert "入冬胃痛" in kept()
    PageViewRestriction.objects.create(page=article, restriction_type=PageViewRestriction.LOGIN)
    assert "入冬胃痛" not in kept()


@pytest.mark.req("H1.2")
def test_a_changed_tab_bar_is_seen(front: PortalPage, site: Site) -> None:
    make_page(front, "搜索", [], slug="find")
    assert "找一找" not in kept()
    settings = PortalSettings.for_site(site)
    page = PortalPage.objects.get(slug="find")
    settings.tabs = [("tab", {"label": "找一找", "icon": "search", "link": {"page": page}})]
    settings.save()
    assert "找一找" in kept()
    # And a tab whose page is gone is gone too
    page.unpublish()
    assert "找一找" not in kept()


def sheet(words: str) -> str:
    """Return the address of the theme's style sheet, empty where the page wears none."""
    start = words.find("/-/theme/")
    return words[start : words.index('"', start)] if start >= 0 else ""


@pytest.mark.req("H1.1", "H1.2")
def test_a_published_theme_is_worn_at_once(front: PortalPage, site: Site) -> None:
    theme = Theme.objects.create(name="青瓷", draft={"seeds": {"brand": "#2a7958"}})
    services.publish(theme)
    ThemeUse.objects.create(site=site, theme=theme)
    services.rewrite(site)
    before = sheet(kept())
    services.save_draft(theme, ThemeSpec.read({"seeds": {"brand": "#b5490b"}}))
    assert sheet(kept()) == before
    services.publish(theme)
    assert sheet(kept()) not in {before, ""}


@pytest.mark.req("H1.2")
def test_a_scheduled_theme_comes_and_goes_to_the_second(front: PortalPage, site: Site, clock: Clock) -> None:
    # Given a theme for one hour that begins in five minutes, and a kept page
    theme = Theme.objects.create(name="哀悼", draft={"seeds": {"brand": "#4a4a4a"}})
    services.publish(theme)
    begins = NOW + dt.timedelta(minutes=5)
    ThemeUse.objects.create(site=site, theme=theme, starts_at=begins, ends_at=begins + HOUR, priority=100)
    services.rewrite(site)
    second = dt.timedelta(seconds=1)
    worn = []
    for moment in (NOW, begins - second, begins, begins + HOUR - second, begins + HOUR):
        clock.now = moment
        worn.append(bool(sheet(kept())))
    assert worn == [False, False, True, True, False]
