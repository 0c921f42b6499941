"""The week, a new clinic, a change with everybody it touches shown first, and taking an unused clinic back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from blocks.roles import with_query
from business.hospital.models import Department, Doctor
from business.registration.models import ClinicChange, Schedule, Slot
from business.registration.planning import clinics, weeks
from business.registration.services import changes
from business.security.errors import PortalError
from cms.backoffice.audit import trail
from cms.backoffice.schedules import forms as desk_forms
from cms.backoffice.ui import people, words
from cms.backoffice.ui.lists import GuardedMixin

DAYS = 7
UNPROCESSABLE = 422
ADD, CHANGE, DELETE = (f"registration.{deed}_schedule" for deed in ("add", "change", "delete"))
MOST_ROWS = 120


class DeskView(GuardedMixin, PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """A page of this desk for those who may see schedules; deeds ask for more."""

    any_permission_required = ["view"]
    model: Any = Schedule
    index_url_name: str | None = None
    title: Any = ""

    def get_page_title(self) -> str:
        """Name the page."""
        return str(self.title)

    def must(self, permission: str) -> None:
        """Refuse those without a right."""
        if not self.request.user.has_perm(permission):
            raise PermissionDenied

    def back_to_week(self, day: date, department: Any) -> HttpResponse:
        """Return to the week of a day."""
        url = with_query(reverse("desk_schedules:week"), week=day.isoformat(), department=department or None)
        return redirect(url)


def monday(text: str) -> date:
    """Return the Monday of the week an address names, this week's where it names none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = timezone.localdate()
    return weeks.monday_of(min(max(day, date(2020, 1, 1)), date(2100, 1, 1)))


class WeekView(DeskView):
    """Doctors by days, with every clinic's numbers; templates and copying below."""

    template_name = "backoffice/schedules/week.html"
    title = _("周排班")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a week of a department, or of one doctor."""
        start = monday(request.GET.get("week", ""))
        departments = list(Department.objects.filter(is_active=True).order_by("tree_id", "lft"))
        department = _chosen(departments, request.GET.get("department", ""))
        doctor = _doctor(request.GET.get("doctor", ""))
        days = [start + timedelta(days=n) for n in range(DAYS)]
        holidays = weeks.holidays_between(days[0], days[-1])
        query = {"department": department.pk if department else None, "doctor": doctor.pk if doctor else None}
        here = reverse("desk_schedules:week")
        return self.render_to_response(
            self.get_context_data(
                days=[(day, holidays.get(day), day == timezone.localdate()) for day in days],
                rows=_rows(days, department, doctor),
                departments=departments,
                department=department,
                doctor=doctor,
                start=start,
                before_url=with_query(here, week=start - timedelta(days=DAYS), **query),
                after_url=with_query(here, week=start + timedelta(days=DAYS), **query),
                may_add=request.user.has_perm(ADD),
                new_url=with_query(reverse("desk_schedules:new"), department=query["department"]),
            )
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the week from the templates, or copy the week before."""
        self.must(ADD)
        start = monday(request.POST.get("week", ""))
        departments = list(Department.objects.filter(is_active=True))
        department = _chosen(departments, request.POST.get("department", ""))
        with transaction.atomic():
            if request.POST.get("deed") == "copy":
                made = weeks.copy_week(start - timedelta(days=DAYS), start, department=department)
            else:
                made = weeks.apply_templates(start, start + timedelta(days=DAYS - 1), department=department)
            trail.deed(
                request,
                "schedule.week_made",
                object_type=Schedule._meta.label,
                object_ref=start.isoformat(),
                detail={"by": request.POST.get("deed", "")[:20], "created": made.created, "there": made.there},
            )
        (messages.warning if made.problems else messages.success)(request, weeks.summary(made))
        return self.back_to_week(start, department.pk if department else None)


def _chosen(departments: list[Department], text: str) -> Department | None:
    return next((one for one in departments if str(one.pk) == text), None)


def _doctor(text: str) -> Doctor | None:
    return Doctor.objects.filter(pk=int(text)).first() if text.isascii() and text.isdigit() else None


def _rows(days: list[date], department: Department | None, doctor: Doctor | None) -> list[dict[str, Any]]:
    """Return a row a doctor or clinic, a cell a day; 1 SQL."""
    rows = Schedule.objects.filter(date__range=(days[0], days[-1])).select_related("doctor", "department")
    if department is not None:
        rows = rows.filter(
            department__tree_id=department.tree_id,
            department__lft__gte=department.lft,
            department__rght__lte=department.rght,
        )
    if doctor is not None:
        rows = rows.filter(doctor=doctor)
    counted: Any = rows.annotate(
        total=Count("slots", filter=~Q(slots__state=Slot.State.CLOSED)),
        free=Count("slots", filter=Q(slots__state=Slot.State.OPEN, slots__claim__isnull=True)),
    )
    order = list(Schedule.Session.values)
    people_rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in sorted(counted, key=lambda row: (row.date, order.index(row.session), row.pk)):
        key = (one.department_id, one.doctor_id, "" if one.doctor_id else one.clinic_name)
        row = people_rows.setdefault(
            key,
            {
                "name": one.doctor.name if one.doctor else one.clinic_name,
                "title": one.doctor.title if one.doctor else "",
                "department": one.department,
                "cells": [[] for _day in days],
            },
        )
        row["cells"][(one.date - days[0]).days].append(one)
    found = sorted(
        people_rows.values(), key=lambda row: (row["department"].tree_id, row["department"].lft, row["name"])
    )
    return found[:MOST_ROWS]


class NewClinicView(DeskView):
    """A clinic made by hand."""

    template_name = "backoffice/schedules/form.html"
    title = _("新建门诊")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, with what the address says filled in."""
        self.must(ADD)
        initial = {
            "department": request.GET.get("department") if request.GET.get("department", "").isdigit() else None,
            "date": request.GET.get("date") or timezone.localdate() + timedelta(days=1),
            "starts": "08:00",
            "ends": "12:00",
        }
        return self._show(desk_forms.ClinicForm(initial=initial))

    def _show(self, form: forms.Form, status: int = 200) -> HttpResponse:
        context = self.get_context_data(form=form, back=reverse("desk_schedules:week"), button=_("建立门诊"))
        return self.render_to_response(context, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make it."""
        self.must(ADD)
        form = desk_forms.ClinicForm(request.POST)
        if not form.is_valid():
            return self._show(form, UNPROCESSABLE)
        data = form.cleaned_data
        plan = clinics.Plan(
            quotas=form.shares(),
            **{name: value for name, value in data.items() if not name.startswith("share_")},
        )
        try:
            with transaction.atomic():
                schedule = clinics.create(plan)
                trail.deed(request, "schedule.created", schedule, detail={"clinic": str(schedule)})
        except PortalError as refusal:
            form.add_error(None, refusal.sentence)
            return self._show(form, UNPROCESSABLE)
        messages.success(request, str(_("门诊已建立")))
        return self.back_to_week(schedule.date, schedule.department_id)


Doing = Callable[[Schedule, dict[str, Any], str, datetime | None], ClinicChange]
KINDS: dict[str, tuple[Any, type[forms.Form], Doing]] = {
    "stop": (
        _("停诊"),
        desk_forms.StopForm,
        lambda row, data, actor, at: changes.stop(row, actor=actor, reason=data["reason"], from_at=at),
    ),
    "doctor": (
        _("换医生"),
        desk_forms.DoctorForm,
        lambda row, data, actor, at: changes.swap_doctor(row, data["doctor"], actor=actor, reason=data["reason"]),
    ),
    "room": (
        _("改地点"),
        desk_forms.RoomForm,
        lambda row, data, actor, at: changes.change_room(row, data["place"], actor=actor, reason=data["reason"]),
    ),
    "reopen": (_("恢复出诊"), forms.Form, lambda row, data, actor, at: changes.reopen(row, actor=actor)),
}


class ChangeView(DeskView):
    """First who is affected, then the deed; whoever books in between is shown before it happens."""

    template_name = "backoffice/schedules/change.html"

    def get_page_title(self) -> str:
        """Name the change."""
        return str(KINDS[self.kind][0])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Find out which change is meant."""
        self.kind = (request.POST if request.method == "POST" else request.GET).get("kind", "stop")
        if self.kind not in KINDS:
            raise Http404(self.kind)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who is affected."""
        self.must(CHANGE)
        schedule = self._schedule(pk)
        return self._show(schedule, KINDS[self.kind][1](), self._from_at(schedule, request.GET.get("from", "")))

    def _schedule(self, pk: int) -> Schedule:
        return get_object_or_404(Schedule.objects.select_related("department", "doctor", "campus"), pk=pk)

    def _from_at(self, schedule: Schedule, text: str) -> datetime | None:
        """Return the moment from which a partial stop counts: the beginning of one of the clinic's ranges."""
        if self.kind != "stop" or not text:
            return None
        starts = schedule.slots.order_by("starts_at").values_list("starts_at", flat=True).distinct()
        return next((one for one in starts if f"{timezone.localtime(one):%H:%M}" == text), None)

    def _show(
        self, schedule: Schedule, form: forms.Form, from_at: datetime | None, *, problem: Any = "", status: int = 200
    ) -> HttpResponse:
        found = changes.consequence(schedule, from_at) if self.kind != "reopen" else changes.Consequence([])
        times = schedule.slots.order_by("starts_at").values_list("starts_at", flat=True).distinct()
        context = self.get_context_data(
            schedule=schedule,
            form=form,
            kind=self.kind,
            found=found,
            refund=words.yuan(found.refund_fen),
            persons=[
                {
                    "number": row.slot.number,
                    "when": words.when(row.slot.starts_at, seconds=False)[11:],
                    "name": people.name(row.patient),
                    "state": row.get_state_display(),
                    "fee": words.yuan(row.fee_fen),
                }
                for row in found.rows
            ],
            from_at=from_at,
            from_text=f"{timezone.localtime(from_at):%H:%M}" if from_at else "",
            times=list(dict.fromkeys(f"{timezone.localtime(one):%H:%M}" for one in times)),
            problem=problem,
            back=reverse("desk_schedules:inspect", args=[schedule.pk]),
        )
        return self.render_to_response(context, status=status)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, unless more people are affected than were shown."""
        self.must(CHANGE)
        schedule = self._schedule(pk)
        _label, form_class, do = KINDS[self.kind]
        form = form_class(request.POST)
        from_at = self._from_at(schedule, request.POST.get("from", ""))
        if not form.is_valid():
            return self._show(schedule, form, from_at, status=UNPROCESSABLE)
        seen = request.POST.get("seen", "")
        if self.kind != "reopen" and seen != str(len(changes.consequence(schedule, from_at).rows)):
            problem = _("在您核对期间预约有变化，请看过下面的名单再确认。")
            return self._show(schedule, form, from_at, problem=problem, status=UNPROCESSABLE)
        try:
            with transaction.atomic():
                change = do(schedule, form.cleaned_data, f"staff:{request.user.get_username()}", from_at)
                detail = {"kind": self.kind, "affected": change.affected.count(), "from": str(from_at or "")}
                trail.deed(request, "schedule.changed", schedule, detail=detail)
        except PortalError as refusal:
            return self._show(schedule, form, from_at, problem=refusal.sentence, status=UNPROCESSABLE)
        messages.success(request, str(_("已生效，正在逐个处理受影响的患者")))
        return redirect(reverse("desk_clinic_changes:inspect", args=[change.pk]))


class RemoveView(DeskView):
    """Take back a clinic that nobody ever booked."""

    template_name = "backoffice/schedules/remove.html"
    title = _("删除门诊")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask first."""
        self.must(DELETE)
        return self._show(get_object_or_404(Schedule, pk=pk))

    def _show(self, schedule: Schedule, problem: str = "", status: int = 200) -> HttpResponse:
        context = self.get_context_data(
            schedule=schedule, problem=problem, back=reverse("desk_schedules:inspect", args=[schedule.pk])
        )
        return self.render_to_response(context, status=status)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete it."""
        self.must(DELETE)
        schedule = get_object_or_404(Schedule, pk=pk)
        day, department = schedule.date, schedule.department_id
        try:
            with transaction.atomic():
                trail.deed(request, "schedule.deleted", schedule, detail={"clinic": str(schedule)})
                clinics.remove(schedule)
        except PortalError as refusal:
            return self._show(schedule, refusal.sentence, UNPROCESSABLE)
        messages.success(request, str(_("门诊已删除")))
        return self.back_to_week(day, department)
