"""What the outbox and the worker call."""

from typing import Any

from business.integration import outbox
from business.integration.outcomes import Unknown
from business.patients import services, sessions
from business.patients.errors import FileRefused
from business.patients.models import Patient

__all__ = ["file", "sessions"]


@outbox.handler("patients.file")
def file(payload: dict[str, Any]) -> None:
    """Ask HIS again for a new patient's file."""
    patient = Patient.objects.select_related("account").filter(ref=payload["patient"], removed_at=None).first()
    if patient is None:
        return
    try:
        services.ensure_file(patient)
    except FileRefused:
        return  # kept with the patient, shown on their list
    except Unknown as reason:
        raise outbox.RetryLater(str(reason)) from reason
