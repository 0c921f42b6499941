"""公告: what publicity staff tell patients, out within a minute."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateTimeInput

from blocks.links import check_address
from business.hospital.models import Campus, Department, Doctor
from business.notices.models import Notice
from cms.backoffice.ui import columns
from cms.backoffice.ui.filters import Choices, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.viewsets import AuditedCreateView, AuditedEditView, SettingViewSet
from cms.editor.dashboard import default_site

COMING, SHOWN, OVER, DRAFT = _("未到时间"), _("正在显示"), _("已结束"), _("未发布")


def standing(notice: Notice) -> Any:
    """Return whether patients see a notice now, in a word."""
    now = timezone.now()
    if not notice.is_published:
        return DRAFT
    if notice.starts_at > now:
        return COMING
    return OVER if notice.ends_at and notice.ends_at <= now else SHOWN


class DepartmentChoice(forms.ModelChoiceField):
    """A department, indented below its group."""

    def label_from_instance(self, obj: Department) -> str:
        """Show the level."""
        return f"{'　' * obj.level}{obj.name}"


class NoticeForm(forms.ModelForm):
    """Few fields, sentences that say what to do, and no scope without its name."""

    department = DepartmentChoice(
        Department.objects.filter(is_active=True).order_by("tree_id", "lft"),
        label=_("科室"),
        required=False,
        empty_label=_("（范围选“一个科室”时选择）"),
        help_text=_("选上级科室，公告也会显示在它下面的各科室。"),
    )
    doctor = forms.ModelChoiceField(
        Doctor.objects.filter(is_active=True).order_by("pinyin"),
        label=_("医生"),
        required=False,
        empty_label=_("（范围选“一位医生”时选择）"),
    )

    class Meta:
        model = Notice
        fields = [
            "title",
            "body",
            "kind",
            "scope",
            "department",
            "doctor",
            "campus",
            "priority",
            "on_home",
            "starts_at",
            "ends_at",
            "url",
            "is_published",
        ]
        widgets = {
            "body": forms.Textarea(attrs={"rows": 5}),
            "starts_at": AdminDateTimeInput,
            "ends_at": AdminDateTimeInput,
        }
        help_texts = {
            "title": _("一句话说清楚：谁、什么时候、怎么办。患者先看到的就是这一句。"),
            "body": _("需要多说几句时填写，空一行分段。"),
            "kind": _("挂号须知还会显示在预约的每一步；停诊公告在 HIS 停诊时自动产生。"),
            "on_home": _("勾选后显示在首页的公告条；不勾选时仍在相应科室、医生的页面和公告列表里。"),
            "ends_at": _("到这个时间自动撤下。留空则一直显示。"),
            "url": _("可选：https:// 开头的网址，或 / 开头的站内地址，例如一篇文章。"),
            "is_published": _("去掉勾选即可暂时撤下或先存为草稿。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what no campus means."""
        super().__init__(*args, **kwargs)
        self.fields["campus"].empty_label = str(_("所有院区"))
        self.fields["campus"].queryset = Campus.objects.filter(is_active=True)

    def clean_url(self) -> str:
        """Refuse what is no address."""
        url = self.cleaned_data["url"].strip()
        if url:
            check_address(url)
        return url

    def clean(self) -> dict[str, Any]:
        """Hold the scope to its name, and the end to come after the beginning."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        scope = data.get("scope")
        if scope == Notice.Scope.DEPARTMENT and not data.get("department") and "department" not in self.errors:
            self.add_error("department", ValidationError(_("请选择这条公告是哪个科室的。")))
        if scope == Notice.Scope.DOCTOR and not data.get("doctor") and "doctor" not in self.errors:
            self.add_error("doctor", ValidationError(_("请选择这条公告是哪位医生的。")))
        if scope != Notice.Scope.DOCTOR:
            data["doctor"] = None
        if scope == Notice.Scope.HOSPITAL:
            data["department"] = None
        starts, ends = data.get("starts_at"), data.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", ValidationError(_("停止显示的时间要晚于开始显示的时间。")))
        return data


class NoticeFilter(WagtailFilterSet):
    """What narrows the notices down."""

    kind = Choices(label=_("类型"), choices=Notice.Kind.choices)
    department = ModelChoice(label=_("科室"), queryset=Department.objects.order_by("tree_id", "lft"))

    class Meta:
        model = Notice
        fields: list[str] = []


class NoticeIndexView(DeskIndexView):
    """Notices, found by a word of their title."""

    is_searchable = True  # type: ignore[assignment]

    def found_by(self, text: str) -> Q:
        """Find part of the title."""
        return Q(title__contains=text)

    def get_base_queryset(self) -> QuerySet:
        """Newest first: what was written last is what is looked for."""
        return super().get_base_queryset().order_by("-starts_at", "-pk")


# What most notices leave as it is.
MORE = ("campus", "priority", "on_home", "starts_at", "ends_at", "url", "is_published")
# Which choice lets a field matter, for the script that shows it then (blocks/conditions.py has the same for blocks).
CONDITIONS = {
    "department": {"field": "scope", "values": [Notice.Scope.DEPARTMENT]},
    "doctor": {"field": "scope", "values": [Notice.Scope.DOCTOR]},
}


class NoticeFormMixin:
    """The form in two parts, and what patients see now in the sentence after it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Split the fields."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        form = context["form"]
        more = [form[name] for name in MORE]
        context["first_fields"] = [field for field in form.visible_fields() if field.name not in MORE]
        context["more_fields"] = more
        context["more_open"] = bool(form.instance.pk) or any(field.errors for field in more)
        context["conditions"] = json.dumps(CONDITIONS)
        return context

    def told(self, notice: Notice) -> str:
        """Return the sentence: whether and when patients see it."""
        said = {
            SHOWN: _("已发布「%(title)s」，患者刷新就能看到。"),
            COMING: _("已安排「%(title)s」，到“开始显示”的时间自动出现。"),
            OVER: _("已保存「%(title)s」。“停止显示”的时间已过，患者看不到。"),
            DRAFT: _("已保存「%(title)s」，没有发布，患者看不到。"),
        }
        return str(said[standing(notice)]) % {"title": notice.title}

    def ways_on(self, notice: Notice, edit_url: str) -> list[Any]:
        """Return the buttons beside the sentence."""
        buttons = [messages.button(edit_url, _("修改"))]
        site = default_site()
        if site is not None and notice.on_home and standing(notice) == SHOWN:
            buttons.insert(0, messages.button(site.root_page.url or "/", _("看看首页"), new_window=True))
        return buttons


class NoticeCreateView(NoticeFormMixin, AuditedCreateView):
    """Write a notice and send it out."""

    submit_button_label = _("发布公告")
    submit_button_active_label = _("正在发布……")

    def get_success_message(self, instance: Notice) -> str:
        """Say whether patients see it."""
        return self.told(instance)

    def get_success_buttons(self) -> list[Any]:
        """Offer a look at it."""
        return self.ways_on(self.object, self.get_edit_url())


class NoticeEditView(NoticeFormMixin, AuditedEditView):
    """Change a notice or take it down."""

    def get_success_message(self) -> str:
        """Say whether patients see it."""
        return self.told(self.object)

    def get_success_buttons(self) -> list[Any]:
        """Offer a look at it."""
        return self.ways_on(self.object, self.get_edit_url())


class NoticeViewSet(SettingViewSet):
    """公告."""

    model = Notice
    name = "desk_notices"
    url_prefix = "desk/notices"
    icon = "warning"
    menu_label = _("公告")
    menu_order = 110
    add_to_admin_menu = True
    index_view_class = NoticeIndexView
    add_view_class = NoticeCreateView
    edit_view_class = NoticeEditView
    create_template_name = edit_template_name = "backoffice/notices/form.html"
    filterset_class = NoticeFilter
    related = ("department", "doctor")
    intro = _("公告发布后立刻显示给患者，到时间自动撤下。停诊公告在 HIS 停诊时自动产生，也可以在这里修改。")
    list_display = [
        "title",
        columns.Text("standing", label=_("状态"), accessor=standing),
        columns.Text("kind", label=_("类型"), accessor="get_kind_display"),
        columns.Text(
            "scope",
            label=_("范围"),
            accessor=lambda row: str(row.doctor or row.department or row.get_scope_display()),
        ),
        columns.Text("priority", label=_("重要程度"), accessor="get_priority_display"),
        columns.When("starts_at", seconds=False, label=_("开始显示")),
        columns.When("ends_at", seconds=False, label=_("停止显示")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return NoticeForm
