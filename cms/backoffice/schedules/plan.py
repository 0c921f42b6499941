"""What clinics are made from and when their numbers come out: templates, release rules, fees, holidays."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from business.registration.models import (
    ClinicTemplate,
    Holiday,
    ReleaseRule,
    TitleFee,
)
from cms.backoffice.schedules import forms
from cms.backoffice.ui import columns
from cms.backoffice.ui.viewsets import SettingViewSet


class PlanSettingViewSet(SettingViewSet):
    """A setting with a form of its own."""

    own_form: Any = None

    def get_form_class(self, for_update: bool = False) -> Any:
        """Return the form."""
        return self.own_form


class ReleaseRuleViewSet(PlanSettingViewSet):
    """放号规则."""

    model = ReleaseRule
    own_form = forms.ReleaseRuleForm
    name = "desk_release_rules"
    url_prefix = "desk/release-rules"
    icon = "time"
    menu_label = _("放号规则")
    related = ("campus", "department")
    intro = _("科室没有填的项沿用上级科室，再沿用院区、全院；都没有时提前 14 天零点放出全部号。")
    list_display = [
        "__str__",
        columns.Count("days_ahead", label=_("提前几天")),
        columns.Text(
            "release_at", label=_("放号时间"), accessor=lambda row: row.release_at and f"{row.release_at:%H:%M}"
        ),
        columns.Count("first_percent", label=_("首批比例（%）")),
        columns.Count("rest_days_ahead", label=_("余下的提前几天")),
        columns.Text(
            "same_day",
            label=_("当日挂号"),
            accessor=lambda row: {True: _("开放"), False: _("不开放")}.get(row.same_day),
        ),
    ]


class TitleFeeViewSet(PlanSettingViewSet):
    """挂号费标准."""

    model = TitleFee
    own_form = forms.TitleFeeForm
    name = "desk_title_fees"
    url_prefix = "desk/title-fees"
    icon = "tag"
    menu_label = _("挂号费标准")
    intro = _("本平台排班按医生职称取挂号费；HIS 的排班用 HIS 的费用。")
    list_display = ["__str__", columns.Money("fee_fen", label=_("挂号费"))]


class HolidayViewSet(PlanSettingViewSet):
    """节假日与调休."""

    model = Holiday
    own_form = forms.HolidayForm
    name = "desk_holidays"
    url_prefix = "desk/holidays"
    icon = "date"
    menu_label = _("节假日与调休")
    intro = _("按模板生成和复制周排班时，放假的日子不排，调休上班的日子按指定的星期排。")
    list_display = [
        "__str__",
        columns.Text("kind", label=_("类型"), accessor="get_kind_display"),
        columns.Text("as_weekday", label=_("按周几出诊"), accessor="get_as_weekday_display"),
    ]


class ClinicTemplateViewSet(PlanSettingViewSet):
    """出诊模板."""

    model = ClinicTemplate
    own_form = forms.TemplateForm
    name = "desk_clinic_templates"
    url_prefix = "desk/clinic-templates"
    icon = "calendar-alt"
    menu_label = _("出诊模板")
    related = ("department", "doctor")
    intro = _("每周固定的门诊。系统按放号天数自动生成到期的排班；已生成后删除的门诊不会再自动出现。")
    list_display = [
        "__str__",
        columns.Text("time", label=_("时间"), accessor=lambda row: f"{row.starts:%H:%M}–{row.ends:%H:%M}"),
        columns.Count("per_range", label=_("每段号数")),
        columns.Text("is_active", label=_("启用")),
    ]
