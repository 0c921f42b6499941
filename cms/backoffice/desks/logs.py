"""接口调用记录, 发件箱, 操作记录: what was said outside, what is still to be done, who did what."""

import json
from datetime import timedelta
from itertools import islice
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from business.integration import outbox
from business.integration.models import CallLog, OutboxItem
from business.security.masking import mask_json, mask_text
from business.security.models import AuditEvent
from cms.backoffice.audit import trail
from cms.backoffice.audit.chain import check_chain
from cms.backoffice.desks.tables import SYSTEMS, system_label
from cms.backoffice.ui import columns
from cms.backoffice.ui.details import Action, DetailView
from cms.backoffice.ui.filters import Choices, DateRange, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView, GuardedMixin
from cms.backoffice.ui.sections import Code, Facts, Section, Tag, pretty
from cms.backoffice.ui.viewsets import RecordViewSet

SHOWN_BREAKS = 20


class CallFilter(WagtailFilterSet):
    """What narrows the calls down."""

    system = Choices(label=_("系统"), choices=list(SYSTEMS.items()))
    outcome = Choices(label=_("结果"), choices=CallLog.Outcome.choices)
    direction = Choices(label=_("方向"), choices=CallLog.Direction.choices)
    at = DateRange(label=_("日期"))

    class Meta:
        model = CallLog
        fields: list[str] = []


class CallDetailView(DetailView):
    """One call: request and answer as they were, masked."""

    def get_page_subtitle(self) -> str:
        """Name the call by what was asked."""
        return f"{system_label(self.object)} · {self.object.operation}"

    def get_sections(self) -> list[Section]:
        """Facts, request, answer."""
        row: CallLog = self.object
        return [
            Facts(
                _("调用"),
                [
                    (_("时间"), row.at),
                    (_("结果"), Tag(row.outcome, row.get_outcome_display())),
                    (_("系统"), system_label(row)),
                    (_("方向"), row.get_direction_display()),
                    (_("接口"), row.operation),
                    (_("交易号"), row.trade_no),
                    (_("HTTP 状态"), row.http_status),
                    (_("返回码"), row.code),
                    (_("耗时（毫秒）"), row.duration_ms),
                    (_("对方流水号"), row.request_id),
                ],
            ),
            Code(_("请求（已脱敏）"), masked(row.request)),
            Code(_("应答（已脱敏）"), masked(row.answer)),
        ]


def masked(text: str) -> str:
    """Lay out a logged message; it was masked when it was stored and is masked again, should a key have been missed."""
    try:
        return pretty(mask_json(json.loads(text)))
    except ValueError:
        return mask_text(text)


class CallViewSet(RecordViewSet):
    """接口调用记录 (requirement 45.1)."""

    model = CallLog
    name = "desk_calls"
    url_prefix = "desk/calls"
    icon = "resubmit"
    menu_label = _("接口调用记录")
    inspect_view_class = CallDetailView
    filterset_class = CallFilter
    exact_fields = ("trade_no", "request_id", "operation")
    search_hint = _("交易号、接口名或对方流水号")
    list_display = [
        columns.When("at", label=_("时间"), sort_key="pk"),
        columns.Text("system", label=_("系统"), accessor=system_label),
        columns.Text("direction", label=_("方向"), accessor="get_direction_display"),
        columns.Link("operation", "desk_calls:inspect", label=_("接口")),
        columns.Text("trade_no", label=_("交易号")),
        columns.State("outcome", label=_("结果")),
        columns.Text("http_status", label=_("HTTP 状态")),
        columns.Text("code", label=_("返回码")),
        columns.Count("duration_ms", label=_("耗时（毫秒）")),
    ]


class OutboxFilter(WagtailFilterSet):
    """What narrows the outbox down."""

    state = Choices(label=_("状态"), choices=OutboxItem.State.choices)
    topic = django_filters.CharFilter(label=_("事项"), lookup_expr="startswith")
    late = django_filters.BooleanFilter(label=_("逾期未执行"), method="that_are_late")

    class Meta:
        model = OutboxItem
        fields: list[str] = []

    def that_are_late(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        """Keep what should have been done minutes ago."""
        return queryset.filter(late()) if value else queryset


LATE_AFTER = timedelta(minutes=5)


def late() -> Q:
    """Return the condition of work that nobody did in time."""
    return Q(state=OutboxItem.State.PENDING, due_at__lt=timezone.now() - LATE_AFTER)


def _revive(view: DetailView, item: OutboxItem, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Start dead work again; its handler is idempotent."""
    outbox.revive(item)
    return {"topic": item.topic, "attempts": item.attempts, "reason": cleaned["reason"]}


class OutboxDetailView(DetailView):
    """One piece of work."""

    actions = (
        Action(
            code="revive",
            title=_("重新执行"),
            button=_("重新执行"),
            permission="integration.change_outboxitem",
            event="outbox.revived",
            perform=_revive,
            applies=lambda item: item.state == OutboxItem.State.DEAD,
            note=_("系统已放弃这件事。请先弄清并排除原因；重新执行是幂等的，不会重复扣款或退款。"),
            done=_("已重新排队"),
        ),
    )

    def get_page_subtitle(self) -> str:
        """Name the work by its key."""
        return mask_text(self.object.key)

    def get_sections(self) -> list[Section]:
        """Facts, the last problem, the parameters."""
        row: OutboxItem = self.object
        return [
            Facts(
                _("待办"),
                [
                    (_("事项"), row.topic),
                    (_("状态"), Tag(row.state, row.get_state_display())),
                    (_("幂等键"), mask_text(row.key)),
                    (_("已尝试次数"), row.attempts),
                    (_("下次执行时间"), row.due_at if row.state == OutboxItem.State.PENDING else ""),
                    (_("占用至"), row.leased_until),
                    (_("创建时间"), row.created_at),
                    (_("完成时间"), row.done_at),
                ],
            ),
            Code(_("最近的问题"), mask_text(row.last_error)),
            Code(_("参数（已脱敏）"), mask_json(row.payload)),
        ]


class OutboxViewSet(RecordViewSet):
    """发件箱."""

    model = OutboxItem
    name = "desk_outbox"
    url_prefix = "desk/outbox"
    icon = "tasks"
    menu_label = _("发件箱")
    inspect_view_class = OutboxDetailView
    filterset_class = OutboxFilter
    exact_fields = ("key",)
    search_hint = _("幂等键")
    list_display = [
        columns.Link("key", "desk_outbox:inspect", label=_("幂等键"), accessor=lambda row: mask_text(row.key)),
        columns.Text("topic", label=_("事项")),
        columns.State("state", label=_("状态")),
        columns.Count("attempts", label=_("已尝试次数")),
        columns.Text("last_error", label=_("最近的问题"), accessor=lambda row: mask_text(row.last_error)[:60]),
        columns.When("due_at", label=_("下次执行时间")),
        columns.When("created_at", label=_("创建时间"), sort_key="pk"),
    ]


class AuditFilter(WagtailFilterSet):
    """What narrows the trail down."""

    at = DateRange(label=_("日期"))
    actor_kind = Choices(label=_("身份"), choices=AuditEvent.ActorKind.choices)
    result = Choices(label=_("结果"), choices=AuditEvent.Result.choices)
    event = Choices(label=_("事件"), choices=list(trail.LABELS.items()))

    class Meta:
        model = AuditEvent
        fields: list[str] = []


class AuditIndexView(DeskIndexView):
    """The trail, and the button that checks it."""

    @property
    def header_more_buttons(self) -> list[Any]:
        """Offer nothing that changes the trail."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Tell the template whether the check is offered."""
        context = super().get_context_data(*args, **kwargs)
        context["may_check"] = self.request.user.has_perm("backoffice.check_audit")
        return context

    template_name = "backoffice/audit.html"


class AuditDetailView(DetailView):
    """One deed."""

    def get_page_subtitle(self) -> str:
        """Name the deed."""
        return f"#{self.object.pk} {trail.label(self.object.event)}"

    def get_sections(self) -> list[Section]:
        """Who, what, when, from where; and the details."""
        row: AuditEvent = self.object
        return [
            Facts(
                _("操作"),
                [
                    (_("时间"), row.at),
                    (_("事件"), trail.label(row.event)),
                    (_("结果"), Tag(row.result, row.get_result_display())),
                    (_("操作人"), trail.actor_label(row)),
                    (_("身份"), row.get_actor_kind_display()),
                    (_("来源地址"), row.source_ip),
                    (_("对象类型"), trail.object_label(row.object_type)),
                    (_("对象编号"), row.object_ref),
                    (_("校验值"), row.seal),
                ],
            ),
            Code(_("详情（已脱敏）"), row.detail or ""),
        ]


class CheckAuditView(GuardedMixin, PermissionCheckedMixin, View):
    """Read the whole trail and tell whether anything in it was changed, removed or put in."""

    any_permission_required = ["view"]
    model = AuditEvent
    index_url_name = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check, say what was found, write down that it was checked."""
        if not request.user.has_perm("backoffice.check_audit"):
            raise PermissionDenied
        report = check_chain()
        broken = [str(pk) for pk in islice(report.broken, SHOWN_BREAKS)]
        trail.deed(
            request,
            "audit.checked",
            object_type=AuditEvent._meta.label,
            result=AuditEvent.Result.FAILED if report.is_broken else AuditEvent.Result.OK,
            detail={"rows": report.rows, "broken": broken, "tail_missing": report.tail_missing},
        )
        if report.is_broken:
            parts = []
            if broken:
                parts.append(str(_("记录 %s 或其前一条被改动、删除或插入")) % "、".join(broken))
            if report.tail_missing:
                parts.append(str(_("最后的记录缺失")))
            messages.error(request, str(_("校验不通过：%s。请立即报告安全负责人。")) % "；".join(parts))
        else:
            messages.success(request, str(_("共校验 %s 条，全部完整，未被改动")) % report.rows)
        return redirect(self.index_url_name)


class AuditViewSet(RecordViewSet):
    """操作记录."""

    model = AuditEvent
    name = "desk_audit"
    url_prefix = "desk/audit"
    icon = "history"
    menu_label = _("操作记录")
    index_view_class = AuditIndexView
    inspect_view_class = AuditDetailView
    filterset_class = AuditFilter
    exact_fields = ("actor", "object_ref")
    search_hint = _("操作人或对象编号")
    list_display = [
        columns.When("at", label=_("时间"), sort_key="pk"),
        columns.Text("actor", label=_("操作人"), accessor=trail.actor_label),
        columns.Text("actor_kind", label=_("身份"), accessor="get_actor_kind_display"),
        columns.Link("event", "desk_audit:inspect", label=_("事件"), accessor=lambda row: trail.label(row.event)),
        columns.Text("object_type", label=_("对象类型"), accessor=lambda row: trail.object_label(row.object_type)),
        columns.Text("object_ref", label=_("对象编号")),
        columns.State("result", label=_("结果")),
        columns.Text("source_ip", label=_("来源地址")),
    ]

    def get_urlpatterns(self) -> list[Any]:
        """Add the check."""
        return [*super().get_urlpatterns(), path("check/", self.construct_view(CheckAuditView), name="check")]
