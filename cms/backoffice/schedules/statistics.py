"""挂号统计: numbers, bookings and what became of them, by doctor, department, channel or day."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin.ui.tables import Table
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from business.registration import statistics
from cms.backoffice.ui import columns
from cms.backoffice.ui.lists import GuardedMixin

DAYS = 30
LONGEST = 366
BY = {"department": _("按科室"), "doctor": _("按医生"), "channel": _("按渠道"), "day": _("按日期")}
COLUMNS = [
    columns.Text("name", label=_("名称")),
    columns.Count("numbers", label=_("号源")),
    columns.Count("portal", label=_("线上预约")),
    columns.Count("elsewhere", label=_("其他渠道")),
    columns.Text("share", label=_("约出率")),
    columns.Count("cancelled", label=_("退号")),
    columns.Count("no_shows", label=_("爽约")),
    columns.Money("paid_fen", label=_("挂号费")),
]


def day_of(text: str, otherwise: date) -> date:
    """Return the day an address names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


class StatisticsView(GuardedMixin, PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """One table; visits of the last month unless other days are asked for."""

    any_permission_required = ["view"]
    template_name = "backoffice/schedules/statistics.html"
    page_title = _("挂号统计")
    model: Any = None
    index_url_name: str | None = None

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        today = timezone.localdate()
        last = day_of(request.GET.get("to", ""), today)
        first = max(day_of(request.GET.get("from", ""), last - timedelta(days=DAYS)), last - timedelta(days=LONGEST))
        by = request.GET.get("by", "department")
        by = by if by in BY else "department"
        lines = statistics.lines(by, first, last) if first <= last else []
        context = self.get_context_data(
            first=first,
            last=last,
            by=by,
            choices=list(BY.items()),
            table=Table(COLUMNS, lines),
            lines=lines,
            total=sum(line.numbers for line in lines),
            booked=sum(line.portal for line in lines),
        )
        return self.render_to_response(context)
