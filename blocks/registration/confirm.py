"""预约确认: what is booked, for whom, by which rules; one button that holds the slot."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo, requires_sign_in
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, here, parameters, sign_in_url
from blocks.patients.views_of import patient_view
from blocks.payments.results import checkout_url
from blocks.registration import samples, words
from business.patients.errors import PatientBlocked
from business.registration import errors, queries, services
from business.registration.models import Appointment, Slot
from business.registration.rules import rule_for
from business.security.errors import PortalError
from business.security.refs import new_ref
from themes.templatetags.portal_tags import clock, cn_date

State = Appointment.State
LONGEST_KEY = 40


@requires_sign_in
def hold(asked: ActionRequest) -> ActionResult:
    """Hold the slot for the chosen patient, then on to the checkout, or to the result where nothing is to be paid.

    The slot comes from the form, everything that matters of it (fee, clinic, time) from the database.
    """
    assert asked.account is not None  # noqa: S101  # requires_sign_in
    patient_ref, slot_ref = asked.data.get("patient", ""), asked.data.get("slot", "")
    if not patient_ref:
        return _again(asked, _("请选择就诊人。"))
    try:
        appointment = services.hold(
            account=asked.account,
            patient_ref=patient_ref,
            slot_ref=slot_ref,
            request_key=asked.data.get("request_key", "")[:LONGEST_KEY] or new_ref(),
        )
    except errors.AlreadyBooked as error:
        return _again(asked, error.sentence, existing=_existing(asked, error))
    except PatientBlocked as error:
        url = roles.url_for("patients.detail", asked.request, patient=error.patient_ref)
        return _again(asked, error.sentence, existing={"url": url, "label": _("查看原因")} if url else None)
    except (errors.SlotTaken, errors.SlotClosed, errors.BookingFailed) as error:
        return _again(asked, error.sentence, lost=True)
    except PortalError as error:
        return _again(asked, error.sentence)
    return GoTo(way_on(appointment, asked.request))


def way_on(appointment: Appointment, request: Any) -> str:
    """Return the checkout of a held appointment, its result page in every other state."""
    if appointment.state == State.HELD and (url := checkout_url("registration", appointment.ref, request)):
        return url
    return roles.url_for("registration.result", request, appointment=appointment.ref) or "/"


def _existing(asked: ActionRequest, error: errors.AlreadyBooked) -> dict[str, Any] | None:
    """Return the way to the booking that stands in the way, where it is the account's own (16.1)."""
    if not error.appointment_ref or asked.account is None:
        return None
    mine = queries.get_appointment(asked.account, error.appointment_ref)
    if error.unpaid:
        return {"url": way_on(mine, asked.request), "label": _("去支付")}
    return {"url": way_on(mine, asked.request), "label": _("查看预约")}


def _again(asked: ActionRequest, sentence: Any, **more: Any) -> Again:
    return Again({"form_error": sentence, "typed_patient": asked.data.get("patient", ""), **more})


def refund_rule(slot: Slot, cancel_before_minutes: int) -> str:
    """Return until when the booking can be given back, in words."""
    deadline = slot.starts_at - timedelta(minutes=cancel_before_minutes)
    if deadline <= timezone.now():
        return str(_("这个时段已过在线退号时间，预约后如需退号请到窗口办理。"))
    return str(_("{day} {time} 前可在线退号，费用原路退回；之后请到窗口办理。")).format(
        day=cn_date(deadline), time=clock(deadline)
    )


class ConfirmBlock(PortalBlock):
    """The last look before the slot is taken."""

    delivery = "island"
    serves = "registration.confirm"
    needs_patients = True
    links_to = ("payments.checkout", "registration.result", "registration.slots", "patients.add")
    actions = {"hold": hold}
    skeleton = "rows"

    patient_title = blocks.CharBlock(label=_("就诊人标题"), default=_("就诊人"), max_length=20, required=False)
    facts_title = blocks.CharBlock(label=_("预约信息标题"), default="", max_length=20, required=False)
    rules_title = blocks.CharBlock(label=_("规则标题"), default=_("退号说明"), max_length=20, required=False)
    extra_notice = blocks.TextBlock(
        label=_("补充须知"),
        default="",
        max_length=500,
        required=False,
        help_text=_("显示在预约规则之后；预约规则本身在后台「预约规则」里修改。"),
    )
    button_text = blocks.CharBlock(
        label=_("提交按钮（需付费）"),
        default=_("提交预约，去支付"),
        max_length=16,
        required=False,
        help_text=_("按钮上会自动加上金额。"),
    )
    free_button_text = blocks.CharBlock(
        label=_("提交按钮（免费）"), default=_("提交预约"), max_length=16, required=False
    )

    class Meta:
        label = _("预约确认")
        icon = "check"
        group = GROUP_REGISTRATION
        description = _("核对医生、时间、费用，选择就诊人，提交后保留号源并去支付。")
        template = "blocks/registration/confirm.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return facts, patients and rules; a constant number of SQL statements."""
        request, asked = context.get("request"), parameters(context)
        if not asked.get("slot"):
            return {"slot": None, "departments_url": roles.url_for("registration.departments", request) or ""}
        slot = queries.get_slot(asked["slot"])
        schedule = slot.schedule
        account = account_in(context)
        rule = rule_for(schedule.campus_id)
        mine = context["visitor"].patients if account else []
        free, own = queries.availability(slot, account)
        chosen = _chosen(mine, context.get("typed_patient") or asked.get("patient", ""))
        return {
            "slot": slot,
            "facts": words.slot_facts(slot),
            "fee_fen": schedule.fee_fen,
            "hold_minutes": rule.hold_minutes,
            "refund_rule": refund_rule(slot, rule.cancel_before_minutes),
            "notice": rule.notice,
            "is_free": free,
            "own": {"url": way_on(own, request), "unpaid": own.state == State.HELD} if own else None,
            "patients": [{**patient_view(p), "is_chosen": p == chosen} for p in mine],
            "is_guest": account is None,
            "sign_in_url": sign_in_url(context),
            "add_url": roles.url_for("patients.add", request, next=here(context)) or "",
            "slots_url": roles.url_for("registration.slots", request, schedule=schedule.ref) or "",
            "request_key": new_ref(),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up booking."""
        return samples.confirm()


def _chosen(mine: list[Any], ref: str) -> Any:
    return (
        next((p for p in mine if p.ref == ref), None)
        or next((p for p in mine if p.is_default), None)
        or next(iter(mine), None)
    )
