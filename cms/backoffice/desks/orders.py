"""订单, 收款, 退款: what patients paid, what for, and what went back."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from blocks.client_address import source_ip
from business.integration import outbox
from business.integration.models import CallLog, OutboxItem
from business.payments.models import LedgerLine, Merchant, Order, Payment, Refund
from business.payments.services.refunding import refund_key
from business.registration.models import Appointment
from business.security.crypto import blind_index
from business.security.errors import PortalError
from cms.backoffice.desks import tables
from cms.backoffice.ui import columns, words
from cms.backoffice.ui.details import Action, DetailView
from cms.backoffice.ui.filters import Choices, DateRange, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.sections import Facts, Rows, Section, Tag, To
from cms.backoffice.ui.viewsets import RecordViewSet

EXPORT = "backoffice.export_money"
LATEST = 50


def kind_label(row: Any) -> str:
    """Return what an order is for, in Chinese."""
    return tables.subject_label(row.kind)


def calls_of(*numbers: str) -> QuerySet[CallLog]:
    """Return the latest calls about the given numbers."""
    return CallLog.objects.filter(trade_no__in=[one for one in numbers if one]).order_by("-pk")[:LATEST]


class OrderFilter(WagtailFilterSet):
    """What narrows the orders down."""

    state = Choices(label=_("状态"), choices=Order.State.choices)
    created_at = DateRange(label=_("创建日期"))
    merchant = ModelChoice(label=_("收款商户"), queryset=Merchant.objects.order_by("code"))

    class Meta:
        model = Order
        fields: list[str] = []


class OrderIndexView(DeskIndexView):
    """Orders, found by any number that a patient, the channel or HIS may quote."""

    def found_by(self, text: str) -> Q:
        """Search our numbers, the channel's transaction and the refund's."""
        payments = Payment.objects.filter(merchant__in=Merchant.objects.values("pk"), transaction_id=text)
        refunds = Refund.objects.filter(out_refund_no=text)
        query = Q(pk__in=payments.values("order_id")) | Q(pk__in=refunds.values("order_id"))
        return super().found_by(text) | query


class CodeForm(forms.Form):
    """The code on the payer's phone, read by the scanner at the window."""

    auth_code = forms.RegexField(
        label=_("付款码"),
        regex=r"^1[0-5]\d{16}$",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": _("请扫描付款码"), "invalid": _("付款码应为 18 位数字，请让患者刷新后重扫")},
    )


def _take_code(view: DetailView, row: Order, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Hand the code to the worker at once; the page shows a moment later what became of it."""
    actor = view.request.user.get_username()
    outbox.enqueue(
        "payments.pay_code",
        {
            "order_ref": row.ref,
            "auth_code": cleaned["auth_code"],
            "device_ip": source_ip(view.request) or "127.0.0.1",
            "store_id": row.merchant.code,
            "actor": f"staff:{actor}",
        },
        key=f"pay_code:{row.ref}:{blind_index('payments.code', cleaned['auth_code'])[:32]}",
    )
    return {"out_trade_no": row.out_trade_no}


class OrderDetailView(DetailView):
    """One order with its money."""

    actions = (
        Action(
            code="take_code",
            title=_("窗口扫付款码"),
            button=_("收款"),
            permission="payments.take_payment",
            event="order.code_taken",
            perform=_take_code,
            form_class=CodeForm,
            applies=lambda row: row.state in {Order.State.CREATED, Order.State.PAYING},
            note=_("扫描患者微信“付款”里的条码；需输密码的会显示支付中，请稍候刷新。"),
            done=_("已提交渠道，请刷新查看结果"),
        ),
    )

    def get_sections(self) -> list[Section]:
        """Facts, history, payments, refunds, ledger, incidents, calls."""
        row: Order = self.object
        lines = list(LedgerLine.objects.filter(entry__order=row).select_related("entry").order_by("pk"))
        refunds = list(row.refunds.order_by("pk"))
        attempts = list(row.attempts.select_related("merchant"))
        sections: list[Section] = [
            Facts(_("订单"), self._facts(row)),
            Rows(_("状态记录"), tables.ORDER_EVENTS, row.events.all()),
            Rows(_("支付尝试"), tables.ATTEMPTS, attempts),
            Rows(_("收款"), tables.PAYMENTS, row.payments.order_by("pk")),
            Rows(_("退款"), tables.REFUNDS, refunds),
            Rows(_("分录"), tables.LEDGER, lines, total=tables.ledger_sum(lines) if lines else ""),
            Rows(_("资金异常"), tables.INCIDENTS, row.incidents.order_by("-pk")),
        ]
        numbers = [*[one.number for one in attempts], *[refund.out_refund_no for refund in refunds]]
        sections.append(Rows(_("渠道调用"), tables.CALLS, calls_of(*numbers), note=_("最近的在前")))
        return sections

    def _facts(self, row: Order) -> list[tuple[Any, Any]]:
        subject: Any = row.subject_ref
        if row.kind == "registration" and self.may("registration.view_appointment"):
            pk = Appointment.objects.filter(ref=row.subject_ref).values_list("pk", flat=True).first()
            subject = To(row.subject_ref, self.link("desk_appointments:inspect", "registration.view_appointment", pk))
        return [
            (_("商户订单号"), row.out_trade_no),
            (_("状态"), Tag(row.state, row.get_state_display())),
            (_("业务"), kind_label(row)),
            (_("业务编号"), subject),
            (_("商品描述"), row.description),
            (_("金额"), words.yuan(row.amount_fen)),
            (_("已退"), words.yuan(row.refunded_fen)),
            (_("收款商户"), row.merchant.name),
            (_("账户"), row.account.ref),
            (_("创建时间"), row.created_at),
            (_("支付截止"), row.expires_at),
            (_("支付时间"), row.paid_at),
            (_("完成时间"), row.settled_at),
            (_("下次查询"), row.next_check_at),
            (_("已查询次数"), row.checks),
        ]


class OrderViewSet(RecordViewSet):
    """订单."""

    model = Order
    name = "desk_orders"
    url_prefix = "desk/orders"
    icon = "clipboard-list"
    menu_label = _("订单")
    index_view_class = OrderIndexView
    inspect_view_class = OrderDetailView
    filterset_class = OrderFilter
    exact_fields = ("out_trade_no", "ref", "subject_ref")
    search_hint = _("订单号、业务编号、渠道交易号或退款单号")
    related = ("merchant", "account")
    list_display = [
        columns.Link("out_trade_no", "desk_orders:inspect", label=_("商户订单号"), sort_key="pk"),
        columns.Text("kind", label=_("业务"), accessor=kind_label),
        columns.Text("description", label=_("商品描述")),
        columns.Money("amount_fen", label=_("金额")),
        columns.Money("refunded_fen", label=_("已退")),
        columns.State("state", label=_("状态")),
        columns.When("created_at", label=_("创建时间")),
        columns.When("paid_at", label=_("支付时间")),
    ]


class PaymentFilter(WagtailFilterSet):
    """What narrows the payments down."""

    success_at = DateRange(label=_("支付日期"))
    merchant = ModelChoice(label=_("收款商户"), queryset=Merchant.objects.order_by("code"))

    class Meta:
        model = Payment
        fields: list[str] = []


class SumIndexView(DeskIndexView):
    """A list of sums, with the sum of everything the filter lets through."""

    def totals(self) -> list[tuple[Any, str]]:
        """Return number and sum."""
        found = self.object_list.order_by().aggregate(total=Sum("amount_fen"))
        return [(_("合计金额"), words.yuan(found["total"] or 0))]


class PaymentIndexView(SumIndexView):
    """Payments, found by the channel's number or ours."""

    def found_by(self, text: str) -> Q:
        """Use the unique index of merchant and transaction."""
        return Q(merchant__in=Merchant.objects.values("pk"), transaction_id=text) | super().found_by(text)


class PaymentDetailView(DetailView):
    """One payment."""

    def get_sections(self) -> list[Section]:
        """Facts, refunds out of it, calls."""
        row: Payment = self.object
        order = self.link("desk_orders:inspect", "payments.view_order", row.order_id)
        return [
            Facts(
                _("收款"),
                [
                    (_("渠道交易号"), row.transaction_id),
                    (_("商户订单号"), To(row.order.out_trade_no, order)),
                    (_("金额"), words.yuan(row.amount_fen)),
                    (_("收款商户"), row.merchant.name),
                    (_("渠道支付时间"), row.success_at),
                    (_("得知方式"), row.get_learned_by_display()),
                    (_("用途"), _("支付订单") if row.pays_id else _("重复支付，自动退回")),
                    (_("已申请退款"), words.yuan(row.refund_requested_fen)),
                    (_("入账时间"), row.created_at),
                ],
            ),
            Rows(_("退款"), tables.REFUNDS, row.refunds.order_by("pk")),
            Rows(_("渠道调用"), tables.CALLS, calls_of(row.order.out_trade_no)),
        ]


class PaymentViewSet(RecordViewSet):
    """收款."""

    model = Payment
    name = "desk_payments"
    url_prefix = "desk/payments"
    icon = "download"
    menu_label = _("收款")
    index_view_class = PaymentIndexView
    inspect_view_class = PaymentDetailView
    filterset_class = PaymentFilter
    exact_fields = ("order__out_trade_no",)
    search_hint = _("渠道交易号或商户订单号")
    related = ("order", "merchant")
    ordering = "-pk"
    export_permission = EXPORT
    list_export = ["transaction_id", "order.out_trade_no", "amount_fen", "merchant.name", "success_at", "learned_by"]
    export_headings = {
        "transaction_id": _("渠道交易号"),
        "order.out_trade_no": _("商户订单号"),
        "amount_fen": _("金额（分）"),
        "merchant.name": _("收款商户"),
        "success_at": _("渠道支付时间"),
        "learned_by": _("得知方式"),
    }
    list_display = [
        columns.Link("transaction_id", "desk_payments:inspect", label=_("渠道交易号")),
        columns.Text("order", label=_("商户订单号"), accessor="order.out_trade_no"),
        columns.Money("amount_fen", label=_("金额"), sort_key="amount_fen"),
        columns.Text("merchant", label=_("收款商户"), accessor="merchant.name"),
        columns.When("success_at", label=_("渠道支付时间")),
        columns.Text("learned_by", label=_("得知方式"), accessor="get_learned_by_display"),
    ]


class RefundFilter(WagtailFilterSet):
    """What narrows the refunds down."""

    state = Choices(label=_("状态"), choices=Refund.State.choices)
    created_at = DateRange(label=_("申请日期"))

    class Meta:
        model = Refund
        fields: list[str] = []


UNFINISHED = frozenset({Refund.State.REQUESTED, Refund.State.PROCESSING})


def _retry(view: DetailView, row: Refund, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Have the outbox ask the channel again, now, under the same refund number: it can never be paid out twice."""
    key = refund_key(row)
    item = OutboxItem.objects.select_for_update().filter(key=key).first()
    if item is None:
        outbox.enqueue("payments.refund", {"out_refund_no": row.out_refund_no}, key=key)
    elif item.state == OutboxItem.State.DEAD:
        outbox.revive(item)
    elif item.state == OutboxItem.State.PENDING:
        outbox.wake(key)
    else:
        raise PortalError(str(_("系统认为这笔退款已经办完，请刷新后再看")))
    return {"out_refund_no": row.out_refund_no, "state": row.state, "reason": cleaned["reason"]}


def _redirect(view: DetailView, row: Refund, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Have an abnormal refund sent to the hospital's own bank account, from where it is paid out by hand."""
    key = f"redirect:{row.out_refund_no}:{row.events.count()}"
    outbox.enqueue("payments.redirect_refund", {"out_refund_no": row.out_refund_no}, key=key)
    return {"out_refund_no": row.out_refund_no, "reason": cleaned["reason"]}


class RefundDetailView(DetailView):
    """One refund."""

    actions = (
        Action(
            code="redirect",
            title=_("退到医院账户"),
            button=_("退到医院账户"),
            permission="backoffice.retry_refund",
            event="refund.redirected",
            perform=_redirect,
            applies=lambda row: row.state == Refund.State.ABNORMAL,
            note=_("原路退回失败时用：款项退到医院结算账户，再由财务线下退给患者。"),
            done=_("已提交渠道，请刷新查看结果"),
            is_grave=True,
        ),
        Action(
            code="retry",
            title=_("立即重试"),
            button=_("立即重试"),
            permission="backoffice.retry_refund",
            event="refund.retried",
            perform=_retry,
            applies=lambda row: row.state in UNFINISHED,
            note=_("退款单号不变，渠道按单号去重，不会重复退款。"),
            done=_("已安排立即向渠道查询或重新申请"),
        ),
    )

    def get_sections(self) -> list[Section]:
        """Facts, ledger, calls."""
        row: Refund = self.object
        order = self.link("desk_orders:inspect", "payments.view_order", row.order_id)
        payment = self.link("desk_payments:inspect", "payments.view_payment", row.payment_id)
        lines = list(
            LedgerLine.objects.filter(entry__order=row.order, entry__key__endswith=row.out_refund_no)
            .select_related("entry")
            .order_by("pk")
        )
        return [
            Facts(
                _("退款"),
                [
                    (_("商户退款单号"), row.out_refund_no),
                    (_("状态"), Tag(row.state, row.get_state_display())),
                    (_("金额"), words.yuan(row.amount_fen)),
                    (_("原因"), row.reason),
                    (_("冲正"), row.is_reversal),
                    (_("申请人"), row.actor),
                    (_("商户订单号"), To(row.order.out_trade_no, order)),
                    (_("渠道交易号"), To(row.payment.transaction_id, payment)),
                    (_("渠道退款号"), row.channel_refund_id),
                    (_("问题"), row.problem),
                    (_("申请时间"), row.created_at),
                    (_("到账时间"), row.succeeded_at),
                ],
            ),
            Rows(_("状态记录"), tables.REFUND_EVENTS, row.events.all()),
            Rows(_("分录"), tables.LEDGER, lines, total=tables.ledger_sum(lines) if lines else ""),
            Rows(_("渠道调用"), tables.CALLS, calls_of(row.out_refund_no, row.order.out_trade_no)),
        ]


class RefundViewSet(RecordViewSet):
    """退款."""

    model = Refund
    name = "desk_refunds"
    url_prefix = "desk/refunds"
    icon = "upload"
    menu_label = _("退款")
    index_view_class = SumIndexView
    inspect_view_class = RefundDetailView
    filterset_class = RefundFilter
    exact_fields = ("out_refund_no", "order__out_trade_no", "ref")
    search_hint = _("退款单号或商户订单号")
    related = ("order", "payment")
    export_permission = EXPORT
    list_export = ["out_refund_no", "order.out_trade_no", "amount_fen", "state", "reason", "created_at", "succeeded_at"]
    export_headings = {"order.out_trade_no": _("商户订单号")}
    list_display = [
        columns.Link("out_refund_no", "desk_refunds:inspect", label=_("商户退款单号"), sort_key="pk"),
        columns.Text("order", label=_("商户订单号"), accessor="order.out_trade_no"),
        columns.Money("amount_fen", label=_("金额"), sort_key="amount_fen"),
        columns.State("state", label=_("状态")),
        columns.Text("is_reversal", label=_("冲正")),
        columns.Text("reason", label=_("原因")),
        columns.When("created_at", label=_("申请时间")),
        columns.When("succeeded_at", label=_("到账时间")),
    ]
