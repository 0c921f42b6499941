"""Settle: a paid registration is confirmed with HIS, or reversed when HIS definitely says no (design.md §5, step 4)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from business.integration import outbox
from business.integration.his.port import ConfirmResult, RegistrationFact
from business.integration.outcomes import Refused, Unknown
from business.messaging import windows
from business.messaging.models import ChatWindow
from business.patients import queries as patients
from business.payments import services as payments
from business.payments.models import Order, Refund
from business.registration import errors, hooks, registrar, states
from business.registration.kind import KIND
from business.registration.models import Appointment
from business.registration.notices import tell
from business.registration.rules import rule_for
from business.registration.services import changes
from business.registration.services.hold import enqueue_unlock
from business.registration.services.undo import begin_cancel

State = Appointment.State


class RegistrationKind:
    """What payments needs to know of a registration order; registered in the app's ready()."""

    code = KIND
    label = _("挂号")

    @property
    def settle_alarm_minutes(self) -> int:
        """After how many minutes staff are told of money that HIS has not confirmed: the hospital's own rule."""
        return rule_for(None).settle_alarm_minutes

    def may_pay(self, order: Order) -> str | None:
        """Keep the cashier shut for a clinic that was stopped meanwhile (F20)."""
        row = Appointment.objects.select_related("slot__schedule").filter(ref=order.subject_ref).first()
        stopped = row is not None and row.slot.schedule.is_stopped_at(row.slot.starts_at)
        return str(_("这个门诊已停诊，请取消这次预约后重新选择，您还没有付款。")) if stopped else None

    def accept_payment(self, order: Order) -> str | None:
        """Take the money for a living booking, or say why it goes back at once (F10); in the posting transaction."""
        row = Appointment.objects.select_for_update().get(ref=order.subject_ref)
        if row.state == State.HELD or (row.state == State.RELEASING and row.release_to == State.EXPIRED):
            states.move(row, State.CONFIRMING, actor="payment")
            tell(row, "registration.paid", key=f"paid:{row.ref}", amount_fen=order.amount_fen)
            windows.open_window(patients.openid_of(row.account), ChatWindow.Kind.PAID)
            return None
        if row.state in {State.CONFIRMING, State.BOOKED}:
            return None
        if row.state in {State.CANCELLED, State.RELEASING}:
            return str(_("预约已取消，款项原路退回"))
        return str(_("预约已失效，款项原路退回"))

    def settle(self, order: Order) -> None:
        """Confirm with HIS what was paid; raises RetryLater while nobody can tell."""
        row = Appointment.objects.get(ref=order.subject_ref)
        if row.state != State.CONFIRMING:
            return
        payment = order.payments.filter(pays=order).first()
        if payment is None:
            raise outbox.GiveUp(f"order {order.out_trade_no} has no payment")
        _confirm(
            row,
            paid_fen=order.amount_fen,
            pay_channel=order.merchant.channel,
            pay_transaction_id=payment.transaction_id,
            paid_at=payment.success_at,
        )

    def undo(self, order: Order, *, reason: str) -> None:
        """Cancel a booked visit in HIS for finance (冲正), its refund included; raises Refused or RetryLater."""
        from business.registration.services.cancel import cancel_with_his  # it stands on this module

        with transaction.atomic():
            payments.lock_order(KIND, order.subject_ref)
            row = Appointment.objects.select_for_update().get(ref=order.subject_ref)
            if row.state == State.BOOKED:
                states.move(row, State.CANCELLING, actor="finance", reason=reason)
        cancel_with_his(row.ref)
        row.refresh_from_db()
        if row.state == State.BOOKED:
            raise Refused("NOT_CANCELLED", row.events.order_by("-pk").values_list("reason", flat=True)[0])

    def show(self, order: Order) -> list[tuple[str, str]]:
        """Say which visit was paid for; the patient stays unnamed."""
        row = Appointment.objects.select_related("slot__schedule__department").filter(ref=order.subject_ref).first()
        if row is None:
            return []
        schedule = row.slot.schedule
        return [
            (str(_("就诊科室")), schedule.department.name),
            (str(_("就诊日期")), f"{schedule.date:%Y-%m-%d}"),
            (str(_("HIS 单号")), row.his_order_no),
            (str(_("预约状态")), str(row.get_state_display())),
        ]

    def second_refunded(self, refund: Refund) -> None:
        """Tell the patient that what was paid twice is back."""
        row = Appointment.objects.select_related("account").get(ref=refund.order.subject_ref)
        tell(row, "registration.refunded", key=f"refunded:{refund.out_refund_no}", amount_fen=refund.amount_fen)

    def refunded(self, refund: Refund) -> None:
        """Inside the transaction of a finished refund: tell the patient that the money is back."""
        row = Appointment.objects.select_related("account").get(ref=refund.order.subject_ref)
        tell(row, "registration.refunded", key=f"refunded:{refund.out_refund_no}", amount_fen=refund.amount_fen)


def confirm_free(ref: str) -> None:
    """Confirm a booking that costs nothing; raises RetryLater while nobody can tell."""
    row = Appointment.objects.get(ref=ref)
    if row.state != State.CONFIRMING:
        return
    _confirm(row, paid_fen=0, pay_channel="none", pay_transaction_id="", paid_at=row.created_at)


def _confirm(row: Appointment, **payment: Any) -> None:
    """Have HIS confirm, whatever was paid; a refusal counts only after HIS has said what it has (F5)."""
    try:
        result = registrar.of(row).confirm_registration(trade_no=row.trade_no, lock_id=row.lock_id, **payment)
    except Refused as no:
        fact = what_his_has(row)
        if fact is not None and fact.state == "confirmed":
            _booked(row, _result_of(fact))
        else:
            _refused(row, no)
    except Unknown as silence:
        fact = what_his_has(row)
        if fact is None or fact.state != "confirmed":
            raise outbox.RetryLater(str(silence)) from silence
        _booked(row, _result_of(fact))
    else:
        _booked(row, result)


def what_his_has(row: Appointment) -> RegistrationFact | None:
    """Ask HIS by our trade number; raises RetryLater when it is silent, for then nothing may be decided."""
    try:
        return registrar.of(row).query_registration(trade_no=row.trade_no)
    except (Unknown, Refused) as silence:
        raise outbox.RetryLater(str(silence)) from silence


def _result_of(fact: RegistrationFact) -> ConfirmResult:
    return ConfirmResult(
        his_order_no=fact.his_order_no, queue_no=fact.queue_no, number=fact.number or 0, place=fact.place
    )


def _booked(appointment: Appointment, result: ConfirmResult) -> None:
    with transaction.atomic():
        old = appointment.replaces
        if old is not None:  # what is moved away from is locked first: orders, then appointments, older before newer
            payments.lock_order(KIND, old.ref)
        order = payments.lock_order(KIND, appointment.ref)
        if old is not None:
            old = Appointment.objects.select_for_update().get(pk=old.pk)
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.CONFIRMING:
            return
        row.replaces_claim = None
        row.his_order_no = result.his_order_no
        row.queue_no = str(result.queue_no)
        row.place = result.place or row.place
        states.move(row, State.BOOKED, actor="his")
        if order is not None:
            payments.mark_settled(order, revenue=KIND)
        tell(row, "registration.booked" if old is None else "registration.moved", key=f"booked:{row.ref}")
        hooks.booked(row)
        if old is not None and old.state == State.BOOKED:
            begin_cancel(old, actor=row.account.ref, cause=Appointment.Cause.MOVED, reason=_("您已改约"))


def _refused(appointment: Appointment, no: Refused) -> None:
    sentence = errors.his_sentence(no.code)
    if no.code == "SCHEDULE_STOPPED":
        changes.learn_stop(appointment.slot.schedule)
    with transaction.atomic():
        order = payments.lock_order(KIND, appointment.ref)
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.CONFIRMING:
            return
        states.move(row, State.FAILED, actor="his", reason=sentence)
        enqueue_unlock(row)
        if order is not None:
            payments.request_refund(
                order=order,
                reason=str(_("挂号未成功，自动退款")),
                key=f"reversal:{order.out_trade_no}",
                actor="system",
                is_reversal=True,
            )
        event = "registration.failed" if order is None else "registration.failed_refunding"
        tell(row, event, key=f"failed:{row.ref}", reason=sentence)
