"""A made-up order for previews."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _


def checkout(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order with some minutes left."""
    return {
        "order": {
            "ref": "sample",
            "amount_fen": 5000,
            "description": "挂号费 消化内科 陈立群",
            "expires_at": timezone.now() + timedelta(minutes=14),
        },
        "home_url": "#",
        "view": "pay",
        "facts": [
            {"label": _("就诊人"), "value": "林晓雯"},
            {"label": _("科室"), "value": "消化内科（主院区）"},
            {"label": _("医生"), "value": "陈立群 主任医师"},
        ],
        "kept_text": _("号源为您保留"),
        "cancel_label": _("取消预约"),
        "cancel_text": _("取消后这个号会立即释放给其他患者。"),
        "result_url": "#",
        "pay_label": f"{value.get('button_text') or _('支付')} ¥50.00",
        "asked_channel": False,
        "refund_request": None,
        "may_ask_refund": False,
        "ways": [],
        "ticket": None,
        "scan": None,
        "self_url": "#",
    }
