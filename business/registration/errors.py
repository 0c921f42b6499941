"""What can go wrong with a booking, each with a sentence a patient understands."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from business.security.errors import PortalError


class NotFound(PortalError):
    """Nothing of that reference belongs to this account."""

    code = "not_found"


class SlotTaken(PortalError):
    """Somebody else was quicker."""

    code = "slot_taken"


class SlotClosed(PortalError):
    """The slot cannot be booked any more: over, stopped, closed, not yet released."""

    code = "slot_closed"


class AlreadyBooked(PortalError):
    """The patient already has a booking in this department on this day (requirement 16.1).

    ``appointment_ref`` is set when it belongs to the same account, ``unpaid`` when it waits for payment.
    """

    code = "already_booked"

    def __init__(self, sentence: str, *, appointment_ref: str = "", unpaid: bool = False) -> None:
        """Keep the way to the existing booking beside the sentence."""
        super().__init__(sentence)
        self.appointment_ref = appointment_ref
        self.unpaid = unpaid


class TooManyUnpaid(PortalError):
    """The account holds as many unpaid slots as the hospital allows."""

    code = "too_many_unpaid"


class PatientNotReady(PortalError):
    """HIS has no file of the patient yet."""

    code = "patient_not_ready"


class BookingFailed(PortalError):
    """HIS definitely refused."""

    code = "booking_failed"


class ClinicOver(PortalError):
    """The clinic's day is past."""

    code = "clinic_over"


class StillStopped(PortalError):
    """HIS stopped the clinic; only HIS can reopen it."""

    code = "still_stopped"


class DoctorBusy(PortalError):
    """The doctor has another clinic in that session."""

    code = "doctor_busy"


class CannotPlan(PortalError):
    """A clinic cannot be made or changed so."""

    code = "cannot_plan"


class CannotWait(PortalError):
    """Nobody can join the line for this clinic, or not this patient."""

    code = "cannot_wait"


class CannotCancel(PortalError):
    """The hospital's rules or the state of the booking forbid it."""

    code = "cannot_cancel"


class CannotMove(PortalError):
    """The hospital's rules or the state of the booking forbid moving it."""

    code = "cannot_move"


class TooManyBookings(PortalError):
    """The account has as many bookings as the hospital allows."""

    code = "too_many_bookings"


HIS_SENTENCES = {
    "SLOT_TAKEN": _("这个号刚刚被别人约走了，请选择其他时间。"),
    "SLOT_CLOSED": _("这个号已经停止预约，请选择其他时间。"),
    "SCHEDULE_STOPPED": _("这个门诊已停诊，请选择其他医生或日期。"),
    "FEE_CHANGED": _("挂号费刚刚有调整，请重新选择后再预约。"),
    "PATIENT_NOT_FOUND": _("医院没有找到该就诊人的档案，请核对就诊人信息。"),
    "DUPLICATE_BOOKING": _("该就诊人当天在这个科室已有预约，请勿重复预约。"),
    "LOCK_EXPIRED": _("号源保留时间已过，医院没有确认这次预约。"),
    "AMOUNT_MISMATCH": _("医院核对金额不一致，没有确认这次预约。"),
    "ALREADY_CHECKED_IN": _("您已报到，不能在线退号，请到窗口办理。"),
    "VISIT_PASSED": _("就诊时间已过，不能在线退号，请到窗口办理。"),
}


NOT_ACCEPTED = _("医院没有接受这次预约，请选择其他时间或到窗口办理。")
NOT_MOVED = _("医院没有接受这次改约，原来的预约不变。")
NOT_CANCELLED = _("医院没有接受这次退号，请到窗口办理。")


def his_sentence(code: str, *, otherwise: Promise = NOT_ACCEPTED) -> str:
    """Return the patient's sentence for a refusal code of HIS, ``otherwise`` for one that is not known."""
    return str(HIS_SENTENCES.get(code, otherwise))
