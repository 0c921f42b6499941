"""预约结果: where a booking stands, told in the words of its state, with what can be done next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, fragment, here, parameters
from blocks.registration import samples, words
from blocks.registration.ticket import ticket_context
from business.integration.outcomes import OutsideError
from business.payments import queries as payments
from business.payments import services as payment_services
from business.payments.errors import PostingRefused
from business.payments.models import Order, Refund
from business.registration import queries, services
from business.registration.kind import KIND
from business.registration.models import Appointment
from business.registration.services.cancel import why_not_cancellable
from themes.templatetags.portal_tags import clock, yuan

State = Appointment.State
NO_ANSWER = _("暂时查不到支付结果。如果您已经付款，请放心：款项不会丢失，稍后会自动确认。")
# Seconds until the page asks again, each time a little longer; after the last it stops and offers a button.
PAUSES = (1, 2, 2, 3, 3, 5, 5, 8, 8, 13, 13, 20, 20, 30, 30, 30, 60, 60, 60)
WAITING = frozenset({State.LOCKING, State.RELEASING, State.CONFIRMING, State.CANCELLING})


@dataclass(frozen=True)
class Head:
    """The picture and the words at the top; ``mark`` is success, wait, fail or closed."""

    mark: str
    title: Any
    text: Any


def head_of(appointment: Appointment, order: Order | None, refund: Refund | None, value: Mapping[str, Any]) -> Head:
    """Return the header of a booking's state."""
    state = appointment.state
    if state == State.HELD and order is not None and order.state == Order.State.PAYING:
        return Head("wait", _("等待支付结果"), _("已经付款的，正在等微信确认，请稍候；还没有付款的，请继续支付。"))
    if state == State.BOOKED:
        if appointment.slot.ends_at < timezone.now():
            return Head("closed", _("就诊时间已过"), _("如需再次就诊，请重新预约。"))
        return Head("success", value.get("booked_title") or _("预约成功"), value.get("booked_text") or "")
    reason = appointment.reason
    heads = {
        State.LOCKING: Head("wait", _("正在为您锁定号源"), _("医院系统正在确认，请不要离开，通常几秒钟就好。")),
        State.HELD: Head("wait", _("等待支付"), _("号源已为您保留，支付后才算预约成功。")),
        State.CONFIRMING: Head(
            "wait",
            _("正在向医院确认"),
            _("您的付款已收到，医院确认后立即通知您；没有确认成功会全额退款。")
            if appointment.fee_fen
            else _("医院确认后立即通知您。"),
        ),
        State.RELEASING: Head("wait", _("正在取消"), _("正在释放号源，请稍候。")),
        State.CANCELLING: Head("wait", _("正在退号"), _("正在与医院办理退号，完成后费用原路退回。")),
        State.EXPIRED: Head("closed", _("超时未支付，已自动取消"), _("号源已释放，没有扣款。需要就诊请重新预约。")),
        State.CANCELLED: Head("closed", _("预约已取消"), reason or ""),
        State.FAILED: Head(
            "fail",
            _failed_title(refund),
            reason or _("医院没有接受这次预约。"),
        ),
    }
    return heads[State(state)]


def _failed_title(refund: Refund | None) -> Any:
    """Say in the first line what the patient fears most: where the money is."""
    if refund is None:
        return _("预约未成功")
    return _("预约未成功，已退款") if refund.state == Refund.State.SUCCEEDED else _("预约未成功，正在退款")


def refund_view(refund: Refund | None) -> dict[str, Any] | None:
    """Return the progress of a refund in words."""
    if refund is None:
        return None
    told = {
        Refund.State.REQUESTED: ("few", _("退款已提交"), _("款项将原路退回您的付款账户，一般几分钟内到账。")),
        Refund.State.PROCESSING: ("few", _("退款处理中"), _("微信支付正在处理，原路退回，最迟 1–3 个工作日到账。")),
        Refund.State.SUCCEEDED: ("ok", _("退款已完成"), _("款项已原路退回您的付款账户。")),
        Refund.State.ABNORMAL: ("danger", _("退款需要人工处理"), _("工作人员会尽快为您办理，款项不会丢失。")),
    }
    tone, title, text = told[Refund.State(refund.state)]
    return {
        "tone": tone,
        "title": f"{title} {yuan(refund.amount_fen)}",
        "text": text,
        "moment": refund.succeeded_at,
        "pending": refund.state in (Refund.State.REQUESTED, Refund.State.PROCESSING),
    }


def _mine(asked: ActionRequest) -> Appointment:
    assert asked.account is not None  # noqa: S101  # the block needs an account
    return queries.get_appointment(asked.account, asked.data.get("appointment", ""))


def _result(asked: ActionRequest, appointment: Appointment) -> GoTo:
    page = asked.page.get_url(asked.request) or ""
    return GoTo(roles.with_query(page, appointment=appointment.ref))


def cancel(asked: ActionRequest) -> ActionResult:
    """Cancel the booking; CannotCancel comes back as a sentence at the button."""
    appointment = _mine(asked)
    assert asked.account is not None  # noqa: S101
    return _result(asked, services.cancel(account=asked.account, appointment_ref=appointment.ref))


def check(asked: ActionRequest) -> ActionResult:
    """Ask the payment channel now instead of waiting for its notice."""
    appointment = _mine(asked)
    order = payments.order_of_subject(KIND, appointment.ref)
    if order is not None:
        try:
            order = payment_services.check_order(order)
        except (OutsideError, PostingRefused):
            return Again({"form_error": NO_ANSWER})
        if order.state in (Order.State.CREATED, Order.State.PAYING):
            return Again({"form_error": _("还没有收到付款。如果刚刚付过，请等几秒再查。")})
    return _result(asked, appointment)


class ResultBlock(PortalBlock):
    """One booking of the account."""

    delivery = "island"
    serves = "registration.result"
    links_to = (
        "registration.mine",
        "home",
        "payments.checkout",
        "registration.departments",
        "registration.move",
        "visits.queue",
    )
    needs_account = True
    actions = {"cancel": cancel, "check": check}
    skeleton = "rows"

    booked_title = blocks.CharBlock(label=_("成功标题"), default=_("预约成功，无需取号"), max_length=20, required=False)
    booked_text = blocks.CharBlock(
        label=_("成功说明"), default=_("凭下方二维码到自助机或诊区签到"), max_length=60, required=False
    )
    show_code = blocks.BooleanBlock(label=_("显示就诊二维码"), default=True, required=False)
    code_note = blocks.CharBlock(
        label=_("二维码说明"), default=_("每 60 秒自动更新，请勿截图转发"), max_length=40, required=False
    )
    bring_text = blocks.TextBlock(
        label=_("就诊要带什么"),
        default=_("请带好有效身份证件、医保卡或医保电子凭证，以及以往的病历和检查报告。"),
        max_length=300,
        required=False,
    )
    show_calendar = blocks.BooleanBlock(label=_("显示加入日历"), default=True, required=False)
    move_text = blocks.CharBlock(label=_("改约按钮"), default=_("改约"), max_length=12, required=False)
    cancel_text = blocks.CharBlock(label=_("取消按钮"), default=_("取消预约"), max_length=12, required=False)
    mine_text = blocks.CharBlock(label=_("我的预约按钮"), default=_("我的预约"), max_length=12, required=False)
    home_text = blocks.CharBlock(label=_("返回首页按钮"), default=_("返回首页"), max_length=12, required=False)

    class Meta:
        label = _("预约结果")
        icon = "success"
        group = GROUP_REGISTRATION
        description = _("预约的进展、就诊二维码、退款进度，可去支付或取消预约。")
        template = "blocks/registration/result.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the appointment of ``?appointment=`` with its order and refund; at most 6 SQL."""
        request, asked = context.get("request"), parameters(context)
        account = account_in(context)
        mine_url = roles.url_for("registration.mine", request) or ""
        home_url = roles.url_for("home", request) or "/"
        if account is None or not asked.get("appointment"):
            return {"appointment": None, "mine_url": mine_url, "home_url": home_url}
        appointment = queries.get_appointment(account, asked["appointment"])
        order = payments.order_of_subject(KIND, appointment.ref) if appointment.fee_fen else None
        refund = order.refunds.order_by("-pk").first() if order and order.state in _WITH_REFUND else None
        state = appointment.state
        upcoming = state == State.BOOKED and appointment.slot.ends_at >= timezone.now()
        return {
            "appointment": appointment,
            "head": head_of(appointment, order, refund, value),
            "facts": self._facts(appointment, order, words.map_url(appointment, request) if upcoming else ""),
            "ticket": ticket_context(appointment, value.get("code_note") or "")
            if upcoming and value.get("show_code")
            else None,
            "refund": refund_view(refund),
            "bring": (value.get("bring_text") or "") if upcoming else "",
            "calendar_url": reverse("visit-calendar", args=[appointment.ref])
            if upcoming and value.get("show_calendar")
            else "",
            "move_url": (roles.url_for("registration.move", request, appointment=appointment.ref) or "")
            if upcoming and appointment.slot.starts_at > timezone.now()
            else "",
            "today": self._today(appointment, request) if upcoming else None,
            "is_held": state == State.HELD,
            "is_asked": bool(order and order.state == Order.State.PAYING),
            "pay_url": (roles.url_for("payments.checkout", request, order=order.ref) or "")
            if order and state == State.HELD
            else "",
            "cancel": self._cancel(appointment, order) if upcoming or state == State.HELD else None,
            "again_url": (roles.url_for("registration.departments", request) or "")
            if state in (State.EXPIRED, State.CANCELLED, State.FAILED)
            else "",
            "poll": self._poll(context, appointment, order, refund),
            "is_waiting": state in WAITING,
            "self_url": here(context, n=None),
            "mine_url": mine_url,
            "home_url": home_url,
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up success."""
        return samples.result(value)

    @staticmethod
    def _facts(appointment: Appointment, order: Order | None, way_url: str) -> list[dict[str, Any]]:
        rows = words.appointment_facts(appointment, way_url)
        if not appointment.fee_fen:
            rows.append(words.fact(_("挂号费"), _("免费")))
        elif order is not None and order.paid_at:
            rows.append(words.fact(_("已支付"), f"{yuan(order.amount_fen)} {_('微信支付')}"))
            if order.refunded_fen:
                rows.append(words.fact(_("已退款"), _("{amount} 原路退回").format(amount=yuan(order.refunded_fen))))
        else:
            rows.append(words.fact(_("挂号费"), yuan(appointment.fee_fen)))
        if appointment.his_order_no:
            rows.append(words.fact(_("挂号单号"), appointment.his_order_no))
        return rows

    @staticmethod
    def _today(appointment: Appointment, request: Any) -> dict[str, Any] | None:
        """Return the way to check-in and queue on the day of the visit."""
        if appointment.slot.schedule.date != timezone.localdate():
            return None
        url = roles.url_for("visits.queue", request, appointment=appointment.ref)
        return {"url": url, "label": _("报到与候诊进度")} if url else None

    @staticmethod
    def _cancel(appointment: Appointment, order: Order | None) -> dict[str, Any]:
        if appointment.state == State.HELD:
            return {"forbidden": "", "text": _("取消后这个号会立即释放给其他患者。您还没有付款，不产生费用。")}
        forbidden = why_not_cancellable(appointment)
        amount = order.amount_fen if order else 0
        text = (
            str(_("取消后号源释放，挂号费 {amount} 将原路退回您的付款账户。")).format(amount=yuan(amount))
            if amount
            else _("取消后号源释放。这次预约没有费用。")
        )
        return {"forbidden": forbidden, "text": text}

    @staticmethod
    def _poll(
        context: Mapping[str, Any], appointment: Appointment, order: Order | None, refund: Refund | None
    ) -> dict[str, Any] | None:
        asked_channel = appointment.state == State.HELD and order and order.state == Order.State.PAYING
        refunding = refund is not None and refund.state in (Refund.State.REQUESTED, Refund.State.PROCESSING)
        if not (appointment.state in WAITING or asked_channel or refunding):
            return None
        asked = parameters(context).get("n", "0")
        n = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0  # noqa: PLR2004
        if n >= len(PAUSES):
            return {"stopped": True}
        # A refund takes its time: asking slower costs nobody anything.
        return {
            "stopped": False,
            "seconds": PAUSES[n] * (3 if refunding and appointment.state not in WAITING else 1),
            "url": fragment(context, n=n + 1),
            "since": clock(timezone.now()),
        }


_WITH_REFUND = (Order.State.PAID, Order.State.SETTLED, Order.State.REFUNDING, Order.State.REFUNDED)
