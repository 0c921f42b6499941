"""Where a text message to an account goes: messaging knows accounts by reference only."""

from collections.abc import Sequence

from business.integration import sms as gateway
from business.messaging import sms
from business.patients.models import Identity, Patient


def phone_of(account_ref: str) -> str:
    """Return the phone an account signs in with, else its default patient's; empty where none is known; 1–2 SQL."""
    own = Identity.objects.filter(account__ref=account_ref, kind=Identity.Kind.PHONE).first()
    if own is not None:
        return str(own.subject)
    patient = Patient.objects.filter(account__ref=account_ref, removed_at=None).first()
    return str(patient.phone) if patient else ""


def send(account_ref: str, template: str, params: Sequence[str], reference: str) -> str | None:
    """Send a text message to an account; None where no gateway or no phone is known. Raises Refused or Unknown."""
    phone = phone_of(account_ref) if gateway.is_configured() else ""
    if not phone:
        return None
    return gateway.client().send(phone=phone, template=template, params=params, reference=reference)


sms.plug_in(send)
