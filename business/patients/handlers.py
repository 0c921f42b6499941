"""What the outbox and the worker call."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from business.integration import outbox
from business.integration.outcomes import Unknown
from business.integration.sweeper import sweep
from business.patients import services, sessions
from business.patients.errors import FileRefused
from business.patients.models import CodeMessage, Patient, PhoneProof

__all__ = ["file", "name", "sessions"]

CODE_LOG_DAYS = 180  # as long as the call log
PROOF_DAYS = 1


def _listed(payload: dict[str, Any]) -> Patient | None:
    return Patient.objects.select_related("account").filter(ref=payload["patient"], removed_at=None).first()


@outbox.handler("patients.file")
def file(payload: dict[str, Any]) -> None:
    """Ask HIS again for a new patient's file."""
    patient = _listed(payload)
    if patient is None:
        return
    try:
        services.ensure_file(patient)
    except FileRefused:
        return  # kept with the patient, shown on their list
    except Unknown as reason:
        raise outbox.RetryLater(str(reason)) from reason


@outbox.handler("patients.name")
def name(payload: dict[str, Any]) -> None:
    """Ask the authority again whether name and number belong together."""
    patient = _listed(payload)
    if patient is None:
        return
    try:
        services.ask_name_again(patient)
    except Unknown as reason:
        raise outbox.RetryLater(str(reason)) from reason


@sweep(every_seconds=3600)
def forget_codes() -> int:
    """Delete proofs that prove nothing any more, and the log of codes when it is old."""
    now = timezone.now()
    gone, _ = PhoneProof.objects.filter(expires_at__lt=now - timedelta(days=PROOF_DAYS)).delete()
    return gone + CodeMessage.objects.filter(created_at__lt=now - timedelta(days=CODE_LOG_DAYS)).delete()[0]
