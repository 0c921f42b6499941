"""Which adapter sends text messages, chosen by the settings."""

import functools
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from business.integration.http import OutsideClient
from business.integration.sms.port import SmsPort
from business.integration.sms.tencent import VERSION, TencentSms
from business.integration.tencentcloud import TencentCloud

NEEDED = ("URL", "SECRET_ID", "SECRET_KEY", "APP_ID", "SIGN_NAME", "CODE_TEMPLATE")


def is_configured() -> bool:
    """Tell whether this installation can send text messages at all."""
    return all(settings.SMS[name] for name in NEEDED)


@functools.lru_cache(maxsize=1)
def client() -> SmsPort:
    """Return the adapter, one per process; raise ImproperlyConfigured where none is set."""
    sms: dict[str, Any] = settings.SMS
    if missing := [f"PH_SMS_{name}" for name in NEEDED if not sms[name]]:
        raise ImproperlyConfigured(f"{', '.join(missing)} missing: the portal cannot send text messages")
    cloud = TencentCloud(
        OutsideClient("sms", sms["URL"], timeout=float(sms["TIMEOUT"])),
        host=urlsplit(sms["URL"]).netloc,
        service="sms",
        version=VERSION,
        region=sms["REGION"],
        secret_id=sms["SECRET_ID"],
        secret=sms["SECRET_KEY"],
    )
    return TencentSms(cloud, app_id=sms["APP_ID"], sign_name=sms["SIGN_NAME"])


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "SMS":
        client.cache_clear()


setting_changed.connect(_forget)
