"""The allowed moves of an appointment; every other move is a defect and raises."""

from django.utils import timezone

from business.messaging import services as messaging
from business.registration.models import Appointment, AppointmentEvent

State = Appointment.State

MOVES: dict[str, frozenset[str]] = {
    # Straight to booked: an exchange of numbers, nothing to be paid.
    State.LOCKING: frozenset({State.HELD, State.FAILED, State.BOOKED}),
    State.HELD: frozenset({State.CONFIRMING, State.RELEASING}),
    # Money may arrive while the channel's order is being closed: an expiring hold is then confirmed after all.
    State.RELEASING: frozenset({State.EXPIRED, State.CANCELLED, State.CONFIRMING}),
    State.CONFIRMING: frozenset({State.BOOKED, State.FAILED}),
    State.BOOKED: frozenset({State.CANCELLING}),
    State.CANCELLING: frozenset({State.CANCELLED, State.BOOKED}),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
    State.FAILED: frozenset(),
}
ENDED = frozenset({State.CANCELLED, State.EXPIRED, State.FAILED})


class ForbiddenMove(Exception):
    """A program tried a move that the table does not have."""


def begin(appointment: Appointment, *, actor: str) -> None:
    """Write the first line of a new appointment's history."""
    AppointmentEvent.objects.create(
        appointment=appointment, at=timezone.now(), to_state=appointment.state, actor=actor[:100]
    )


def move(appointment: Appointment, to: str, *, actor: str, reason: str = "") -> None:
    """Move a row-locked appointment and write its history; an ended one gives its claims back in the same statement.

    The caller holds the row lock and the transaction. Other changed fields are saved with it.
    """
    if to not in MOVES[appointment.state]:
        raise ForbiddenMove(f"{appointment.ref}: {appointment.state} → {to}")
    now = timezone.now()
    event = AppointmentEvent(
        appointment=appointment,
        at=now,
        from_state=appointment.state,
        to_state=to,
        reason=reason[:200],
        actor=actor[:100],
    )
    appointment.state = to
    appointment.reason = reason[:200]
    claim = appointment.patient_claim
    if to in ENDED:
        appointment.claimed_slot = None
        appointment.patient_claim = None
        appointment.replaces_claim = None
        appointment.ended_at = now
    if to == State.BOOKED and appointment.booked_at is None:
        appointment.booked_at = now
    appointment.save()
    event.save()
    if to in ENDED:
        messaging.withdraw(appointment.ref)
        if claim:
            # What replaces it on the same day takes the person's claim over (services/move.py).
            heirs = Appointment.objects.filter(replaces=appointment, patient_claim=None)
            heirs.exclude(state__in=ENDED).update(patient_claim=claim)
