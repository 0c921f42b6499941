"""Message templates to begin with: the keywords of WeChat's 类目模板 as the demonstration's account has them."""

from business.messaging import events
from business.messaging.models import MessageRule, MessageTemplate

BOOKED = "tplBooked0000000000000000000000000000000001"
PAID = "tplPaid00000000000000000000000000000000002"
CANCELLED = "tplCancelled000000000000000000000000000003"
REFUNDED = "tplRefunded0000000000000000000000000000004"
FAILED = "tplFailed000000000000000000000000000000005"
STOPPED = "tplStopped00000000000000000000000000000006"
REMINDER = "tplReminder0000000000000000000000000000007"
QUEUE = "tplQueue000000000000000000000000000000008"
OFFER = "tplOffer000000000000000000000000000000009"

_WHO = {"name1": "patient", "thing2": "department", "time3": "visit_time"}
_QUEUE = {"name1": "patient", "character_string2": "queue_no", "thing3": "place", "thing5": "department"}
DEFAULTS: dict[str, tuple[str, dict[str, str]]] = {
    "registration.booked": (
        BOOKED,
        {"name1": "patient", "thing2": "department", "name3": "doctor", "time4": "visit_time", "thing5": "place"},
    ),
    "registration.moved": (
        BOOKED,
        {"name1": "patient", "thing2": "department", "name3": "doctor", "time4": "visit_time", "thing5": "place"},
    ),
    "registration.paid": (
        PAID,
        {
            "name1": "patient",
            "thing2": "department",
            "amount3": "amount",
            "time4": "now",
            "character_string5": "record_no",
        },
    ),
    "registration.failed_refunding": (FAILED, {**_WHO, "thing4": "reason", "amount5": "amount"}),
    "registration.failed": (FAILED, {**_WHO, "thing4": "reason", "amount5": "=¥0.00"}),
    "registration.cancelled": (CANCELLED, {**_WHO, "thing4": "reason", "amount5": "amount"}),
    "registration.expired": (CANCELLED, {**_WHO, "thing4": "=超时未支付，号源已释放", "amount5": "=¥0.00"}),
    "registration.refunded": (
        REFUNDED,
        {
            "name1": "patient",
            "thing2": "department",
            "amount3": "amount",
            "thing4": "reason",
            "character_string5": "record_no",
            "time6": "now",
        },
    ),
    "registration.stopped": (
        STOPPED,
        {"name1": "patient", "thing2": "department", "name3": "doctor", "time4": "visit_time", "thing5": "reason"},
    ),
    "registration.offer": (
        OFFER,
        {"name1": "patient", "thing2": "department", "name3": "doctor", "time4": "visit_time", "time5": "deadline"},
    ),
    "visits.tomorrow": (REMINDER, {**_WHO, "thing4": "place", "number5": "number"}),
    "visits.checkin_open": (REMINDER, {**_WHO, "thing4": "place", "number5": "number"}),
    "visits.queue_near": (QUEUE, {**_QUEUE, "number4": "ahead"}),
    "visits.your_turn": (QUEUE, {**_QUEUE, "number4": "=0"}),
    "visits.passed": (QUEUE, {**_QUEUE, "number4": "=0"}),
}


def load_default_templates() -> int:
    """Make what is not there yet, leaving what staff have set; return how many were made."""
    made = 0
    for event, (template_id, mapping) in DEFAULTS.items():
        known = events.get(event)
        _, created = MessageTemplate.objects.get_or_create(
            event=event,
            defaults={
                "name": events.label_of(event)[:60],
                "template_id": template_id,
                "mapping": mapping,
                "at_night": known is not None and known.is_urgent,
            },
        )
        made += created
    if not MessageRule.objects.exists():
        MessageRule.objects.create()
    return made
