"""A site with a home page, an index of articles and a small tree of categories."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cms.articles import reads
from cms.articles.models import ArticleIndexPage, ArticlePage, Category
from tests.pages.building import *  # noqa: F403
from tests.pages.building import block

MakeArticle = Callable[..., ArticlePage]


@pytest.fixture(autouse=True)
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[reads.Counter]:
    """Give every test a counter of its own that flushes only when told."""
    fresh = reads.Counter(flush_seconds=0)
    monkeypatch.setattr(reads, "counter", fresh)
    yield fresh


@pytest.fixture
def index(home: Any, site: Any) -> ArticleIndexPage:
    """Give the index page."""
    page = ArticleIndexPage(title="文章", slug="articles")
    home.add_child(instance=page)
    return page


@pytest.fixture
def health(db: Any) -> Category:
    """Give a category with a child."""
    top = Category.objects.create(name="健康科普")
    Category.objects.create(name="慢病管理", parent=top)
    return top


@pytest.fixture
def make_article(index: ArticleIndexPage, health: Category) -> MakeArticle:
    """Give a builder of live articles."""

    def make(title: str = "胃痛别拖", text: str = "<p>天冷了，胃痛的人多了。</p>", **fields: Any) -> ArticlePage:
        fields.setdefault("category", health)
        page = ArticlePage(title=title, slug=fields.pop("slug", "") or uuid.uuid4().hex[:10], **fields)
        page.body = [block("rich_text", {"title": "", "text": text})]
        index.refresh_from_db()
        index.add_child(instance=page)
        return ArticlePage.objects.get(pk=page.pk)

    return make


@pytest.fixture
def uncached(settings: Any) -> None:
    """Make every request render: kept shells would hide how often the database is asked."""
    settings.PAGE_CACHE_MB, settings.PAGE_CACHE_SHARED = 0, False
