"""The WeChat Pay channel, set up from the settings."""

import functools
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from business.integration.http import OutsideClient
from business.payments.channels.wechatpay import signing
from business.payments.channels.wechatpay.client import CODE, WeChatPay

__all__ = ["CODE", "WeChatPay", "for_merchant"]


@functools.lru_cache(maxsize=1)
def _configured() -> WeChatPay:
    config: dict[str, Any] = settings.WECHATPAY
    needed = ("MCHID", "APP_ID", "CERT_SERIAL", "PRIVATE_KEY_FILE", "PUBLIC_KEY_FILE", "PUBLIC_KEY_ID", "APIV3_KEY")
    missing = [name for name in needed if not config[name]]
    if missing:
        raise ImproperlyConfigured(f"WeChat Pay is not set up: {', '.join(missing)} missing")
    apiv3_key = config["APIV3_KEY"].encode()
    if len(apiv3_key) != signing.APIV3_KEY_BYTES:
        raise ImproperlyConfigured("PH_WECHATPAY_APIV3_KEY must be 32 characters")
    keys = signing.MerchantKeys(
        mchid=config["MCHID"],
        cert_serial=config["CERT_SERIAL"],
        private_key=signing.load_private_key(Path(config["PRIVATE_KEY_FILE"]).read_bytes()),
        public_key_id=config["PUBLIC_KEY_ID"],
        public_key=signing.load_public_key(Path(config["PUBLIC_KEY_FILE"]).read_bytes()),
        apiv3_key=apiv3_key,
    )
    http = OutsideClient(CODE, config["URL"], timeout=config["TIMEOUT"])
    return WeChatPay(keys=keys, app_id=config["APP_ID"], http=http, cashier_url=config["CASHIER_URL"])


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "WECHATPAY":
        _configured.cache_clear()


setting_changed.connect(_forget)


def for_merchant(mchid: str) -> WeChatPay:
    """Return the channel of a merchant (empty: the installation's own). Raises ImproperlyConfigured."""
    channel = _configured()
    if mchid and mchid != channel.mchid:
        raise ImproperlyConfigured(f"no keys for the WeChat Pay merchant {mchid}")
    return channel
