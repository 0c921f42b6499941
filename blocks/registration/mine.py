"""我的预约: the account's bookings in four groups."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, fragment, here, parameters
from blocks.registration import samples, words
from business.registration import queries
from business.registration.models import Appointment

State = Appointment.State
TABS = (
    ("upcoming", _("待就诊")),
    ("unpaid", _("待支付")),
    ("past", _("已就诊")),
    ("ended", _("已取消")),
)
EMPTY = {
    "upcoming": _("还没有待就诊的预约"),
    "unpaid": _("没有待支付的预约"),
    "past": _("还没有就诊记录"),
    "ended": _("没有取消或失败的预约"),
}


WAITING = frozenset({State.LOCKING, State.RELEASING, State.CONFIRMING, State.CANCELLING})


def booking_item(appointment: Appointment, request: Any, *, now: Any) -> dict[str, Any]:
    """Return one item of the list as ``themes/parts/booking_item.html`` takes it."""
    schedule = appointment.slot.schedule
    badge = words.badge_of(appointment, now=now)
    url = roles.url_for("registration.result", request, appointment=appointment.ref) or ""
    held = appointment.state == State.HELD
    actions = []
    if held:
        actions.append({"label": _("去支付"), "url": url, "primary": True})
    elif appointment.state == State.BOOKED and appointment.slot.ends_at >= now:
        actions.append({"label": _("查看二维码"), "url": url, "primary": False})
        if way_url := words.map_url(appointment, request):
            actions.append({"label": _("怎么走"), "url": way_url, "primary": False})
    elif appointment.state in WAITING:
        actions.append({"label": _("查看进展"), "url": url, "primary": False})
    else:
        again = roles.url_for("registration.doctors", request, department=schedule.department.ref)
        if again:
            actions.append({"label": _("再次预约"), "url": again, "primary": False})
    return {
        "state_label": badge.word,
        "tone": badge.tone,
        "when": words.when_line(appointment.slot),
        "doctor": words.doctor_line(schedule),
        "department": words.department_line(schedule),
        "place": appointment.place or schedule.place,
        "patient": appointment.patient.name,
        "url": url,
        "is_past": appointment.slot.ends_at < now or appointment.state in queries.GROUPS["ended"],
        "expires_at": appointment.hold_expires_at if held and appointment.hold_expires_at > now else None,
        "actions": actions,
    }


class MyBookingsBlock(PortalBlock):
    """Tabs as links, one list."""

    delivery = "island"
    serves = "registration.mine"
    links_to = ("registration.result", "registration.departments")
    needs_account = True
    skeleton = "list"

    first_tab = blocks.ChoiceBlock(label=_("先显示"), choices=TABS, default="upcoming")
    empty_text = blocks.CharBlock(
        label=_("没有预约时的说明"), default=_("预约后可以在这里查看、支付和取消。"), max_length=60, required=False
    )
    empty_button = blocks.CharBlock(label=_("没有预约时的按钮"), default=_("去预约"), max_length=12, required=False)

    class Meta:
        label = _("我的预约")
        icon = "calendar-alt"
        group = GROUP_REGISTRATION
        description = _("待支付、待就诊、已就诊、已取消的预约列表。")
        template = "blocks/registration/mine.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the tabs and one group's bookings; 3 SQL however many there are, 4 where there are none."""
        request, account = context.get("request"), account_in(context)
        tab = parameters(context).get("tab", "")
        tab = tab if tab in EMPTY else value.get("first_tab") or "upcoming"
        now = timezone.now()
        found = queries.appointments_of(account, tab) if account else []
        # An unpaid booking is lost within minutes: nobody is told "nothing here" without being told where it is.
        counts = {"unpaid": queries.unpaid_count(account)} if account and not found and tab != "unpaid" else {}
        return {
            "tabs": [
                {
                    "label": label,
                    "url": here(context, tab=code),
                    "hx_url": fragment(context, tab=code),
                    "is_active": code == tab,
                    "count": counts.get(code, 0),
                }
                for code, label in TABS
            ],
            "items": [booking_item(appointment, request, now=now) for appointment in found],
            "empty_title": EMPTY[tab],
            "book_url": roles.url_for("registration.departments", request) or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two made-up bookings."""
        return samples.bookings()
