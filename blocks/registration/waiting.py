"""候补: join the line of a full clinic, and the lines one stands in."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, here, parameters
from blocks.patients.views_of import patient_view
from blocks.payments.results import checkout_url
from blocks.registration import samples, words
from business.patients import queries as patients
from business.patients.models import Account
from business.registration import queries
from business.registration.models import Appointment, WaitingEntry
from business.registration.rules import rule_for
from business.registration.services import line, offers
from business.security.errors import PortalError
from themes.templatetags.portal_tags import clock, cn_date

State = WaitingEntry.State
TONES = {State.WAITING: "brand", State.OFFERED: "few", State.BOOKED: "ok"}


def _home(asked: ActionRequest) -> str:
    return asked.page.get_url(asked.request) or "/"


def join(asked: ActionRequest) -> ActionResult:
    """Join the line with the chosen patient; then the page lists it."""
    assert asked.account is not None  # noqa: S101  # the block needs an account
    patient_ref = asked.data.get("patient", "")
    if not patient_ref:
        return Again({"form_error": _("请选择就诊人。")})
    try:
        line.join(account=asked.account, patient_ref=patient_ref, schedule_ref=asked.data.get("schedule", ""))
    except PortalError as error:
        return Again({"form_error": error.sentence, "typed_patient": patient_ref})
    return GoTo(_home(asked))


def leave(asked: ActionRequest) -> ActionResult:
    """Leave a line, or give an offer back."""
    assert asked.account is not None  # noqa: S101
    try:
        offers.leave(account=asked.account, entry_ref=asked.data.get("entry", ""))
    except PortalError as error:
        return Again({"form_error": error.sentence})
    return GoTo(_home(asked))


class WaitingBlock(PortalBlock):
    """The form for one clinic where the address names it, and below it the lines the account stands in."""

    delivery = "island"
    serves = "registration.waiting"
    links_to = ("payments.checkout", "registration.result", "registration.departments", "patients.add")
    needs_account = True
    actions = {"join": join, "leave": leave}
    skeleton = "rows"

    rule_text = blocks.TextBlock(
        label=_("候补说明"),
        default=_("有人退号或加号时，按加入的先后顺序为您保留号源并通知您；请在期限内支付，逾期轮到下一位。"),
        max_length=200,
        required=False,
    )
    button_text = blocks.CharBlock(label=_("加入按钮"), default=_("加入候补"), max_length=12, required=False)
    empty_title = blocks.CharBlock(
        label=_("没有候补时的标题"), default=_("没有候补中的门诊"), max_length=20, required=False
    )
    empty_text = blocks.CharBlock(
        label=_("没有候补时的说明"),
        default=_("门诊约满时，可以在医生列表里点「候补」。"),
        max_length=60,
        required=False,
    )

    class Meta:
        label = _("候补")
        icon = "time"
        group = GROUP_REGISTRATION
        description = _("门诊约满时加入候补，查看自己的候补和排在前面的人数，到号后去支付。")
        template = "blocks/registration/waiting.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the form's clinic and the account's entries; a constant number of SQL statements."""
        request, account = context.get("request"), account_in(context)
        ref = parameters(context).get("schedule", "")
        entries = queries.waiting_of(account) if account else []
        ahead = queries.places_in_line(entries)
        return {
            "join": _joining(ref, account, context) if ref and account else None,
            "entries": [_entry(entry, ahead.get(entry.pk, 0), request) for entry in entries],
            "book_url": roles.url_for("registration.departments", request) or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return somebody who waits and somebody whose turn it is."""
        return samples.waiting()


def _joining(ref: str, account: Account, context: Mapping[str, Any]) -> dict[str, Any]:
    schedule = queries.get_schedule(ref)
    until = line.deadline_of(schedule)
    mine = list(patients.patients_of(account))
    typed = context.get("typed_patient")
    chosen = next((one for one in mine if one.ref == typed), None) or next(
        (one for one in mine if one.is_default), mine[0] if mine else None
    )
    return {
        "schedule": schedule,
        "facts": words.schedule_facts(schedule),
        "problem": line.why_not_joinable(schedule, timezone.now()),
        "ahead": schedule.waiting,
        "until": f"{cn_date(until)} {clock(until)}" if until else "",
        "minutes": rule_for(schedule.campus_id).offer_minutes,
        "patients": [{**patient_view(one), "is_chosen": one == chosen} for one in mine],
        "add_url": roles.url_for("patients.add", context.get("request"), next=here(context)) or "",
    }


def _entry(entry: WaitingEntry, ahead: int, request: Any) -> dict[str, Any]:
    schedule, offer = entry.schedule, entry.offer
    pay_url = ""
    if entry.state == State.OFFERED and offer is not None and offer.state == Appointment.State.HELD:
        pay_url = checkout_url("registration", offer.ref, request) or ""
    elif entry.state == State.BOOKED and offer is not None:
        pay_url = roles.url_for("registration.result", request, appointment=offer.ref) or ""
    return {
        "ref": entry.ref,
        "state": entry.get_state_display(),
        "tone": TONES.get(State(entry.state), ""),
        "is_waiting": entry.state == State.WAITING,
        "is_offered": entry.state == State.OFFERED,
        "is_living": entry.claim is not None,
        "when": words.session_line(schedule),
        "doctor": words.doctor_line(schedule),
        "department": words.department_line(schedule),
        "patient": entry.patient.name,
        "ahead": ahead,
        "until": f"{cn_date(entry.until)} {clock(entry.until)}",
        "reason": entry.reason,
        "url": pay_url,
        "expires_at": offer.hold_expires_at if entry.state == State.OFFERED and offer else None,
    }
