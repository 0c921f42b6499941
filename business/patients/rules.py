"""What the hospital decided about patients, with defaults where it has not decided anything."""

from business.patients.models import PatientRule


def current() -> PatientRule:
    """Return the hospital's rule, or the defaults (unsaved); one SQL."""
    return PatientRule.objects.order_by("-pk").first() or PatientRule()
