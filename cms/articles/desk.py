"""The desk of articles: the list with its filters, and sending an article to the official account's drafts."""

from typing import Any

import django_filters
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from mptt.forms import TreeNodeChoiceField
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.ui.tables.pages import BulkActionsColumn, PageStatusColumn, PageTitleColumn
from wagtail.admin.views.pages.listing import IndexView
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.permissions import page_permission_policy

from cms.articles import drafts, reads
from cms.articles.models import ArticleIndexPage, ArticlePage, Category, WeChatDraft
from cms.backoffice.audit import trail
from cms.library.views import BLANK
from cms.library.wagtail_hooks import PARAMETER

STATES = [("live", _("已发布")), ("draft", _("未发布")), ("changed", _("有未发布的修改"))]
NOT_SENT = "none"


def may_write(user: Any) -> bool:
    """Whether somebody works with pages at all."""
    return bool(page_permission_policy.user_has_any_permission(user, {"add", "change", "publish"}))


class CategoryFilter(django_filters.ModelChoiceFilter):
    """A category and what is below it, chosen from the tree."""

    field_class = TreeNodeChoiceField

    def filter(self, qs: Any, value: Category | None) -> Any:
        """Return the articles of the category and of those below it."""
        if value is None:
            return qs
        return qs.filter(category__tree_id=value.tree_id, category__lft__gte=value.lft, category__rght__lte=value.rght)


class ArticleFilterSet(WagtailFilterSet):
    """By category, by state, by what became of the draft."""

    category = CategoryFilter(
        label=_("分类"), queryset=Category.objects.order_by("tree_id", "lft"), field_name="category"
    )
    state = django_filters.ChoiceFilter(label=_("状态"), choices=STATES, method="by_state")
    wechat = django_filters.ChoiceFilter(
        label=_("公众号草稿"), choices=[(NOT_SENT, _("没有送过")), *WeChatDraft.State.choices], method="by_draft"
    )

    class Meta:
        model = ArticlePage
        fields: list[str] = []

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        """Return live ones, ones not live, or live ones with changes."""
        conditions = {"live": Q(live=True), "draft": Q(live=False), "changed": Q(has_unpublished_changes=True)}
        return queryset.filter(conditions[value])

    def by_draft(self, queryset: Any, name: str, value: str) -> Any:
        """Return articles by the state of their draft."""
        wanted = Q(wechat_draft__isnull=True) if value == NOT_SENT else Q(wechat_draft__state=value)
        return queryset.filter(wanted)


class ReadsColumn(Column):
    """How often an article was read."""

    def get_value(self, instance: ArticlePage) -> str:
        """Return the number, shortened."""
        return reads.shown(instance.reads.count if hasattr(instance, "reads") else 0)


class DraftColumn(Column):
    """What became of the draft, with the way to its page."""

    cell_template_name = "articles/columns/draft.html"

    def get_cell_context_data(self, instance: ArticlePage, parent_context: Any) -> dict[str, Any]:
        """Add state and address."""
        context = super().get_cell_context_data(instance, parent_context)
        context["draft"] = getattr(instance, "wechat_draft", None)
        context["url"] = reverse("articles_draft", args=[instance.pk])
        return context

    def get_value(self, instance: ArticlePage) -> Any:
        """Return the draft."""
        return getattr(instance, "wechat_draft", None)


class ArticleIndexView(IndexView):
    """All articles of all sites this person may see."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse those who work with no page."""
        if not may_write(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_base_queryset(self) -> Any:
        """Fetch what the columns show along with the articles."""
        return super().get_base_queryset().prefetch_related("category", "reads", "wechat_draft")

    def get_add_url(self) -> str:
        """Lead straight to the form of a new article where there is one place for it."""
        return reverse("articles_new")


class ArticleListingViewSet(PageListingViewSet):
    """The list of articles in the menu."""

    model = ArticlePage
    index_view_class = ArticleIndexView
    icon = "doc-full"
    menu_label = _("文章")
    menu_name = "articles"
    menu_order = 110
    add_to_admin_menu = False
    name = "article_list"
    filterset_class = ArticleFilterSet
    columns = [
        BulkActionsColumn("bulk_actions"),
        PageTitleColumn("title", label=_("标题"), sort_key="title", classname="title"),
        Column("category", label=_("分类"), sort_key="category__name"),
        DateColumn("published_on", label=_("发布日期"), sort_key="published_on"),
        ReadsColumn("reads", label=_("阅读"), sort_key="reads__count"),
        DraftColumn("wechat", label=_("公众号草稿")),
        PageStatusColumn("status", label=_("状态"), sort_key="live"),
    ]


def draft_page(request: HttpRequest, article: int) -> HttpResponse:
    """Show where the sending of an article stands; a POST asks for it."""
    page = get_object_or_404(ArticlePage, pk=article)
    rights = page.permissions_for_user(request.user)
    if not (rights.can_edit() and rights.can_publish()):
        raise PermissionDenied
    row = WeChatDraft.objects.filter(article=page).first()
    if request.method == "POST":
        was_under_way = row is not None and row.is_under_way
        row = drafts.request_draft(page)
        if was_under_way:
            messages.info(request, str(_("这篇文章正在发送，不用再点。")))
        else:
            trail.deed(request, "article.draft_requested", page, object_ref=str(page.pk), detail={"title": page.title})
        return redirect("articles_draft", page.pk)
    context = {"page": page, "draft": row, "list_url": reverse("article_list:index")}
    return TemplateResponse(request, "articles/draft.html", context)


def urls() -> list[URLPattern]:
    """Return the addresses of this desk that are not the list's own."""
    return [
        path("articles/<int:article>/draft/", draft_page, name="articles_draft"),
        path("articles/new/", new_article, name="articles_new"),
    ]


def new_article(request: HttpRequest) -> HttpResponse:
    """Lead to the form of a new article: at once where there is one index page, else to the choice of one."""
    places = [p for p in ArticleIndexPage.objects.all() if p.permissions_for_user(request.user).can_add_subpage()]
    if not places:
        raise PermissionDenied
    if len(places) > 1:
        return redirect("article_list:choose_parent")
    url = reverse("wagtailadmin_pages:add", args=["articles", "articlepage", places[0].pk])
    return redirect(f"{url}?{PARAMETER}={BLANK}")  # the templates of pages are nothing for an article
