"""Who may speak to WeChat Pay here: a merchant that is also a provider with one sub-merchant, and a second merchant."""

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from sandbox.credentials import Credentials

__all__ = ["Party", "Platform", "parties"]

CERTIFICATE_DAYS = 1800


@dataclass(frozen=True)
class Party:
    """One merchant account as WeChat Pay knows it."""

    mchid: str
    cert_serial: str
    public_key: rsa.RSAPublicKey
    apiv3_key: str
    public_key_id: str


def parties(credentials: Credentials) -> dict[str, Party]:
    """Return the accounts by their numbers."""
    known = (
        Party(
            credentials.mchid,
            credentials.merchant_cert_serial,
            _public(credentials.merchant_public_key_path),
            credentials.apiv3_key,
            credentials.wechatpay_public_key_id,
        ),
        Party(
            credentials.post_mchid,
            credentials.post_cert_serial,
            _public(credentials.post_public_key_path),
            credentials.post_apiv3_key,
            credentials.post_public_key_id,
        ),
    )
    return {party.mchid: party for party in known}


def _public(path: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(Path(path).read_bytes())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("keys must be RSA")
    return key


class Platform:
    """The platform's certificates; ``rotate`` makes a new one, which signs from then on while the old stays known."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._issued: list[tuple[str, str, rsa.RSAPrivateKey]] = []
        self._issue(key)

    @property
    def current(self) -> tuple[str, rsa.RSAPrivateKey]:
        """Serial number and key of the certificate that signs."""
        serial, _, key = self._issued[-1]
        return serial, key

    def rotate(self) -> str:
        """Issue a new certificate and return its serial number."""
        return self._issue(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def described(self, apiv3_key: str) -> list[dict[str, object]]:
        """Return every certificate, encrypted for one merchant."""
        return [self._described(serial, pem, apiv3_key) for serial, pem, _ in self._issued]

    def _described(self, serial: str, pem: str, apiv3_key: str) -> dict[str, object]:
        nonce = secrets.token_hex(6)
        sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), pem.encode(), b"certificate")
        now = datetime.now(UTC).replace(microsecond=0)
        return {
            "serial_no": serial,
            "effective_time": now.isoformat(),
            "expire_time": (now + timedelta(days=CERTIFICATE_DAYS)).isoformat(),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": base64.b64encode(sealed).decode(),
            },
        }

    def _issue(self, key: rsa.RSAPrivateKey) -> str:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox Tenpay.com Root CA")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=CERTIFICATE_DAYS))
            .sign(key, hashes.SHA256())
        )
        serial = f"{certificate.serial_number:X}"
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self._issued.append((serial, pem, key))
        return serial
