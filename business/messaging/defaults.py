"""Message templates to begin with: the keywords of WeChat's 类目模板 as the demonstration's account has them."""

from business.messaging.models import MessageTemplate

DEFAULTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "registration.booked": (
        "预约挂号成功通知",
        "tplBooked0000000000000000000000000000000001",
        {"name1": "patient", "thing2": "department", "name3": "doctor", "time4": "visit_time", "thing5": "place"},
    ),
    "registration.failed_refunding": (
        "挂号失败通知",
        "tplFailed000000000000000000000000000000005",
        {"name1": "patient", "thing2": "department", "time3": "visit_time", "thing4": "reason", "amount5": "amount"},
    ),
    "registration.failed": (
        "挂号失败通知（免费号）",
        "tplFailed000000000000000000000000000000005",
        {"name1": "patient", "thing2": "department", "time3": "visit_time", "thing4": "reason", "amount5": "=¥0.00"},
    ),
    "registration.cancelled": (
        "预约取消通知",
        "tplCancelled000000000000000000000000000003",
        {"name1": "patient", "thing2": "department", "time3": "visit_time", "thing4": "reason", "amount5": "amount"},
    ),
    "registration.expired": (
        "预约取消通知（超时未支付）",
        "tplCancelled000000000000000000000000000003",
        {
            "name1": "patient",
            "thing2": "department",
            "time3": "visit_time",
            "thing4": "=超时未支付，号源已释放",
            "amount5": "=¥0.00",
        },
    ),
    "registration.refunded": (
        "退款通知",
        "tplRefunded0000000000000000000000000000004",
        {
            "name1": "patient",
            "thing2": "department",
            "amount3": "amount",
            "thing4": "reason",
            "character_string5": "record_no",
            "time6": "now",
        },
    ),
}


def load_default_templates() -> int:
    """Make the templates that are not there yet, leaving what staff have set; return how many were made."""
    made = 0
    for event, (name, template_id, mapping) in DEFAULTS.items():
        _, created = MessageTemplate.objects.get_or_create(
            event=event, defaults={"name": name, "template_id": template_id, "mapping": mapping}
        )
        made += created
    return made
