"""What can go wrong at check-in, each with a sentence a patient understands."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from business.security.errors import PortalError


class CannotCheckIn(PortalError):
    """The state of the booking, the time, the place or HIS forbids it."""

    code = "cannot_check_in"


class CodeInvalid(PortalError):
    """The code is not of this hospital, or a new one hangs there."""

    code = "code_invalid"


class WhereAreYou(PortalError):
    """The place wants to know where the phone is."""

    code = "location_needed"


HIS_SENTENCES: dict[str, str | Promise] = {
    "TOO_EARLY": _("还没有到报到时间，请稍后再来。"),
    "TOO_LATE": _("已过报到时间，请到窗口办理。"),
    "SCHEDULE_STOPPED": _("这个门诊已停诊，请到窗口咨询。"),
    "CLINIC_OVER": _("这个门诊已经结束，请到窗口咨询。"),
    "NOT_CONFIRMED": _("医院没有查到有效的挂号，请到窗口咨询。"),
    "NOT_FOUND": _("医院没有查到这次挂号，请到窗口咨询。"),
}
OTHERWISE = _("医院没有接受这次报到，请到窗口办理。")


def his_sentence(code: str) -> str:
    """Return the patient's sentence for a refusal of HIS."""
    return str(HIS_SENTENCES.get(code, OTHERWISE))
