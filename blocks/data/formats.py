"""How a value of an answer is shown: a fixed list of formats, no expressions."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from business.datasources.paths import MISSING
from business.security.masking import mask_id_number, mask_name, mask_phone

LONGEST = 500
MOST_DIGITS = 30
_PHONE = re.compile(r"[0-9+() -]{3,30}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, list):
        return "、".join(_text(one) for one in value if not isinstance(one, (dict, list)))
    return "" if isinstance(value, dict) else str(value)


def _moment(value: Any) -> datetime:
    text = str(value).strip().replace("/", "-")
    found = datetime.fromisoformat(text)
    return timezone.localtime(found) if timezone.is_aware(found) else found


def _date(value: Any) -> str:
    day = _moment(value) if len(str(value)) > 10 else date.fromisoformat(str(value).replace("/", "-"))  # noqa: PLR2004
    return f"{day.year}年{day.month}月{day.day}日"


def _time(value: Any) -> str:
    moment = _moment(value)
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}"


def _amount(value: Any) -> Decimal:
    amount = Decimal(str(value)[:LONGEST])
    # 1e999999999 is a gigabyte of zeros when it is written out.
    if amount.is_finite() and abs(amount.adjusted()) > MOST_DIGITS:
        raise ValueError(MOST_DIGITS)
    return amount


def _yuan(value: Any) -> str:
    return f"¥{_amount(value):,.2f}"


def _fen(value: Any) -> str:
    return f"¥{_amount(value) / 100:,.2f}"


def _number(value: Any) -> str:
    amount = _amount(value)
    return f"{amount:,f}" if amount.is_finite() else str(value)


FORMATS: Final[dict[str, tuple[Any, Callable[[Any], str]]]] = {
    "text": (_("文字"), _text),
    "number": (_("数字"), _number),
    "date": (_("日期"), _date),
    "time": (_("日期和时间"), _time),
    "fen": (_("金额（数据以分为单位）"), _fen),
    "yuan": (_("金额（数据以元为单位）"), _yuan),
    "name": (_("姓名（隐去姓）"), lambda value: mask_name(_text(value))),
    "id": (_("证件号（隐去中间）"), lambda value: mask_id_number(_text(value))),
    "phone_masked": (_("手机号（隐去中间）"), lambda value: mask_phone(_text(value))),
    "phone": (_("电话（可拨打）"), _text),
}
CHOICES: Final = [(code, label) for code, (label, _format) in FORMATS.items()]


def shown(value: Any, code: str) -> str:
    """Return a value as patients read it; empty where there is none. What does not fit its format stays as it is."""
    if value is MISSING or value is None or value == "":
        return ""
    _label, write = FORMATS.get(code, FORMATS["text"])
    try:
        return write(value)[:LONGEST]
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        return _text(value)[:LONGEST]


def dial(value: str) -> str:
    """Return the address that dials a phone number, empty where it is none."""
    return f"tel:{re.sub(r'[^0-9+]', '', value)}" if _PHONE.fullmatch(value) else ""
