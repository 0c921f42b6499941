"""消息列表: what the hospital told this account, the newest first."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.patients import samples
from blocks.patients.here import account_in, safe_next
from business.messaging import queries
from themes.templatetags.portal_tags import clock, near_date

# How an event looks in the list: icon, tone of the mark.
LOOKS = {
    "registration.booked": ("calendar-check", "green"),
    "registration.failed_refunding": ("alert-circle", "red"),
    "registration.failed": ("alert-circle", "red"),
    "registration.cancelled": ("calendar-off", "slate"),
    "registration.expired": ("clock", "amber"),
    "registration.refunded": ("coins", "teal"),
    "registration.paid": ("coins", "green"),
    "registration.moved": ("calendar-check", "green"),
    "registration.stopped": ("alert-circle", "red"),
    "registration.offer": ("bell", "amber"),
    "visits.tomorrow": ("calendar", "teal"),
    "visits.checkin_open": ("map-pin", "teal"),
    "visits.queue_near": ("users", "amber"),
    "visits.your_turn": ("bell", "green"),
    "visits.passed": ("alert-circle", "amber"),
}
# Facts in the order people read them, few enough for two lines; the page behind the message has the rest.
SHOWN = ("patient", "department", "doctor", "visit_time", "number")
WITH_AMOUNT = ("patient", "department", "amount", "reason")
ABOUT_MONEY = frozenset({"registration.failed_refunding", "registration.refunded", "registration.paid"})


def message_view(message: Any) -> dict[str, Any]:
    """Return one item of ``themes/parts/card_list.html``."""
    icon, tone = LOOKS.get(message.event, ("bell", "teal"))
    facts = message.facts or {}
    shown = WITH_AMOUNT if message.event in ABOUT_MONEY else SHOWN
    return {
        "title": message.title,
        "text": " · ".join(str(facts[name]) for name in shown if facts.get(name)),
        "meta": f"{near_date(message.due_at)} {clock(timezone.localtime(message.due_at))}",
        "icon": icon,
        "tone": tone,
        "url": safe_next(message.path),
    }


class MessageListBlock(PortalBlock):
    """The account's messages; each leads to what it is about."""

    delivery = "island"
    serves = "messages"
    needs_account = True
    skeleton = "list"

    how_many = blocks.IntegerBlock(label=_("最多显示"), default=30, min_value=5, max_value=100)
    empty_title = blocks.CharBlock(label=_("没有消息时的标题"), default=_("还没有消息"), max_length=20, required=False)
    empty_text = blocks.CharBlock(
        label=_("没有消息时的说明"),
        default=_("预约、退款等进展会在这里和微信里通知您。"),
        max_length=60,
        required=False,
    )

    class Meta:
        label = _("消息列表")
        icon = "mail"
        group = GROUP_PATIENTS
        description = _("发给本账户的通知，点开可看预约结果。")
        template = "blocks/patients/messages.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the newest messages; 1 SQL."""
        account = account_in(context)
        found = queries.messages_of(account.ref)[: value.get("how_many") or 30] if account else []
        return {"items": [message_view(message) for message in found]}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two made-up messages."""
        return samples.messages()
