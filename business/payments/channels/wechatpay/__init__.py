"""The WeChat Pay channel: its merchants and their keys, from the environment and mounted files only."""

import functools
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from business.integration.http import OutsideClient
from business.payments.channels.wechatpay import signing
from business.payments.channels.wechatpay.certificates import CertificateBook
from business.payments.channels.wechatpay.client import CODE, WeChatPay

__all__ = ["CODE", "WeChatPay", "for_merchant", "roster"]

NEEDED = ("MCHID", "APP_ID", "CERT_SERIAL", "PRIVATE_KEY_FILE", "APIV3_KEY")


def _configurations() -> list[dict[str, Any]]:
    """Return the installation's own merchant, then the further ones, each over the first one's values."""
    own: dict[str, Any] = settings.WECHATPAY
    return [own, *({**own, "SUB_MCHID": "", **more} for more in own.get("MERCHANTS", ()))]


def _number(config: dict[str, Any]) -> str:
    return str(config.get("SUB_MCHID") or config["MCHID"])


def roster() -> list[str]:
    """Return the numbers of the merchants that have keys here, the installation's own first."""
    return [_number(config) for config in _configurations() if config["MCHID"]]


@functools.lru_cache(maxsize=64)
def _line(mchid: str) -> WeChatPay:
    config = next((one for one in _configurations() if _number(one) == mchid), None)
    if config is None:
        raise ImproperlyConfigured(f"no keys for the WeChat Pay merchant {mchid}")
    missing = [name for name in NEEDED if not config.get(name)]
    by_key = bool(config.get("PUBLIC_KEY_FILE")) and bool(config.get("PUBLIC_KEY_ID"))
    if not by_key and not config.get("CERTIFICATES"):
        missing.append("PUBLIC_KEY_FILE and PUBLIC_KEY_ID, or CERTIFICATES")
    if missing:
        raise ImproperlyConfigured(f"WeChat Pay is not set up: {', '.join(missing)} missing")
    apiv3_key = config["APIV3_KEY"].encode()
    if len(apiv3_key) != signing.APIV3_KEY_BYTES:
        raise ImproperlyConfigured("PH_WECHATPAY_APIV3_KEY must be 32 characters")

    def fetch(book: CertificateBook) -> None:
        line.fetch_certificates(book)

    book = CertificateBook(apiv3_key, fetch) if config.get("CERTIFICATES") else None
    keys = signing.MerchantKeys(
        mchid=config["MCHID"],
        cert_serial=config["CERT_SERIAL"],
        private_key=signing.load_private_key(Path(config["PRIVATE_KEY_FILE"]).read_bytes()),
        public_key_id=config["PUBLIC_KEY_ID"] if by_key else "",
        public_key=signing.load_public_key(Path(config["PUBLIC_KEY_FILE"]).read_bytes()) if by_key else None,
        apiv3_key=apiv3_key,
        certificates=book,
    )
    line = WeChatPay(
        keys=keys,
        app_id=config["APP_ID"],
        http=OutsideClient(CODE, config["URL"], timeout=config["TIMEOUT"]),
        cashier_url=config["CASHIER_URL"],
        mini_app_id=config.get("MINI_APP_ID", ""),
        sub_mchid=config.get("SUB_MCHID", ""),
        sub_app_id=config.get("SUB_APP_ID", ""),
    )
    return line


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "WECHATPAY":
        _line.cache_clear()


setting_changed.connect(_forget)


def for_merchant(mchid: str) -> WeChatPay:
    """Return the channel of a merchant (empty: the installation's own). Raises ImproperlyConfigured."""
    return _line(mchid or _number(settings.WECHATPAY))
