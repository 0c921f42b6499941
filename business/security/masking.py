"""Masking of personal data for screens, logs and exports (T28, requirement G5.1)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

SECRET_KEYS = frozenset(
    {
        "secret",
        "signature",
        "sign",
        "paysign",
        "access_token",
        "refresh_token",
        "ticket",
        "letter",
        "token",
        "authorization",
        "appsecret",
        "password",
    }
)
NAME_KEYS = frozenset({"name", "patient_name", "payer_name"})
ID_KEYS = frozenset({"id_number", "idnumber", "id_no", "card_no", "id_card"})
PHONE_KEYS = frozenset({"phone", "mobile", "phone_number"})
ADDRESS_KEYS = frozenset({"address", "birth_date", "birthday"})
OPENID_KEYS = frozenset({"openid", "touser", "unionid"})

_ID_NUMBER = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def mask_name(name: str) -> str:
    """Keep the last character: 林晓雯 → **雯; a single character becomes *."""
    return "*" * (len(name) - 1) + name[-1] if len(name) > 1 else "*" * len(name)


def mask_id_number(number: str) -> str:
    """Keep four and four: 4201**********002X; short numbers keep only their ends."""
    if len(number) > 8:  # noqa: PLR2004
        return number[:4] + "*" * (len(number) - 8) + number[-4:]
    return number[:1] + "*" * max(len(number) - 2, 0) + number[-1:] if len(number) > 1 else "*"


def mask_phone(phone: str) -> str:
    """Keep three and four: 138****6620."""
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:] if len(phone) > 7 else "*" * len(phone)  # noqa: PLR2004


def mask_tail(text: str, keep: int = 4) -> str:
    """Keep only the last characters."""
    return "*" * max(len(text) - keep, 0) + text[-keep:]


def mask_text(text: str) -> str:
    """Mask ID and phone numbers inside free text; a NUL, which PostgreSQL cannot store, becomes visible."""
    text = text.replace("\0", "\ufffd")
    return _PHONE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1**********\2", text))


def mask_json(value: Any, key: str = "") -> Any:
    """Return a copy of a JSON value in which personal data and secrets cannot be read."""
    if isinstance(value, Mapping):
        return {k: mask_json(v, str(k).lower()) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [mask_json(v, key) for v in value]
    if not isinstance(value, str) or not value:
        return value
    value = value.replace("\0", "\ufffd")
    if key in SECRET_KEYS:
        return "***"
    for keys, mask in (
        (NAME_KEYS, mask_name),
        (ID_KEYS, mask_id_number),
        (PHONE_KEYS, mask_phone),
        (OPENID_KEYS, mask_tail),
    ):
        if key in keys:
            return mask(value)
    return "***" if key in ADDRESS_KEYS else mask_text(value)
