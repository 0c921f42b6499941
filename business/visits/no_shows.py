"""Who did not come: HIS is asked first, for many check in at the window; silence marks nobody."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from business.integration import sweeper
from business.integration.outcomes import OutsideError
from business.registration import conduct, registrar
from business.registration.models import Appointment
from business.security import audit
from business.visits import hooks
from business.visits.models import Visit
from business.visits.rules import rule_for

State = Visit.State
LOOK_BACK = timedelta(days=7)
AT_ONCE = 200


def mark_due() -> int:
    """Look at booked visits that are over and of which nobody knows; return how many were decided."""
    now = timezone.now()
    over = (
        Appointment.objects.filter(
            Q(visit=None) | Q(visit__state__in=[State.CHECKING, State.REFUSED]),
            state=Appointment.State.BOOKED,
            no_show_at=None,
            slot__ends_at__range=(now - LOOK_BACK, now),
        )
        .select_related("account", "slot__schedule", "visit")
        .order_by("slot__ends_at")
    )
    decided = 0
    for row in sweeper.share(over[:AT_ONCE]):
        rule = rule_for(row.slot.schedule.campus_id)
        if not rule.marks_no_show or now < row.slot.ends_at + timedelta(minutes=rule.no_show_after_minutes):
            continue
        came = _came(row)
        if came is None:
            break  # HIS is silent: the rest waits too
        if _decide(row, came):
            decided += 1
    return decided


def _came(row: Appointment) -> bool | None:
    """Return whether the patient was there, None while nobody can tell."""
    if registrar.is_own(row):
        # Nobody but us knows: only where others of the same clinic did check in does a missing one mean something.
        others = Visit.objects.filter(schedule=row.slot.schedule, checked_in_at__isnull=False)
        return not others.exists()
    try:
        fact = registrar.of(row).query_registration(trade_no=row.trade_no)
    except OutsideError:
        return None
    return fact is None or fact.state != "confirmed" or fact.checked_in


def _decide(row: Appointment, came: bool) -> bool:
    now = timezone.now()
    try:
        with transaction.atomic():
            locked = Appointment.objects.select_for_update().get(pk=row.pk)
            visit = Visit.objects.filter(appointment=locked).first() or Visit(
                appointment=locked, schedule=row.slot.schedule
            )
            if locked.state != Appointment.State.BOOKED or visit.checked_in_at is not None:
                return False
            visit.state, visit.done_at, visit.next_check_at = State.DONE if came else State.NO_SHOW, now, None
            visit.way = Visit.Way.WINDOW if came else visit.way
            visit.save()
            if not came:
                locked.no_show_at = now
                locked.save(update_fields=["no_show_at"])
                audit.record(
                    "visits.no_show",
                    program="worker",
                    object_type="registration.appointment",
                    object_ref=locked.ref,
                )
                conduct.missed(locked)
                hooks.no_show(locked)
            return True
    except IntegrityError:
        return False  # checked in at this very moment
