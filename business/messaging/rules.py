"""When a message may be sent: the hospital's quiet hours."""

from datetime import datetime, timedelta

from django.utils import timezone

from business.messaging import events
from business.messaging.models import MessageRule, MessageTemplate


def message_rule() -> MessageRule:
    """Return what the hospital decided, else the model's defaults (unsaved); 1 SQL."""
    return MessageRule.objects.order_by("pk").first() or MessageRule()


def quiet_seconds(rule: MessageRule, moment: datetime | None = None) -> float:
    """Return how long the quiet hours still last, 0 outside them; they may go over midnight."""
    if rule.quiet_from == rule.quiet_to:
        return 0
    now = timezone.localtime(moment)
    clock = now.time()
    if rule.quiet_from < rule.quiet_to:
        is_quiet = rule.quiet_from <= clock < rule.quiet_to
    else:
        is_quiet = clock >= rule.quiet_from or clock < rule.quiet_to
    if not is_quiet:
        return 0
    ends = now.replace(hour=rule.quiet_to.hour, minute=rule.quiet_to.minute, second=0, microsecond=0)
    if ends <= now:
        ends += timedelta(days=1)
    return (ends - now).total_seconds()


def may_disturb(event: str, template: MessageTemplate | None) -> bool:
    """Tell whether an event is sent at night: as staff set it, else by its nature."""
    if template is not None:
        return template.at_night
    known = events.get(event)
    return known is not None and known.is_urgent
