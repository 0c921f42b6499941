"""Articles as patients read them: index, search, categories, page, blocks."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms.articles import listing
from cms.articles.models import ArticlePage, Category, RelatedArticle
from cms.pages.models import PortalPage
from tests.pages.building import block, make_image, make_page

pytestmark = pytest.mark.django_db


def get(client: Client, url: str, **params: Any) -> str:
    answer = client.get(url, params)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.req("7.4", "8.1")
def test_the_index_lists_the_newest_first_and_pinned_ones_before_them(client: Client, index: Any, make_article: Any):
    now = timezone.now()
    make_article("旧闻", published_on=now - timedelta(days=3))
    make_article("新闻", published_on=now)
    make_article("要闻", published_on=now - timedelta(days=9), is_pinned=True)
    html = get(client, index.url)
    assert html.index("要闻") < html.index("新闻") < html.index("旧闻")
    assert "置顶" in html


@pytest.mark.req("8.1")
@pytest.mark.three_databases
def test_a_category_shows_what_is_below_it_too(client: Client, index: Any, make_article: Any, health: Category):
    news = Category.objects.create(name="医院新闻")
    make_article("总论", category=health)
    make_article("量血压", category=health.children.get())
    make_article("夜间门诊", category=news)
    html = get(client, index.url, category=health.slug)
    assert "总论" in html and "量血压" in html
    assert "夜间门诊" not in html
    child = get(client, index.url, category=health.children.get().slug)
    assert "量血压" in child and "总论" not in child


def test_an_unknown_category_or_page_number_is_no_error(client: Client, index: Any, make_article: Any):
    make_article("总论")
    assert "总论" in get(client, index.url, category="nothing", page="abc")
    assert "这里还没有文章" in get(client, index.url, page="99999999999999999999")


@pytest.mark.req("8.1")
@pytest.mark.three_databases
@pytest.mark.parametrize("words", ["不能拖", "胃痛 三种", "rdwt", "RDWT", "发热"])
def test_search_finds_words_inside_a_sentence_and_initials(client: Client, index: Any, make_article: Any, words: str):
    make_article("入冬胃痛：三种不能拖的情况", summary="发热也要当心")
    make_article("量血压的细节")
    html = get(client, index.url, q=words)
    assert "入冬胃痛" in html
    assert "量血压的细节" not in html


def test_a_search_in_vain_says_so_and_is_not_shared(client: Client, index: Any, make_article: Any):
    make_article()
    answer = client.get(index.url, {"q": "<b>%_没有"})
    html = answer.content.decode()
    assert "没有找到相关文章" in html
    assert "<b>%" not in html
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.req("59.1", "59.2")
def test_covers_come_as_webp_and_as_the_picture_was_uploaded(client: Client, index: Any, make_article: Any):
    make_article("有封面", cover=make_image())
    html = get(client, index.url)
    picture = html[html.index("<picture>") : html.index("</picture>")]
    assert '<source type="image/webp"' in picture
    assert re.search(r'<img src="[^"]+\.png"[^>]+class="ph-list-image"', picture)


def test_a_share_card_shows_a_picture_every_program_knows(client: Client, make_article: Any):
    html = get(client, make_article("有封面", cover=make_image()).url)
    assert re.search(r'<meta property="og:image" content="[^"]+\.png">', html)


def test_more_articles_than_a_page_holds_are_reached_by_links(client: Client, index: Any, make_article: Any):
    for number in range(listing.PER_PAGE + 2):
        make_article(f"第{number:02d}篇", published_on=timezone.now() - timedelta(hours=number))
    first = get(client, index.url)
    assert "加载更多" in first and f"{index.url}?page=2" in first
    assert f"第{listing.PER_PAGE:02d}篇" not in first
    second = get(client, index.url, page=2)
    assert f"第{listing.PER_PAGE + 1:02d}篇" in second
    assert "上一页" in second and "加载更多" not in second


def test_the_index_asks_the_database_the_same_however_many_articles(
    client: Client, index: Any, make_article: Any, uncached: None
):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            get(client, index.url)
        return len(asked)

    make_article("一", cover=make_image())
    get(client, index.url)
    few = queries()
    for number in range(8):
        make_article(f"又{number}", cover=make_image())
    get(client, index.url)
    assert queries() == few


@pytest.mark.req("7.4")
def test_an_article_shows_title_facts_text_and_others_of_its_category(client: Client, make_article: Any):
    other = make_article("量血压")
    page = make_article("胃痛别拖", author="消化内科", source="健康报", text="<p>天冷了，注意保暖。</p>")
    html = get(client, page.url)
    for words in ("胃痛别拖", "消化内科", "来源：健康报", "注意保暖", "阅读", "相关文章", other.title):
        assert words in html
    assert html.count("<h1") == 1
    assert "style=" not in html


def test_chosen_articles_come_before_those_of_the_category(make_article: Any):
    page, _same, chosen, draft = (make_article(t) for t in ("本文", "同类", "选中的", "未发布的"))
    draft.unpublish()
    for target in (draft, chosen):
        RelatedArticle.objects.create(article=page, target=target)
    assert [p.title for p in ArticlePage.objects.get(pk=page.pk).related()] == ["选中的"]


@pytest.mark.req("7.4")
def test_a_summary_left_empty_is_the_beginning_of_the_text(make_article: Any):
    text = (
        "<h2>天冷</h2><p>天气一冷，消化内科门诊就热闹起来。大多数胃痛与受凉、饮食有关，但下面三种情况不要拖。</p>" * 3
    )
    page = make_article(text=text)
    assert page.digest.startswith("天冷 天气一冷")
    assert len(page.digest) <= 81
    assert page.digest.endswith(("。", "…"))
    page.summary = "自己写的"
    assert page.digest == "自己写的"


def test_the_share_card_names_title_words_and_picture(client: Client, make_article: Any, settings: Any):
    settings.PORTAL_URL = "https://portal.example.org"
    page = make_article("胃痛<别>拖", cover=make_image(), summary="三种情况")
    html = get(client, page.url)
    assert '<meta property="og:title" content="胃痛&lt;别&gt;拖">' in html
    assert '<meta property="og:description" content="三种情况">' in html
    assert f'<meta property="og:url" content="https://portal.example.org{page.url}">' in html
    assert '<meta property="og:image" content="https://portal.example.org/media/' in html


@pytest.mark.parametrize("title", ["😀😀", "!!!", "——"])
def test_a_title_without_a_word_is_refused_with_a_sentence(make_article: Any, title: str):
    with pytest.raises(ValidationError, match="标题里要有文字"):
        make_article(title)


def test_a_new_article_gets_a_short_address(make_article: Any, index: Any, health: Category):
    page = ArticlePage(title="很长很长的中文标题", category=health)
    index.add_child(instance=page)
    assert page.slug.isascii() and len(page.slug) == 11


class TestBlock:
    """The list of articles on any page."""

    def shown(self, client: Client, home: PortalPage, **value: Any) -> str:
        page = make_page(home, "专题", [block("article_list", {"title": "科普", "most": 3, **value})])
        return get(client, page.url)

    def test_it_shows_the_newest_of_a_category_with_the_way_to_all(
        self, client: Client, home: Any, index: Any, make_article: Any, health: Category
    ):
        other = Category.objects.create(name="医院新闻")
        make_article("夜间门诊", category=other)
        for number in range(4):
            make_article(f"第{number}篇", published_on=timezone.now() - timedelta(hours=number))
        html = self.shown(client, home, category=health.slug)
        assert "第0篇" in html and "第2篇" in html
        assert "第3篇" not in html and "夜间门诊" not in html
        assert f"{index.url}?category={health.slug}" in html

    def test_a_newly_published_article_is_there_at_the_next_request(self, client: Client, home: Any, make_article: Any):
        page = make_page(home, "专题", [block("article_list", {"title": "科普", "most": 3})])
        make_article("先来的")
        assert "后来的" not in get(client, page.url)
        make_article("后来的")
        assert "后来的" in get(client, page.url)

    def test_most_read_ones_are_listed_with_their_numbers(
        self, client: Client, home: Any, make_article: Any, counter: Any
    ):
        from cms.articles import reads

        loved, known, unread = (make_article(t) for t in ("热门", "次热门", "没人看"))
        reads.ARTICLES.add({loved.pk: 12034, known.pk: 7})
        html = self.shown(client, home, order="most_read", style="plain")
        assert html.index("热门") < html.index("次热门")
        assert "阅读 1.2万" in html
        assert unread.title not in html

    def test_the_first_may_stand_big(self, client: Client, home: Any, make_article: Any):
        make_article("头条", cover=make_image(), published_on=timezone.now())
        make_article("其次", published_on=timezone.now() - timedelta(days=1))
        html = self.shown(client, home, style="big")
        assert "ph-article-big" in html
        assert html.index("头条") < html.index("其次")
        big = html[html.index("ph-article-big") :]
        assert '<picture><source type="image/webp"' in big[: big.index("</picture>")]

    def test_nothing_yet_is_said_kindly(self, client: Client, home: Any, index: Any):
        assert "还没有文章" in self.shown(client, home)

    def test_its_queries_do_not_grow(self, client: Client, home: Any, make_article: Any, uncached: None):
        page = make_page(home, "专题", [block("article_list", {"title": "科普", "most": 20})])
        make_article("一", cover=make_image())
        get(client, page.url)
        with CaptureQueriesContext(connection) as few:
            get(client, page.url)
        for number in range(6):
            make_article(f"又{number}", cover=make_image())
        get(client, page.url)
        with CaptureQueriesContext(connection) as many:
            get(client, page.url)
        assert len(many) == len(few)
