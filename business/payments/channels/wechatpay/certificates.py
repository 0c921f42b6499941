"""Certificate mode: WeChat Pay's certificates, fetched with the APIv3 key and renewed by themselves."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from business.payments.channels.wechatpay import signing

FETCH_AGAIN_SECONDS = 60.0  # anybody may send unknown serial numbers
FRESH_SECONDS = 12 * 3600.0  # a new certificate is there at least a day before its first use


@dataclass(frozen=True)
class _Known:
    key: RSAPublicKey
    not_before: datetime
    not_after: datetime


class CertificateBook:
    """The platform certificates of one merchant, old and new beside each other while WeChat Pay changes over."""

    def __init__(self, apiv3_key: bytes, fetch: Callable[["CertificateBook"], None]) -> None:
        """``fetch(book)`` downloads and calls ``learn``; it raises when the answer is not genuine."""
        self._apiv3_key = apiv3_key
        self._fetch = fetch
        self._known: dict[str, _Known] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._lock = threading.Lock()
        self._busy = threading.local()

    def key_of(self, serial: str) -> RSAPublicKey | None:
        """Return the key of a certificate that is valid now; an unknown one is looked for, at most once a minute."""
        if getattr(self._busy, "fetching", False):
            return self._valid(serial)
        stale = time.monotonic() - self._fetched_at > FRESH_SECONDS
        found = self._valid(serial)
        if found is None or stale:
            self._renew()
            found = self._valid(serial)
        return found

    def newest(self) -> tuple[str, RSAPublicKey] | None:
        """Return serial and key by which something is encrypted for WeChat Pay."""
        if not self._known:
            self._renew()
        valid = [(known.not_before, serial) for serial, known in self._known.items() if self._valid(serial)]
        serial = max(valid, default=(None, ""))[1]
        return (serial, self._known[serial].key) if serial else None

    def _valid(self, serial: str) -> RSAPublicKey | None:
        known = self._known.get(serial)
        now = datetime.now(UTC)
        return known.key if known and known.not_before <= now < known.not_after else None

    def _renew(self) -> None:
        with self._lock:
            if time.monotonic() - self._tried_at < FETCH_AGAIN_SECONDS:
                return
            self._tried_at = time.monotonic()
            self._busy.fetching = True
            try:
                self._fetch(self)
                self._fetched_at = time.monotonic()
            finally:
                self._busy.fetching = False

    def learn(self, answer: dict[str, Any]) -> None:
        """Open the certificates of an answer; who has not the APIv3 key cannot have made them. Raises BadSignature."""
        fresh: dict[str, _Known] = {}
        try:
            for entry in answer["data"]:
                sealed = entry["encrypt_certificate"]
                pem = signing.decrypt(
                    self._apiv3_key,
                    nonce=str(sealed["nonce"]),
                    associated_data=str(sealed.get("associated_data") or ""),
                    ciphertext=str(sealed["ciphertext"]),
                )
                certificate = x509.load_pem_x509_certificate(pem)
                key = certificate.public_key()
                if not isinstance(key, RSAPublicKey):
                    raise signing.BadSignature("a platform certificate is not RSA")
                fresh[f"{certificate.serial_number:X}"] = _Known(
                    key, certificate.not_valid_before_utc, certificate.not_valid_after_utc
                )
        except (KeyError, TypeError, ValueError) as error:
            raise signing.BadSignature("the certificates cannot be read") from error
        self._known |= fresh
