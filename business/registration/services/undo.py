"""Beginning to undo a booked appointment; HIS is asked afterwards (services/cancel.py)."""

from business.integration import outbox
from business.integration.models import OutboxItem
from business.registration import states
from business.registration.models import Appointment

State = Appointment.State


def begin_cancel(row: Appointment, *, actor: str, cause: str, reason: str) -> OutboxItem:
    """Begin to undo a booked appointment; the caller holds order, row and transaction, and may run the item at once."""
    row.cause = cause
    states.move(row, State.CANCELLING, actor=actor, reason=reason)
    # The number of events makes each request its own work: HIS may refuse one and allow a later one.
    key = f"cancel:{row.ref}:{row.events.count()}"
    return outbox.enqueue("registration.cancel", {"ref": row.ref}, key=key)
