"""报到: by the code that hangs at the point, with today's bookings to choose from."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, GoTo
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, here, parameters
from blocks.registration import words as booking_words
from blocks.visits import samples
from blocks.visits.words import live
from business.security.errors import PortalError
from business.visits import checkin, codes, queries
from business.visits.models import Visit
from business.visits.rules import Location

State = Visit.State


def check_in(asked: ActionRequest) -> ActionResult:
    """Check in at the point of the code; then on to the queue."""
    assert asked.account is not None  # noqa: S101  # the block needs an account
    point = codes.point_of(asked.data.get("at", ""))
    visit = checkin.check_in(
        account=asked.account,
        appointment_ref=asked.data.get("appointment", ""),
        point=point,
        location=Location.read(asked.data.get("latitude", ""), asked.data.get("longitude", "")),
    )
    ref = visit.appointment.ref
    here_again = roles.with_query(asked.page.get_url(asked.request) or "/", appointment=ref)
    return GoTo(roles.url_for("visits.queue", asked.request, appointment=ref) or here_again)


class CheckInBlock(PortalBlock):
    """The scanned point, today's bookings, one button each."""

    delivery = "island"
    serves = "visits.checkin"
    links_to = ("visits.queue", "registration.result", "registration.mine")
    needs_account = True
    actions = {"check_in": check_in}
    skeleton = "rows"

    scan_text = blocks.CharBlock(label=_("扫码按钮"), default=_("扫一扫报到码"), max_length=12, required=False)
    scan_hint = blocks.CharBlock(
        label=_("还没扫码时的说明"),
        default=_("到院后，用微信扫一扫诊区张贴的报到码；也可以在自助机出示预约里的二维码。"),
        max_length=100,
        required=False,
    )
    button_text = blocks.CharBlock(label=_("报到按钮"), default=_("我已到院，报到"), max_length=12, required=False)
    location_hint = blocks.CharBlock(
        label=_("需要位置时的说明"),
        default=_("这个报到点要确认您已到院，报到时会询问您的位置，只用于这次核对，不保存。"),
        max_length=100,
        required=False,
    )

    class Meta:
        label = _("扫码报到")
        icon = "site"
        group = GROUP_REGISTRATION
        description = _("患者到院后扫报到点的二维码报到，报到后进入候诊。")
        template = "blocks/visits/checkin.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the point of ``?at=`` and today's bookings; a constant number of SQL statements."""
        request, asked = context.get("request"), parameters(context)
        account = account_in(context)
        base: dict[str, Any] = {
            "mine_url": roles.url_for("registration.mine", request) or "",
            "code": "",
            "point": None,
            "items": [],
        }
        if account is None:
            return base
        code, problem, point = asked.get("at", ""), "", None
        if code:
            try:
                point = codes.point_of(code)
            except PortalError as error:
                problem = error.sentence
        standings = queries.today(account)
        return {
            **base,
            "code": code if point else "",
            "point": point,
            "problem": problem,
            "asks_location": bool(point and point.radius_m),
            "items": [self._item(one, request, scanned=point is not None) for one in standings],
            "self_url": here(context),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a point and a booking made up."""
        return samples.checkin()

    @staticmethod
    def _item(standing: queries.Standing, request: Any, *, scanned: bool) -> dict[str, Any]:
        appointment, state = standing.appointment, standing.state
        told = live(standing)
        queue = state in {State.CHECKING, State.WAITING, State.CALLED, State.PASSED, State.DONE}
        return {
            "ref": appointment.ref,
            "patient": appointment.patient.name,
            "when": booking_words.when_line(appointment.slot),
            "doctor": booking_words.doctor_line(appointment.slot.schedule),
            "department": booking_words.department_line(appointment.slot.schedule),
            "can": state in {"open", State.PASSED},
            "ready": scanned and state == "open" and standing.visit is None,
            "title": told.title,
            "text": told.text,
            "queue_url": (roles.url_for("visits.queue", request, appointment=appointment.ref) or "") if queue else "",
            "result_url": roles.url_for("registration.result", request, appointment=appointment.ref) or "",
        }
