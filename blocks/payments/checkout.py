"""收银台: what is to be paid, until when, and the way into the channel's cashier."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_PAYMENTS, PortalBlock
from blocks.client_address import source_ip
from blocks.patients.here import account_in, here, parameters
from blocks.payments import results, samples
from blocks.registration.ticket import qr_svg
from blocks.visitor import entrance_of
from business.finance import requests as finance
from business.finance.errors import CannotFile
from business.integration.outcomes import OutsideError
from business.payments import errors, methods, queries, services
from business.payments.errors import PostingRefused
from business.payments.models import Order
from business.payments.services import CashierTicket
from themes.templatetags.portal_tags import yuan

S = Order.State
NO_ANSWER = _("暂时查不到支付结果。如果您已经付款，请放心：款项不会丢失，稍后会自动确认。")
PAYABLE = (S.CREATED, S.PAYING)
WITH_MONEY = (S.PAID, S.SETTLED, S.REFUNDING, S.REFUNDED)


def bridge_parameters(ticket: CashierTicket) -> dict[str, str]:
    """Return what ``getBrandWCPayRequest`` and the cashier page take (protocols.md §2)."""
    return {
        "appId": ticket.app_id,
        "timeStamp": ticket.timestamp,
        "nonceStr": ticket.nonce,
        "package": ticket.package,
        "signType": ticket.sign_type,
        "paySign": ticket.pay_sign,
    }


def cashier_address(ticket: CashierTicket, return_url: str) -> str:
    """Return the address of the cashier page with everything it checks."""
    parts = urlsplit(ticket.cashier_url)
    query = {**bridge_parameters(ticket), **dict(parse_qsl(parts.query)), "return_url": return_url}
    return urlunsplit(parts._replace(query=urlencode(query)))


def _refund_facts(order: Order) -> dict[str, Any]:
    """Return the patient's request for money back, and whether one may be filed; at most 3 SQL, none while payable."""
    if order.state in PAYABLE:
        return {"refund_request": None, "may_ask_refund": False}
    filed = finance.latest_of(order)
    return {
        "refund_request": filed,
        "may_ask_refund": (filed is None or filed.state == filed.State.REFUSED) and not finance.why_not(order),
    }


def _entrance(request: HttpRequest | None) -> str:
    return entrance_of(request.headers.get("User-Agent", "") if request else "")


def _order_of(asked: ActionRequest) -> Order:
    assert asked.account is not None  # noqa: S101  # the block needs an account
    return queries.get_order(asked.account, asked.data.get("order", ""))


def pay(asked: ActionRequest) -> ActionResult:
    """Announce the order to the channel and open its cashier: inside WeChat in place, elsewhere as a page."""
    assert asked.account is not None  # noqa: S101
    order = _order_of(asked)
    done_url = results.result_url(order, asked.request)
    entrance = entrance_of(asked.request.headers.get("User-Agent", ""))
    try:
        ticket = services.begin_payment(
            order_ref=order.ref,
            account=asked.account,
            client_ip=source_ip(asked.request) or "",
            method=methods.chosen(order, asked.data.get("method", ""), entrance=entrance),
        )
    except errors.AlreadyPaid:
        return GoTo(done_url)
    if ticket.code_url:
        return Again({"scan": {"svg": qr_svg(ticket.code_url)}}, status=200)
    if ticket.h5_url:
        back = asked.request.build_absolute_uri(done_url)
        return GoTo(f"{ticket.h5_url}&{urlencode({'redirect_url': back})}")
    if entrance == "wechat":
        return Again(
            {
                "ticket": {
                    "params_json": json.dumps(bridge_parameters(ticket)),
                    "cashier_url": cashier_address(ticket, asked.request.build_absolute_uri(done_url))
                    if ticket.cashier_url
                    else done_url,
                    "done_url": done_url,
                }
            },
            status=200,
        )
    if ticket.cashier_url:
        return GoTo(cashier_address(ticket, asked.request.build_absolute_uri(done_url)))
    return Again({"form_error": _("请在微信中打开本页完成支付：号源仍为您保留，重新打开不会重复扣款。")})


def check(asked: ActionRequest) -> ActionResult:
    """Ask the channel what became of the payment; the result page knows the rest."""
    order = _order_of(asked)
    try:
        order = services.check_order(order)
    except (OutsideError, PostingRefused):
        return Again({"form_error": NO_ANSWER})
    if order.state in WITH_MONEY or order.state == S.CLOSED:
        return GoTo(results.result_url(order, asked.request))
    return Again({"form_error": _("还没有收到付款。如果刚刚付过，请等几秒再查。"), "form_error_tone": "info"})


def cancel(asked: ActionRequest) -> ActionResult:
    """Give up what is not paid, by the kind's own service."""
    assert asked.account is not None  # noqa: S101
    order = _order_of(asked)
    pages = results.pages_of(order)
    if pages is not None and pages.cancel is not None:
        pages.cancel(asked.account, order)
    return GoTo(results.result_url(order, asked.request))


class RefundForm(forms.Form):
    """Why a patient asks for money back that became nothing (38.1)."""

    reason = forms.CharField(
        label=_("情况说明"),
        min_length=5,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明情况"), "min_length": _("请写得具体一些，至少 5 个字")},
    )


def ask_refund(asked: ActionRequest) -> ActionResult:
    """File a request for the money of an order that became nothing; finance checks and decides."""
    assert asked.account is not None  # noqa: S101
    order = _order_of(asked)
    form = RefundForm(asked.data)
    if not form.is_valid():
        return Again({"refund_problem": form.errors["reason"][0], "refund_reason": asked.data.get("reason", "")})
    try:
        finance.file_request(account=asked.account, order_ref=order.ref, reason=form.cleaned_data["reason"])
    except CannotFile as refusal:
        return Again({"refund_problem": refusal.sentence, "refund_reason": form.cleaned_data["reason"]})
    return GoTo(here_with(asked, order))


def here_with(asked: ActionRequest, order: Order) -> str:
    """Return the checkout of an order, where the request's state is shown."""
    return roles.url_for("payments.checkout", asked.request, order=order.ref) or "/"


class CheckoutBlock(PortalBlock):
    """One order of the account, and the button that pays it."""

    delivery = "island"
    serves = "payments.checkout"
    needs_account = True
    actions = {"pay": pay, "check": check, "cancel": cancel, "ask_refund": ask_refund}
    skeleton = "rows"

    amount_title = blocks.CharBlock(label=_("金额上方文字"), default=_("应付金额"), max_length=20, required=False)
    button_text = blocks.CharBlock(label=_("支付按钮"), default=_("微信支付"), max_length=12, required=False)
    notice = blocks.CharBlock(
        label=_("提示"), default=_("支付成功后才算预约成功，逾时未支付将自动取消。"), max_length=120, required=False
    )
    expired_title = blocks.CharBlock(label=_("超时标题"), default=_("支付时间已过"), max_length=20, required=False)
    expired_text = blocks.CharBlock(
        label=_("超时说明"), default=_("号源已释放，没有扣款。需要就诊请重新预约。"), max_length=80, required=False
    )

    class Meta:
        label = _("收银台")
        icon = "form"
        group = GROUP_PAYMENTS
        description = _("显示订单金额和剩余时间，调起微信支付；支付后到结果页。")
        template = "blocks/payments/checkout.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the order of ``?order=``, of the account only; at most 6 SQL."""
        request, ref = context.get("request"), parameters(context).get("order", "")
        account = account_in(context)
        home_url = roles.url_for("home", request) or "/"
        if not ref or account is None:
            return {"order": None, "home_url": home_url}
        order = queries.get_order(account, ref)
        pages = results.pages_of(order)
        ways = methods.offered(order, entrance=_entrance(request)) if order.state in PAYABLE else []
        over = order.state == S.CLOSED or (order.state in PAYABLE and timezone.now() >= order.expires_at)
        return {
            "order": order,
            "home_url": home_url,
            "view": "paid"
            if order.state in WITH_MONEY
            else "closing"
            if order.state == S.CLOSING
            else "over"
            if over
            else "pay",
            "facts": pages.facts(account, order) if pages and pages.facts else [],
            "kept_text": pages.kept_text if pages else "",
            "cancel_label": pages.cancel_label if pages and pages.cancel else "",
            "cancel_text": pages.cancel_text if pages else "",
            "result_url": results.result_url(order, request),
            "pay_label": f"{value.get('button_text') or _('支付')} {yuan(order.amount_fen)}",
            "asked_channel": order.state == S.PAYING,
            **_refund_facts(order),
            "ways": ways,
            "ticket": None,
            "scan": None,
            "self_url": here(context),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up order."""
        return samples.checkout(value)
