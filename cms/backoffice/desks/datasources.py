"""数据源: administrators declare what editors may bind data blocks to, try it, and keep a sample."""

import json
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.http import require_GET
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.permission_policies.pages import PagePermissionPolicy

from business.datasources import calls, parameters, paths, reading
from business.datasources.models import DataSource
from business.datasources.parameters import Given
from business.integration.outcomes import OutsideError, Refused
from business.security.errors import PortalError
from cms.backoffice.audit import trail
from cms.backoffice.ui import columns
from cms.backoffice.ui.lists import GuardedMixin
from cms.backoffice.ui.parameters import ParametersField
from cms.backoffice.ui.viewsets import SettingViewSet

CHANGE = "datasources.change_datasource"


class DataSourceForm(forms.ModelForm):
    """Where, with what, for how long; an address off the operator's list is refused by its name."""

    parameters = ParametersField(label=_("参数"))
    cache_seconds = forms.IntegerField(
        label=_("缓存（秒）"),
        min_value=0,
        max_value=3600,
        initial=60,
        help_text=_("相同的查询在这段时间内不再问对方。0 为不缓存；按就诊人查询的从不缓存。"),
    )
    deadline_seconds = forms.IntegerField(
        label=_("最长等待（秒）"), min_value=1, max_value=10, initial=3, help_text=_("超过就告诉患者暂时查不到。")
    )

    class Meta:
        model = DataSource
        fields = [
            "name",
            "code",
            "note",
            "kind",
            "purpose",
            "target",
            "parameters",
            "items_path",
            "cache_seconds",
            "deadline_seconds",
            "is_active",
        ]
        help_texts = {
            "code": _("英文、数字和连字符，页面用它记住这个数据源，建立后不能改。"),
            "target": _("HIS 扩展服务填服务名，如 bed-availability；网址填完整地址，主机须在运维的许可名单里。"),
            "items_path": _("应答里列表的位置，如 wards 或 data.list；应答本身就是列表时留空。“试一试”会帮您找。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Pages remember the code: it does not change, nor does what the source is for."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["code"].disabled = self.fields["purpose"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Hold the target to what may be called, and personal parameters to where they may go."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") and data.get("target"):
            try:
                calls.check_target(data["kind"], data["target"].strip())
            except PortalError as error:
                self.add_error("target", ValidationError(error.sentence))
            except ValueError as error:
                self.add_error("target", ValidationError(str(error)))
        asks_patients = any(one["origin"] == parameters.FORM for one in data.get("parameters") or [])
        if asks_patients and data.get("purpose") == DataSource.Purpose.READ:
            self.add_error("parameters", ValidationError(_("“患者填写”只用于提交；读取请用“页面地址中的参数”。")))
        return data


class TryForm(forms.Form):
    """Values to try a source with, as a page or a patient would give them."""

    def __init__(self, source: DataSource, data: Any = None) -> None:
        """Ask for what the source takes and does not fix itself."""
        super().__init__(data)
        for one in source.parameters:
            if one.get("origin") != parameters.FIXED:
                label = f"{one['name']}（{parameters.ORIGINS[one['origin']]}）"
                self.fields[one["name"]] = forms.CharField(
                    label=label, required=bool(one.get("required")), max_length=200
                )

    def given(self, source: DataSource) -> Given:
        """Return the values where the source looks for them."""
        query: dict[str, str] = {}
        campus = patient = ""
        for one in source.parameters:
            value = self.cleaned_data.get(one["name"], "")
            if one.get("origin") == parameters.QUERY:
                query[one.get("value") or one["name"]] = value
            elif one.get("origin") == parameters.CAMPUS:
                campus = value
            elif one.get("origin") == parameters.PATIENT:
                patient = value
        return Given(query=query, campus=campus, patient_number=patient)


class TrySourceView(GuardedMixin, PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """Ask a source once; keep what it answers, masked, as the sample editors choose from."""

    permission_required = "change"
    permission_policy: Any = None
    model: Any = None
    index_url_name = ""
    edit_url_name = ""
    template_name = "backoffice/try_source.html"
    header_icon = "table"
    page_title = _("试一试")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form and the sample there is."""
        return self._show(get_object_or_404(DataSource, pk=pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, keep, show; what goes wrong is said and changes nothing."""
        source = get_object_or_404(DataSource, pk=pk)
        if source.purpose != DataSource.Purpose.READ:
            raise PermissionDenied
        form = TryForm(source, request.POST)
        if not form.is_valid():
            return self._show(source, form)
        try:
            reading.take_sample(source, form.given(source))
        except PortalError as error:
            return self._show(source, form, problem=error.sentence)
        except Refused as error:
            return self._show(source, form, problem=_("对方明确拒绝：%(why)s") % {"why": error.message or error.code})
        except OutsideError:
            return self._show(source, form, problem=_("对方没有在限定时间内给出看得懂的 JSON，请核对服务名或网址。"))
        trail.deed(request, "datasource.tried", source)
        return self._show(source, form, done=True)

    def _show(
        self, source: DataSource, form: TryForm | None = None, *, problem: Any = "", done: bool = False
    ) -> HttpResponse:
        self.source = source
        found = None if source.sample is None else paths.items_at(source.sample, source.items_path)
        context = {
            "source": source,
            "form": form or TryForm(source),
            "problem": problem,
            "done": done,
            "can_try": source.purpose == DataSource.Purpose.READ,
            "sample": json.dumps(source.sample, ensure_ascii=False, indent=2) if source.sample is not None else "",
            "lists": [place or str(_("（应答本身）")) for place in paths.lists_in(source.sample)],
            "list_found": found is not None,
            "fields": reading.sample_fields(source, inside_list=found is not None),
        }
        return self.render_to_response(self.get_context_data(**context), status=422 if problem else 200)

    def get_page_subtitle(self) -> str:
        """Name the source."""
        return str(self.source)


@require_GET
@require_admin_access
def sample_fields(request: HttpRequest) -> JsonResponse:
    """Return the fields of a source's sample, for those who may compose pages; examples are masked already."""
    if not PagePermissionPolicy().user_has_any_permission(request.user, {"add", "change"}):
        raise PermissionDenied
    source = DataSource.objects.filter(code=request.GET.get("source", ""), is_active=True).first()
    if source is None:
        return JsonResponse({"fields": [], "sentence": str(_("先选择数据源"))})
    inside = request.GET.get("inside") == "list"
    fields = reading.sample_fields(source, inside_list=inside)
    sentence = "" if fields else str(_("这个数据源还没有样例，请管理员打开它点“试一试”"))
    return JsonResponse(
        {"fields": [{"path": path, "example": example[:60]} for path, example in fields], "sentence": sentence}
    )


class DataSourceViewSet(SettingViewSet):
    """数据源."""

    model = DataSource
    name = "desk_data_sources"
    url_prefix = "desk/data-sources"
    icon = "table"
    menu_label = _("数据源")
    intro = _("在这里声明一项查询或表单，编辑就能把“数据列表、数据详情、数据表单”组件绑定上去，上线新服务不用改程序。")
    list_display = [
        "name",
        columns.Text("code", label=_("代码")),
        columns.Text("kind", label=_("来源"), accessor="get_kind_display"),
        columns.Text("purpose", label=_("用途"), accessor="get_purpose_display"),
        columns.Text("target", label=_("服务名或网址")),
        columns.Text(
            "sample", label=_("样例"), accessor=lambda row: _("有") if row.sample is not None else _("还没有")
        ),
        columns.Text("is_active", label=_("启用")),
        columns.Link(
            "try", "desk_data_sources:try", permission=CHANGE, label=_("试一试"), accessor=lambda row: _("试一试")
        ),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return DataSourceForm

    @property
    def try_view(self) -> Any:
        """The page of one try."""
        return self.construct_view(TrySourceView, edit_url_name=self.get_url_name("edit"))

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the page of one try."""
        return [*super().get_urlpatterns(), path("try/<int:pk>/", self.try_view, name="try")]
