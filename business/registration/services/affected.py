"""The work for one patient of a changed clinic: undo and refund, or tell; safe to repeat at any point."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration import outbox
from business.payments import services as payments
from business.registration import states
from business.registration.kind import KIND
from business.registration.models import AffectedBooking, Appointment, ClinicChange
from business.registration.notices import tell
from business.registration.services.changes import running_stop
from business.registration.services.release import release
from business.registration.services.undo import begin_cancel

State = Appointment.State
Kind = ClinicChange.Kind
Done = AffectedBooking.State
AGAIN_SECONDS = 5.0


def carry_out(pk: int) -> None:
    """Do what a change means for one booking; raises RetryLater while an outside system has to answer first."""
    one = AffectedBooking.objects.select_related("change__schedule", "appointment__account").get(pk=pk)
    if one.state == Done.DONE:
        return
    if one.change.kind == Kind.STOP:
        _undo(one)
    else:
        _announce(one)


def give_up(pk: int, reason: str) -> None:
    """Leave one booking to a person."""
    AffectedBooking.objects.filter(pk=pk).exclude(state=Done.DONE).update(
        state=Done.FAILED, outcome=str(_("多次处理未成功，请人工处理：%s") % reason)[:200]
    )


def _finish(one: AffectedBooking, outcome: str, state: str = Done.DONE) -> None:
    AffectedBooking.objects.filter(pk=one.pk).exclude(state=Done.DONE).update(
        state=state, outcome=outcome[:200], done_at=timezone.now() if state == Done.DONE else None
    )


def _undo(one: AffectedBooking) -> None:
    row = Appointment.objects.get(pk=one.appointment_id)
    stop = running_stop(one.change.schedule)
    if row.state in states.ENDED:
        _finish(one, str(row.get_state_display()))
        return
    if stop is None or stop.pk != one.change_id:
        if stop is None:
            _finish(one, str(_("门诊已恢复，预约保留")))
        else:
            _finish(one, str(_("由后一次停诊处理")))
        return
    sentence = stop_sentence(one.change)
    if row.state == State.HELD:
        row = release(row, to=State.CANCELLED, actor="stop", cause=Appointment.Cause.STOP, reason=sentence)
    elif row.state == State.BOOKED:
        row = _cancel(row, sentence)
        if row.state == State.BOOKED:  # HIS says the visit stands: a person must look
            _finish(one, row.reason, Done.FAILED)
            return
    if row.state not in states.ENDED:
        _wait(one, row)
    _finish(one, _("已取消并发起退款") if one.was_paid else _("已取消"))


def _cancel(appointment: Appointment, sentence: str) -> Appointment:
    with transaction.atomic():
        payments.lock_order(KIND, appointment.ref)
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.BOOKED:
            return row
        item = begin_cancel(row, actor="stop", cause=Appointment.Cause.STOP, reason=sentence)
    outbox.run(item.pk)
    row.refresh_from_db()
    return row


def _wait(one: AffectedBooking, row: Appointment) -> None:
    if row.state in {State.CONFIRMING, State.CANCELLING} and row.fee_fen and not one.was_paid:
        AffectedBooking.objects.filter(pk=one.pk).update(was_paid=True)
    raise outbox.RetryLater(str(row.get_state_display()), after_seconds=AGAIN_SECONDS)


def stop_sentence(change: ClinicChange) -> str:
    """Return why, in the patient's words."""
    return str(_("医院停诊：{reason}").format(reason=change.reason) if change.reason else _("医院停诊"))


def _announce(one: AffectedBooking) -> None:
    change = one.change
    with transaction.atomic():
        row = Appointment.objects.select_for_update().get(pk=one.appointment_id)
        if row.state in states.ENDED:
            _finish(one, str(row.get_state_display()))
            return
        if change.kind == Kind.ROOM:
            row.place = change.place_after
            row.save(update_fields=["place"])
            what = _("就诊地点改为 {place}").format(place=change.place_after)
        else:
            doctor = change.doctor_after
            what = _("出诊医生改为 {doctor}").format(doctor=f"{doctor.name} {doctor.title}" if doctor else "")
        reason = f"{what}（{change.reason}）" if change.reason else what
        tell(row, "registration.changed", key=f"changed:{change.ref}:{row.ref}", reason=reason)
        _finish(one, _("已通知患者"))
