"""报到与候诊: who is here, where one checks in (with codes to print), what the hospital decides about it."""

from typing import Any

import segno
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages as said
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from blocks.visits.views import address_of
from business.hospital.models import Campus, Department
from business.visits.models import CheckPoint, Visit, VisitRule
from cms.backoffice.audit import trail
from cms.backoffice.ui import columns, people
from cms.backoffice.ui.filters import Choices, DayRange, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView, GuardedMixin
from cms.backoffice.ui.viewsets import RecordViewSet, SettingViewSet

CHANGE = "visits.change_checkpoint"
SMALLEST_RADIUS = 50


class VisitFilter(WagtailFilterSet):
    """What narrows the visits down."""

    state = Choices(label=_("状态"), choices=Visit.State.choices)
    day = DayRange(label=_("就诊日期"), field_name="schedule__date")
    department = ModelChoice(
        label=_("科室"), field_name="schedule__department", queryset=Department.objects.order_by("tree_id", "lft")
    )
    campus = ModelChoice(label=_("院区"), field_name="schedule__campus", queryset=Campus.objects.all())

    class Meta:
        model = Visit
        fields: list[str] = []


class VisitIndexView(DeskIndexView):
    """Who is where, the latest first."""

    def get_base_queryset(self) -> QuerySet:
        """Order by the day of the visit."""
        return super().get_base_queryset().order_by("-schedule__date", "-pk")


class VisitViewSet(RecordViewSet):
    """报到与候诊."""

    model = Visit
    name = "desk_visits"
    url_prefix = "desk/visits"
    icon = "group"
    menu_label = _("报到与候诊")
    index_view_class = VisitIndexView
    inspect_view_enabled = False
    filterset_class = VisitFilter
    exact_fields = ("appointment__ref", "appointment__trade_no", "queue_no")
    search_hint = _("预约编号、交易号或候诊号")
    related = ("appointment__patient", "schedule__department", "schedule__doctor", "point")
    list_display = [
        columns.Link(
            "appointment",
            "desk_appointments:inspect",
            permission="registration.view_appointment",
            label=_("预约"),
            accessor="appointment.ref",
            id_of=lambda row: row.appointment_id,
        ),
        columns.Text("patient", label=_("就诊人"), accessor=lambda row: people.name(row.appointment.patient)),
        columns.Text("department", label=_("科室"), accessor="schedule.department.name"),
        columns.State("state", label=_("状态")),
        columns.Text("queue_no", label=_("候诊号")),
        columns.Count("ahead", label=_("前面人数")),
        columns.Text("way", label=_("报到方式"), accessor="get_way_display"),
        columns.Text("point", label=_("报到点"), accessor=lambda row: row.point or row.device),
        columns.When("checked_in_at", label=_("报到时间")),
        columns.Text("problem", label=_("问题")),
    ]


class CheckPointForm(forms.ModelForm):
    """A point with its place; the location check needs the point's own coordinates."""

    class Meta:
        model = CheckPoint
        fields = ["name", "campus", "place", "departments", "radius_m", "latitude", "longitude", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer active departments, indented, and say what no place means."""
        super().__init__(*args, **kwargs)
        departments = self.fields["departments"]
        departments.queryset = Department.objects.filter(is_active=True).order_by("tree_id", "lft")
        departments.widget = forms.CheckboxSelectMultiple(choices=departments.choices)
        self.fields["place"].required = False

    def clean(self) -> dict[str, Any]:
        """Hold a location check to coordinates and to a radius that phones can meet."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if radius := data.get("radius_m"):
            if data.get("latitude") is None or data.get("longitude") is None:
                self.add_error("latitude", ValidationError(_("检查位置需要报到点的经纬度（可用院区的坐标）")))
            if radius < SMALLEST_RADIUS:
                self.add_error("radius_m", ValidationError(_("手机定位误差大，至少填 50 米")))
        return data


def code_svg(point: CheckPoint) -> str:
    """Return the point's QR code as inline SVG, dense enough to be read from a wall."""
    return mark_safe(segno.make(address_of(point), error="q", micro=False).svg_inline(omitsize=True, border=2))  # noqa: S308


class PrintCodeView(GuardedMixin, PermissionCheckedMixin, View):
    """A sheet to hang up, and the renewal of a code that has got about."""

    permission_policy: Any = None
    permission_required = "change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the sheet."""
        point = get_object_or_404(CheckPoint.objects.select_related("campus"), pk=pk)
        context = {"point": point, "svg": code_svg(point), "back_url": reverse("desk_check_points:index")}
        return TemplateResponse(request, "backoffice/check_point.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the printed codes worthless."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        with transaction.atomic():
            point = get_object_or_404(CheckPoint.objects.select_for_update(), pk=pk)
            point.version += 1
            point.save(update_fields=["version"])
            trail.deed(request, "visits.code_renewed", point, detail={"version": point.version})
        said.success(request, _("旧码已作废，请重新打印张贴"))
        return redirect(reverse("desk_check_points:print", args=[pk]))


class CheckPointViewSet(SettingViewSet):
    """报到点."""

    model = CheckPoint
    name = "desk_check_points"
    url_prefix = "desk/check-points"
    icon = "site"
    menu_label = _("报到点")
    related = ("campus", "place")
    intro = _("在诊区张贴报到点的二维码，患者到院后用微信扫码报到。码泄露或被挪用时重新生成，旧码立即作废。")
    list_display = [
        "name",
        columns.Text("campus", label=_("院区")),
        columns.Text("place", label=_("所在位置"), accessor=lambda row: row.place or ""),
        columns.Text(
            "radius_m", label=_("位置检查"), accessor=lambda row: f"{row.radius_m} m" if row.radius_m else _("不检查")
        ),
        columns.Link("print", "desk_check_points:print", label=_("二维码"), accessor=lambda row: _("打印")),
        columns.Text("is_active", label=_("启用")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return CheckPointForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the sheet."""
        sheet = PrintCodeView.as_view(permission_policy=self.permission_policy)
        return [*super().get_urlpatterns(), path("<int:pk>/print/", sheet, name="print")]


class VisitRuleForm(forms.ModelForm):
    """The rules, with bounds that keep them sane."""

    opens_before_minutes = forms.IntegerField(label=_("就诊前多久可报到（分钟）"), min_value=10, max_value=480)
    closes_after_minutes = forms.IntegerField(
        label=_("时段结束后还可报到（分钟）"), min_value=0, max_value=240, help_text=_("之后请到窗口办理")
    )
    no_show_after_minutes = forms.IntegerField(label=_("时段结束后多久登记爽约（分钟）"), min_value=60, max_value=2880)

    class Meta:
        model = VisitRule
        fields = [
            "campus",
            "opens_before_minutes",
            "closes_after_minutes",
            "remind_at",
            "near_ahead",
            "passed_text",
            "marks_no_show",
            "no_show_after_minutes",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what no campus means; whose rule it is does not change."""
        super().__init__(*args, **kwargs)
        campus = self.fields["campus"]
        campus.empty_label = str(_("全院（默认）"))
        campus.disabled = bool(self.instance.pk)

    def clean_campus(self) -> Campus | None:
        """Allow one default only: databases do not hold NULL to be unique."""
        campus: Campus | None = self.cleaned_data["campus"]
        if VisitRule.objects.filter(campus=campus).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("已有这一院区的规则，请直接修改它"))
        return campus


class VisitRuleViewSet(SettingViewSet):
    """就诊规则."""

    model = VisitRule
    name = "desk_visit_rules"
    url_prefix = "desk/visit-rules"
    icon = "cog"
    menu_label = _("就诊规则")
    intro = _("报到时间、提醒与爽约。没有单独规则的院区使用“全院”一行；一行都没有时用系统默认值。")
    list_display = [
        "__str__",
        columns.Count("opens_before_minutes", label=_("就诊前多久可报到（分钟）")),
        columns.Count("closes_after_minutes", label=_("时段结束后还可报到（分钟）")),
        columns.Text("remind_at", label=_("前一天几点提醒")),
        columns.Count("near_ahead", label=_("前面还有几人时提醒")),
        columns.Text("marks_no_show", label=_("登记爽约")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return VisitRuleForm
