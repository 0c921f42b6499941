"""排班: the list, and one clinic with its numbers and what may be done to it."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import HeaderButton

from business.hospital.models import Campus, Department
from business.registration.models import (
    Schedule,
    Slot,
)
from business.registration.planning import clinics
from cms.backoffice.schedules import forms, views
from cms.backoffice.schedules.tables import WAITING, who
from cms.backoffice.ui import columns, words
from cms.backoffice.ui.details import Action, DetailView
from cms.backoffice.ui.filters import Choices, DayRange, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.sections import Facts, Rows, Section, Tag, To
from cms.backoffice.ui.viewsets import RecordViewSet

CHANGE = "registration.change_schedule"


class ScheduleFilter(WagtailFilterSet):
    """What narrows the schedules down."""

    date = DayRange(label=_("日期"))
    department = ModelChoice(label=_("科室"), queryset=Department.objects.order_by("tree_id", "lft"))
    campus = ModelChoice(label=_("院区"), queryset=Campus.objects.all())
    session = Choices(label=_("时段"), choices=Schedule.Session.choices)
    state = Choices(label=_("状态"), choices=Schedule.State.choices)
    origin = Choices(label=_("来源"), choices=Schedule.Origin.choices)

    class Meta:
        model = Schedule
        fields: list[str] = []


class ScheduleIndexView(DeskIndexView):
    """Schedules with their slots counted."""

    def get_base_queryset(self) -> QuerySet:
        """Count in the same query."""
        free = Q(slots__state=Slot.State.OPEN, slots__claim__isnull=True)
        return super().get_base_queryset().annotate(total=Count("slots"), free=Count("slots", filter=free))

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Lead to the week."""
        week = HeaderButton(_("周排班"), url=reverse("desk_schedules:week"), icon_name="calendar", priority=10)
        return [*super().header_buttons, week]


def _own(row: Schedule) -> bool:
    return row.origin == Schedule.Origin.OWN


def _add_extra(view: DetailView, row: Schedule, cleaned: dict[str, Any]) -> dict[str, Any]:
    made = clinics.add_extra(row, cleaned["count"], channel=cleaned["channel"])
    return {"numbers": [slot.number for slot in made], "channel": cleaned["channel"]}


def _change_slots(view: DetailView, row: Schedule, cleaned: dict[str, Any]) -> dict[str, Any]:
    pks = row.slots.filter(number__in=cleaned["numbers"]).values_list("pk", flat=True)
    changed = clinics.change_slots(row, list(pks), cleaned["deed"])
    return {"numbers": sorted(cleaned["numbers"]), "deed": cleaned["deed"], "changed": changed}


def _amend(view: DetailView, row: Schedule, cleaned: dict[str, Any]) -> dict[str, Any]:
    before = {"clinic_name": row.clinic_name, "fee_fen": row.fee_fen}
    clinics.amend(row, **cleaned)
    return {"before": before, "after": cleaned}


SLOTS = [
    columns.Count("number", label=_("序号")),
    columns.When("starts_at", seconds=False, label=_("开始")),
    columns.State("state", kind="slot", label=_("状态")),
    columns.Text("channel", label=_("渠道"), accessor="get_channel_display"),
    columns.Text("is_extra", label=_("加号")),
    columns.Link(
        "claim",
        "desk_appointments:inspect",
        permission="registration.view_appointment",
        label=_("本平台预约"),
        accessor=lambda row: getattr(getattr(row, "claim", None), "ref", ""),
        id_of=lambda row: getattr(getattr(row, "claim", None), "pk", None),
    ),
]
CHANGES = [
    columns.Link("kind", "desk_clinic_changes:inspect", label=_("变更"), accessor="get_kind_display"),
    columns.Text("origin", label=_("来源"), accessor="get_origin_display"),
    columns.Text("reason", label=_("原因")),
    columns.Text("actor", label=_("操作人")),
    columns.When("created_at", label=_("时间")),
]


class ScheduleDetailView(DetailView):
    """One clinic: its numbers, its changes, and what may be done to it."""

    actions = (
        Action("extra", _("加号"), _("加号"), CHANGE, "schedule.extra", _add_extra, forms.ExtraForm, _own,
               note=_("加在最后一段，立即可约；有人候补时先给候补的患者。"), done=_("已加号")),
        Action("slots", _("调整号源"), _("执行"), CHANGE, "schedule.slots", _change_slots, forms.SlotsForm, _own,
               note=_("患者已约的号不受影响。"), done=_("已调整")),
        Action("amend", _("名称与费用"), _("保存"), CHANGE, "schedule.amended", _amend, forms.AmendForm, _own,
               note=_("已预约的仍按预约时的费用。"), done=_("已保存")),
    )  # fmt: skip

    def get_page_subtitle(self) -> str:
        """Name doctor, day and session."""
        row = self.object
        return f"{who(row)} {row.date} {row.get_session_display()}"

    def get_sections(self) -> list[Section]:
        """Facts, ways to change it, numbers, changes, who waits."""
        row: Schedule = self.object
        slots = row.slots.select_related("claim").order_by("number", "pk")
        sections: list[Section] = [
            Facts(_("门诊"), self._facts(row)),
            Rows(_("号源"), SLOTS, slots),
            Rows(_("停诊与变更"), CHANGES, row.changes.all()),
        ]
        if self.may("registration.view_waitingentry"):
            entries = row.line.select_related("patient").order_by("pk")
            sections.append(Rows(_("候补"), WAITING, entries, note=_("先加入的在前")))
        return sections

    def _facts(self, row: Schedule) -> list[tuple[Any, Any]]:
        change = reverse("desk_schedules:change", args=[row.pk]) if self.may(CHANGE) else None
        stopped = row.state == Schedule.State.STOPPED
        kinds = ["reopen"] if stopped else ["stop", "doctor", "room", *(["reopen"] if row.stopped_from else [])]
        ways = [(views.KINDS[kind][0], To(_("查看影响并办理"), f"{change}?kind={kind}")) for kind in kinds if change]
        if _own(row) and self.may("registration.delete_schedule"):
            ways.append((_("删除"), To(_("删除没有人约过的门诊"), reverse("desk_schedules:remove", args=[row.pk]))))
        return [
            (_("日期"), f"{row.date} {row.get_session_display()}"),
            (_("状态"), Tag(row.state, row.get_state_display(), "schedule")),
            (_("来源"), row.get_origin_display()),
            (_("科室"), f"{row.department.name}（{row.campus.name}）"),
            (_("医生"), row.doctor.name if row.doctor else ""),
            (_("门诊名称"), row.clinic_name),
            (_("就诊地点"), row.place),
            (_("挂号费"), words.yuan(row.fee_fen)),
            (_("此时起停诊"), row.stopped_from),
            (_("候补人数"), row.waiting),
            (_("排班代码"), row.code),
            *ways,
        ]


class ScheduleViewSet(RecordViewSet):
    """排班."""

    model = Schedule
    name = "desk_schedules"
    url_prefix = "desk/schedules"
    icon = "calendar"
    menu_label = _("排班")
    index_view_class = ScheduleIndexView
    inspect_view_class = ScheduleDetailView
    filterset_class = ScheduleFilter
    exact_fields = ("code", "ref")
    search_hint = _("排班代码")
    intro = _("HIS 的排班自动同步；本平台的排班在“周排班”里建立。停诊、换医生、改地点从门诊的详情页办理。")
    related = ("department", "doctor", "campus")
    ordering = "-date"
    list_display = [
        columns.Link(
            "date",
            "desk_schedules:inspect",
            label=_("日期"),
            sort_key="date",
            accessor=lambda row: row.date.isoformat(),
        ),
        columns.Text("session", label=_("时段"), accessor="get_session_display"),
        columns.Text("department", label=_("科室"), accessor="department.name"),
        columns.Text("doctor", label=_("医生"), accessor=who),
        columns.Text("campus", label=_("院区"), accessor="campus.name"),
        columns.Money("fee_fen", label=_("挂号费")),
        columns.Count("total", label=_("号源")),
        columns.Count("free", label=_("可约")),
        columns.Count("waiting", label=_("候补")),
        columns.Text("origin", label=_("来源"), accessor="get_origin_display"),
        columns.State("state", kind="schedule", label=_("状态")),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the week, the new clinic, the changes and the removal."""
        index, results, *others = super().get_urlpatterns()
        return [
            index,
            results,
            path("week/", self.construct_view(views.WeekView), name="week"),
            path("new/", self.construct_view(views.NewClinicView), name="new"),
            path("<int:pk>/change-clinic/", self.construct_view(views.ChangeView), name="change"),
            path("<int:pk>/remove-clinic/", self.construct_view(views.RemoveView), name="remove"),
            *others,  # its deeds take every word after a key
        ]

    def get_permissions_to_register(self) -> QuerySet:
        """Offer every right over schedules."""
        from django.contrib.auth.models import Permission

        return Permission.objects.filter(content_type__app_label="registration", content_type__model="schedule")
