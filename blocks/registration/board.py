"""全部号源: every number of a department's day, those that are taken too (21.6)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import fragment, here, parameters
from blocks.registration import samples, words
from blocks.registration.doctors import chosen_day, day_word
from business.hospital import queries as hospital
from business.registration import finding, queries
from business.security.errors import NotFoundError


class SlotBoardBlock(PortalBlock):
    """Dates, and below them each doctor's numbers in order; a taken one is marked, closed and says nothing else."""

    delivery = "island"
    serves = "registration.board"
    links_to = ("registration.confirm", "registration.departments")
    skeleton = "grid"

    empty_title = blocks.CharBlock(
        label=_("当天没有门诊时的标题"), default=_("这一天没有门诊"), max_length=40, required=False
    )

    class Meta:
        label = _("全部号源")
        icon = "table"
        group = GROUP_REGISTRATION
        description = _("一个科室一天里所有医生的号源，已约的用另一种颜色标出且不能点。")
        template = "blocks/registration/board.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return days and numbers; a constant number of SQL statements however many there are."""
        request, asked = context.get("request"), parameters(context)
        departments_url = roles.url_for("registration.departments", request) or ""
        try:
            department = hospital.get_department(asked.get("department", ""))
        except NotFoundError:
            return {"department": None, "departments_url": departments_url}
        days = queries.clinic_days(department)
        chosen = chosen_day(days, asked.get("date", ""))
        return {
            "department": department,
            "departments_url": departments_url,
            "days": [
                {
                    "date": day.date,
                    "url": here(context, date=day.date),
                    "hx_url": fragment(context, date=day.date),
                    "note": day_word(day),
                    "state": day.level,
                    "is_active": day.date == chosen,
                }
                for day in days
            ],
            "clinics": [self._clinic(one, request) for one in finding.board(department, chosen)],
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two made-up doctors."""
        return samples.board()

    @staticmethod
    def _clinic(one: finding.BoardClinic, request: Any) -> dict[str, Any]:
        free = sum(view.is_free for view in one.slots)
        return {
            "name": words.doctor_line(one.schedule),
            "session": one.schedule.get_session_display(),
            "fee_fen": one.schedule.fee_fen,
            "free": free,
            "state": queries.level(free, len(one.slots)),
            "slots": [
                {
                    "time": view.time_range,
                    "number": view.slot.number,
                    "is_soon": view.opens_at is not None,
                    "url": (roles.url_for("registration.confirm", request, slot=view.slot.ref) or "")
                    if view.is_free
                    else "",
                }
                for view in one.slots
            ],
        }
