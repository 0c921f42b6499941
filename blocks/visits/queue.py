"""候诊进度: where a patient stands in the queue, asked again and again by a line of its own."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, parameters
from blocks.registration import words as booking_words
from blocks.visits import samples, words
from business.visits import queries
from business.visits.models import Visit

State = Visit.State
CHECK_IN = _("去报到")


def line_context(standing: queries.Standing, n: int) -> dict[str, Any]:
    """Return what ``line.html`` needs: the live words and when to ask again."""
    told = words.live(standing)
    asleep = n >= words.FALLEN_ASLEEP
    url = roles.with_query(reverse("visit-line"), appointment=standing.appointment.ref, n=n + 1)
    return {
        "ref": standing.appointment.ref,
        "mark": told.mark,
        "title": told.title,
        "text": told.text,
        "told": words.told_line(standing),
        # By its role: the live line is asked for often and looks nothing up that it need not.
        "checkin_url": roles.with_query("/-/go/visits.checkin/", appointment=standing.appointment.ref)
        if standing.state in {"open", State.PASSED}
        else "",
        "checkin_text": CHECK_IN,
        "poll_url": url if told.moves and not asleep else "",
        "seconds": words.pause(standing, n),
        "is_asleep": told.moves and asleep,
    }


class QueueBlock(PortalBlock):
    """Today's visits of the account, or the one that was asked for."""

    delivery = "island"
    serves = "visits.queue"
    links_to = ("visits.checkin", "registration.result")
    needs_account = True
    skeleton = "card"

    detail_text = blocks.CharBlock(label=_("预约详情按钮"), default=_("预约详情"), max_length=12, required=False)
    empty_title = blocks.CharBlock(
        label=_("今天没有就诊时的标题"), default=_("今天没有要就诊的预约"), max_length=20, required=False
    )

    class Meta:
        label = _("候诊进度")
        icon = "time"
        group = GROUP_REGISTRATION
        description = _("今天的就诊：前面几人、在哪个诊室、轮到没有，自动更新。")
        template = "blocks/visits/queue.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the visits with their live lines; 1 SQL and 1 a campus, 2 for a single one."""
        request, account = context.get("request"), account_in(context)
        asked = parameters(context).get("appointment", "")
        if account is None:
            return {"items": [], "mine_url": ""}
        found = [queries.standing(account, asked)] if asked else queries.today(account)
        return {
            "items": [self._item(one, request) for one in found],
            "mine_url": roles.url_for("registration.mine", request) or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return three people ahead."""
        return samples.queue()

    @staticmethod
    def _item(standing: queries.Standing, request: Any) -> dict[str, Any]:
        appointment, visit = standing.appointment, standing.visit
        schedule = appointment.slot.schedule
        number = (visit.queue_no if visit else "") or appointment.queue_no or f"{appointment.slot.number}"
        facts = [
            booking_words.fact(_("就诊人"), appointment.patient.name),
            booking_words.fact(_("候诊号"), number, strong=True),
            booking_words.fact(_("科室"), booking_words.department_line(schedule)),
            booking_words.fact(_("医生"), booking_words.doctor_line(schedule)),
        ]
        if place := ((visit.room if visit else "") or appointment.place or schedule.place):
            way = booking_words.map_url(appointment, request)
            more = {"link_url": way, "link_label": _("怎么走")} if way else {}
            facts.append(booking_words.fact(_("地点"), place, **more))
        return {
            "line": line_context(standing, 0),
            "facts": facts,
            "detail_url": roles.url_for("registration.result", request, appointment=appointment.ref) or "",
        }
