"""对账批次, 对账差异, 退款申请: what the three sides tell, on one screen, and what finance decides about it."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from business.finance import decisions
from business.finance.errors import NotDecidable
from business.finance.handlers import enqueue_run
from business.finance.models import (
    Batch,
    BillEntry,
    Decision,
    Difference,
    Direction,
    FinanceRule,
    HisEntry,
    RefundRequest,
)
from business.integration.models import OutboxItem
from business.payments import kinds
from business.payments.models import LedgerLine, Order, PayRule
from business.security.masking import mask_text
from cms.backoffice.desks import tables
from cms.backoffice.desks.orders import calls_of
from cms.backoffice.ui import columns, words
from cms.backoffice.ui.details import Action, DetailView, ReasonForm
from cms.backoffice.ui.filters import Choices, DateRange, DayRange, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.sections import Facts, Rows, Section, Tag, To
from cms.backoffice.ui.viewsets import RecordViewSet, SettingViewSet

Way = Decision.Way
DECISIONS = [
    columns.Text("way", label=_("处理方式"), accessor="get_way_display"),
    columns.Money("amount_fen", label=_("涉及金额")),
    columns.Text("reason", label=_("理由")),
    columns.Text("proposed_by", label=_("提出人")),
    columns.When("proposed_at", label=_("提出时间")),
    columns.State("state", kind="decision", label=_("状态")),
    columns.Text("decided_by", label=_("审批人")),
    columns.When("decided_at", label=_("审批时间")),
    columns.Text("note", label=_("审批意见")),
    columns.Text("outcome", label=_("执行结果")),
]
DIFFERENCES = [
    columns.Link("number", "desk_differences:inspect", permission="finance.view_difference", label=_("支付或退款单号")),
    columns.Text("kind", label=_("差异类型"), accessor="get_kind_display"),
    columns.Text("direction", label=_("方向"), accessor="get_direction_display"),
    columns.Money("channel_fen", label=_("渠道")),
    columns.Money("ledger_fen", label=_("账本")),
    columns.Money("his_fen", label=_("HIS")),
    columns.Text("reason", label=_("原因")),
    columns.State("state", kind="difference", label=_("处理状态")),
    columns.Text("owner", label=_("负责人")),
]


# --- batches ---------------------------------------------------------------------------------------------------------
class BatchFilter(WagtailFilterSet):
    """What narrows the batches down."""

    day = DayRange(label=_("对账日"))
    state = Choices(label=_("状态"), choices=Batch.State.choices)

    class Meta:
        model = Batch
        fields = ["merchant"]


def _again(view: DetailView, row: Batch, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Have the day compared once more; two who press at once get one run."""
    wanted = 2 * row.runs + 1 + OutboxItem.objects.filter(key__startswith=f"reconcile:{row.merchant.code}:").count()
    enqueue_run(row.merchant, row.day, again=wanted)
    return {"day": str(row.day), "merchant": row.merchant.code, "reason": cleaned["reason"]}


class BatchDetailView(DetailView):
    """One day of one merchant: three columns of totals, and what differs."""

    actions = (
        Action(
            code="again",
            title=_("重新对账"),
            button=_("重新对账"),
            permission="finance.change_batch",
            event="reconciliation.repeated",
            perform=_again,
            note=_("按已保存的账单和 HIS 最新清单再比一次；已一致的差异会自动结束。"),
            done=_("已安排，请稍后刷新"),
        ),
    )

    def get_page_subtitle(self) -> str:
        """Name the merchant and the day."""
        return f"{self.object.merchant} {self.object.day}"

    def get_sections(self) -> list[Section]:
        """Totals side by side, the bill's file, the differences."""
        row: Batch = self.object
        sides = [
            (_("渠道账单"), row.channel_count, row.channel_paid_fen, row.channel_refunded_fen),
            (_("本系统账本"), row.ledger_count, row.ledger_paid_fen, row.ledger_refunded_fen),
            (_("HIS（全部渠道）"), row.his_count, row.his_paid_fen, row.his_refunded_fen),
        ]
        totals = [{"side": a, "count": b, "paid": c, "back": d, "net": c - d} for a, b, c, d in sides]
        bill = row.bill
        return [
            Facts(
                _("对账批次"),
                [
                    (_("状态"), Tag(row.state, row.get_state_display(), "batch")),
                    (_("对账次数"), row.runs),
                    (_("一致"), f"{row.matched} 笔"),
                    (_("差异"), f"{row.differing} 笔"),
                    (_("渠道手续费"), words.yuan(row.channel_fee_fen)),
                    (_("开始时间"), row.started_at),
                    (_("完成时间"), row.finished_at),
                    (_("问题"), mask_text(row.problem)),
                ],
            ),
            Rows(_("三方合计"), TOTALS, totals),
            Rows(_("差异"), DIFFERENCES, row.differences.select_related("owner").order_by("state", "pk")[:500]),
            Facts(
                _("账单文件"),
                [
                    (_("行数"), bill.lines if bill else ""),
                    (_("字节数"), bill.size if bill else ""),
                    (_("SHA-256"), bill.sha256 if bill else ""),
                    (_("下载时间"), bill.fetched_at if bill else ""),
                ],
            ),
        ]


def _of(name: str) -> Any:
    return lambda row: row[name]


SIDES = [
    columns.Text("fact", label="", accessor=_of("fact")),
    columns.Text("channel", label=_("渠道账单"), accessor=_of("channel")),
    columns.Text("ledger", label=_("本系统账本"), accessor=_of("ledger")),
    columns.Text("his", label=_("HIS 清单"), accessor=_of("his")),
]
TOTALS = [
    columns.Text("side", label=_("来源"), accessor=_of("side")),
    columns.Count("count", label=_("笔数"), accessor=_of("count")),
    columns.Money("paid", label=_("收款"), accessor=_of("paid")),
    columns.Money("back", label=_("退款"), accessor=_of("back")),
    columns.Money("net", label=_("净额"), accessor=_of("net")),
]


class BatchViewSet(RecordViewSet):
    """对账批次."""

    model = Batch
    name = "desk_batches"
    url_prefix = "desk/batches"
    icon = "clipboard-list"
    menu_label = _("对账批次")
    inspect_view_class = BatchDetailView
    filterset_class = BatchFilter
    related = ("merchant", "bill")
    ordering = ("-day", "merchant_id")
    list_display = [
        columns.Link("day", "desk_batches:inspect", label=_("对账日")),
        columns.Text("merchant", label=_("收款商户"), accessor="merchant.name"),
        columns.State("state", kind="batch", label=_("状态")),
        columns.Money("channel_paid_fen", label=_("渠道收款")),
        columns.Money("ledger_paid_fen", label=_("账本收款")),
        columns.Money("channel_refunded_fen", label=_("渠道退款")),
        columns.Money("ledger_refunded_fen", label=_("账本退款")),
        columns.Count("matched", label=_("一致")),
        columns.Count("differing", label=_("差异")),
        columns.When("finished_at", label=_("完成时间")),
    ]


# --- differences -----------------------------------------------------------------------------------------------------
class WayForm(ReasonForm):
    """A reason of at least four characters."""


def _proposer(way: str) -> Any:
    def perform(view: DetailView, row: Difference, cleaned: dict[str, Any]) -> dict[str, Any]:
        decision = decisions.propose(row, way=way, reason=cleaned["reason"], by=_person(view))
        return {"way": way, "amount_fen": decision.amount_fen, "state": decision.state, "reason": cleaned["reason"]}

    return perform


def _waiting(row: Difference | RefundRequest) -> Decision | None:
    return row.decisions.filter(state=Decision.State.WAITING).first()


def _the_waiting(row: Difference | RefundRequest) -> Decision:
    found = _waiting(row)
    if found is None:
        raise NotDecidable
    return found


def _person(view: DetailView) -> User:
    """Return who acts; the view lets nobody in who has not signed in."""
    return cast(User, view.request.user)


def _approve(view: DetailView, row: Any, cleaned: dict[str, Any]) -> dict[str, Any]:
    decision = decisions.approve(_the_waiting(row), by=_person(view), note=cleaned["reason"])
    return {"way": decision.way, "amount_fen": decision.amount_fen, "proposed_by": str(decision.proposed_by)}


def _reject(view: DetailView, row: Any, cleaned: dict[str, Any]) -> dict[str, Any]:
    decision = decisions.reject(_the_waiting(row), by=_person(view), note=cleaned["reason"])
    return {"way": decision.way, "amount_fen": decision.amount_fen, "proposed_by": str(decision.proposed_by)}


def _take(view: DetailView, row: Difference, cleaned: dict[str, Any]) -> dict[str, Any]:
    row.owner = _person(view)
    row.save(update_fields=["owner"])
    return {"owner": str(view.request.user)}


APPROVALS = (
    Action(
        code="approve",
        title=_("批准处理"),
        button=_("批准"),
        permission="finance.approve_difference",
        event="difference.approved",
        perform=_approve,
        applies=lambda row: _waiting(row) is not None,
        note=_("提出人本人不能审批。"),
        done=_("已批准，系统正在执行"),
        is_grave=True,
    ),
    Action(
        code="reject",
        title=_("驳回处理"),
        button=_("驳回"),
        permission="finance.approve_difference",
        event="difference.rejected",
        perform=_reject,
        applies=lambda row: _waiting(row) is not None,
        done=_("已驳回"),
    ),
)


def _offers(way: str) -> Any:
    return lambda row: way in decisions.ways_of(row)


class DifferenceDetailView(DetailView):
    """One difference: what the channel, the ledger and HIS say of it, one under the other."""

    actions = (
        Action(
            code="take",
            title=_("认领"),
            button=_("由我处理"),
            permission="finance.change_difference",
            event="difference.taken",
            perform=_take,
            form_class=forms.Form,
            applies=lambda row: row.owner_id is None and row.state == Difference.State.OPEN,
            done=_("已认领"),
        ),
        Action(
            code="settle",
            title=_("向渠道核实并补记"),
            button=_("核实并补记"),
            permission="finance.change_difference",
            event="difference.proposed",
            perform=_proposer(Way.SETTLE),
            form_class=WayForm,
            applies=_offers(Way.SETTLE),
            note=_("立即向渠道查询；确有款项则入账并继续办理，订单已关闭的自动原路退回。"),
            done=_("已安排，请稍后刷新查看执行结果"),
        ),
        Action(
            code="refund",
            title=_("冲正并退款"),
            button=_("冲正并退款"),
            permission="finance.change_difference",
            event="difference.proposed",
            perform=_proposer(Way.REFUND),
            form_class=WayForm,
            applies=_offers(Way.REFUND),
            note=_("先请业务系统撤销，再原路退款；超过限额须另一人审批。"),
            done=_("已提出"),
            is_grave=True,
        ),
        Action(
            code="write_off",
            title=_("核销"),
            button=_("申请核销"),
            permission="finance.change_difference",
            event="difference.proposed",
            perform=_proposer(Way.WRITE_OFF),
            form_class=WayForm,
            applies=_offers(Way.WRITE_OFF),
            note=_("写明原因，须另一人审批；核销只作说明，不改动账本。"),
            done=_("已提交审批"),
        ),
        *APPROVALS,
    )

    def get_sections(self) -> list[Section]:
        """The difference, then each side's facts, then decisions and calls."""
        row: Difference = self.object
        order = row.order
        batch = self.link("desk_batches:inspect", "finance.view_batch", row.batch_id)
        entry = BillEntry.objects.filter(direction=row.direction, number=row.number).first()
        references = [row.number, *([row.refund.key] if row.refund else [])]
        his = HisEntry.objects.filter(direction=row.direction, reference__in=references).first()
        lines = (
            list(LedgerLine.objects.filter(entry__order=order).select_related("entry").order_by("pk")) if order else []
        )
        return [
            Rows(_("三方对照"), SIDES, self._sides(row, entry, his)),
            Facts(
                _("差异"),
                [
                    (_("差异类型"), row.get_kind_display()),
                    (_("方向"), row.get_direction_display()),
                    (_("原因"), row.reason),
                    (_("处理状态"), Tag(row.state, row.get_state_display(), "difference")),
                    (_("负责人"), str(row.owner or "")),
                    (
                        _("批次"),
                        To(str(row.batch), batch),
                    ),
                    (_("发现时间"), row.found_at),
                    (_("结束时间"), row.closed_at),
                ],
            ),
            Facts(_("订单"), self._order_facts(row, order)),
            Rows(_("处理决定"), DECISIONS, row.decisions.select_related("proposed_by", "decided_by")),
            Rows(_("分录"), tables.LEDGER, lines, total=tables.ledger_sum(lines) if lines else ""),
            Rows(_("渠道调用"), tables.CALLS, calls_of(*[one for one in (row.out_trade_no, row.number) if one])),
        ]

    def _sides(self, row: Difference, entry: BillEntry | None, his: HisEntry | None) -> list[dict[str, Any]]:
        """Return a line for each fact, with what each side says of it beside the others."""
        ours = row.refund or row.payment
        none = str(_("没有这一笔"))
        paid = row.payment.success_at if row.payment else None
        at = row.refund.succeeded_at if row.refund else paid
        return [
            {
                "fact": _("金额"),
                "channel": words.yuan(entry.amount_fen) if entry else none,
                "ledger": words.yuan(row.ledger_fen) if ours else none,
                "his": words.yuan(his.amount_fen) if his else none,
            },
            {
                "fact": _("状态"),
                "channel": entry.state if entry else "",
                "ledger": row.refund.get_state_display() if row.refund else _("已入账") if ours else "",
                "his": his.get_direction_display() if his else "",
            },
            {
                "fact": _("单号"),
                "channel": entry.number if entry else "",
                "ledger": row.number if ours else "",
                "his": his.his_order_no if his else "",
            },
            {
                "fact": _("时间"),
                "channel": words.when(entry.at) if entry else "",
                "ledger": words.when(at) if ours else "",
                "his": words.when(his.at) if his else "",
            },
        ]

    def _order_facts(self, row: Difference, order: Order | None) -> list[tuple[Any, Any]]:
        if order is None:
            return [(_("订单"), _("没有对应的订单")), (_("商户订单号"), row.out_trade_no)]
        return [
            (_("订单"), To(order.out_trade_no, self.link("desk_orders:inspect", "payments.view_order", order.pk))),
            (_("订单状态"), Tag(order.state, order.get_state_display())),
            *subject_facts(order),
        ]


def subject_facts(order: Order) -> list[tuple[Any, Any]]:
    """Return what the order was for, as its service shows it."""
    try:
        show = getattr(kinds.get(order.kind), "show", None)
    except LookupError:
        show = None
    return [(_("业务"), tables.subject_label(order.kind)), *(show(order) if show else [])]


class DifferenceFilter(WagtailFilterSet):
    """What narrows the differences down."""

    state = Choices(label=_("处理状态"), choices=Difference.State.choices)
    kind = Choices(label=_("差异类型"), choices=Difference.Kind.choices)
    direction = Choices(label=_("方向"), choices=Direction.choices)
    found_at = DateRange(label=_("发现日期"))

    class Meta:
        model = Difference
        fields: list[str] = []


class DifferenceIndexView(DeskIndexView):
    """What waits for a person first."""

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        """Open, then waiting, then the rest."""
        rank = Case(
            When(state=Difference.State.OPEN, then=Value(0)),
            When(state=Difference.State.WAITING, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        return queryset.order_by(rank, "-pk")


class DifferenceViewSet(RecordViewSet):
    """对账差异."""

    model = Difference
    name = "desk_differences"
    url_prefix = "desk/differences"
    icon = "warning"
    menu_label = _("对账差异")
    index_view_class = DifferenceIndexView
    inspect_view_class = DifferenceDetailView
    filterset_class = DifferenceFilter
    exact_fields = ("number", "out_trade_no")
    search_hint = _("支付、退款或商户订单号")
    related = ("batch__merchant", "owner", "order", "refund", "payment")
    list_display = [*DIFFERENCES, columns.When("found_at", seconds=False, label=_("发现时间"))]


# --- requests of patients --------------------------------------------------------------------------------------------
def _answer(agrees: bool) -> Any:
    def perform(view: DetailView, row: RefundRequest, cleaned: dict[str, Any]) -> dict[str, Any]:
        decision = decisions.propose_for(row, agrees=agrees, reason=cleaned["reason"], by=_person(view))
        return {"agrees": agrees, "amount_fen": decision.amount_fen, "state": decision.state}

    return perform


class RequestDetailView(DetailView):
    """One request, with what order, channel and HIS say of its money."""

    actions = (
        Action(
            code="agree",
            title=_("同意退款"),
            button=_("同意退款"),
            permission="finance.change_refundrequest",
            event="request.answered",
            perform=_answer(True),
            applies=lambda row: row.state == RefundRequest.State.FILED,
            note=_("先向渠道核实，再冲正并原路退款；超过限额须另一人审批。理由会给患者看到。"),
            done=_("已提出"),
            is_grave=True,
        ),
        Action(
            code="refuse",
            title=_("不同意"),
            button=_("不同意"),
            permission="finance.change_refundrequest",
            event="request.answered",
            perform=_answer(False),
            applies=lambda row: row.state == RefundRequest.State.FILED,
            note=_("理由会给患者看到，请写明去向，例如“业务已办理成功”。"),
            done=_("已答复患者"),
        ),
        *APPROVALS,
    )

    def get_sections(self) -> list[Section]:
        """The request, the order, its money, its differences, its calls."""
        row: RefundRequest = self.object
        order = row.order
        lines = list(LedgerLine.objects.filter(entry__order=order).select_related("entry").order_by("pk"))
        numbers = list(order.attempts.values_list("number", flat=True))
        his = HisEntry.objects.filter(reference__in=order.payments.values("transaction_id"))
        link = self.link("desk_orders:inspect", "payments.view_order", order.pk)
        return [
            Facts(
                _("退款申请"),
                [
                    (_("状态"), Tag(row.state, row.get_state_display(), "request")),
                    (_("患者说明"), mask_text(row.reason)),
                    (_("答复"), row.answer),
                    (_("申请时间"), row.created_at),
                    (_("处理时间"), row.decided_at),
                ],
            ),
            Facts(
                _("订单"),
                [
                    (
                        _("商户订单号"),
                        To(str(order), link),
                    ),
                    (_("订单状态"), Tag(order.state, order.get_state_display())),
                    (_("金额"), words.yuan(order.amount_fen)),
                    (_("已退"), words.yuan(order.refunded_fen)),
                    *subject_facts(order),
                ],
            ),
            Rows(_("支付尝试"), tables.ATTEMPTS, order.attempts.select_related("merchant")),
            Rows(_("收款"), tables.PAYMENTS, order.payments.order_by("pk")),
            Rows(_("退款"), tables.REFUNDS, order.refunds.order_by("pk")),
            Rows(_("HIS 清单"), HIS, his),
            Rows(_("对账差异"), DIFFERENCES, order.differences.select_related("owner")),
            Rows(_("处理决定"), DECISIONS, row.decisions.select_related("proposed_by", "decided_by")),
            Rows(_("分录"), tables.LEDGER, lines, total=tables.ledger_sum(lines) if lines else ""),
            Rows(_("渠道调用"), tables.CALLS, calls_of(*numbers) if numbers else []),
        ]


HIS = [
    columns.Text("his_order_no", label=_("HIS 单号")),
    columns.Text("direction", label=_("方向"), accessor="get_direction_display"),
    columns.Money("amount_fen", label=_("金额")),
    columns.When("at", label=_("时间")),
]


class RequestFilter(WagtailFilterSet):
    """What narrows the requests down."""

    state = Choices(label=_("状态"), choices=RefundRequest.State.choices)
    created_at = DateRange(label=_("申请日期"))

    class Meta:
        model = RefundRequest
        fields: list[str] = []


class RefundRequestViewSet(RecordViewSet):
    """退款申请."""

    model = RefundRequest
    name = "desk_refund_requests"
    url_prefix = "desk/refund-requests"
    icon = "mail"
    menu_label = _("退款申请")
    inspect_view_class = RequestDetailView
    filterset_class = RequestFilter
    exact_fields = ("order__out_trade_no", "ref")
    search_hint = _("商户订单号")
    related = ("order__merchant",)
    list_display = [
        columns.Link("order", "desk_refund_requests:inspect", label=_("商户订单号"), accessor="order.out_trade_no"),
        columns.Money("amount", label=_("金额"), accessor="order.amount_fen"),
        columns.State("state", kind="request", label=_("状态")),
        columns.Text("reason", label=_("患者说明"), accessor=lambda row: mask_text(row.reason)),
        columns.When("created_at", label=_("申请时间")),
        columns.When("decided_at", label=_("处理时间")),
    ]


# --- settings --------------------------------------------------------------------------------------------------------
class PayRuleForm(forms.ModelForm):
    """Where which way to pay is offered."""

    class Meta:
        model = PayRule
        fields = ["merchant", "scene", "entrance", "kind", "campus", "sort", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the ways and the kinds by their Chinese names."""
        super().__init__(*args, **kwargs)
        from business.payments.methods import FITS

        self.fields["scene"] = forms.ChoiceField(
            label=_("支付方式"), choices=[(scene.value, scene.label) for scene in FITS]
        )
        named = [(kind.code, str(kind.label)) for kind in kinds.all_kinds()]
        self.fields["kind"] = forms.ChoiceField(
            label=_("业务类型"), required=False, choices=[("", _("所有业务")), *named]
        )
        self.fields["campus"].empty_label = str(_("所有院区"))


class PayRuleViewSet(SettingViewSet):
    """支付方式规则."""

    model = PayRule
    name = "desk_pay_rules"
    url_prefix = "desk/pay-rules"
    icon = "list-ul"
    menu_label = _("支付方式规则")
    related = ("merchant", "campus")
    intro = _("写得最具体的规则优先；没有合适的规则时，用订单所属商户的公众号支付。")
    list_display = [
        columns.Text("merchant", label=_("收款商户"), accessor="merchant.name"),
        columns.Text("scene", label=_("支付方式"), accessor=lambda row: tables.SCENES.get(row.scene, row.scene)),
        columns.Text("entrance", label=_("入口"), accessor="get_entrance_display"),
        columns.Text("kind", label=_("业务类型"), accessor=lambda row: tables.subject_label(row.kind) or _("所有业务")),
        columns.Text("campus", label=_("院区"), accessor=lambda row: row.campus.name if row.campus else _("所有院区")),
        columns.Text("is_active", label=_("启用")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Use the form that names things."""
        return PayRuleForm


class FinanceRuleViewSet(SettingViewSet):
    """财务规则."""

    model = FinanceRule
    name = "desk_finance_rules"
    url_prefix = "desk/finance-rules"
    icon = "cog"
    menu_label = _("财务规则")
    form_fields = ["four_eyes_fen", "bill_hour"]
    intro = _("只需一行；没有设置时，超过 ¥500.00 须双人复核，每天 10 点开始对前一日的账。")
    list_display = [
        columns.Link("pk", "desk_finance_rules:edit", label=_("规则"), accessor="__str__"),
        columns.Money("four_eyes_fen", label=_("双人复核起点")),
        columns.Text("bill_hour", label=_("对账开始时间（时）")),
    ]
