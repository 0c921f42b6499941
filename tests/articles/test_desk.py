"""The desk of articles: categories as a tree, the list with its filters, few steps to a new article."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cms.articles import reads
from cms.articles.models import ArticlePage, Category
from cms.backoffice.roles import EDITOR, setup_roles
from tests.backoffice import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(index: Any, client: Client) -> Client:
    setup_roles()
    client.force_login(builders.staff(EDITOR))
    return client


def names(parent: Category | None = None) -> list[str]:
    return list(Category.objects.filter(parent=parent).order_by("tree_id", "lft").values_list("name", flat=True))


@pytest.mark.req("46.5", "46.8", "8.1")
@pytest.mark.three_databases
def test_staff_make_and_order_a_tree(editor: Client):
    new = reverse("articles_category_new")
    for name in ("健康科普", "医院新闻", "政策解读"):
        editor.post(new, {"name": name, "parent": ""})
    top = Category.objects.get(name="健康科普")
    for name in ("慢病", "儿童"):
        editor.post(new, {"name": name, "parent": top.pk})
    policy = Category.objects.get(name="政策解读")
    editor.post(reverse("articles_category_up", args=[policy.pk]))
    editor.post(reverse("articles_category_up", args=[policy.pk]))
    editor.post(reverse("articles_category_up", args=[policy.pk]))
    assert names() == ["政策解读", "健康科普", "医院新闻"]
    editor.post(reverse("articles_category_down", args=[Category.objects.get(name="慢病").pk]))
    assert names(Category.objects.get(name="健康科普")) == ["儿童", "慢病"]
    html = editor.get(reverse("articles_categories")).content.decode().split("<tbody>")[1]
    assert html.index("政策解读") < html.index("健康科普") < html.index("儿童") < html.index("医院新闻")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "健康科普", "parent": ""}, "这一级已经有「健康科普」了"),
        ({"name": "😀", "parent": ""}, "请填写分类的名称"),
        ({"name": "x" * 21, "parent": ""}, "20"),
        ({"name": "", "parent": ""}, "portal-confirm-form"),
    ],
)
def test_a_wrong_category_is_told_at_its_field(editor: Client, health: Category, fields: Any, sentence: str):
    count = Category.objects.count()
    html = editor.post(reverse("articles_category_new"), fields).content.decode()
    assert sentence in html
    assert Category.objects.count() == count


def test_a_category_never_ends_below_itself_or_too_deep(editor: Client, health: Category):
    child = health.children.get()
    edit = reverse("articles_category_edit", args=[health.pk])
    assert editor.post(edit, {"name": "健康科普", "parent": child.pk}).status_code == 200
    grandchild = Category.objects.create(name="血压", parent=child)
    assert editor.post(reverse("articles_category_new"), {"name": "更深", "parent": grandchild.pk}).status_code == 200
    other = Category.objects.create(name="其他")
    moved = editor.post(edit, {"name": "健康科普", "parent": other.pk})
    assert "最多三级" in moved.content.decode()


@pytest.mark.three_databases
def test_a_used_category_is_deleted_only_after_its_articles_moved(editor: Client, health: Category, make_article: Any):
    page = make_article("胃痛")
    page.title = "胃痛（改）"
    page.save_revision()
    url = reverse("articles_category_delete", args=[health.pk])
    other = Category.objects.create(name="其他")
    assert "1 篇文章" in editor.get(url).content.decode()
    assert "请选择把文章移到哪个分类" in editor.post(url).content.decode()
    assert "请选择把文章移到哪个分类" in editor.post(url, {"target": "nonsense"}).content.decode()
    assert Category.objects.filter(pk=health.pk).exists()
    assert editor.post(url, {"target": other.pk}).status_code == 302
    page.refresh_from_db()
    assert page.category == other
    page.get_latest_revision().publish()
    assert ArticlePage.objects.get(pk=page.pk).category == other
    assert names() == ["其他", "慢病管理"]


def test_the_list_shows_category_views_and_state_and_filters(editor: Client, health: Category, make_article: Any):
    news = Category.objects.create(name="医院新闻")
    read, draft = make_article("读得多", category=health.children.get()), make_article("还是草稿的", category=news)
    draft.unpublish()
    reads.ARTICLES.add({read.pk: 12034})
    url = reverse("article_list:index")
    html = editor.get(url).content.decode()
    for words in ("读得多", "慢病管理", "1.2万", "还是草稿的", "送公众号草稿"):
        assert words in html
    assert "还是草稿的" not in editor.get(url, {"category": health.pk}).content.decode()
    assert "读得多" in editor.get(url, {"category": health.pk}).content.decode()
    assert "读得多" not in editor.get(url, {"state": "draft"}).content.decode()
    assert "还是草稿的" in editor.get(url, {"wechat": "none"}).content.decode()


def test_the_list_asks_the_same_however_long(editor: Client, make_article: Any):
    url = reverse("article_list:index")
    make_article("一")
    editor.get(url)
    with CaptureQueriesContext(connection) as few:
        editor.get(url)
    for number in range(6):
        make_article(f"又{number}")
    with CaptureQueriesContext(connection) as many:
        editor.get(url)
    assert len(many) <= len(few) + 1


@pytest.mark.req("7.4", "46.7")
def test_from_new_article_to_published_in_title_category_and_text(editor: Client, index: Any, health: Category):
    answer = editor.get(reverse("articles_new"))
    assert answer.status_code == 302
    form = editor.get(answer.url).content.decode()
    assert "封面" in form and "摘要" in form
    assert "w-sync" not in form  # there is no address for the title to fill in
    now = timezone.localtime()
    fields = {
        "title": "冬季护心指南",
        "category": str(health.pk),
        "cover": "",
        "published_on": f"{now:%Y-%m-%d %H:%M}",
        "body-count": "1",
        "body-0-type": "pasted",
        "body-0-order": "0",
        "body-0-deleted": "",
        "body-0-id": "",
        "body-0-value-content": '<p style="color:red" onclick="x">天冷了，护好心脏。</p>',
        "body-0-value-settings-audience": "everyone",
        "body-0-value-settings-spacing": "normal",
        "body-0-value-settings-card_style": "card",
        "related_articles-TOTAL_FORMS": "0",
        "related_articles-INITIAL_FORMS": "0",
        "related_articles-MIN_NUM_FORMS": "0",
        "related_articles-MAX_NUM_FORMS": "1000",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "slug": "",
        "action-publish": "1",
    }
    answer = editor.post(answer.url, fields)
    page = ArticlePage.objects.get(title="冬季护心指南")
    assert page.live
    html = editor.get(page.url).content.decode()
    assert "护好心脏" in html and "onclick" not in html
    assert "冬季护心指南" in editor.get(index.url).content.decode()


@pytest.mark.req("46.7")
def test_a_new_article_starts_in_the_category_last_written_for(
    editor: Client, index: Any, health: Category, make_article: Any
):
    make_article("冬季护心", category=health)
    form = editor.get(editor.get(reverse("articles_new")).url).content.decode()
    assert f'<option value="{health.pk}" selected>' in form
