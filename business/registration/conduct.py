"""What registration tells of a person's conduct: visits they missed, bookings they gave back."""

from datetime import timedelta

from django.utils import timezone

from business.integration.sweeper import sweep
from business.patients import services as patients
from business.patients.models import Conduct
from business.registration.models import Appointment

LOOK_BACK = timedelta(days=3)


def missed(appointment: Appointment) -> None:
    """Count a missed visit, once however often it is told."""
    patients.note(kind=Conduct.NO_SHOW, patient=appointment.patient, source=appointment.ref, at=appointment.no_show_at)


def given_back(appointment: Appointment) -> None:
    """Count a booking that the patient gave back, once; in the transaction in which it ends."""
    patients.note(kind=Conduct.CANCELLED, patient=appointment.patient, source=appointment.ref)


@sweep(every_seconds=600)
def count_missed() -> int:
    """Count the visits marked as missed lately, by whichever way the mark came; return how many were looked at."""
    marked = Appointment.objects.filter(no_show_at__gt=timezone.now() - LOOK_BACK).select_related("patient")
    for appointment in (rows := list(marked)):
        missed(appointment)
    return len(rows)
