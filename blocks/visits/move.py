"""改约: another number for a booked visit, the old one kept until the new one stands."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, fragment, here, parameters
from blocks.registration import samples as made_up
from blocks.registration import words
from blocks.registration.confirm import way_on
from blocks.registration.doctors import chosen_day, day_word
from business.registration import errors, queries, services
from business.registration.models import Appointment
from business.registration.services.move import replacement_of, why_not_movable
from business.security.refs import new_ref
from themes.templatetags.portal_tags import yuan

LONGEST_KEY = 40


def move(asked: ActionRequest) -> ActionResult:
    """Move the booking; on to the checkout where the new number is to be paid, else to its result."""
    assert asked.account is not None  # noqa: S101  # the block needs an account
    try:
        appointment = services.move(
            account=asked.account,
            appointment_ref=asked.data.get("appointment", ""),
            slot_ref=asked.data.get("slot", ""),
            request_key=asked.data.get("request_key", "")[:LONGEST_KEY] or new_ref(),
        )
    except errors.AlreadyBooked as error:
        mine = queries.get_appointment(asked.account, error.appointment_ref) if error.appointment_ref else None
        label = _("去支付") if error.unpaid else _("查看预约")
        existing = {"url": way_on(mine, asked.request), "label": label} if mine else None
        return Again({"form_error": error.sentence, "existing": existing})
    except (errors.SlotTaken, errors.SlotClosed, errors.BookingFailed) as error:
        return Again({"form_error": error.sentence, "lost": True})
    return GoTo(way_on(appointment, asked.request))


def price_line(old_fen: int, new_fen: int, *, exchanges: bool) -> str:
    """Say what the move costs and what comes back."""
    if old_fen == new_fen and exchanges:
        return str(_("挂号费相同，不用重新支付。")) if new_fen else str(_("这两个号都不收费。"))
    if not new_fen:
        return str(_("新号免费，改约成功后原挂号费 {old} 原路退回。")).format(old=yuan(old_fen))
    if not old_fen:
        return str(_("新号需支付 {new}，支付成功后才算改约，之前原来的号为您保留。")).format(new=yuan(new_fen))
    return str(_("先支付新号 {new}，改约成功后原挂号费 {old} 自动原路退回；没有支付，原来的号不变。")).format(
        new=yuan(new_fen), old=yuan(old_fen)
    )


class MoveBlock(PortalBlock):
    """The booking as it is, then a day, a number, and the last look: one page."""

    delivery = "island"
    serves = "registration.move"
    links_to = ("registration.result", "registration.mine", "payments.checkout")
    needs_account = True
    actions = {"move": move}
    skeleton = "grid"

    title = blocks.CharBlock(label=_("标题"), default=_("选择新的时间"), max_length=20, required=False)
    hint = blocks.CharBlock(
        label=_("说明"),
        default=_("选好并确认之前，原来的号一直为您保留。"),
        max_length=60,
        required=False,
    )
    button_text = blocks.CharBlock(label=_("确认按钮"), default=_("确认改约"), max_length=12, required=False)

    class Meta:
        label = _("改约")
        icon = "redirect"
        group = GROUP_REGISTRATION
        description = _("把已约的号换到同科室的另一个时间，新号成功后才退旧号。")
        template = "blocks/visits/move.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the booking and what it can be moved to; a constant number of SQL statements."""
        request, asked = context.get("request"), parameters(context)
        account = account_in(context)
        mine_url = roles.url_for("registration.mine", request) or ""
        if account is None or not asked.get("appointment"):
            return {"old": None, "mine_url": mine_url}
        old = queries.get_appointment(account, asked["appointment"])
        base = {
            "old": old,
            "old_facts": [
                words.fact(_("就诊人"), old.patient.name),
                words.fact(_("时间"), words.when_line(old.slot), strong=True),
                words.fact(_("医生"), words.doctor_line(old.slot.schedule)),
            ],
            "result_url": roles.url_for("registration.result", request, appointment=old.ref) or "",
            "mine_url": mine_url,
        }
        if forbidden := why_not_movable(old):
            return {**base, "forbidden": forbidden}
        if (under_way := replacement_of(old)) is not None:
            return {**base, "under_way_url": way_on(under_way, request)}
        if asked.get("slot"):
            return {**base, **self._last_look(old, asked["slot"], context)}
        return {**base, **self._choice(old, context)}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up afternoon to move to."""
        slots = made_up.slots()
        return {
            "old": {"ref": "sample"},
            "old_facts": made_up.result({"show_code": False})["facts"][:2],
            "days": made_up.doctors()["days"],
            "chips": [{"label": "陈立群 下午 余 23", "url": "#", "hx_url": "", "is_active": True}],
            "slots": slots["slots"],
            "who_url": "#",
            "only_doctor": "陈立群",
        }

    @staticmethod
    def _choice(old: Appointment, context: Mapping[str, Any]) -> dict[str, Any]:
        asked, schedule = parameters(context), old.slot.schedule
        everybody = asked.get("who") == "all" or schedule.doctor is None
        doctor_ref = "" if everybody or schedule.doctor is None else schedule.doctor.ref
        days = queries.clinic_days(schedule.department, doctor_ref=doctor_ref)
        chosen = chosen_day(days, asked.get("date", ""))
        clinics = [
            (day, clinic)
            for day in queries.doctors_on(schedule.department, chosen)
            if not doctor_ref or (day.doctor and day.doctor.ref == doctor_ref)
            for clinic in day.clinics
            if clinic.level != "stopped" and clinic.free
        ]
        wanted = asked.get("schedule", "")
        shown = next((clinic for _day, clinic in clinics if clinic.schedule.ref == wanted), None)
        shown = shown or (clinics[0][1] if clinics else None)
        return {
            "days": [
                {
                    "date": day.date,
                    "url": here(context, date=day.date, schedule=None),
                    "hx_url": fragment(context, date=day.date, schedule=None),
                    "note": day_word(day),
                    "state": day.level,
                    "is_active": day.date == chosen,
                }
                for day in days
            ],
            "chips": [
                {
                    "label": f"{day.name} {clinic.schedule.get_session_display()} "
                    f"{_('余 {n}').format(n=clinic.free)} {yuan(clinic.schedule.fee_fen)}",
                    "url": here(context, date=chosen, schedule=clinic.schedule.ref),
                    "hx_url": fragment(context, date=chosen, schedule=clinic.schedule.ref),
                    "is_active": clinic is shown,
                }
                for day, clinic in clinics
            ],
            "slots": [
                {
                    "time": view.time_range,
                    "number": view.slot.number,
                    "url": here(context, slot=view.slot.ref) if view.is_free else "",
                }
                for view in (queries.slots_of(shown.schedule) if shown else [])
                if view.slot.pk != old.slot_id
            ],
            "only_doctor": schedule.doctor.name if schedule.doctor and not everybody else "",
            "who_url": here(context, who=None if everybody else "all", date=None, schedule=None)
            if schedule.doctor
            else "",
        }

    @staticmethod
    def _last_look(old: Appointment, slot_ref: str, context: Mapping[str, Any]) -> dict[str, Any]:
        from business.registration.rules import rule_for

        slot = queries.get_slot(slot_ref)
        free, _own = queries.availability(slot, None)
        rule = rule_for(slot.schedule.campus_id)
        return {
            "slot": slot,
            "new_facts": words.slot_facts(slot),
            "is_free": free,
            "price": price_line(old.fee_fen, slot.schedule.fee_fen, exchanges=rule.his_exchanges),
            "back_url": here(context, slot=None),
            "request_key": new_ref(),
        }
