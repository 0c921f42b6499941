"""Encryption of personal data: SM4-GCM for storage, HMAC-SM3 for look-up and integrity (protocols.md §9.2).

The keys come from the environment. ``FIELD_KEYS`` is ``id:base64,id:base64``: the first key encrypts, every key
decrypts, so that a key is rotated by putting a new one in front and re-saving the rows.
"""

import base64
import functools
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import constant_time, hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

PREFIX = "sm4g1"
NONCE_BYTES = 12
TAG_BYTES = 16
SM4_KEY_BYTES = 16


class DecryptionError(Exception):
    """The stored text was changed, belongs elsewhere, or its key is gone."""


@functools.lru_cache(maxsize=1)
def _field_keys() -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in filter(None, (p.strip() for p in settings.FIELD_KEYS.split(","))):
        key_id, _, encoded = part.partition(":")
        key = base64.b64decode(encoded)
        if len(key) != SM4_KEY_BYTES:
            raise ImproperlyConfigured(f"PH_FIELD_KEYS: the key «{key_id}» must be 16 bytes in base64")
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured("PH_FIELD_KEYS is missing: personal data cannot be stored without it")
    return keys


@functools.lru_cache(maxsize=1)
def _index_key() -> bytes:
    if not settings.BLIND_INDEX_KEY:
        raise ImproperlyConfigured("PH_BLIND_INDEX_KEY is missing: personal data cannot be looked up without it")
    return base64.b64decode(settings.BLIND_INDEX_KEY)


def _forget_keys(*, setting: str, **kwargs: object) -> None:
    if setting in {"FIELD_KEYS", "BLIND_INDEX_KEY"}:
        _field_keys.cache_clear()
        _index_key.cache_clear()


setting_changed.connect(_forget_keys)


def encrypt(text: str, *, context: str) -> str:
    """Encrypt ``text`` for the place named by ``context`` (``app.Model.field``); moved elsewhere it won't decrypt."""
    key_id, key = next(iter(_field_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(context.encode())
    sealed = encryptor.update(text.encode()) + encryptor.finalize()
    return f"{PREFIX}${key_id}${base64.b64encode(nonce + sealed + encryptor.tag).decode()}"


def decrypt(stored: str, *, context: str) -> str:
    """Return the text that was encrypted for ``context``; raise DecryptionError if it was tampered with."""
    try:
        prefix, key_id, encoded = stored.split("$", 2)
        raw = base64.b64decode(encoded)
        if prefix != PREFIX:
            raise DecryptionError(context)
        key = _field_keys()[key_id]
        nonce, sealed, tag = raw[:NONCE_BYTES], raw[NONCE_BYTES:-TAG_BYTES], raw[-TAG_BYTES:]
        decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(context.encode())
        return (decryptor.update(sealed) + decryptor.finalize()).decode()
    except (InvalidTag, ValueError, KeyError) as error:
        raise DecryptionError(context) from error


def _hmac_sm3(message: bytes) -> bytes:
    mac = hmac.HMAC(_index_key(), hashes.SM3())
    mac.update(message)
    return mac.finalize()


def blind_index(purpose: str, value: str) -> str:
    """Return the 64-digit index by which an encrypted value is found: equal values of a purpose give equal indexes."""
    return _hmac_sm3(f"{purpose}\0{value.strip()}".encode()).hex()


def seal(message: str) -> str:
    """Return the HMAC-SM3 of a record, so that a change made behind our back is found."""
    return _hmac_sm3(b"seal\0" + message.encode()).hex()


def same(a: str, b: str) -> bool:
    """Compare two secrets in constant time."""
    return constant_time.bytes_eq(a.encode(), b.encode())
