"""医院资料: facts from HIS to read, and the rules and templates that the hospital decides."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus, Department, Doctor
from business.registration.models import BookingRule, Slot
from cms.backoffice.ui import columns
from cms.backoffice.ui.filters import Choices, DayRange, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.viewsets import RecordViewSet, SettingViewSet

FROM_HIS = _("这些资料来自 HIS，在 HIS 中修改后自动同步，此处只供查看。")


class NamedIndexView(DeskIndexView):
    """Things with a name: found by name, pinyin, initials or code. There are hundreds of them, not millions."""

    is_searchable = True  # type: ignore[assignment]

    def found_by(self, text: str) -> Q:
        """Find part of a name, the beginning of its pinyin or initials, or the code."""
        latin = text.lower()
        return (
            Q(name__contains=text) | Q(pinyin__startswith=latin) | Q(initials__startswith=latin) | Q(code__iexact=text)
        )


class NamedViewSet(RecordViewSet):
    """Read-only facts of the hospital."""

    inspect_view_enabled = False
    index_view_class = NamedIndexView
    search_hint = _("名称、拼音首字母或代码")
    intro = FROM_HIS

    def get_permissions_to_register(self) -> QuerySet:
        """Offer the right to view, though there is no detail page."""
        from django.contrib.auth.models import Permission

        return Permission.objects.filter(
            content_type__app_label=self.app_label,
            content_type__model=self.model_name,
            codename=f"view_{self.model_name}",
        )


class CampusViewSet(NamedViewSet):
    """院区."""

    model = Campus
    name = "desk_campuses"
    url_prefix = "desk/campuses"
    icon = "home"
    menu_label = _("院区")
    list_display = [
        columns.Text("name", label=_("名称")),
        columns.Text("code", label=_("HIS 代码")),
        columns.Text("address", label=_("地址")),
        columns.Text("phone", label=_("电话")),
        columns.Text("is_active", label=_("启用")),
    ]


class DepartmentFilter(WagtailFilterSet):
    """What narrows the departments down."""

    campus = ModelChoice(label=_("院区"), queryset=Campus.objects.all())
    is_active = django_filters.BooleanFilter(label=_("启用"))

    class Meta:
        model = Department
        fields: list[str] = []


class DepartmentViewSet(NamedViewSet):
    """科室."""

    model = Department
    name = "desk_departments"
    url_prefix = "desk/departments"
    icon = "folder-open-inverse"
    menu_label = _("科室")
    filterset_class = DepartmentFilter
    related = ("parent", "campus")
    ordering = ("tree_id", "lft")
    list_per_page = 60
    list_display = [
        columns.Text("name", label=_("名称"), accessor=lambda row: f"{'　　' * row.level}{row.name}"),
        columns.Text("code", label=_("HIS 代码")),
        columns.Text("parent", label=_("上级科室"), accessor=lambda row: row.parent.name if row.parent else ""),
        columns.Text("campus", label=_("院区"), accessor=lambda row: row.campus.name if row.campus else ""),
        columns.Text("location", label=_("位置")),
        columns.Text("is_active", label=_("启用")),
    ]


class DoctorFilter(WagtailFilterSet):
    """What narrows the doctors down."""

    departments = ModelChoice(label=_("科室"), queryset=Department.objects.order_by("tree_id", "lft"))
    is_active = django_filters.BooleanFilter(label=_("启用"))

    class Meta:
        model = Doctor
        fields: list[str] = []


class DoctorIndexView(NamedIndexView):
    """Doctors with their departments."""

    def get_base_queryset(self) -> QuerySet:
        """Fetch the departments in one more query."""
        return super().get_base_queryset().prefetch_related("departments")


class DoctorViewSet(NamedViewSet):
    """医生."""

    model = Doctor
    name = "desk_doctors"
    url_prefix = "desk/doctors"
    icon = "user"
    menu_label = _("医生")
    index_view_class = DoctorIndexView
    filterset_class = DoctorFilter
    list_display = [
        columns.Text("name", label=_("姓名"), sort_key="pinyin"),
        columns.Text("code", label=_("HIS 代码")),
        columns.Text("title", label=_("职称")),
        columns.Text("gender", label=_("性别"), accessor="get_gender_display"),
        columns.Text(
            "departments", label=_("科室"), accessor=lambda row: "、".join(one.name for one in row.departments.all())
        ),
        columns.Text("specialty", label=_("擅长"), accessor=lambda row: row.specialty[:40]),
        columns.Text("is_active", label=_("启用")),
    ]


class SlotFilter(WagtailFilterSet):
    """What narrows the slots down."""

    date = DayRange(label=_("日期"), field_name="schedule__date")
    department = ModelChoice(
        label=_("科室"), field_name="schedule__department", queryset=Department.objects.order_by("tree_id", "lft")
    )
    state = Choices(label=_("HIS 状态"), choices=Slot.State.choices)

    class Meta:
        model = Slot
        fields: list[str] = []


class SlotViewSet(RecordViewSet):
    """号源."""

    model = Slot
    name = "desk_slots"
    url_prefix = "desk/slots"
    icon = "time"
    menu_label = _("号源")
    inspect_view_enabled = False
    filterset_class = SlotFilter
    exact_fields = ("code", "schedule__code", "ref")
    search_hint = _("号源代码或排班代码")
    intro = FROM_HIS
    related = ("schedule__department", "schedule__doctor", "claim")
    ordering = "-pk"
    list_display = [
        columns.When("starts_at", seconds=False, label=_("开始")),
        columns.When("ends_at", seconds=False, label=_("结束")),
        columns.Count("number", label=_("序号")),
        columns.Text("department", label=_("科室"), accessor="schedule.department.name"),
        columns.Text(
            "doctor",
            label=_("医生"),
            accessor=lambda row: row.schedule.doctor.name if row.schedule.doctor else row.schedule.clinic_name,
        ),
        columns.State("state", kind="slot", label=_("HIS 状态")),
        columns.Link(
            "claim",
            "desk_appointments:inspect",
            permission="registration.view_appointment",
            label=_("本平台预约"),
            accessor=lambda row: getattr(getattr(row, "claim", None), "ref", ""),
            id_of=lambda row: getattr(getattr(row, "claim", None), "pk", None),
        ),
    ]
    get_permissions_to_register = NamedViewSet.get_permissions_to_register


class BookingRuleForm(forms.ModelForm):
    """The rules of booking, with bounds that keep them sane."""

    hold_minutes = forms.IntegerField(label=_("未支付保留（分钟）"), min_value=5, max_value=120)
    offer_minutes = forms.IntegerField(
        label=_("候补到号后保留（分钟）"),
        min_value=5,
        max_value=110,
        help_text=_("候补到号后为患者保留这么久，逾期未支付轮到下一位"),
    )
    max_unpaid = forms.IntegerField(label=_("每个账户最多同时待支付"), min_value=1, max_value=20)
    settle_alarm_minutes = forms.IntegerField(label=_("确认超时报警（分钟）"), min_value=5, max_value=1440)

    class Meta:
        model = BookingRule
        fields = [
            "campus",
            "hold_minutes",
            "max_unpaid",
            "offer_minutes",
            "max_waiting",
            "waiting_per_clinic",
            "waiting_until_minutes",
            "cancel_before_minutes",
            "cancels_per_month",
            "max_moves",
            "his_exchanges",
            "max_active",
            "max_per_day",
            "settle_alarm_minutes",
            "notice",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what no campus means; whose rule it is does not change."""
        super().__init__(*args, **kwargs)
        campus = self.fields["campus"]
        campus.empty_label = str(_("全院（默认）"))
        campus.disabled = bool(self.instance.pk)

    def clean_campus(self) -> Campus | None:
        """Allow one default only: databases do not hold NULL to be unique."""
        campus = self.cleaned_data["campus"]
        others = BookingRule.objects.filter(campus=campus).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("已有这一院区的规则，请直接修改它"))
        return campus


class BookingRuleViewSet(SettingViewSet):
    """预约规则."""

    model = BookingRule
    name = "desk_booking_rules"
    url_prefix = "desk/booking-rules"
    icon = "sliders"
    menu_label = _("预约规则")
    related = ("campus",)
    intro = _("没有单独规则的院区使用“全院”一行。修改立即生效，改前改后的值记入操作记录。")
    list_display = [
        "__str__",
        columns.Count("hold_minutes", label=_("未支付保留（分钟）")),
        columns.Count("offer_minutes", label=_("候补到号后保留（分钟）")),
        columns.Count("cancel_before_minutes", label=_("退号截止（就诊前分钟）")),
        columns.Count("settle_alarm_minutes", label=_("确认超时报警（分钟）")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return BookingRuleForm
