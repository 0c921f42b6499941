"""The desk of the help centre: answers with what readers think of them, categories, and each vote with its reason."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.ui.tables.pages import BulkActionsColumn, PageStatusColumn, PageTitleColumn
from wagtail.admin.views.pages.listing import IndexView
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.pages import PageListingViewSet

from cms.articles.desk import may_write
from cms.articles.reads import shown
from cms.backoffice.ui import columns
from cms.backoffice.ui.filters import Choices, ModelChoice
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.viewsets import RecordViewSet, SettingViewSet
from cms.help.models import HelpCategory, HelpPage, HelpVote
from cms.library.views import BLANK
from cms.library.wagtail_hooks import PARAMETER
from cms.pages.models import PortalPage
from themes.icons import MEDICAL_NAMES

HELPFUL = [("True", _("有帮助")), ("False", _("没帮助"))]


class HelpCategoryForm(forms.ModelForm):
    """Name, look and place of a category."""

    class Meta:
        model = HelpCategory
        fields = ["name", "icon", "tone", "order", "is_active"]
        widgets = {
            "icon": forms.Select(attrs={"data-icon-picker": "", "data-medical-icons": " ".join(sorted(MEDICAL_NAMES))})
        }
        help_texts = {
            "name": _("四个字左右最好，例如：挂号与退号。"),
            "order": _("数字小的排在前面。"),
            "is_active": _("去掉勾选后，这个分类和它的回答不再出现在帮助中心和搜索里。"),
        }

    def clean_name(self) -> str:
        """Refuse a name without a word."""
        name = " ".join(self.cleaned_data["name"].split())
        if not any(character.isalnum() for character in name):
            raise forms.ValidationError(_("请填写分类的名称。"))
        return name


class HelpCategoryIndexView(DeskIndexView):
    """Categories in the order patients see."""

    def get_base_queryset(self) -> QuerySet:
        """Count the answers in the same query."""
        return super().get_base_queryset().annotate(used=Count("answers")).order_by("order", "pk")


class HelpCategoryViewSet(SettingViewSet):
    """帮助分类."""

    model = HelpCategory
    name = "desk_help_categories"
    url_prefix = "desk/help-categories"
    icon = "folder-open-inverse"
    menu_label = _("帮助分类")
    index_view_class = HelpCategoryIndexView
    intro = _("帮助中心首页按这里的顺序显示分类；没有已发布回答的分类不显示。")
    list_display = [
        "name",
        columns.Text("icon", label=_("图标"), accessor="get_icon_display"),
        columns.Count("order", label=_("顺序")),
        columns.Count("used", label=_("回答数")),
        columns.Text("is_active", label=_("显示")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return HelpCategoryForm


class HelpVoteFilter(WagtailFilterSet):
    """What narrows the votes down."""

    is_helpful = Choices(label=_("意见"), choices=HELPFUL)
    category = ModelChoice(label=_("分类"), field_name="answer__category", queryset=HelpCategory.objects.all())
    with_reason = Choices(label=_("原因"), choices=[("yes", _("写了原因"))], method="by_reason")

    class Meta:
        model = HelpVote
        fields: list[str] = []

    def by_reason(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep those with words."""
        return queryset.exclude(reason="")


class HelpVoteViewSet(RecordViewSet):
    """帮助反馈."""

    model = HelpVote
    name = "desk_help_votes"
    url_prefix = "desk/help-votes"
    icon = "comment"
    menu_label = _("帮助反馈")
    inspect_view_enabled = False
    filterset_class = HelpVoteFilter
    related = ("answer", "answer__category")
    ordering = "-voted_at"
    intro = _("患者在回答下面点的「有帮助」「没帮助」和写的原因。不记录是谁。每篇的合计在「帮助回答」里。")
    list_display = [
        columns.Link(
            "answer",
            "wagtailadmin_pages:edit",
            label=_("回答"),
            accessor="answer.title",
            id_of=lambda vote: vote.answer_id,
        ),
        columns.Text("category", label=_("分类"), accessor="answer.category.name"),
        columns.Text(
            "is_helpful", label=_("意见"), accessor=lambda vote: _("有帮助") if vote.is_helpful else _("没帮助")
        ),
        columns.Text("reason", label=_("原因")),
        columns.When("voted_at", seconds=False, label=_("时间")),
    ]


class AnswerFilterSet(WagtailFilterSet):
    """By category, by state."""

    category = django_filters.ModelChoiceFilter(label=_("分类"), queryset=HelpCategory.objects.all())
    live = django_filters.ChoiceFilter(label=_("状态"), choices=[("True", _("已发布")), ("False", _("未发布"))])

    class Meta:
        model = HelpPage
        fields: list[str] = []


class ReadsColumn(Column):
    """How often an answer was read."""

    def get_value(self, instance: HelpPage) -> str:
        """Return the number, shortened."""
        return shown(instance.reads.count if hasattr(instance, "reads") else 0)


class AnswerIndexView(IndexView):
    """All answers of all sites this person may see."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse those who work with no page."""
        if not may_write(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_base_queryset(self) -> Any:
        """Fetch what the columns show along with the answers."""
        answers = super().get_base_queryset().prefetch_related("category", "reads")
        return answers.annotate(
            helpful=Count("votes", filter=Q(votes__is_helpful=True)),
            unhelpful=Count("votes", filter=Q(votes__is_helpful=False)),
        )

    def get_add_url(self) -> str:
        """Lead straight to the form of a new answer where there is one help centre."""
        centres = PortalPage.objects.filter(service_role="help")
        places = [page for page in centres if page.permissions_for_user(self.request.user).can_add_subpage()]
        if len(places) != 1:
            return str(super().get_add_url())
        url = reverse("wagtailadmin_pages:add", args=["help", "helppage", places[0].pk])
        return f"{url}?{PARAMETER}={BLANK}"  # the templates of pages are nothing for an answer


class WritersItem(MenuItem):
    """An item for those who keep the help centre; a department's own staff write other things."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether to show it."""
        return may_write(request.user) and request.user.has_perm("help.view_helpcategory")


class AnswerListingViewSet(PageListingViewSet):
    """帮助回答."""

    model = HelpPage
    index_view_class = AnswerIndexView
    menu_item_class = WritersItem
    icon = "help"
    menu_label = _("帮助回答")
    name = "help_answers"
    url_prefix = "help/answers"
    filterset_class = AnswerFilterSet
    columns = [
        BulkActionsColumn("bulk_actions"),
        PageTitleColumn("title", label=_("问题"), sort_key="title", classname="title"),
        Column("category", label=_("分类"), sort_key="category__name"),
        ReadsColumn("reads", label=_("阅读"), sort_key="reads__count"),
        Column("helpful", label=_("有帮助"), sort_key="helpful"),
        Column("unhelpful", label=_("没帮助"), sort_key="unhelpful"),
        PageStatusColumn("status", label=_("状态"), sort_key="live"),
    ]


class HelpGroup(ViewSetGroup):
    """The help centre in the menu."""

    menu_label = _("帮助中心")
    menu_name = "desk-help"
    menu_icon = "help"
    menu_order = 112
    items = (AnswerListingViewSet, HelpCategoryViewSet, HelpVoteViewSet)
