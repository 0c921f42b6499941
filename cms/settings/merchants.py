"""Further merchant accounts: each takes from the environment what is its own, and the rest from the first one."""

from typing import Any

from cms.settings.reader import Reader

TEXTS = ("MCHID", "APP_ID", "CERT_SERIAL", "PUBLIC_KEY_ID", "APIV3_KEY", "SUB_MCHID", "SUB_APP_ID", "MINI_APP_ID")
FILES = ("PRIVATE_KEY_FILE", "PUBLIC_KEY_FILE")


def wechatpay(env: Reader, name: str) -> dict[str, Any]:
    """Return what ``PH_WECHATPAY_<NAME>_…`` sets for one further merchant; empty values are left out."""
    head = f"PH_WECHATPAY_{name.upper()}_"
    found = {field: env.text(f"{head}{field}") for field in TEXTS}
    found |= {field: env.file(f"{head}{field}") for field in FILES}
    own = {field: value for field, value in found.items() if value}
    if not own.get("MCHID") and not own.get("SUB_MCHID"):
        env.wrong(f"{head}MCHID", "或 SUB_MCHID 未设置，无法区分这个商户")
    return own
