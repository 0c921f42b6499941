"""The patient's QR code: what the plastic card does at check-in and payment, signed and good for a minute.

``PHP1.<patient>.<second>.<salt>.<signature>``, all in the characters QR codes hold most of. The second is the one since
the epoch in which it was made, in base 32; the salt makes each code another one, so that a code used up is followed by
a fresh one at once; the signature is 130 bits of an HMAC-SM3 over the rest.
"""

import re
import secrets
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from business.patients.models import Patient
from business.security import crypto
from business.security.errors import PortalError
from business.security.refs import ALPHABET, REF_LENGTH

PREFIX = "PHP1"
LIFE_SECONDS = 60
RENEW_SECONDS = 50  # the page fetches the next one before the old one dies in front of a scanner
CLOCK_SECONDS = 5  # by how much clocks of our own servers may differ
SALT_DIGITS, SIGNATURE_DIGITS = 8, 26
_DIGITS = ALPHABET.upper()
_FORM = re.compile(
    rf"{PREFIX}\.([{_DIGITS}]{{{REF_LENGTH}}})\.([{_DIGITS}]{{1,9}})"
    rf"\.([{_DIGITS}]{{{SALT_DIGITS}}})\.([{_DIGITS}]{{{SIGNATURE_DIGITS}}})"
)


class CodeInvalid(PortalError):
    """The code is none of ours, too old, or its patient is not listed any more."""

    code = "code_invalid"


def _written(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 32)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _read(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 32 + _DIGITS.index(digit)
    return number


def _signature(facts: str) -> str:
    return _written(int(crypto.seal(f"patients.code\0{facts}"), 16))[-SIGNATURE_DIGITS:].rjust(SIGNATURE_DIGITS, "0")


def issue(patient: Patient, *, at: datetime | None = None) -> str:
    """Return a fresh code of a patient."""
    second = _written(int((at or timezone.now()).timestamp()))
    salt = "".join(secrets.choice(_DIGITS) for _ in range(SALT_DIGITS))
    facts = f"{PREFIX}.{patient.ref.upper()}.{second}.{salt}"
    return f"{facts}.{_signature(facts)}"


def verify(text: str, *, at: datetime | None = None) -> Patient:
    """Return the patient of a scanned code; 1 SQL, none for a forgery. Raises CodeInvalid."""
    form = _FORM.fullmatch(text.strip().upper())
    if form is None or not crypto.same(form[4], _signature(form[0].rpartition(".")[0])):
        raise CodeInvalid(_("这不是本院的就诊二维码。"), code="code_foreign")
    age = int((at or timezone.now()).timestamp()) - _read(form[2])
    if not -CLOCK_SECONDS <= age <= LIFE_SECONDS:
        raise CodeInvalid(_("二维码已过期，请打开手机页面上最新的二维码。"), code="code_expired")
    patient = Patient.objects.filter(ref=form[1].lower(), removed_at=None, account__is_active=True).first()
    if patient is None:
        raise CodeInvalid(_("这个二维码的就诊人已不在账户中，请到窗口咨询。"), code="code_gone")
    return patient
