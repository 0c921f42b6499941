"""Hold: take the slot in our database, then ask HIS to lock it (design.md §5, step 1)."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration import outbox
from business.integration.his.port import LockResult
from business.integration.outcomes import Refused, Unknown
from business.patients import queries as patient_queries
from business.patients import services as patient_services
from business.patients.models import Account, Patient
from business.payments import services as payments
from business.registration import errors, registrar, states
from business.registration.kind import KIND
from business.registration.models import Appointment, BookingRule, Schedule, Slot
from business.registration.rules import rule_for
from business.registration.services import changes
from business.registration.services.claiming import (
    LOCK_CHECK_SECONDS,
    claim_of,
    lock_account,
    lock_slot,
    must_be_bookable,
    new_hold,
)

State = Appointment.State
# HIS keeps the number longer than the patient may pay: money of the last moment must still find it.
LOCK_GRACE_SECONDS = 120
STANDING = (State.LOCKING, State.HELD, State.CONFIRMING, State.BOOKED)
LONGEST_LOCK_SECONDS = 7200  # docs/his-interface.yaml


def hold(*, account: Account, patient_ref: str, slot_ref: str, request_key: str) -> Appointment:
    """Hold a slot for a patient and open its order; the same ``request_key`` is the same booking (F15).

    Returns the appointment: ``held`` (to be paid), ``confirming`` (nothing to pay) or, when HIS is silent, ``locking``
    (a sweep asks on). Raises a PortalError whose sentence says what the patient can do.
    """
    key = f"{account.pk}:{request_key}"
    if (earlier := Appointment.objects.filter(request_key=key).first()) is not None:
        return again(earlier)
    patient = patient_queries.get_patient(account, patient_ref)
    patient_services.must_be_admitted(patient)
    if not _needs_no_file(slot_ref):
        patient = _with_file(patient)
    try:
        appointment = _claim(account=account, patient=patient, slot_ref=slot_ref, key=key)
    except SameRequest as twin:
        return again(twin.appointment)
    return settle_lock(appointment)


class SameRequest(Exception):
    """The same form was sent twice at once and the other was first."""

    def __init__(self, appointment: Appointment) -> None:
        self.appointment = appointment


def again(earlier: Appointment) -> Appointment:
    """Return what the same request made before; raise BookingFailed where it failed."""
    if earlier.state == State.FAILED:
        raise errors.BookingFailed(earlier.reason)
    return earlier


def _needs_no_file(slot_ref: str) -> bool:
    """Tell whether a hospital without any HIS books in a clinic of its own."""
    if settings.HIS["URL"]:
        return False
    return Slot.objects.filter(ref=slot_ref, schedule__origin=Schedule.Origin.OWN).exists()


def _with_file(patient: Patient) -> Patient:
    if patient.his_patient_id:
        return patient
    try:
        patient = patient_services.ensure_file(patient)
    except Unknown as silence:
        raise errors.PatientNotReady(_("医院建档系统暂时没有回应，请稍等一会儿再试。")) from silence
    if not patient.his_patient_id:
        raise errors.PatientNotReady(patient.file_problem or _("该就诊人还没有建好档案，请稍后再试。"))
    return patient


def _claim(*, account: Account, patient: Patient, slot_ref: str, key: str) -> Appointment:
    """Take slot and patient-day in one transaction; the unique columns decide every race (I1)."""
    try:
        with transaction.atomic():
            lock_account(account)
            slot = lock_slot(ref=slot_ref)
            if slot is None:
                raise errors.NotFound(_("没有找到这个号，请重新选择。"))
            schedule = Schedule.objects.select_related("department").get(pk=slot.schedule_id)
            rule = rule_for(schedule.campus_id)
            must_be_bookable(slot, schedule)
            must_not_jump_the_line(schedule)
            must_be_free(slot, claim_of(patient, schedule), account=account, key=key)
            must_not_hoard(account, most=rule.max_unpaid)
            must_not_exceed(account, rule)
            return new_hold(
                account=account,
                patient=patient,
                slot=slot,
                schedule=schedule,
                key=key,
                expires_at=timezone.now() + timedelta(minutes=rule.hold_minutes),
                actor=account.ref,
            )
    except IntegrityError:
        # Lost a race that the row lock did not order (the same patient on two slots, the same form twice).
        with transaction.atomic():
            slot = Slot.objects.select_related("schedule").get(ref=slot_ref)
            must_be_free(slot, claim_of(patient, slot.schedule), account=account, key=key)
        raise


def must_not_hoard(account: Account, *, most: int) -> None:
    """Refuse an account that holds as many unpaid numbers as the hospital allows."""
    unpaid = Appointment.objects.filter(account=account, state__in=(State.LOCKING, State.HELD)).count()
    if unpaid >= most:
        raise errors.TooManyUnpaid(
            _("您还有 {unpaid} 个预约没有支付，请先支付或取消，再预约新的号。").format(unpaid=unpaid)
        )


def must_not_exceed(account: Account, rule: BookingRule) -> None:
    """Hold the account to the hospital's limits: bookings that stand, and bookings made in a day; 0 is no limit."""
    mine = Appointment.objects.filter(account=account)
    if rule.max_active:
        standing = mine.filter(state__in=STANDING, slot__ends_at__gte=timezone.now()).count()
        if standing >= rule.max_active:
            raise errors.TooManyBookings(
                _("每个账户最多同时有 {n} 个待就诊的预约，就诊或取消后可以再约。").format(n=rule.max_active)
            )
    if rule.max_per_day:
        today = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
        made = mine.filter(created_at__gte=today).exclude(state=State.FAILED).count()
        if made >= rule.max_per_day:
            raise errors.TooManyBookings(
                _("每个账户每天最多预约 {n} 次，请明天再约，或到窗口办理。").format(n=rule.max_per_day)
            )


def must_not_jump_the_line(schedule: Schedule) -> None:
    """Refuse a clinic whose free numbers belong to those who wait."""
    if schedule.waiting:
        raise errors.SlotClosed(_("这个门诊正在按候补顺序放号，您可以加入候补，或选择其他门诊。"))


def must_be_free(
    slot: Slot, patient_claim: str, *, account: Account, key: str, besides: Appointment | None = None
) -> None:
    """Refuse a slot that is taken, and a second booking of the person; ``besides`` is the one that moves away."""
    twin = Appointment.objects.filter(request_key=key).first()
    if twin is not None:
        raise SameRequest(twin)
    mine = Appointment.objects.filter(patient_claim=patient_claim).first()
    if mine is not None and mine != besides:
        raise _already_booked(mine, account)
    if Appointment.objects.filter(claimed_slot=slot).exists():
        raise errors.SlotTaken(errors.his_sentence("SLOT_TAKEN"))


def _already_booked(other: Appointment, account: Account) -> errors.AlreadyBooked:
    if other.account_id != account.pk:
        return errors.AlreadyBooked(_("该就诊人当天在这个科室已有预约，请勿重复预约。"))
    if other.state in {State.LOCKING, State.HELD}:
        sentence = _("您已为该就诊人约了这个科室当天的号，还没有支付，请先支付或取消。")
        return errors.AlreadyBooked(sentence, appointment_ref=other.ref, unpaid=True)
    sentence = _("您已为该就诊人约了这个科室当天的号，请勿重复预约。")
    return errors.AlreadyBooked(sentence, appointment_ref=other.ref)


def settle_lock(appointment: Appointment) -> Appointment:
    """Ask HIS to lock; when it is silent ask what it has, then ask again: the trade number makes repeats harmless (F5).

    Returns the appointment as it now is (still ``locking`` if nobody can tell). Raises BookingFailed on a definite no.
    """
    if appointment.is_exchange:
        from business.registration.services.move import settle_exchange

        return settle_exchange(appointment)
    if timezone.now() >= appointment.hold_expires_at:
        return lock_failed(appointment, _("医院系统一直没有回应，号源未能保留，请重新预约。"), unlock=True)
    for _try in range(2):
        try:
            result = registrar.of(appointment).lock_slot(
                trade_no=appointment.trade_no,
                slot_code=appointment.slot.code,
                patient_id=appointment.patient.his_patient_id,
                fee_fen=appointment.fee_fen,
                hold_seconds=_lock_seconds(appointment),
            )
        except Refused as no:
            learn_from(no, appointment)
            lock_failed(appointment, errors.his_sentence(no.code), unlock=False)
            wrong = errors.SlotTaken if no.code == "SLOT_TAKEN" else errors.BookingFailed
            raise wrong(errors.his_sentence(no.code)) from no
        except Unknown:
            continue
        if result.fee_fen != appointment.fee_fen:
            lock_failed(appointment, errors.his_sentence("FEE_CHANGED"), unlock=True)
            raise errors.BookingFailed(errors.his_sentence("FEE_CHANGED"))
        return _locked(appointment, result)
    return ask_later(appointment)


def ask_later(appointment: Appointment) -> Appointment:
    """Leave a silent lock to the sweep; return the appointment as it is."""
    pause = timezone.now() + timedelta(seconds=LOCK_CHECK_SECONDS)
    Appointment.objects.filter(pk=appointment.pk, state=State.LOCKING).update(next_check_at=pause)
    appointment.refresh_from_db()
    return appointment


def claim_lock(appointment: Appointment) -> bool:
    """Take one look at a silent lock for this worker; whatever comes of it, the next one waits its turn."""
    pause = timezone.now() + timedelta(seconds=LOCK_CHECK_SECONDS)
    same = Appointment.objects.filter(pk=appointment.pk, state=State.LOCKING, next_check_at=appointment.next_check_at)
    return bool(same.update(next_check_at=pause))


def _lock_seconds(appointment: Appointment) -> int:
    left = int((appointment.hold_expires_at - timezone.now()).total_seconds())
    return min(max(left, 0) + LOCK_GRACE_SECONDS, LONGEST_LOCK_SECONDS)


def _locked(appointment: Appointment, result: LockResult) -> Appointment:
    with transaction.atomic():
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state != State.LOCKING:
            if row.state in states.ENDED:
                enqueue_unlock(row)
            return row
        row.lock_id = result.lock_id
        # Where HIS grants less than was asked for, nobody is invited to pay for what it has given away.
        row.hold_expires_at = min(row.hold_expires_at, result.expires_at)
        row.next_check_at = None
        states.move(row, State.HELD, actor="his")
        if row.fee_fen:
            schedule = Schedule.objects.select_related("department", "doctor", "campus").get(pk=row.slot.schedule_id)
            payments.open_order(
                kind=KIND,
                subject_ref=row.ref,
                account=row.account,
                amount_fen=row.fee_fen,
                description=_("挂号费 {department} {clinic}").format(
                    department=schedule.department.name, clinic=schedule.clinic_name
                ),
                expires_at=row.hold_expires_at,
                campus=schedule.campus,
                department=schedule.department.name,
            )
        else:
            states.move(row, State.CONFIRMING, actor="system", reason=_("免挂号费"))
            outbox.enqueue("registration.confirm_free", {"ref": row.ref}, key=f"confirm_free:{row.ref}")
        return row


def lock_failed(appointment: Appointment, sentence: str, *, unlock: bool) -> Appointment:
    """End a lock that HIS refused or nobody answered for."""
    with transaction.atomic():
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.state == State.LOCKING:
            states.move(row, State.FAILED, actor="his", reason=sentence)
            if unlock:
                enqueue_unlock(row)
        return row


def learn_from(no: Refused, appointment: Appointment) -> None:
    """Keep what the refusal tells about the slot, so that nobody is offered it before the next synchronisation."""
    if no.code == "SLOT_TAKEN":
        Slot.objects.filter(pk=appointment.slot_id).update(state=Slot.State.TAKEN)
    elif no.code == "SLOT_CLOSED":
        Slot.objects.filter(pk=appointment.slot_id).update(state=Slot.State.CLOSED)
    elif no.code == "SCHEDULE_STOPPED":
        changes.learn_stop(appointment.slot.schedule)


def enqueue_unlock(appointment: Appointment) -> None:
    """Have HIS free the slot; repeated until it says so (a lock it never made is as good as freed)."""
    outbox.enqueue("registration.unlock", {"ref": appointment.ref}, key=f"unlock:{appointment.ref}")
