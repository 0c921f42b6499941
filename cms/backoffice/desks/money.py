"""资金异常, 分录, 收款商户: what finance decides, and the books it answers for."""

from typing import Any

from django import forms
from django.db.models import Case, IntegerField, Q, QuerySet, Sum, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from business.payments.models import Incident, LedgerLine, Merchant
from cms.backoffice.desks import tables
from cms.backoffice.desks.orders import EXPORT, calls_of
from cms.backoffice.ui import columns, words
from cms.backoffice.ui.details import Action, DetailView
from cms.backoffice.ui.filters import Choices, DateRange, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.sections import Code, Facts, Rows, Section, Tag, To
from cms.backoffice.ui.viewsets import RecordViewSet, SettingViewSet


class ResolutionForm(forms.Form):
    """What was found and done about an incident."""

    resolution = forms.CharField(
        label=_("处理说明"),
        min_length=5,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写明原因、如何处理、与谁核对；保存后不能修改"),
        error_messages={"required": _("请填写处理说明"), "min_length": _("请写得具体一些，至少 5 个字")},
    )


def _resolve(view: DetailView, incident: Incident, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Close an incident with the explanation; its row is locked and open."""
    incident.state = Incident.State.RESOLVED
    incident.resolution = cleaned["resolution"]
    incident.resolved_at = timezone.now()
    incident.save(update_fields=["state", "resolution", "resolved_at"])
    return {"before": Incident.State.OPEN, "after": Incident.State.RESOLVED, "resolution": cleaned["resolution"]}


class IncidentFilter(WagtailFilterSet):
    """What narrows the incidents down."""

    state = Choices(label=_("状态"), choices=Incident.State.choices)
    kind = Choices(label=_("类型"), choices=lambda: list(tables.INCIDENT_KINDS.items()))
    created_at = DateRange(label=_("发现日期"))

    class Meta:
        model = Incident
        fields: list[str] = []


class IncidentIndexView(DeskIndexView):
    """Open incidents first."""

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        """Put what waits for a person before what is dealt with."""
        rank = Case(When(state=Incident.State.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
        return queryset.order_by(rank, "-pk")


class IncidentDetailView(DetailView):
    """One incident and its resolution."""

    actions = (
        Action(
            code="resolve",
            title=_("处理"),
            button=_("标为已处理"),
            permission="payments.change_incident",
            event="incident.resolved",
            perform=_resolve,
            form_class=ResolutionForm,
            applies=lambda incident: incident.state == Incident.State.OPEN,
            done=_("已处理并记入操作记录"),
        ),
    )

    def get_page_subtitle(self) -> str:
        """Name the incident by its kind."""
        return f"#{self.object.pk}"

    def get_sections(self) -> list[Section]:
        """Facts, details, and the order's calls."""
        row: Incident = self.object
        order = self.link("desk_orders:inspect", "payments.view_order", row.order_id)
        return [
            Facts(
                _("资金异常"),
                [
                    (_("说明"), row.sentence),
                    (_("状态"), Tag(row.state, row.get_state_display(), "incident")),
                    (_("类型"), tables.incident_label(row)),
                    (_("订单"), To(row.order.out_trade_no, order) if row.order else ""),
                    (_("发现时间"), row.created_at),
                    (_("处理时间"), row.resolved_at),
                    (_("处理说明"), row.resolution),
                ],
            ),
            Code(_("详情（已脱敏）"), row.detail or ""),
            Rows(_("渠道调用"), tables.CALLS, calls_of(row.order.out_trade_no) if row.order else []),
        ]


class IncidentViewSet(RecordViewSet):
    """资金异常."""

    model = Incident
    name = "desk_incidents"
    url_prefix = "desk/incidents"
    icon = "warning"
    menu_label = _("资金异常")
    index_view_class = IncidentIndexView
    inspect_view_class = IncidentDetailView
    filterset_class = IncidentFilter
    exact_fields = ("order__out_trade_no", "key")
    search_hint = _("商户订单号")
    related = ("order",)
    list_display = [
        columns.Link("sentence", "desk_incidents:inspect", label=_("说明")),
        columns.Text("kind", label=_("类型"), accessor=tables.incident_label),
        columns.State("state", kind="incident", label=_("状态")),
        columns.Text("order", label=_("订单"), accessor=lambda row: row.order.out_trade_no if row.order else ""),
        columns.When("created_at", label=_("发现时间")),
        columns.When("resolved_at", label=_("处理时间")),
    ]


class LedgerFilter(WagtailFilterSet):
    """What narrows the ledger down."""

    at = DateRange(label=_("记账日期"), field_name="entry__at")
    account = Choices(label=_("科目"), choices=list(tables.ACCOUNTS.items()), method="of_accounts")

    class Meta:
        model = LedgerLine
        fields: list[str] = []

    def of_accounts(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        """Keep the accounts whose head was ticked."""
        query = Q()
        for head in value:
            query |= Q(account=head) | Q(account__startswith=f"{head}:")
        return queryset.filter(query)


class LedgerIndexView(DeskIndexView):
    """The ledger: lines, and what they sum to."""

    def totals(self) -> list[tuple[Any, str]]:
        """Return both sides and their difference."""
        found = self.object_list.order_by().aggregate(
            debit=Sum("amount_fen", filter=Q(amount_fen__gt=0)), credit=Sum("amount_fen", filter=Q(amount_fen__lt=0))
        )
        debit, credit = found["debit"] or 0, -(found["credit"] or 0)
        return [
            (_("借方合计"), words.yuan(debit)),
            (_("贷方合计"), words.yuan(credit)),
            (_("差额"), words.yuan(debit - credit)),
        ]


class LedgerViewSet(RecordViewSet):
    """分录."""

    model = LedgerLine
    name = "desk_ledger"
    url_prefix = "desk/ledger"
    icon = "table"
    menu_label = _("分录")
    inspect_view_enabled = False
    index_view_class = LedgerIndexView
    filterset_class = LedgerFilter
    exact_fields = ("entry__order__out_trade_no",)
    search_hint = _("商户订单号")
    related = ("entry__order",)
    ordering = "-pk"
    export_permission = EXPORT
    list_export = ["entry.at", "entry.event", "entry.order.out_trade_no", "account", "amount_fen"]
    export_headings = {
        "entry.at": _("记账时间"),
        "entry.event": _("事件"),
        "entry.order.out_trade_no": _("商户订单号"),
    }
    list_display = [
        *tables.LEDGER[:1],
        columns.Link(
            "order",
            "desk_orders:inspect",
            permission="payments.view_order",
            id_of=lambda row: row.entry.order_id,
            label=_("商户订单号"),
            accessor="entry.order.out_trade_no",
        ),
        *tables.LEDGER[1:],
    ]


class MerchantForm(forms.ModelForm):
    """A merchant account; the channel and the numbers by which money was booked stay as they are."""

    class Meta:
        model = Merchant
        fields = ["code", "name", "channel", "mchid", "campus", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Lock what orders and the ledger refer to."""
        super().__init__(*args, **kwargs)
        self.fields["campus"].empty_label = str(_("全院"))
        if self.instance.pk:
            for field in ("code", "channel", "mchid"):
                self.fields[field].disabled = True
                self.fields[field].help_text = _("已有订单与分录以此为准，不能修改")


class MerchantViewSet(SettingViewSet):
    """收款商户."""

    model = Merchant
    name = "desk_merchants"
    url_prefix = "desk/merchants"
    icon = "key"
    menu_label = _("收款商户")
    related = ("campus",)
    intro = _("密钥与证书只在服务器环境里配置，不在此处显示或保存。")
    list_display = [
        "name",
        columns.Text("code", label=_("代码")),
        columns.Text("channel", label=_("渠道"), accessor="get_channel_display"),
        columns.Text("mchid", label=_("商户号")),
        columns.Text("campus", label=_("院区"), accessor=lambda row: row.campus.name if row.campus else _("全院")),
        columns.Text("is_active", label=_("启用")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return MerchantForm
