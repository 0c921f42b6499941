"""财务报表: what came and went, cut six ways; each figure leads back to the ledger, and all of it can be exported."""

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import View
from openpyxl import Workbook
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets import AdminDateInput

from business.finance import reports
from cms.backoffice.audit import trail
from cms.backoffice.desks.orders import EXPORT
from cms.backoffice.ui import columns
from cms.backoffice.ui.lists import GuardedMixin, harmless
from cms.backoffice.ui.sections import Rows

VIEW = "payments.view_ledgerline"
CUTS = [*reports.BY.items(), (reports.BY_PARTY, "按第三方来源")]
LONGEST_DAYS = 366
ROWS = [
    columns.Text("name", label=_("项目")),
    columns.Money("paid", label=_("收款")),
    columns.Count("paid_count", label=_("收款笔数")),
    columns.Money("refunded", label=_("退款")),
    columns.Count("refunded_count", label=_("退款笔数")),
    columns.Money("net", label=_("净额")),
]
HEADINGS = ("项目", "收款（元）", "收款笔数", "退款（元）", "退款笔数", "净额（元）")
DETAILS = ("记账时间", "商户订单号", "业务", "科室", "操作人", "来源", "渠道与商户", "方向", "金额（元）")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportForm(forms.Form):
    """Which report, from which day to which."""

    by = forms.ChoiceField(label=_("统计方式"), choices=CUTS)
    first = forms.DateField(label=_("开始日期"), widget=AdminDateInput)
    last = forms.DateField(label=_("结束日期"), widget=AdminDateInput)

    def clean(self) -> dict[str, Any]:
        """Keep the days in order and within a year."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not timedelta(0) <= last - first <= timedelta(days=LONGEST_DAYS):
            raise forms.ValidationError(_("结束日期不能早于开始日期，且不超过一年"))
        return cleaned


class ReportView(GuardedMixin, WagtailAdminTemplateMixin, View):
    """One report, on screen or as a spreadsheet."""

    template_name = "backoffice/report.html"
    page_title = _("财务报表")
    header_icon = "table"
    _show_breadcrumbs = True

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Name the page."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show the report of the address, this month by day without one."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        today = timezone.localdate()
        asked = {"by": "day", "first": today.replace(day=1), "last": today}
        form = ReportForm(request.GET if "by" in request.GET else asked)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form, sections=[]), status=422)
        cleaned = form.cleaned_data
        if "export" in request.GET:
            return self._export(request, cleaned)
        found = reports.report(cleaned["by"], cleaned["first"], cleaned["last"])
        title = f"{dict(CUTS)[found.by]} · {found.first} 至 {found.last}"
        sections = [Rows(title, ROWS, [*found.rows, found.total])]
        context = self.get_context_data(form=form, sections=sections)
        if request.user.has_perm(EXPORT):
            query = request.GET.copy()
            query.update({name: str(value) for name, value in cleaned.items() if name not in query})
            query["export"] = "xlsx"
            context["export_url"] = f"{reverse('finance_reports:index')}?{query.urlencode()}"
        context["ledger_url"] = reverse("desk_ledger:index")
        return self.render_to_response(context)

    def _export(self, request: HttpRequest, cleaned: dict[str, Any]) -> HttpResponseBase:
        if not request.user.has_perm(EXPORT):
            raise PermissionDenied
        by, first, last = cleaned["by"], cleaned["first"], cleaned["last"]
        trail.deed(
            request,
            "money.exported",
            object_type="finance.Report",
            detail={"by": by, "first": str(first), "last": str(last)},
        )
        name = f"finance-{by}-{first:%Y%m%d}-{last:%Y%m%d}.xlsx"
        return FileResponse(workbook(by, first, last), as_attachment=True, filename=name, content_type=XLSX)


def workbook(by: str, first: date, last: date) -> Any:
    """Return an open file with the report and the ledger lines it sums, written row by row."""
    book = Workbook(write_only=True)
    found = reports.report(by, first, last)
    sheet = book.create_sheet(dict(CUTS)[by])
    sheet.append(HEADINGS)
    for row in [*found.rows, found.total]:
        sheet.append(
            [harmless(row.name), row.paid / 100, row.paid_count, row.refunded / 100, row.refunded_count, row.net / 100]
        )
    lines = book.create_sheet("明细")
    lines.append(DETAILS)
    for values in _details(first, last):
        lines.append(values)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the answer closes it
    book.save(file)
    file.seek(0)
    return file


def _details(first: date, last: date) -> Iterator[list[Any]]:
    for at, *texts, amount in reports.details(first, last):
        # Spreadsheets know no time zones: what is written is the hospital's clock.
        yield [timezone.localtime(at).replace(tzinfo=None), *[harmless(text) for text in texts], amount / 100]


class ReportViewSet(ViewSet):
    """财务报表."""

    name = "finance_reports"
    url_prefix = "desk/reports"
    icon = "table"
    menu_label = _("财务报表")

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return the one address."""
        return [path("", ReportView.as_view(), name="index")]

    def get_menu_item(self, order: int | None = None) -> Any:
        """Show the item to those who may see the ledger."""
        item = super().get_menu_item(order)
        item.is_shown = lambda request: request.user.has_perm(VIEW)
        return item
