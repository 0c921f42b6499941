"""停诊与变更: changes, how far each is, and each patient of them."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from business.registration.models import (
    AffectedBooking,
    ClinicChange,
)
from business.registration.services import changes
from cms.backoffice.schedules.tables import who
from cms.backoffice.ui import columns, people, words
from cms.backoffice.ui.details import Action, DetailView
from cms.backoffice.ui.filters import Choices, DayRange, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.sections import Facts, Rows, Section, Tag, To
from cms.backoffice.ui.viewsets import RecordViewSet


class ChangeFilter(WagtailFilterSet):
    """What narrows the changes down."""

    kind = Choices(label=_("变更"), choices=ClinicChange.Kind.choices)
    origin = Choices(label=_("来源"), choices=ClinicChange.Origin.choices)
    day = DayRange(label=_("就诊日期"), field_name="schedule__date")

    class Meta:
        model = ClinicChange
        fields: list[str] = []


class ChangeIndexView(DeskIndexView):
    """Changes with their progress counted."""

    def get_base_queryset(self) -> QuerySet:
        """Count in the same query."""
        S = AffectedBooking.State
        return (
            super()
            .get_base_queryset()
            .annotate(
                people=Count("affected"),
                done=Count("affected", filter=Q(affected__state=S.DONE)),
                failed=Count("affected", filter=Q(affected__state=S.FAILED)),
            )
        )


def _retry_all(view: DetailView, row: ClinicChange, cleaned: dict[str, Any]) -> dict[str, Any]:
    failed = list(row.affected.filter(state=AffectedBooking.State.FAILED))
    for one in failed:
        changes.retry(one)
    return {"retried": len(failed), "reason": cleaned["reason"]}


AFFECTED = [
    columns.Link("appointment", "desk_affected:inspect", label=_("预约"), accessor=lambda row: row.appointment.ref),
    columns.Text("patient", label=_("就诊人"), accessor=lambda row: people.name(row.appointment.patient)),
    columns.Count("number", label=_("序号"), accessor="appointment.slot.number"),
    columns.Text("was_paid", label=_("已支付")),
    columns.State("state", label=_("处理")),
    columns.Text("outcome", label=_("结果")),
    columns.Text("now", label=_("预约现状"), accessor="appointment.get_state_display"),
    columns.When("done_at", label=_("完成时间")),
]


class ChangeDetailView(DetailView):
    """One change: how far it is, for whom a person must look."""

    actions = (
        Action(
            "retry",
            _("重试未完成的"),
            _("全部重试"),
            "registration.change_affectedbooking",
            "change.retried",
            _retry_all,
            applies=lambda row: row.affected.filter(state=AffectedBooking.State.FAILED).exists(),
            done=_("已安排重试"),
        ),
    )

    def get_sections(self) -> list[Section]:
        """Facts, progress, everybody."""
        row: ClinicChange = self.object
        rows = row.affected.select_related("appointment__patient", "appointment__slot").order_by("pk")
        S = AffectedBooking.State
        count = row.affected.aggregate(
            all=Count("pk"),
            done=Count("pk", filter=Q(state=S.DONE)),
            failed=Count("pk", filter=Q(state=S.FAILED)),
        )
        clinic = self.link("desk_schedules:inspect", "registration.view_schedule", row.schedule_id)
        return [
            Facts(
                _("变更"),
                [
                    (_("变更"), row.get_kind_display()),
                    (_("门诊"), To(str(row.schedule), clinic)),
                    (_("来源"), row.get_origin_display()),
                    (_("此时起"), row.from_at),
                    (_("医生"), _arrow(row.doctor_before, row.doctor_after)),
                    (_("地点"), _arrow(row.place_before, row.place_after)),
                    (_("原因"), row.reason),
                    (_("操作人"), row.actor),
                    (_("时间"), row.created_at),
                    (_("进度"), f"{count['done']} / {count['all']}"),
                    (_("需人工处理"), count["failed"]),
                ],
            ),
            Rows(_("受影响的患者"), AFFECTED, rows, note=_("点预约编号可单独重试")),
        ]


def _arrow(before: Any, after: Any) -> str:
    return f"{before or words.NOTHING} → {after}" if after else ""


class ChangeViewSet(RecordViewSet):
    """停诊与变更."""

    model = ClinicChange
    name = "desk_clinic_changes"
    url_prefix = "desk/clinic-changes"
    icon = "warning"
    menu_label = _("停诊与变更")
    index_view_class = ChangeIndexView
    inspect_view_class = ChangeDetailView
    filterset_class = ChangeFilter
    exact_fields = ("ref", "schedule__code")
    search_hint = _("排班代码")
    related = ("schedule__department", "schedule__doctor", "doctor_before", "doctor_after")
    ordering = "-pk"
    list_display = [
        columns.Link("kind", "desk_clinic_changes:inspect", label=_("变更"), accessor="get_kind_display"),
        columns.Text("day", label=_("就诊日期"), accessor=lambda row: row.schedule.date.isoformat()),
        columns.Text("department", label=_("科室"), accessor="schedule.department.name"),
        columns.Text("doctor", label=_("医生"), accessor=lambda row: who(row.schedule)),
        columns.Text("origin", label=_("来源"), accessor="get_origin_display"),
        columns.Count("people", label=_("受影响")),
        columns.Count("done", label=_("已完成")),
        columns.Count("failed", label=_("需人工处理")),
        columns.When("created_at", label=_("时间")),
    ]


def _retry(view: DetailView, row: AffectedBooking, cleaned: dict[str, Any]) -> dict[str, Any]:
    changes.retry(row)
    return {"reason": cleaned["reason"]}


class AffectedDetailView(DetailView):
    """What a change means for one patient."""

    actions = (
        Action(
            "retry",
            _("重试"),
            _("重试"),
            "registration.change_affectedbooking",
            "change.retried",
            _retry,
            applies=lambda row: row.state != AffectedBooking.State.DONE,
            done=_("已安排重试"),
        ),
    )

    def get_sections(self) -> list[Section]:
        """Facts."""
        row: AffectedBooking = self.object
        booking = self.link("desk_appointments:inspect", "registration.view_appointment", row.appointment_id)
        change = self.link("desk_clinic_changes:inspect", "registration.view_clinicchange", row.change_id)
        return [
            Facts(
                _("处理"),
                [
                    (_("变更"), To(str(row.change), change)),
                    (_("预约"), To(row.appointment.ref, booking)),
                    (_("就诊人"), people.name(row.appointment.patient)),
                    (_("已支付"), row.was_paid),
                    (_("处理"), Tag(row.state, row.get_state_display())),
                    (_("结果"), row.outcome),
                    (_("预约现状"), row.appointment.get_state_display()),
                    (_("完成时间"), row.done_at),
                ],
            )
        ]


class AffectedFilter(WagtailFilterSet):
    """What narrows the affected bookings down."""

    state = Choices(label=_("处理"), choices=AffectedBooking.State.choices)

    class Meta:
        model = AffectedBooking
        fields: list[str] = []


class AffectedViewSet(RecordViewSet):
    """受影响的预约."""

    model = AffectedBooking
    name = "desk_affected"
    url_prefix = "desk/affected"
    icon = "user"
    menu_label = _("受影响的预约")
    inspect_view_class = AffectedDetailView
    filterset_class = AffectedFilter
    exact_fields = ("appointment__ref", "change__ref")
    search_hint = _("预约编号")
    related = (
        "change__schedule__department", "change__schedule__doctor", "appointment__patient", "appointment__slot",
    )  # fmt: skip
    ordering = "-pk"
    list_display = [*AFFECTED, columns.Text("change", label=_("变更"), accessor=lambda row: str(row.change))]
