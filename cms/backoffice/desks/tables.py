"""The small tables of detail pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from business.integration.models import CallLog
from business.payments import kinds
from business.payments.models import Attempt, Incident, Order, Refund
from business.registration.models import Appointment
from business.security.masking import mask_text
from cms.backoffice.ui import columns, words
from cms.backoffice.ui.columns import Column

APPOINTMENT_WORDS = dict(Appointment.State.choices)
ORDER_WORDS = dict(Order.State.choices)


class Move(Column):
    """From one state to another, in Chinese."""

    def __init__(self, named: dict[str, Any]) -> None:
        """``named`` translates the states."""
        super().__init__("move", label=_("状态变化"))
        self.named = named

    def get_value(self, instance: Any) -> str:
        """Return ``before → after``."""
        after = self.named.get(instance.to_state, instance.to_state)
        before = self.named.get(instance.from_state, instance.from_state)
        return f"{before} → {after}" if before else str(after)


def history(named: dict[str, Any]) -> list[Column]:
    """Return the columns of a state history."""
    return [
        columns.When("at", label=_("时间")),
        Move(named),
        columns.Text("reason", label=_("原因"), accessor=lambda row: mask_text(row.reason)),
        columns.Text("actor", label=_("操作人")),
    ]


APPOINTMENT_EVENTS = history(APPOINTMENT_WORDS)
ORDER_EVENTS = history(ORDER_WORDS)
REFUND_EVENTS = history(dict(Refund.State.choices))
ORDERS = [
    columns.Link("out_trade_no", "desk_orders:inspect", permission="payments.view_order", label=_("商户订单号")),
    columns.State("state", label=_("状态")),
    columns.Money("amount_fen", label=_("金额")),
    columns.Money("refunded_fen", label=_("已退")),
    columns.When("created_at", label=_("创建时间")),
    columns.When("paid_at", label=_("支付时间")),
]
ATTEMPTS = [
    columns.Text("number", label=_("商户订单号")),
    columns.Text("merchant", label=_("收款商户"), accessor="merchant.name"),
    columns.Text("scene", label=_("支付方式"), accessor="get_scene_display"),
    columns.State("state", kind="attempt", label=_("状态")),
    columns.When("created_at", label=_("发起时间")),
]
PAYMENTS = [
    columns.Link("transaction_id", "desk_payments:inspect", permission="payments.view_payment", label=_("渠道交易号")),
    columns.Money("amount_fen", label=_("金额")),
    columns.When("success_at", label=_("渠道支付时间")),
    columns.Text("learned_by", label=_("得知方式"), accessor="get_learned_by_display"),
    columns.When("created_at", label=_("入账时间")),
]
REFUNDS = [
    columns.Link("out_refund_no", "desk_refunds:inspect", permission="payments.view_refund", label=_("商户退款单号")),
    columns.State("state", label=_("状态")),
    columns.Money("amount_fen", label=_("金额")),
    columns.Text("is_reversal", label=_("冲正")),
    columns.Text("reason", label=_("原因")),
    columns.When("created_at", label=_("申请时间")),
    columns.When("succeeded_at", label=_("到账时间")),
]
MESSAGES = [
    columns.Link("title", "desk_messages:inspect", permission="messaging.view_message", label=_("标题")),
    columns.State("state", label=_("状态")),
    columns.Text("problem", label=_("问题"), accessor=lambda row: mask_text(row.problem)),
    columns.When("created_at", label=_("创建时间")),
    columns.When("sent_at", label=_("发送时间")),
]
SCENES = dict(Attempt.Scene.choices)
SYSTEMS = {
    "his": _("HIS"),
    "wechat": _("微信公众号"),
    "wechatpay": _("微信支付"),
    "sms": _("短信"),
    "realname": _("实名核验"),
}


def system_label(row: CallLog) -> str:
    """Return the outside system in Chinese."""
    return str(SYSTEMS.get(row.system, row.system))


def subject_label(kind: str) -> str:
    """Return what an order kind is, in Chinese; a kind whose service is not installed keeps its code."""
    try:
        return str(kinds.get(kind).label)
    except LookupError:
        return kind


CALLS = [
    columns.When("at", label=_("时间")),
    columns.Text("system", label=_("系统"), accessor=system_label),
    columns.Link("operation", "desk_calls:inspect", permission="integration.view_calllog", label=_("接口")),
    columns.State("outcome", label=_("结果")),
    columns.Text("code", label=_("返回码")),
    columns.Count("duration_ms", label=_("耗时（毫秒）")),
]
LEDGER = [
    columns.When("at", label=_("记账时间"), accessor="entry.at"),
    columns.Text("event", label=_("事件"), accessor=lambda row: EVENTS.get(row.entry.event, row.entry.event)),
    columns.Text("account", label=_("科目"), accessor=lambda row: account_label(row.account)),
    columns.Money("debit", label=_("借"), accessor=lambda row: row.amount_fen if row.amount_fen > 0 else None),
    columns.Money("credit", label=_("贷"), accessor=lambda row: -row.amount_fen if row.amount_fen < 0 else None),
]
INCIDENTS = [
    columns.Link("sentence", "desk_incidents:inspect", permission="payments.view_incident", label=_("说明")),
    columns.State("state", kind="incident", label=_("状态")),
    columns.When("created_at", label=_("发现时间")),
]

EVENTS = {
    "paid": _("收款"),
    "settled": _("完成服务"),
    "refund_requested": _("申请退款"),
    "refund_succeeded": _("退款到账"),
}
ACCOUNTS = {
    "channel": _("渠道存款"),
    "suspense": _("待结转款"),
    "revenue": _("业务收入"),
    "refunds_payable": _("应退款"),
}


def account_label(account: str) -> str:
    """Return the ledger account in Chinese, with its particulars: ``channel:wechatpay:190…`` → 渠道存款 · …"""
    head, _colon, rest = account.partition(":")
    named = str(ACCOUNTS.get(head, head))
    return f"{named} · {rest if head == 'channel' else subject_label(rest)}" if rest else named


INCIDENT_KINDS = {
    "no_channel": _("商户没有配置密钥"),
    "reconciliation": _("对账有差异"),
    "reversal_blocked": _("冲正被业务系统拒绝"),
    "not_settled": _("付款后迟迟未完成"),
    "payment_mismatch": _("收款与订单不符"),
    "posting_failed": _("入账失败"),
    "prepay_refused": _("渠道拒绝下单"),
    "refund_abnormal": _("退款异常"),
    "refund_mismatch": _("退款与记录不符"),
    "refund_refused": _("渠道拒绝退款"),
    "refund_slow": _("退款迟迟未到账"),
    "refunded_outside": _("在系统之外退过款"),
    "registration.cancel": _("退号未完成"),
    "registration.confirm_free": _("免费预约未确认"),
    "registration.move_kept": _("改约后原号未退"),
    "registration.unlock": _("号源未释放"),
    "unknown_order": _("收到未知订单的款项"),
    "unknown_refund": _("收到未知退款的通知"),
}


def incident_label(row: Incident) -> str:
    """Return the kind of an incident in Chinese."""
    return str(INCIDENT_KINDS.get(row.kind, row.kind))


def ledger_sum(rows: list[Any]) -> str:
    """Say what the lines sum to; anything but nothing is an alarm."""
    total = sum(row.amount_fen for row in rows)
    return str(_("借贷平衡，合计 ¥0.00") if total == 0 else _("借贷不平！差额 %s") % words.yuan(total))
