"""Forms of the desk of schedules: few fields, sentences that say what to do."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput, AdminTimeInput

from business.hospital.models import Department, Doctor
from business.registration.models import ClinicTemplate, Holiday, ReleaseRule, Schedule, Slot, TitleFee
from cms.backoffice.desks.notices import DepartmentChoice
from cms.backoffice.ui.details import ReasonForm

OTHERS = [channel for channel in Slot.Channel if channel != Slot.Channel.PORTAL]
NUMBERS = re.compile(r"\d{1,3}(-\d{1,3})?")
MOST_NUMBERS = 300


class YuanField(forms.DecimalField):
    """A sum typed in yuan, kept in fen."""

    def __init__(self, **kwargs: Any) -> None:
        """Bound it to what a visit can cost."""
        super().__init__(**{"min_value": 0, "max_value": 100000, "decimal_places": 2, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Show fen as yuan."""
        return f"{value / 100:.2f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        """Return fen."""
        found = super().clean(value)
        return None if found is None else int(found * 100)


def _departments() -> Any:
    return Department.objects.filter(is_active=True).order_by("tree_id", "lft")


def _doctors() -> Any:
    return Doctor.objects.filter(is_active=True).order_by("pinyin")


class SharesMixin(forms.Form):
    """How many numbers the other channels give out, one field each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the fields."""
        super().__init__(*args, **kwargs)
        kept = getattr(getattr(self, "instance", None), "quotas", None) or {}
        for channel in OTHERS:
            self.fields[f"share_{channel}"] = forms.IntegerField(
                label=_("%s号数") % channel.label, min_value=0, max_value=MOST_NUMBERS, required=False,
                initial=kept.get(channel.value),
            )  # fmt: skip

    def shares(self) -> dict[str, int]:
        """Return the shares that are more than nothing."""
        named = {channel.value: self.cleaned_data.get(f"share_{channel}") or 0 for channel in OTHERS}
        return {channel: share for channel, share in named.items() if share}


class ClinicForm(SharesMixin, forms.Form):
    """A clinic of one day."""

    department = DepartmentChoice(_departments(), label=_("科室"))
    doctor = forms.ModelChoiceField(
        _doctors(), label=_("医生"), required=False, empty_label=_("（普通门诊，不指定医生）")
    )
    date = forms.DateField(label=_("日期"), widget=AdminDateInput)
    session = forms.ChoiceField(label=_("时段"), choices=Schedule.Session.choices)
    starts = forms.TimeField(label=_("开始"), widget=AdminTimeInput)
    ends = forms.TimeField(label=_("结束"), widget=AdminTimeInput)
    range_minutes = forms.IntegerField(label=_("每段分钟"), min_value=5, max_value=240, initial=30)
    per_range = forms.IntegerField(label=_("每段号数"), min_value=1, max_value=50, initial=3)
    clinic_name = forms.CharField(label=_("门诊名称"), max_length=60, required=False)
    place = forms.CharField(label=_("就诊地点"), max_length=100, required=False, help_text=_("留空则用科室的位置"))
    fee_fen = YuanField(label=_("挂号费（元）"), required=False, help_text=_("留空按职称的挂号费标准"))


class TemplateForm(SharesMixin, forms.ModelForm):
    """A clinic of every week."""

    department = DepartmentChoice(_departments(), label=_("科室"))
    doctor = forms.ModelChoiceField(
        _doctors(), label=_("医生"), required=False, empty_label=_("（普通门诊，不指定医生）")
    )
    fee_fen = YuanField(label=_("挂号费（元）"), required=False, help_text=_("留空按职称的挂号费标准"))

    class Meta:
        model = ClinicTemplate
        fields = [
            "weekday", "session", "department", "doctor", "clinic_name", "place", "starts", "ends", "range_minutes",
            "per_range", "fee_fen", "valid_from", "valid_to", "is_active",
        ]  # fmt: skip
        widgets = {
            "starts": AdminTimeInput,
            "ends": AdminTimeInput,
            "valid_from": AdminDateInput,
            "valid_to": AdminDateInput,
        }

    def clean(self) -> dict[str, Any]:
        """Hold the end to come after the beginning."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("starts") and data.get("ends") and data["ends"] <= data["starts"]:
            self.add_error("ends", ValidationError(_("结束时间要晚于开始时间。")))
        if data.get("valid_from") and data.get("valid_to") and data["valid_to"] < data["valid_from"]:
            self.add_error("valid_to", ValidationError(_("失效日期不能早于生效日期。")))
        return data

    def save(self, commit: bool = True) -> Any:
        """Keep the shares with the rest."""
        self.instance.quotas = self.shares()
        return super().save(commit)


class ReleaseRuleForm(forms.ModelForm):
    """A rule of a place; empty fields are inherited."""

    department = DepartmentChoice(
        _departments(), label=_("科室"), required=False, empty_label=_("（不限科室）"),
        help_text=_("选上级科室，规则也用于它下面没有单独设置的科室。"),
    )  # fmt: skip
    same_day = forms.NullBooleanField(
        label=_("开放当日挂号"),
        required=False,
        widget=forms.Select(choices=[("", _("（沿用上级）")), ("true", _("开放")), ("false", _("不开放"))]),
    )

    class Meta:
        model = ReleaseRule
        fields = [
            "campus", "department", "days_ahead", "release_at", "first_percent", "rest_days_ahead", "same_day",
            "same_day_from", "same_day_until_minutes",
        ]  # fmt: skip
        widgets = {"release_at": AdminTimeInput, "same_day_from": AdminTimeInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what no campus means; whose rule it is does not change."""
        super().__init__(*args, **kwargs)
        self.fields["campus"].empty_label = str(_("全院（默认）"))
        for name in ("campus", "department"):
            self.fields[name].disabled = bool(self.instance.pk)

    def clean(self) -> dict[str, Any]:
        """Allow one rule a place, and a second batch that comes after the first."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        campus, department = data.get("campus"), data.get("department")
        key = ReleaseRule.key_of(campus.pk if campus else None, department.pk if department else None)
        if ReleaseRule.objects.filter(scope_key=key).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("这个范围已有放号规则，请直接修改它。"))
        ahead, rest = data.get("days_ahead"), data.get("rest_days_ahead")
        if ahead is not None and rest is not None and rest >= ahead:
            self.add_error("rest_days_ahead", ValidationError(_("余下的号要比首批放得晚，天数应小于“提前几天放号”。")))
        return data


class TitleFeeForm(forms.ModelForm):
    """A fee of a title."""

    fee_fen = YuanField(label=_("挂号费（元）"))

    class Meta:
        model = TitleFee
        fields = ["title", "fee_fen"]


class HolidayForm(forms.ModelForm):
    """A special day."""

    class Meta:
        model = Holiday
        fields = ["date", "name", "kind", "as_weekday"]
        widgets = {"date": AdminDateInput}


class ExtraForm(forms.Form):
    """More numbers at the end of a session."""

    count = forms.IntegerField(label=_("加号数"), min_value=1, max_value=50, initial=1)
    channel = forms.ChoiceField(label=_("给哪个渠道"), choices=Slot.Channel.choices)


class AmendForm(forms.Form):
    """Name and fee of a clinic."""

    clinic_name = forms.CharField(label=_("门诊名称"), max_length=60)
    fee_fen = YuanField(label=_("挂号费（元）"))


class SlotsForm(forms.Form):
    """A deed over some numbers."""

    numbers = forms.CharField(label=_("号数"), max_length=100, help_text=_("例如 3,5-8"))
    deed = forms.ChoiceField(
        label=_("操作"),
        choices=[
            ("take", _("占用（线下已挂出）")),
            ("free", _("取消占用")),
            ("close", _("关闭")),
            ("open", _("重新开放")),
            *[(f"to_{channel.value}", _("转给%s") % channel.label) for channel in Slot.Channel],
        ],
    )

    def clean_numbers(self) -> set[int]:
        """Return the numbers."""
        found: set[int] = set()
        for part in re.split(r"[,，、\s]+", self.cleaned_data["numbers"].strip()):
            if not NUMBERS.fullmatch(part):
                raise ValidationError(_("请写成 3,5-8 的样子。"))
            first, _dash, last = part.partition("-")
            found |= set(range(int(first), int(last or first) + 1))
        return found


class StopForm(ReasonForm):
    """Why a clinic stops."""

    reason = forms.CharField(
        label=_("停诊原因"), max_length=60, required=False, help_text=_("会写进给患者的通知和公告")
    )


class DoctorForm(StopForm):
    """Who takes the clinic over."""

    doctor = forms.ModelChoiceField(_doctors(), label=_("接诊医生"))


class RoomForm(StopForm):
    """Where the clinic goes."""

    place = forms.CharField(label=_("新地点"), max_length=100)
