"""A site with a help centre, two categories and a builder of answers."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from cms.articles.reads import Counter
from cms.help import reads
from cms.help.models import HelpCategory, HelpPage
from cms.pages.models import PortalPage
from tests.pages.building import *  # noqa: F403
from tests.pages.building import block, make_page

MakeAnswer = Callable[..., HelpPage]


@pytest.fixture(autouse=True)
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    """Give every test a counter of its own that flushes only when told, and no votes of earlier addresses."""
    fresh = Counter(flush_seconds=0, book=reads.ANSWERS)
    monkeypatch.setattr(reads, "counter", fresh)
    cache.clear()
    yield fresh


@pytest.fixture
def centre(home: PortalPage, site: Any) -> PortalPage:
    """Give the page of the help centre."""
    return make_page(
        home, "帮助中心", [block("help_centre", {"most": 6, "placeholder": "搜问题"})], slug="help", service_role="help"
    )


@pytest.fixture
def booking(db: Any) -> HelpCategory:
    """Give a category."""
    return HelpCategory.objects.create(name="挂号与退号", icon="calendar-plus", order=1)


@pytest.fixture
def money(db: Any) -> HelpCategory:
    """Give another category, behind the first."""
    return HelpCategory.objects.create(name="缴费", icon="receipt", tone="amber", order=2)


@pytest.fixture
def make_answer(centre: PortalPage, booking: HelpCategory) -> MakeAnswer:
    """Give a builder of live answers."""

    def make(title: str = "怎么退号", text: str = "<p>就诊前 60 分钟都能退。</p>", **fields: Any) -> HelpPage:
        fields.setdefault("category", booking)
        page = HelpPage(title=title, slug=uuid.uuid4().hex[:10], **fields)
        page.body = [block("rich_text", {"title": "", "text": text})]
        centre.refresh_from_db()
        centre.add_child(instance=page)
        return HelpPage.objects.get(pk=page.pk)

    return make


@pytest.fixture
def uncached(settings: Any) -> None:
    """Make every request render: kept shells would hide how often the database is asked."""
    settings.PAGE_CACHE_MB, settings.PAGE_CACHE_SHARED = 0, False
