"""Which adapter talks to HIS, chosen by the settings."""

import functools
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from business.integration.his.http_adapter import HttpHis
from business.integration.his.port import HisPort
from business.integration.http import OutsideClient


@functools.lru_cache(maxsize=1)
def client() -> HisPort:
    """Return the adapter, one per process; raise ImproperlyConfigured where no HIS is set."""
    his: dict[str, Any] = settings.HIS
    for name in ("URL", "APP_ID", "SECRET"):
        if not his[name]:
            raise ImproperlyConfigured(f"PH_HIS_{name} is missing: the portal has no HIS to ask")
    outside = OutsideClient("his", his["URL"], timeout=float(his["TIMEOUT"]))
    return HttpHis(outside, app_id=his["APP_ID"], secret=his["SECRET"])


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "HIS":
        client.cache_clear()


setting_changed.connect(_forget)
