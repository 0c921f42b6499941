"""Signatures and encryption of WeChat Pay API v3 (protocols.md §2.2). Pure functions, no I/O."""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FRESH_SECONDS = 300
TIMESTAMP_DIGITS = 10  # until the year 2286; anybody may send thousands of them
SCHEME = "WECHATPAY2-SHA256-RSA2048"
AEAD = "AEAD_AES_256_GCM"
APIV3_KEY_BYTES = 32


class BadSignature(Exception):
    """What came is not from WeChat Pay, is stale, or was changed on the way; one kind of failure for all of it."""


@dataclass(frozen=True)
class MerchantKeys:
    """The merchant's own key and those by which WeChat Pay is known: its public key, its certificates, or both.

    Merchants that move from certificates to the public key get answers signed by either for a while.
    """

    mchid: str
    cert_serial: str
    private_key: RSAPrivateKey
    public_key_id: str
    public_key: RSAPublicKey | None
    apiv3_key: bytes
    certificates: "KeyBook | None" = None

    def key_of(self, serial: str) -> RSAPublicKey | None:
        """Return WeChat Pay's key of a serial number, None for one that is not theirs."""
        if self.public_key is not None and serial == self.public_key_id:
            return self.public_key
        if self.certificates is not None and not serial.startswith("PUB_KEY_ID_"):
            return self.certificates.key_of(serial)
        return None


class KeyBook(Protocol):
    """Where the platform's certificates are kept."""

    def key_of(self, serial: str) -> RSAPublicKey | None:
        """Return the key of a certificate that is valid now, None for an unknown one."""


def load_private_key(pem: bytes) -> RSAPrivateKey:
    """Read the merchant's private key; raises ValueError for anything but RSA."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the merchant key must be RSA")
    return key


def load_public_key(pem: bytes) -> RSAPublicKey:
    """Read WeChat Pay's public key; raises ValueError for anything but RSA."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the WeChat Pay key must be RSA")
    return key


def rsa_sign(key: RSAPrivateKey, message: bytes) -> str:
    """Return the SHA256-RSA (PKCS#1 v1.5) signature in base64."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def rsa_verify(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Tell whether the signature is the key's over exactly these bytes."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def request_message(method: str, target: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """Return the text a request is signed over; ``target`` is the path with its query, ``body`` what is sent."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def authorization(keys: MerchantKeys, method: str, target: str, body: bytes, *, timestamp: int) -> str:
    """Return the Authorization header of a request."""
    nonce = secrets.token_hex(16)
    signature = rsa_sign(keys.private_key, request_message(method, target, timestamp, nonce, body))
    return (
        f'{SCHEME} mchid="{keys.mchid}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{keys.cert_serial}",signature="{signature}"'
    )


def verify(keys: MerchantKeys, headers: Mapping[str, str], body: bytes, *, now: float) -> None:
    """Check an answer or a notice of WeChat Pay; header names in any case. Raises BadSignature.

    The probe traffic WeChat sends (signatures starting ``WECHATPAY/SIGNTEST/``) fails as any wrong signature does.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    timestamp, nonce = lower.get("wechatpay-timestamp", ""), lower.get("wechatpay-nonce", "")
    number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= TIMESTAMP_DIGITS
    fresh = number and abs(now - int(timestamp)) <= FRESH_SECONDS
    signature = lower.get("wechatpay-signature", "")
    # Probe traffic never makes us fetch certificates.
    probe = signature.startswith("WECHATPAY/SIGNTEST/")
    key = keys.key_of(lower.get("wechatpay-serial", "")) if fresh and not probe else None
    message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    if key is None or not rsa_verify(key, message, signature):
        raise BadSignature("the signature of WeChat Pay is wrong, stale or by another key")


def pay_sign(keys: MerchantKeys, app_id: str, timestamp: str, nonce: str, package: str) -> str:
    """Return the signature by which the JSAPI cashier trusts the page."""
    return rsa_sign(keys.private_key, f"{app_id}\n{timestamp}\n{nonce}\n{package}\n".encode())


def decrypt(key: bytes, *, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Open an AES-GCM resource (tag at the end, base64); raises BadSignature if it was changed or the key is wrong."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(key).decrypt(nonce.encode(), sealed, associated_data.encode() or None)
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise BadSignature("the resource cannot be opened") from error


def open_resource(keys: MerchantKeys, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the ``resource`` of a notice hides; raises BadSignature for what we did not agree on."""
    try:
        if resource["algorithm"] != AEAD:
            raise BadSignature("unknown algorithm")
        plain = decrypt(
            keys.apiv3_key,
            nonce=str(resource["nonce"]),
            associated_data=str(resource.get("associated_data") or ""),
            ciphertext=str(resource["ciphertext"]),
        )
        opened = json.loads(plain)
    except (KeyError, TypeError, ValueError) as error:
        raise BadSignature("the resource cannot be read") from error
    if not isinstance(opened, dict):
        raise BadSignature("the resource is no object")
    return opened
