"""What staff do to a booking: undo it with a reason, note that the patient did not come (46.18)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration import outbox
from business.payments import services as payments
from business.registration import errors, states
from business.registration.kind import KIND
from business.registration.models import Appointment
from business.registration.services.release import release
from business.registration.services.undo import begin_cancel
from business.security.refs import new_ref

State = Appointment.State
TOPIC = "registration.staff_cancel"
AGAIN_SECONDS = 5.0


def ask_to_cancel(appointment: Appointment, *, actor: str, reason: str) -> None:
    """Have a booking undone, in the caller's transaction; money goes back by itself. Deadlines do not bind staff."""
    if appointment.state in states.ENDED:
        raise errors.CannotCancel(_("这条预约已经结束，不需要取消。"))
    payload = {"ref": appointment.ref, "actor": actor, "reason": reason[:150]}
    outbox.enqueue(TOPIC, payload, key=f"{TOPIC}:{appointment.ref}:{new_ref()}")


def carry_out(payload: dict[str, str]) -> None:
    """Undo the booking; raises RetryLater while an outside system has to answer first, GiveUp where HIS says no."""
    row = Appointment.objects.get(ref=payload["ref"])
    reason = str(_("医院取消：{reason}").format(reason=payload["reason"]))
    if row.state in states.ENDED or row.state == State.CANCELLING:
        return
    if row.state == State.HELD:
        release(row, to=State.CANCELLED, actor=payload["actor"], cause=Appointment.Cause.STAFF, reason=reason)
        return
    if row.state != State.BOOKED:
        raise outbox.RetryLater(str(row.get_state_display()), after_seconds=AGAIN_SECONDS)
    with transaction.atomic():
        payments.lock_order(KIND, row.ref)
        row = Appointment.objects.select_for_update().get(pk=row.pk)
        if row.state != State.BOOKED:
            return
        begin_cancel(row, actor=payload["actor"], cause=Appointment.Cause.STAFF, reason=reason)


def note_no_show(appointment: Appointment, *, came: bool) -> None:
    """Note that the patient did not come, or take the note back; the caller holds the row."""
    if appointment.state != State.BOOKED or appointment.slot.ends_at > timezone.now():
        raise errors.CannotCancel(_("就诊时间过后，才能登记爽约。"))
    appointment.no_show_at = None if came else timezone.now()
    appointment.save(update_fields=["no_show_at"])
