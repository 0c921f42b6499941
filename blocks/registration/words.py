"""How a booking is put into words: one place for the list, the result, the confirmation and the checkout."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blocks import roles
from business.hospital.models import Doctor
from business.registration.models import Appointment, Schedule, Slot
from business.registration.queries import SlotView
from themes.templatetags.portal_tags import clock, cn_date, yuan

State = Appointment.State

# state: (word on the badge, tone)
BADGES: dict[str, tuple[Any, str]] = {
    State.LOCKING: (_("锁号中"), "few"),
    State.HELD: (_("待支付"), "few"),
    State.RELEASING: (_("取消中"), ""),
    State.CONFIRMING: (_("确认中"), "brand"),
    State.BOOKED: (_("预约成功"), "ok"),
    State.CANCELLING: (_("退号中"), "few"),
    State.CANCELLED: (_("已取消"), ""),
    State.EXPIRED: (_("超时未支付"), ""),
    State.FAILED: (_("预约失败"), "danger"),
}
COUNT_DOWN = timedelta(hours=24)
VISITED = (_("已过就诊时间"), "")


def doctor_line(schedule: Schedule) -> str:
    """陈立群 主任医师; a clinic without a doctor by its own name."""
    doctor: Doctor | None = schedule.doctor
    return f"{doctor.name} {doctor.title}".strip() if doctor else schedule.clinic_name


def department_line(schedule: Schedule) -> str:
    """消化内科（主院区）."""
    return f"{schedule.department.name}（{schedule.campus.name}）"


def session_line(schedule: Schedule) -> str:
    """11月23日 周一 下午."""
    return f"{cn_date(schedule.date)} {schedule.get_session_display()}"


def slot_line(slot: Slot) -> str:
    """16:30-17:00【23号】 (21.3)."""
    return SlotView(slot, True).label


def when_line(slot: Slot) -> str:
    """11月23日 周一 16:30-17:00【23号】."""
    return f"{cn_date(slot.schedule.date)} {slot_line(slot)}"


def day_and_time(slot: Slot) -> str:
    """11月23日 周一 16:30-17:00."""
    return f"{cn_date(slot.schedule.date)} {SlotView(slot, True).time_range}"


@dataclass(frozen=True)
class Opening:
    """When numbers come out: the moment in words, and whether it is near enough to count down."""

    at: datetime
    text: str
    is_near: bool


def opening(moment: datetime | None, now: datetime) -> Opening | None:
    """Return 11月30日 周一 07:30 放号, None where all numbers are out."""
    if moment is None or moment <= now:
        return None
    text = str(_("{day} {time} 放号")).format(day=cn_date(moment), time=clock(moment))
    return Opening(moment, text, moment - now <= COUNT_DOWN)


def fact(label: Any, value: Any, **more: Any) -> dict[str, Any]:
    """Return one row of ``themes/parts/facts.html``."""
    return {"label": label, "value": value, **more}


def schedule_facts(schedule: Schedule) -> list[dict[str, Any]]:
    """Return what is known before a slot is chosen."""
    rows = [
        fact(_("医生") if schedule.doctor else _("门诊"), doctor_line(schedule), strong=True),
        fact(_("科室"), department_line(schedule)),
        fact(_("就诊日期"), session_line(schedule)),
    ]
    if schedule.place:
        rows.append(fact(_("就诊地点"), schedule.place))
    rows.append(fact(_("挂号费"), yuan(schedule.fee_fen)))
    return rows


def slot_facts(slot: Slot) -> list[dict[str, Any]]:
    """Return what the confirmation shows."""
    schedule = slot.schedule
    rows = [
        fact(_("医生") if schedule.doctor else _("门诊"), doctor_line(schedule)),
        fact(_("科室"), department_line(schedule)),
        fact(_("就诊时间"), session_line(schedule)),
        fact(_("时段与序号"), slot_line(slot), strong=True),
    ]
    if schedule.place:
        rows.append(fact(_("就诊地点"), schedule.place))
    rows.append(fact(_("挂号费"), yuan(schedule.fee_fen)))
    return rows


def map_url(appointment: Appointment, request: HttpRequest | None) -> str:
    """Return the floor map with the department's room marked, empty where no page shows floor maps."""
    return roles.url_for("places.map", request, department=appointment.slot.schedule.department.ref) or ""


def appointment_facts(appointment: Appointment, way_url: str = "") -> list[dict[str, Any]]:
    """Return what the result shows of the visit; the patient's own name in full, nothing else of the person.

    ``way_url`` leads from the place to the floor map.
    """
    slot = appointment.slot
    schedule = slot.schedule
    rows = [
        fact(_("就诊人"), appointment.patient.name),
        fact(_("时间"), when_line(slot), strong=True),
        fact(_("科室"), department_line(schedule)),
        fact(_("医生") if schedule.doctor else _("门诊"), doctor_line(schedule)),
    ]
    if place := (appointment.place or schedule.place):
        rows.append(fact(_("地点"), place, **({"link_url": way_url, "link_label": _("怎么走")} if way_url else {})))
    if appointment.queue_no:
        rows.append(fact(_("候诊号"), appointment.queue_no))
    return rows


@dataclass(frozen=True)
class Badge:
    """A state in a word and a tone."""

    word: Any
    tone: str


def badge_of(appointment: Appointment, *, now: datetime) -> Badge:
    """Return the badge of a booking in a list; a booked one whose time is over says so."""
    if appointment.state == State.BOOKED and appointment.slot.ends_at < now:
        return Badge(*VISITED)
    return Badge(*BADGES[State(appointment.state)])
