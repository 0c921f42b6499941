"""The QR code of a booked visit: signed, short-lived, of no use on a screenshot.

``PHT1.<appointment>.<minute>.<signature>``: the minute is the number of whole minutes since the epoch in which it was
made, the signature the first 32 digits of an HMAC-SM3 over the rest. A reader takes the current and the previous
minute.
"""

import re
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from business.registration.models import Appointment
from business.security import crypto
from business.security.errors import PortalError
from business.security.refs import ALPHABET, REF_LENGTH

PREFIX = "PHT1"
ROTATE_SECONDS = 60
ACCEPTED_WINDOWS = 2  # the one now and the one before: a code is good for one to two minutes
SIGNATURE_DIGITS = 32
_FORM = re.compile(rf"{PREFIX}\.([{ALPHABET}]{{{REF_LENGTH}}})\.(\d{{1,12}})\.([0-9a-f]{{{SIGNATURE_DIGITS}}})")


class TicketInvalid(PortalError):
    """The code is no ticket of ours, too old, or its visit is not booked any more."""

    code = "ticket_invalid"


def _window(moment: datetime) -> int:
    return int(moment.timestamp()) // ROTATE_SECONDS


def _signature(ref: str, window: int) -> str:
    return crypto.seal(f"registration.ticket\0{ref}\0{window}")[:SIGNATURE_DIGITS]


def issue(appointment: Appointment, *, at: datetime | None = None) -> str:
    """Return the text of the appointment's QR code for this minute."""
    window = _window(at or timezone.now())
    return f"{PREFIX}.{appointment.ref}.{window}.{_signature(appointment.ref, window)}"


def seconds_left(at: datetime | None = None) -> int:
    """Return after how many seconds a new code is due, at least 1."""
    return ROTATE_SECONDS - int((at or timezone.now()).timestamp()) % ROTATE_SECONDS


def verify(text: str, *, at: datetime | None = None) -> Appointment:
    """Return the booked appointment a scanned code stands for; 1 SQL, none for a forgery. Raises TicketInvalid."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise TicketInvalid(_("这不是本院的就诊二维码。"))
    ref, window = form[1], int(form[2])
    if not crypto.same(form[3], _signature(ref, window)):
        raise TicketInvalid(_("这不是本院的就诊二维码。"))
    if not 0 <= _window(at or timezone.now()) - window < ACCEPTED_WINDOWS:
        raise TicketInvalid(_("二维码已过期，请打开手机页面上最新的二维码。"))
    found = (
        Appointment.objects.select_related("patient", "slot__schedule__department")
        .filter(ref=ref, state=Appointment.State.BOOKED)
        .first()
    )
    if found is None:
        raise TicketInvalid(_("这次预约已经取消或不存在，请到窗口咨询。"))
    return found
