"""Move (改约): a booking goes to another number of its department; the old one is kept until the new one stands.

Same fee: HIS exchanges both numbers in one step and the payment goes along. Otherwise, or where HIS cannot, the new
number is booked and paid like any other; once it stands the old one is cancelled and refunded by itself. A failure
anywhere leaves the old booking as it was.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration.his.port import ConfirmResult
from business.integration.outcomes import Refused, Unknown
from business.patients.models import Account
from business.payments import services as payments
from business.registration import errors, hooks, registrar, states
from business.registration.kind import KIND
from business.registration.models import Appointment, Schedule, Slot
from business.registration.notices import tell
from business.registration.rules import rule_for
from business.registration.services.cancel import why_not_cancellable
from business.registration.services.claiming import claim_of, lock_account, lock_slot, must_be_bookable, new_hold
from business.registration.services.hold import (
    SameRequest,
    again,
    ask_later,
    learn_from,
    lock_failed,
    must_be_free,
    must_not_hoard,
    must_not_jump_the_line,
    settle_lock,
)
from business.registration.services.release import free_slot
from business.registration.services.undo import begin_cancel

State = Appointment.State
Cause = Appointment.Cause
EXCHANGE_UNKNOWN = "NOT_SUPPORTED"  # HIS's way to say that it cannot exchange numbers


def why_not_movable(appointment: Appointment) -> str:
    """Return the sentence that forbids moving a booked appointment now, or an empty text."""
    if appointment.state != State.BOOKED:
        return str(_("只有预约成功、还没有就诊的号可以改约。"))
    rule = rule_for(appointment.slot.schedule.campus_id)
    if appointment.moves >= rule.max_moves:
        return str(_("这个预约已经改约 {n} 次，不能再改，如需调整请退号后重新预约。").format(n=appointment.moves))
    return why_not_cancellable(appointment, counted=False)


def replacement_of(appointment: Appointment) -> Appointment | None:
    """Return the booking that is under way to replace this one; 1 SQL."""
    return Appointment.objects.filter(replaces_claim=appointment.ref).first()


def move(*, account: Account, appointment_ref: str, slot_ref: str, request_key: str) -> Appointment:
    """Move a booked appointment of the account to another number; the same ``request_key`` is the same wish.

    Returns the new appointment: ``booked`` (done), ``held`` (to be paid; the old one stands until then),
    ``confirming`` or, while HIS is silent, ``locking``. Raises a PortalError with a sentence; the old one then stands.
    """
    key = f"{account.pk}:{request_key}"
    if (earlier := Appointment.objects.filter(request_key=key).first()) is not None:
        return again(earlier)
    old = Appointment.objects.filter(account=account, ref=appointment_ref).first()
    if old is None:
        raise errors.NotFound(_("没有找到这条预约。"))
    try:
        new = _claim(account=account, old=old, slot_ref=slot_ref, key=key)
    except SameRequest as twin:
        return again(twin.appointment)
    return settle_lock(new)


def _claim(*, account: Account, old: Appointment, slot_ref: str, key: str) -> Appointment:
    """Take the new number in one transaction; locks: account, old appointment, slot."""
    try:
        with transaction.atomic():
            lock_account(account)
            row = Appointment.objects.select_for_update().get(pk=old.pk)
            twin = Appointment.objects.filter(request_key=key).first()
            if twin is not None:
                raise SameRequest(twin)
            if forbidden := why_not_movable(row):
                raise errors.CannotMove(forbidden)
            _must_not_be_moving(row)
            slot = lock_slot(ref=slot_ref)
            if slot is None:
                raise errors.NotFound(_("没有找到这个号，请重新选择。"))
            schedule = Schedule.objects.select_related("department").get(pk=slot.schedule_id)
            before = Schedule.objects.get(pk=row.slot.schedule_id)
            if slot.pk == row.slot_id:
                raise errors.CannotMove(_("这就是您现在的号，请选择其他时间。"))
            if schedule.department_id != before.department_id:
                raise errors.CannotMove(_("改约只能在同一个科室内，换科室请退号后重新预约。"))
            must_be_bookable(slot, schedule)
            must_not_jump_the_line(schedule)
            claim = claim_of(row.patient, schedule)
            must_be_free(slot, claim, account=account, key=key, besides=row)
            rule = rule_for(schedule.campus_id)
            is_exchange = rule.his_exchanges and schedule.fee_fen == row.fee_fen and schedule.origin == before.origin
            if not is_exchange:
                must_not_hoard(account, most=rule.max_unpaid)
            return new_hold(
                account=account,
                patient=row.patient,
                slot=slot,
                schedule=schedule,
                key=key,
                expires_at=timezone.now() + timedelta(minutes=rule.hold_minutes),
                actor=account.ref,
                # The same patient, department and day: the claim passes on when the old booking ends.
                patient_claim=None if claim == row.patient_claim else claim,
                replaces=row,
                replaces_claim=row.ref,
                is_exchange=is_exchange,
                moves=row.moves + 1,
            )
    except IntegrityError:
        with transaction.atomic():
            _must_not_be_moving(old)
            slot = Slot.objects.select_related("schedule").get(ref=slot_ref)
            claim = claim_of(old.patient, slot.schedule)
            must_be_free(slot, claim, account=account, key=key, besides=old)
        raise


def _must_not_be_moving(old: Appointment) -> None:
    other = replacement_of(old)
    if other is None:
        return
    if other.state == State.HELD:
        sentence = _("您已为这个预约选了新的号，还没有支付，请先支付或取消。")
        raise errors.AlreadyBooked(sentence, appointment_ref=other.ref, unpaid=True)
    raise errors.AlreadyBooked(_("这个预约正在改约，请稍等片刻。"), appointment_ref=other.ref)


def settle_exchange(new: Appointment) -> Appointment:
    """Have HIS exchange the numbers; silence is asked about, again and again, and never guessed.

    Returns the new appointment as it now is (``locking`` while nobody can tell). Raises BookingFailed on a definite no.
    """
    old = new.replaces
    assert old is not None  # noqa: S101  # an exchange always has one
    if timezone.now() >= new.hold_expires_at:
        return _end_exchange(new)
    for _try in range(2):
        try:
            result = registrar.of(new).change_registration(
                trade_no=old.trade_no, new_trade_no=new.trade_no, slot_code=new.slot.code, fee_fen=new.fee_fen
            )
        except Refused as no:
            if no.code == EXCHANGE_UNKNOWN:
                Appointment.objects.filter(pk=new.pk, state=State.LOCKING).update(is_exchange=False)
                new.refresh_from_db()
                return settle_lock(new)
            return _not_exchanged(new, no)
        except Unknown:
            continue
        return _exchanged(new, result)
    return ask_later(new)


def _fact(new: Appointment) -> ConfirmResult | None:
    """Return what HIS has under the new number if it stands there; raises Unknown."""
    fact = registrar.of(new).query_registration(trade_no=new.trade_no)
    if fact is None or fact.state != "confirmed":
        return None
    return ConfirmResult(
        his_order_no=fact.his_order_no, queue_no=fact.queue_no, number=fact.number or 0, place=fact.place
    )


def _not_exchanged(new: Appointment, no: Refused) -> Appointment:
    """A refusal counts only after HIS has said what it has: an answer to an earlier try may have been lost."""
    try:
        result = _fact(new)
    except (Unknown, Refused):
        return ask_later(new)
    if result is not None:
        return _exchanged(new, result)
    learn_from(no, new)
    sentence = errors.his_sentence(no.code, otherwise=errors.NOT_MOVED)
    lock_failed(new, sentence, unlock=False)
    raise (errors.SlotTaken if no.code == "SLOT_TAKEN" else errors.BookingFailed)(sentence)


def _end_exchange(new: Appointment) -> Appointment:
    """The time is over: HIS promises not to exchange any more, or says that it has."""
    try:
        registrar.of(new).unlock_slot(trade_no=new.trade_no)
    except Refused:
        try:
            result = _fact(new)
        except (Unknown, Refused):
            result = None
        return ask_later(new) if result is None else _exchanged(new, result)
    except Unknown:
        return ask_later(new)
    return lock_failed(new, _("医院系统一直没有回应，没有改约，原来的预约不变。"), unlock=False)


def _exchanged(new: Appointment, result: ConfirmResult) -> Appointment:
    """The new number stands in HIS: the old booking ends, the payment goes along; locks: order, old, new."""
    with transaction.atomic():
        assert new.replaces is not None  # noqa: S101
        order = payments.lock_order(KIND, new.replaces.ref)
        old = Appointment.objects.select_for_update().get(pk=new.replaces.pk)
        row = Appointment.objects.select_for_update().get(pk=new.pk)
        if row.state != State.LOCKING:
            return row
        row.his_order_no, row.queue_no = result.his_order_no, str(result.queue_no)
        row.place, row.lock_id = result.place or row.place, f"exchange:{old.trade_no}"[:64]
        row.next_check_at = None
        row.replaces_claim = None
        if old.state != State.BOOKED:
            # Undone meanwhile (a stopped clinic): its money goes back with it, so the new number must not stay.
            states.move(row, State.BOOKED, actor="his", reason=_("改约成功"))
            begin_cancel(row, actor="system", cause=Cause.STAFF, reason=_("原预约已取消，改约不再有效"))
            return row
        old.cause = Cause.MOVED
        states.move(old, State.CANCELLING, actor=row.account.ref, reason=_("您已改约"))
        states.move(old, State.CANCELLED, actor="his", reason=_("您已改约"))
        row.patient_claim = Appointment.objects.values_list("patient_claim", flat=True).get(pk=row.pk)
        states.move(row, State.BOOKED, actor="his", reason=_("改约成功"))
        free_slot(old)
        if order is not None:
            payments.transfer_order(order, subject_ref=row.ref, reason=_("改约，费用随号转移"), actor=row.account.ref)
        tell(row, "registration.moved", key=f"moved:{row.ref}")
        hooks.booked(row)
        return row
