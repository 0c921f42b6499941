"""Where the back office hangs in Wagtail: menus, the first page, the style sheet, the rights that can be given."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages as said
from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

from business.security.models import AuditEvent
from cms.backoffice.dashboard import TodayPanel
from cms.backoffice.desks import (
    appointments,
    cards,
    datasources,
    finance,
    hospital,
    logs,
    messages,
    money,
    notices,
    orders,
    patients,
    reports,
    standing,
)
from cms.backoffice.desks import visits as visit_desks
from cms.backoffice.places import viewsets as places
from cms.backoffice.schedules import clinics, lines, plan, progress


class BookingGroup(ViewSetGroup):
    """What patients did."""

    menu_label = _("业务")
    menu_name = "desk-business"
    menu_icon = "calendar-check"
    menu_order = 210
    items = (
        appointments.AppointmentViewSet,
        visit_desks.VisitViewSet,
        patients.PatientViewSet,
        patients.AccountViewSet,
        messages.MessageViewSet,
    )


class PersonGroup(ViewSetGroup):
    """Cards, codes and the blacklist of patients, and what the hospital decided about them."""

    menu_label = _("就诊卡与黑名单")
    menu_name = "desk-persons"
    menu_icon = "group"
    menu_order = 215
    items = (
        cards.CardViewSet,
        standing.BlockViewSet,
        standing.AppealViewSet,
        cards.CodeViewSet,
        cards.ScanViewSet,
        cards.DeviceViewSet,
        standing.PatientRuleViewSet,
        standing.BlacklistRuleViewSet,
    )


class MoneyGroup(ViewSetGroup):
    """What was paid and what went back."""

    menu_label = _("收款与退款")
    menu_name = "desk-money"
    menu_icon = "clipboard-list"
    menu_order = 220
    items = (
        orders.OrderViewSet,
        orders.PaymentViewSet,
        orders.RefundViewSet,
        money.IncidentViewSet,
        money.LedgerViewSet,
        money.MerchantViewSet,
        finance.PayRuleViewSet,
    )


class FinanceGroup(ViewSetGroup):
    """Whether portal, channel and HIS tell the same, and what is done where they do not."""

    menu_label = _("对账与财务")
    menu_name = "desk-finance"
    menu_icon = "table"
    menu_order = 225
    items = (
        finance.BatchViewSet,
        finance.DifferenceViewSet,
        finance.RefundRequestViewSet,
        reports.ReportViewSet,
        finance.FinanceRuleViewSet,
    )


class HospitalGroup(ViewSetGroup):
    """What the hospital is and what it decides."""

    menu_label = _("医院资料与规则")
    menu_name = "desk-hospital"
    menu_icon = "home"
    menu_order = 230
    items = (
        hospital.CampusViewSet,
        hospital.DepartmentViewSet,
        hospital.DoctorViewSet,
        hospital.BookingRuleViewSet,
        visit_desks.VisitRuleViewSet,
        visit_desks.CheckPointViewSet,
        messages.MessageTemplateViewSet,
        messages.MessageRuleViewSet,
        datasources.DataSourceViewSet,
    )


class ScheduleGroup(ViewSetGroup):
    """When doctors see patients, and what became of changes."""

    menu_label = _("排班与号源")
    menu_name = "desk-clinics"
    menu_icon = "calendar"
    menu_order = 205
    items = (
        clinics.ScheduleViewSet,
        hospital.SlotViewSet,
        progress.ChangeViewSet,
        progress.AffectedViewSet,
        lines.WaitingViewSet,
        plan.ClinicTemplateViewSet,
        plan.ReleaseRuleViewSet,
        plan.TitleFeeViewSet,
        plan.HolidayViewSet,
        lines.SyncRunViewSet,
    )


class PlacesGroup(ViewSetGroup):
    """Where things are and who treats what: publicity staff keep it."""

    menu_label = _("楼层与科室")
    menu_name = "desk-places"
    menu_icon = "site"
    menu_order = 120
    items = (
        places.PlaceViewSet,
        places.PlanViewSet,
        places.ConditionViewSet,
        places.DepartmentStaffViewSet,
    )


class LogGroup(ViewSetGroup):
    """What the programs and the people did."""

    menu_label = _("运行与审计")
    menu_name = "desk-logs"
    menu_icon = "history"
    menu_order = 240
    items = (logs.CallViewSet, logs.OutboxViewSet, logs.AuditViewSet)


@hooks.register("register_admin_viewset")
def register_desks() -> list[ViewSet]:
    """Hang the lists into the menu; each is shown to those who may view it."""
    return [
        notices.NoticeViewSet(),
        ScheduleGroup(),
        BookingGroup(),
        PersonGroup(),
        MoneyGroup(),
        FinanceGroup(),
        HospitalGroup(),
        PlacesGroup(),
        LogGroup(),
    ]


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLPattern]:
    """Add the address where the page editor asks for the fields of a data source."""
    return [path("desk/data-source-fields/", datasources.sample_fields, name="desk_data_source_fields")]


@hooks.register("register_permissions")
def register_desk_permissions() -> QuerySet[Permission]:
    """Offer the rights of deeds in the form of a role."""
    return Permission.objects.filter(content_type__app_label="backoffice", content_type__model="desk")


@hooks.register("construct_homepage_panels")
def add_today(request: HttpRequest, panels: list[Any]) -> None:
    """Put today's figures first, if there are any for this person."""
    panel = TodayPanel(request)
    if panel.figures:
        panels.insert(0, panel)


@hooks.register("before_bulk_action")
def keep_users_out_of_bulk(request: HttpRequest, action_type: str, objects: list[Any], action: Any) -> Any:
    """Change users one at a time: bulk forms know neither separate duties nor superusers and leave no trace of each."""
    if isinstance(next(iter(objects), None), get_user_model()):
        said.error(request, str(_("请打开用户页面逐个调整角色、启用或停用；不再使用的用户请停用，不删除")))
        return redirect("wagtailusers_users:index")
    return None


@hooks.register("before_delete_user")
def keep_users_with_deeds(request: HttpRequest, user: Any) -> Any:
    """Keep who did something: the trail refers to them."""
    if AuditEvent.objects.filter(staff=user).exists():
        said.error(request, str(_("此用户有操作记录，不能删除，请停用")))
        return redirect("wagtailusers_users:index")
    return None


@hooks.register("insert_global_admin_css")
def add_style() -> SafeString:
    """Load the style sheet of the back office."""
    return format_html('<link rel="stylesheet" href="{}">', static("backoffice/backoffice.css"))
