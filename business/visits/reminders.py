"""Reminders: the evening before, and when check-in opens; withdrawn when the booking ends (registration.states)."""

from datetime import datetime, timedelta

from django.utils import timezone

from business.registration import hooks
from business.registration.models import Appointment
from business.registration.notices import tell
from business.visits.rules import rule_for, window_of

CHECK_IN_PATH = "/-/go/visits.checkin/?appointment={ref}"


@hooks.on_booked
def plan(appointment: Appointment) -> None:
    """Plan what is still ahead; in the transaction that books."""
    now, schedule = timezone.now(), appointment.slot.schedule
    rule = rule_for(schedule.campus_id)
    opens_at = window_of(appointment, rule).opens_at
    more = {"opens": f"{timezone.localtime(opens_at):%Y-%m-%d %H:%M}"}
    evening = timezone.make_aware(datetime.combine(schedule.date - timedelta(days=1), rule.remind_at))
    if evening > now:
        tell(appointment, "visits.tomorrow", key=f"tomorrow:{appointment.ref}", due_at=evening, more=more)
    if opens_at > now:
        path = CHECK_IN_PATH.format(ref=appointment.ref)
        tell(
            appointment,
            "visits.checkin_open",
            key=f"checkin_open:{appointment.ref}",
            due_at=opens_at,
            more=more,
            path=path,
        )
