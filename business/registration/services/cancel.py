"""Cancel: the patient gives a booking back; what was paid goes back with it (requirements 10.10–10.11)."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from business.integration import outbox
from business.integration.outcomes import Refused, Unknown
from business.patients.models import Account
from business.payments import incidents
from business.payments import services as payments
from business.payments.queries import order_of_subject
from business.registration import conduct, errors, hooks, registrar, states
from business.registration.kind import KIND
from business.registration.models import Appointment
from business.registration.notices import tell
from business.registration.rules import rule_for
from business.registration.services.release import free_slot, release
from business.registration.services.settle import what_his_has
from business.registration.services.undo import begin_cancel

State = Appointment.State
Cause = Appointment.Cause
# Who undid it: (why the money goes back, what the patient is told).
ENDINGS = {
    Cause.PATIENT: (_lazy("患者退号"), "registration.cancelled"),
    Cause.STOP: (_lazy("停诊退款"), "registration.stopped"),
    Cause.STAFF: (_lazy("医院退号"), "registration.cancelled"),
    Cause.MOVED: (_lazy("改约，退回原挂号费"), ""),
}
# Refusals that say themselves that the visit stands.
STANDS = frozenset({"ALREADY_CHECKED_IN", "VISIT_PASSED"})


def cancel(*, account: Account, appointment_ref: str) -> Appointment:
    """Cancel an unpaid or booked appointment of the account; repeatable.

    Returns the appointment as it now is: ``cancelled``, or ``releasing``/``cancelling`` while an outside system is
    silent (the worker goes on). Raises NotFound or CannotCancel with the reason.
    """
    row = Appointment.objects.filter(account=account, ref=appointment_ref).first()
    if row is None:
        raise errors.NotFound(_("没有找到这条预约。"))
    if row.state == State.HELD:
        return release(row, to=State.CANCELLED, actor=account.ref)
    if row.state in {State.CANCELLED, State.CANCELLING, State.RELEASING}:
        return row
    if row.state == State.BOOKED:
        return _cancel_booked(row, account)
    if row.state in {State.LOCKING, State.CONFIRMING}:
        raise errors.CannotCancel(_("正在与医院确认这次预约，请稍等片刻再取消。"))
    raise errors.CannotCancel(_("这条预约已经结束，不需要取消。"))


def why_not_cancellable(appointment: Appointment, *, counted: bool = True) -> str:
    """Return the sentence that forbids cancelling a booked appointment now, or an empty text.

    ``counted``: hold it to the number of cancellations a month as well.
    """
    if kept := hooks.why_kept(appointment):
        return kept
    rule = rule_for(appointment.slot.schedule.campus_id)
    deadline = appointment.slot.starts_at - timedelta(minutes=rule.cancel_before_minutes)
    if timezone.now() >= appointment.slot.starts_at:
        return str(_("就诊时间已过，不能在线退号，请到窗口办理。"))
    if timezone.now() >= deadline:
        return str(_("就诊前 {minutes} 分钟内不能在线退号，请到窗口办理。").format(minutes=rule.cancel_before_minutes))
    if counted and rule.cancels_per_month and cancelled_this_month(appointment.account) >= rule.cancels_per_month:
        return str(
            _("您本月已退号 {n} 次，达到医院规定的上限，如需退号请到窗口办理。").format(n=rule.cancels_per_month)
        )
    return ""


def cancelled_this_month(account: Account) -> int:
    """Return how many booked visits the account gave back this calendar month; moved ones do not count; 1 SQL."""
    first = timezone.make_aware(datetime.combine(timezone.localdate().replace(day=1), time.min))
    mine = Appointment.objects.filter(account=account, cause=Cause.PATIENT, ended_at__gte=first)
    return mine.filter(booked_at__isnull=False).count()


def _cancel_booked(appointment: Appointment, account: Account) -> Appointment:
    with transaction.atomic():
        payments.lock_order(KIND, appointment.ref)
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.BOOKED:
            return row
        if Appointment.objects.filter(replaces_claim=row.ref, is_exchange=True).exists():
            raise errors.CannotCancel(_("正在为您改约，请稍等片刻再取消。"))
        if forbidden := why_not_cancellable(row):
            raise errors.CannotCancel(forbidden)
        item = begin_cancel(row, actor=account.ref, cause=Cause.PATIENT, reason=_("您申请退号"))
    outbox.run(item.pk)  # the patient is waiting: try at once, the worker repeats if HIS is silent
    row.refresh_from_db()
    return row


def cancel_with_his(ref: str) -> None:
    """Have HIS cancel, then refund; raises RetryLater while nobody can tell."""
    row = Appointment.objects.get(ref=ref)
    if row.state != State.CANCELLING:
        return
    order = order_of_subject(KIND, ref)
    try:
        registrar.of(row).cancel_registration(
            trade_no=row.trade_no,
            reason=Cause.PATIENT if row.cause in {"", Cause.MOVED} else row.cause,
            refund_no=f"cancel:{order.out_trade_no}"[:64] if order else "",
        )
    except Refused as no:
        if no.code not in STANDS and _is_over_in_his(row, no):
            _cancelled(row)
        else:
            _kept(row, errors.his_sentence(no.code, otherwise=errors.NOT_CANCELLED))
    except Unknown as silence:
        raise outbox.RetryLater(str(silence)) from silence
    else:
        _cancelled(row)


def _is_over_in_his(row: Appointment, no: Refused) -> bool:
    """Ask HIS why: cancelled before (at the counter, say) is what the patient wants, and the money goes back."""
    fact = what_his_has(row)
    return no.code == "NOT_FOUND" if fact is None else fact.state in {"cancelled", "unlocked", "expired"}


def _cancelled(appointment: Appointment) -> None:
    with transaction.atomic():
        order = payments.lock_order(KIND, appointment.ref)
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.CANCELLING:
            return
        by_patient = row.cause in {"", Cause.PATIENT, Cause.MOVED}
        why, event = ENDINGS[Cause(row.cause or Cause.PATIENT)]
        told = {"": _("您已退号"), Cause.PATIENT: _("您已退号"), Cause.MOVED: _("您已改约")}
        states.move(row, State.CANCELLED, actor="his", reason=told.get(row.cause, row.reason))
        free_slot(row)
        if by_patient and row.cause != Cause.MOVED:
            conduct.given_back(row)
        if order is not None:
            payments.request_refund(
                order=order,
                reason=str(why),
                key=f"cancel:{order.out_trade_no}",
                actor=row.account.ref if by_patient else "staff",
            )
        if event:
            tell(row, event, key=f"cancelled:{row.ref}")


def _kept(appointment: Appointment, sentence: str) -> None:
    with transaction.atomic():
        order = payments.lock_order(KIND, appointment.ref)
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.CANCELLING:
            return
        moved, row.cause = row.cause == Cause.MOVED, ""
        states.move(row, State.BOOKED, actor="his", reason=sentence)
    if moved:
        incidents.raise_incident(
            "registration.move_kept",
            row.ref,
            f"预约 {row.trade_no} 已改约到新的号，医院没有接受退掉原来的号：{sentence}请与患者核对后处理",
            order=order,
            detail={"trade_no": row.trade_no, "reason": sentence},
        )
