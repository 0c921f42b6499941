"""Where articles hang in the editor's desk: menu, addresses, the buttons of an article."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button

from cms.articles import categories, desk, pasting
from cms.articles.models import ArticlePage, Category


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """Add the desks, and what the field for pasted articles asks for."""
    return [
        path("articles/paste/", pasting.paste, name="articles_paste"),
        path("articles/paste/picture/", pasting.paste_picture, name="articles_paste_picture"),
        path("articles/paste/picture/<int:image>/", pasting.picture, name="articles_picture"),
        *desk.urls(),
        *categories.urls(),
    ]


@hooks.register("register_admin_viewset")
def register_list() -> desk.ArticleListingViewSet:
    """Add the list of articles."""
    return desk.ArticleListingViewSet(url_prefix="articles/list")


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    """Offer the rights over categories in the form of a role."""
    return Permission.objects.filter(content_type__app_label="articles", content_type__model=Category._meta.model_name)


class _WritersItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return desk.may_write(request.user)


class _CategoriesItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("articles.view_category"))


@hooks.register("register_admin_menu_item")
def articles_item() -> MenuItem:
    """Hang the list of articles into the menu."""
    return _WritersItem(_("文章"), reverse("article_list:index"), name="articles", icon_name="doc-full", order=110)


@hooks.register("register_admin_menu_item")
def categories_item() -> MenuItem:
    """Hang the categories into the menu."""
    url = reverse("articles_categories")
    return _CategoriesItem(_("文章分类"), url, name="article-categories", icon_name="folder-open-inverse", order=111)


def _draft_button(page: Any, user: Any) -> Iterator[Button]:
    if isinstance(page, ArticlePage) and page.pk and page.permissions_for_user(user).can_publish():
        yield Button(_("公众号草稿"), reverse("articles_draft", args=[page.pk]), icon_name="mail", priority=15)


@hooks.register("register_page_header_buttons")
def header_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer the draft in the menu of the editor."""
    yield from _draft_button(page, user)


@hooks.register("register_page_listing_more_buttons")
def listing_button(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Offer the draft in the menu of a list."""
    yield from _draft_button(page, user)
