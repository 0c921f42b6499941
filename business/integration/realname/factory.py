"""Which adapter checks names, chosen by the settings."""

import functools
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from business.integration.http import OutsideClient
from business.integration.realname.port import RealNamePort
from business.integration.realname.tencent import VERSION, TencentRealName
from business.integration.tencentcloud import TencentCloud

NEEDED = ("URL", "SECRET_ID", "SECRET_KEY")


def is_configured() -> bool:
    """Tell whether this installation can ask an authority at all."""
    return all(settings.REALNAME[name] for name in NEEDED)


@functools.lru_cache(maxsize=1)
def client() -> RealNamePort:
    """Return the adapter, one per process; raise ImproperlyConfigured where none is set."""
    given: dict[str, Any] = settings.REALNAME
    if missing := [f"PH_REALNAME_{name}" for name in NEEDED if not given[name]]:
        raise ImproperlyConfigured(f"{', '.join(missing)} missing: the portal cannot check names")
    return TencentRealName(
        TencentCloud(
            OutsideClient("realname", given["URL"], timeout=float(given["TIMEOUT"])),
            host=urlsplit(given["URL"]).netloc,
            service="faceid",
            version=VERSION,
            region="",
            secret_id=given["SECRET_ID"],
            secret=given["SECRET_KEY"],
        )
    )


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "REALNAME":
        client.cache_clear()


setting_changed.connect(_forget)
