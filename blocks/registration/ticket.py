"""The QR code of a booked visit as the result page shows it."""

from typing import Any

import segno
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from blocks.roles import with_query
from business.registration import tickets
from business.registration.models import Appointment

DEFAULT_NOTE = _("每 60 秒自动更新，请勿截图转发")


def qr_svg(text: str) -> SafeString:
    """Return a QR code as inline SVG without style attributes (the content security policy forbids them)."""
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(omitsize=True, border=0, svgclass=None, lineclass=None)
    return mark_safe(svg)  # noqa: S308  # made here from digits and letters


def ticket_context(appointment: Appointment, note: str = "") -> dict[str, Any]:
    """Return what ``ticket.html`` needs: the code of this minute and when to fetch the next."""
    return {
        "svg": qr_svg(tickets.issue(appointment)),
        "number": appointment.his_order_no,
        "note": note or DEFAULT_NOTE,
        "refresh_url": with_query(reverse("ticket"), appointment=appointment.ref),
        "refresh_seconds": tickets.seconds_left(),
    }
