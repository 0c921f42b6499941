"""预约: the list, one booking with all that happened to it, and finding a person's bookings."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import HeaderButton

from business.hospital.models import Campus, Department
from business.integration.models import CallLog
from business.messaging.models import Message
from business.payments.models import Order, Payment, Refund
from business.registration.models import Appointment
from business.registration.services import staff
from cms.backoffice.desks import tables
from cms.backoffice.desks.persons import PersonIndexView, PersonViewSet
from cms.backoffice.schedules.statistics import StatisticsView
from cms.backoffice.ui import columns, people, words
from cms.backoffice.ui.details import Action, DetailView
from cms.backoffice.ui.filters import Choices, DayRange, HiddenIndex, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.sections import Facts, Rows, Section, Tag, To

KIND = "registration"
LATEST = 50


def visit(appointment: Appointment) -> str:
    """Return the visit's day, part of the day and time."""
    slot = appointment.slot
    start, end = words.when(slot.starts_at, seconds=False), words.when(slot.ends_at, seconds=False)[11:]
    return f"{start}–{end}"


def doctor(appointment: Appointment) -> str:
    """Return the doctor, or the clinic where no doctor is named."""
    schedule = appointment.slot.schedule
    return schedule.doctor.name if schedule.doctor else schedule.clinic_name


class AppointmentFilter(WagtailFilterSet):
    """What narrows the list down."""

    state = Choices(label=_("状态"), choices=Appointment.State.choices)
    day = DayRange(label=_("就诊日期"), field_name="slot__schedule__date")
    department = ModelChoice(
        label=_("科室"), field_name="slot__schedule__department", queryset=Department.objects.order_by("tree_id", "lft")
    )
    campus = ModelChoice(label=_("院区"), field_name="slot__schedule__campus", queryset=Campus.objects.all())
    person = HiddenIndex(label=_("就诊人"), method="of_person")

    class Meta:
        model = Appointment
        fields: list[str] = []

    def of_person(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the bookings of the person that was looked up."""
        return queryset.filter(people.found_by(value, "patient"))


class AppointmentIndexView(PersonIndexView):
    """The list, found by our numbers, HIS's and the channel's."""

    export_event = "bookings.exported"

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Lead to the statistics."""
        statistics = HeaderButton(
            _("挂号统计"), url=reverse("desk_appointments:statistics"), icon_name="list-ul", priority=10
        )
        return [*super().header_buttons, statistics]

    def found_by(self, text: str) -> Q:
        """Find by the order's number too."""
        orders = Order.objects.filter(kind=KIND, out_trade_no=text).values("subject_ref")
        return super().found_by(text) | Q(ref__in=orders)


def _cancel(view: DetailView, row: Appointment, cleaned: dict[str, Any]) -> dict[str, Any]:
    actor = f"staff:{view.request.user.get_username()}"
    staff.ask_to_cancel(row, actor=actor, reason=cleaned["reason"])
    return {"reason": cleaned["reason"], "state": row.state}


def _no_show(view: DetailView, row: Appointment, cleaned: dict[str, Any]) -> dict[str, Any]:
    staff.note_no_show(row, came=False)
    return {"reason": cleaned["reason"]}


def _came(view: DetailView, row: Appointment, cleaned: dict[str, Any]) -> dict[str, Any]:
    staff.note_no_show(row, came=True)
    return {"reason": cleaned["reason"]}


def _is_over(row: Appointment) -> bool:
    return row.state == Appointment.State.BOOKED and row.slot.ends_at <= timezone.now()


class AppointmentDetailView(DetailView):
    """One booking."""

    actions = (
        people.UNMASK_ACTION,
        Action(
            "cancel",
            _("替患者取消"),
            _("取消并退款"),
            "backoffice.cancel_booking",
            "booking.cancelled",
            _cancel,
            applies=lambda row: row.state in (Appointment.State.HELD, Appointment.State.BOOKED),
            note=_("不受退号截止时间限制，已付费用原路退回，理由会告诉患者。"),
            done=_("已安排取消，稍后刷新查看结果"),
            is_grave=True,
        ),
        Action(
            "no-show",
            _("登记爽约"),
            _("登记"),
            "backoffice.cancel_booking",
            "booking.no_show",
            _no_show,
            applies=lambda row: _is_over(row) and row.no_show_at is None,
            done=_("已登记爽约"),
        ),
        Action(
            "came",
            _("撤销爽约登记"),
            _("撤销"),
            "backoffice.cancel_booking",
            "booking.came",
            _came,
            applies=lambda row: row.no_show_at is not None,
            done=_("已撤销"),
        ),
    )

    def get_page_subtitle(self) -> str:
        """Name the booking by its public reference."""
        return self.object.ref

    def get_sections(self) -> list[Section]:
        """Facts, what the patient sees, history, money, messages, calls."""
        row: Appointment = self.object
        orders = list(Order.objects.filter(kind=KIND, subject_ref=row.ref).order_by("pk"))
        trade_nos = [row.trade_no, *[order.out_trade_no for order in orders]]
        sections: list[Section] = [
            Facts(_("预约"), self._facts(row)),
            Facts(_("就诊人"), self._person(row), note="" if self.unmasked else _("个人信息已隐藏一部分")),
            Facts(_("患者看到的"), self._shown(row), note=_("与患者“我的预约”里的内容一致")),
            Rows(_("状态记录"), tables.APPOINTMENT_EVENTS, row.events.all()),
        ]
        if self.may("payments.view_order"):
            sections += [
                Rows(_("支付订单"), tables.ORDERS, orders),
                Rows(_("收款"), tables.PAYMENTS, Payment.objects.filter(order__in=orders).order_by("pk")),
                Rows(_("退款"), tables.REFUNDS, Refund.objects.filter(order__in=orders).order_by("pk")),
            ]
        if self.may("messaging.view_message"):
            told = Message.objects.filter(account_ref=row.account.ref, key__contains=row.ref).order_by("pk")
            sections.append(Rows(_("发给患者的消息"), tables.MESSAGES, told))
        if self.may("integration.view_calllog"):
            calls = CallLog.objects.filter(trade_no__in=trade_nos).order_by("-pk")[:LATEST]
            sections.append(Rows(_("接口调用"), tables.CALLS, calls, note=_("HIS 与支付渠道，最近的在前")))
        return sections

    def _facts(self, row: Appointment) -> list[tuple[Any, Any]]:
        schedule = row.slot.schedule
        return [
            (_("预约编号"), row.ref),
            (_("状态"), Tag(row.state, row.get_state_display())),
            (_("说明"), row.reason),
            (_("就诊时间"), visit(row)),
            (_("院区"), schedule.campus.name),
            (_("科室"), schedule.department.name),
            (_("医生"), doctor(row)),
            (_("序号"), row.slot.number),
            (_("挂号费"), words.yuan(row.fee_fen)),
            (_("预约时间"), row.created_at),
            (_("支付保留至"), row.hold_expires_at),
            (_("成功时间"), row.booked_at),
            (_("结束时间"), row.ended_at),
            (_("取消方"), row.get_cause_display()),
            (_("爽约登记"), row.no_show_at),
            (_("HIS 交易号"), row.trade_no),
            (_("HIS 锁号"), row.lock_id),
            (_("HIS 挂号单号"), row.his_order_no),
            (_("下次核对"), row.next_check_at),
        ]

    def _person(self, row: Appointment) -> list[tuple[Any, Any]]:
        url = self.link("desk_patients:inspect", "patients.view_patient", row.patient_id)
        account = self.link("desk_accounts:inspect", "patients.view_account", row.account_id)
        return [
            *people.facts(row.patient, plain=self.unmasked),
            (_("就诊人编号"), To(row.patient.ref, url)),
            (_("所属账户"), To(row.account.ref, account)),
        ]

    def _shown(self, row: Appointment) -> list[tuple[Any, Any]]:
        schedule = row.slot.schedule
        return [
            (_("状态"), Tag(row.state, row.get_state_display())),
            (_("就诊人"), people.name(row.patient)),
            (_("就诊时间"), f"{words.when(row.slot.starts_at, seconds=False)} {schedule.get_session_display()}"),
            (_("门诊"), f"{schedule.department.name} · {doctor(row)}"),
            (_("候诊号"), row.queue_no),
            (_("就诊地点"), row.place or schedule.place),
            (_("说明"), row.reason),
        ]


class AppointmentViewSet(PersonViewSet):
    """预约."""

    model = Appointment
    name = "desk_appointments"
    url_prefix = "desk/appointments"
    icon = "calendar-check"
    menu_label = _("预约")
    index_view_class = AppointmentIndexView
    inspect_view_class = AppointmentDetailView
    filterset_class = AppointmentFilter
    exact_fields = ("ref", "trade_no", "his_order_no")
    search_hint = _("预约编号、交易号或 HIS 单号")
    related = (
        "patient",
        "account",
        "slot__schedule__campus",
        "slot__schedule__department",
        "slot__schedule__doctor",
    )
    export_permission = "backoffice.export_bookings"
    # Patients are masked in every export; whom they are is asked for one by one, with a reason.
    list_export = [
        "ref",
        "slot.schedule.date",
        "slot.starts_at",
        "slot.schedule.department.name",
        "slot.schedule.doctor",
        "slot.number",
        "patient.masked_name",
        "patient.masked_phone",
        "get_state_display",
        "fee_fen",
        "created_at",
        "reason",
    ]
    export_headings = {
        "ref": _("预约编号"),
        "slot.schedule.date": _("就诊日期"),
        "slot.starts_at": _("开始"),
        "slot.schedule.department.name": _("科室"),
        "slot.schedule.doctor": _("医生"),
        "slot.number": _("序号"),
        "patient.masked_name": _("就诊人"),
        "patient.masked_phone": _("手机号"),
        "get_state_display": _("状态"),
        "fee_fen": _("挂号费（分）"),
        "created_at": _("预约时间"),
        "reason": _("说明"),
    }
    list_display = [
        columns.Link("ref", "desk_appointments:inspect", label=_("预约编号"), sort_key="pk"),
        columns.Text("visit", label=_("就诊时间"), accessor=visit, sort_key="slot__starts_at"),
        columns.Text("department", label=_("科室"), accessor="slot.schedule.department.name"),
        columns.Text("doctor", label=_("医生"), accessor=doctor),
        columns.Text("patient", label=_("就诊人"), accessor=lambda row: people.name(row.patient)),
        columns.State("state", label=_("状态")),
        columns.Money("fee_fen", label=_("挂号费")),
        columns.When("created_at", label=_("预约时间")),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the statistics."""
        return [
            *super().get_urlpatterns(),
            path("statistics/", self.construct_view(StatisticsView), name="statistics"),
        ]
