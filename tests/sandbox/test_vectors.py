"""The payment cryptography against published known answers."""

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization

from sandbox.wechatpay import crypto

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))


def test_signature_equals_the_published_one() -> None:
    vector = VECTORS["wechatpay_sign_go"]
    pem = vector["key_pem_TESTING"].replace("TESTING KEY", "PRIVATE KEY")
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    assert crypto.sign(key, vector["message"]) == vector["signature"]


def test_published_public_key_accepts_it_and_nothing_else() -> None:
    vector = VECTORS["wechatpay_sign_go"]
    public = serialization.load_pem_public_key(VECTORS["wechatpay_verify_go"]["public_key"].encode())
    assert crypto.verify(public, vector["message"], vector["signature"])
    assert not crypto.verify(public, vector["message"] + " ", vector["signature"])
    assert not crypto.verify(public, vector["message"], "WECHATPAY/SIGNTEST/" + vector["signature"])


@pytest.mark.parametrize("vector", VECTORS["wechatpay_aead"], ids=lambda vector: vector["src"].split()[0])
def test_aead_opens_and_seals_as_published(vector: dict[str, str]) -> None:
    key = vector["key"].encode()
    opened = crypto.decrypt(key, vector["nonce"], vector["aad"], vector["ciphertext"])
    sealed = crypto.encrypt(key, vector["nonce"], vector["aad"], vector["plaintext"])
    assert opened == vector["plaintext"]
    assert sealed == vector["ciphertext"]
    with pytest.raises(InvalidTag):
        crypto.decrypt(key, vector["nonce"], vector["aad"] + "x", vector["ciphertext"])


def test_request_text_is_the_published_canonical_form() -> None:
    method, target, timestamp, nonce, body = VECTORS["wechatpay_request_canonical"]["text"].split("\n")[:5]
    text = crypto.request_text(method, target, timestamp, nonce, body)
    assert text == VECTORS["wechatpay_request_canonical"]["text"]
