"""候补 and HIS 同步记录: who waits, and what the runs found."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from business.hospital.models import Department
from business.integration import outbox
from business.registration.models import (
    SyncRun,
    WaitingEntry,
)
from business.security.refs import new_ref
from cms.backoffice.audit import trail
from cms.backoffice.schedules.tables import WAITING, who
from cms.backoffice.ui import columns, words
from cms.backoffice.ui.details import DetailView
from cms.backoffice.ui.filters import Choices, DayRange, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.sections import Facts, Rows, Section, Tag
from cms.backoffice.ui.viewsets import RecordViewSet


class WaitingFilter(WagtailFilterSet):
    """What narrows the waiting list down."""

    state = Choices(label=_("状态"), choices=WaitingEntry.State.choices)
    day = DayRange(label=_("就诊日期"), field_name="schedule__date")
    department = ModelChoice(
        label=_("科室"), field_name="schedule__department", queryset=Department.objects.order_by("tree_id", "lft")
    )

    class Meta:
        model = WaitingEntry
        fields: list[str] = []


class ListOnlyViewSet(RecordViewSet):
    """A list without detail pages, with all rights offered."""

    inspect_view_enabled = False

    def get_permissions_to_register(self) -> QuerySet:
        """Offer every right over the model."""
        from django.contrib.auth.models import Permission

        return Permission.objects.filter(content_type__app_label=self.app_label, content_type__model=self.model_name)


class WaitingViewSet(ListOnlyViewSet):
    """候补."""

    model = WaitingEntry
    name = "desk_waiting"
    url_prefix = "desk/waiting"
    icon = "time"
    menu_label = _("候补")
    filterset_class = WaitingFilter
    exact_fields = ("ref", "offer__ref", "schedule__code")
    search_hint = _("候补编号、预约编号或排班代码")
    related = ("patient", "schedule__department", "schedule__doctor")
    ordering = "-pk"
    list_display = [
        columns.Text("day", label=_("就诊日期"), accessor=lambda row: row.schedule.date.isoformat()),
        columns.Text("department", label=_("科室"), accessor="schedule.department.name"),
        columns.Text("doctor", label=_("医生"), accessor=lambda row: who(row.schedule)),
        *WAITING,
    ]


class SyncRunIndexView(DeskIndexView):
    """Runs, with a button that starts one."""

    template_name = "backoffice/schedules/runs.html"

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Say who may start a run."""
        context = super().get_context_data(*args, **kwargs)
        context["may_sync"] = self.request.user.has_perm("registration.add_syncrun")
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Have the worker compare everything now."""
        if not request.user.has_perm("registration.add_syncrun"):
            raise PermissionDenied
        with transaction.atomic():
            actor = f"staff:{request.user.get_username()}"
            outbox.enqueue("registration.sync", {"actor": actor}, key=f"registration.sync:{new_ref()}")
            trail.deed(request, "sync.asked", object_type=SyncRun._meta.label)
        messages.success(request, str(_("已安排全量同步，稍后刷新查看结果")))
        return redirect("desk_sync_runs:index")


class SyncRunDetailView(DetailView):
    """What one run found."""

    def get_sections(self) -> list[Section]:
        """Facts and differences."""
        row: SyncRun = self.object
        return [
            Facts(
                _("同步"),
                [
                    (_("方式"), row.get_kind_display()),
                    (_("结果"), Tag(row.state, row.get_state_display())),
                    (_("发起"), row.actor),
                    (_("日期范围"), f"{row.first_day} – {row.last_day}"),
                    (_("HIS 排班"), row.schedules_seen),
                    (_("HIS 号源"), row.slots_seen),
                    (_("排班变化"), row.schedules_changed),
                    (_("号源变化"), row.slots_changed),
                    (_("游标"), row.cursor),
                    (_("说明"), row.problem),
                    (_("开始"), row.started_at),
                    (_("结束"), row.ended_at),
                ],
            ),
            Rows(
                _("差异"),
                [
                    columns.Text("code", label=_("代码"), accessor=lambda line: line["code"]),
                    columns.Text("change", label=_("变化"), accessor=lambda line: line["change"]),
                    columns.Text("before", label=_("本平台"), accessor=lambda line: line["before"]),
                    columns.Text("after", label=_("HIS"), accessor=lambda line: line["after"]),
                    columns.Count("booked", label=_("涉及预约"), accessor=lambda line: line.get("booked", 0)),
                ],
                row.differences,
            ),
        ]


class SyncRunViewSet(RecordViewSet):
    """同步记录."""

    model = SyncRun
    name = "desk_sync_runs"
    url_prefix = "desk/sync-runs"
    icon = "rotate"
    menu_label = _("HIS 同步记录")
    index_view_class = SyncRunIndexView
    inspect_view_class = SyncRunDetailView
    intro = _("每分钟取 HIS 的变化，每小时全量核对一次；没有变化的增量同步不留记录。")
    ordering = "-pk"
    list_display = [
        columns.Link(
            "started_at", "desk_sync_runs:inspect", label=_("开始"), accessor=lambda row: words.when(row.started_at)
        ),
        columns.Text("kind", label=_("方式"), accessor="get_kind_display"),
        columns.State("state", label=_("结果")),
        columns.Count("schedules_changed", label=_("排班变化")),
        columns.Count("slots_changed", label=_("号源变化")),
        columns.Text("actor", label=_("发起")),
        columns.Text("problem", label=_("说明")),
    ]
