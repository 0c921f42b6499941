"""Signatures and encryption of WeChat Pay v3: RSA-SHA256 (PKCS#1 v1.5) and AES-256-GCM."""

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.credentials import Credentials

__all__ = [
    "Authorization",
    "PayKeys",
    "answer_text",
    "decrypt",
    "encrypt",
    "jsapi_text",
    "nonce",
    "parse_authorization",
    "request_text",
    "sign",
    "verify",
]

SCHEME = "WECHATPAY2-SHA256-RSA2048"
PAIR = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class PayKeys:
    """Keys the sandbox holds: its own private one, the merchant's public one, the shared APIv3 key."""

    wechatpay_private: rsa.RSAPrivateKey
    merchant_public: rsa.RSAPublicKey
    apiv3_key: bytes

    @classmethod
    def load(cls, credentials: Credentials) -> "PayKeys":
        """Read the key files named in the credentials."""
        private = serialization.load_pem_private_key(
            Path(credentials.wechatpay_private_key_path).read_bytes(), password=None
        )
        public = serialization.load_pem_public_key(Path(credentials.merchant_public_key_path).read_bytes())
        if not isinstance(private, rsa.RSAPrivateKey) or not isinstance(public, rsa.RSAPublicKey):
            raise TypeError("keys must be RSA")
        return cls(private, public, credentials.apiv3_key.encode())


@dataclass(frozen=True)
class Authorization:
    """Fields of the request's Authorization header."""

    mchid: str
    nonce_str: str
    timestamp: str
    serial_no: str
    signature: str


def parse_authorization(header: str) -> Authorization | None:
    """Read the header; None where the scheme or a field is missing."""
    scheme, _, rest = header.partition(" ")
    fields = dict(PAIR.findall(rest))
    if scheme != SCHEME or not {"mchid", "nonce_str", "timestamp", "serial_no", "signature"} <= fields.keys():
        return None
    return Authorization(*(fields[name] for name in ("mchid", "nonce_str", "timestamp", "serial_no", "signature")))


def request_text(method: str, target: str, timestamp: str, nonce_str: str, body: str) -> str:
    """Return what a merchant signs of a request; ``target`` is path with query."""
    return f"{method}\n{target}\n{timestamp}\n{nonce_str}\n{body}\n"


def answer_text(timestamp: str, nonce_str: str, body: str) -> str:
    """Return what WeChat Pay signs of an answer or a notice."""
    return f"{timestamp}\n{nonce_str}\n{body}\n"


def jsapi_text(app_id: str, timestamp: str, nonce_str: str, package: str) -> str:
    """Return what the merchant signs to open the cashier; ``package`` is ``prepay_id=…``."""
    return f"{app_id}\n{timestamp}\n{nonce_str}\n{package}\n"


def sign(key: rsa.RSAPrivateKey, text: str) -> str:
    """Return the base64 signature."""
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key: rsa.RSAPublicKey, text: str, signature: str) -> bool:
    """Tell whether the base64 signature is right."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def encrypt(apiv3_key: bytes, nonce_str: str, associated_data: str, plaintext: str) -> str:
    """Return base64 of AES-256-GCM ciphertext and tag."""
    sealed = AESGCM(apiv3_key).encrypt(nonce_str.encode(), plaintext.encode(), associated_data.encode())
    return base64.b64encode(sealed).decode()


def decrypt(apiv3_key: bytes, nonce_str: str, associated_data: str, ciphertext: str) -> str:
    """Open what ``encrypt`` made; raises cryptography's InvalidTag when it was touched."""
    opened = AESGCM(apiv3_key).decrypt(nonce_str.encode(), base64.b64decode(ciphertext), associated_data.encode())
    return opened.decode()


def nonce(length: int = 32) -> str:
    """Return a random string of letters and digits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))
