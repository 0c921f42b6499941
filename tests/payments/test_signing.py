"""WeChat Pay's signatures and encryption, held to known answers published with the official libraries."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from business.payments.channels.wechatpay import signing

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
NOW = 1_700_000_000


@pytest.fixture(scope="module")
def wechat_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def keys(wechat_key: rsa.RSAPrivateKey) -> signing.MerchantKeys:
    return signing.MerchantKeys(
        mchid="1230000109",
        cert_serial="ABCDEF",
        private_key=rsa.generate_private_key(public_exponent=65537, key_size=2048),
        public_key_id="PUB_KEY_ID_0001",
        public_key=wechat_key.public_key(),
        apiv3_key=b"0123456789abcdef0123456789abcdef",
    )


def _headers(key: rsa.RSAPrivateKey, body: bytes, **changes: str) -> dict[str, str]:
    timestamp = changes.pop("timestamp", str(NOW))
    headers = {
        "Wechatpay-Serial": "PUB_KEY_ID_0001",
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": "nonce",
        "Wechatpay-Signature": signing.rsa_sign(key, f"{timestamp}\nnonce\n".encode() + body + b"\n"),
    }
    return {**headers, **{f"Wechatpay-{name.title()}": value for name, value in changes.items()}}


@pytest.mark.req("34.1")
def test_signature_equals_the_official_one() -> None:
    vector = VECTORS["wechatpay_sign_go"]
    key = signing.load_private_key(vector["key_pem_TESTING"].replace("TESTING KEY", "PRIVATE KEY").encode())

    assert signing.rsa_sign(key, vector["message"].encode()) == vector["signature"]


def test_official_public_key_verifies_the_official_signature() -> None:
    vector = VECTORS["wechatpay_sign_go"]
    key = signing.load_public_key(VECTORS["wechatpay_verify_go"]["public_key"].encode())

    assert signing.rsa_verify(key, vector["message"].encode(), vector["signature"])
    assert not signing.rsa_verify(key, b"other", vector["signature"])


@pytest.mark.parametrize("vector", VECTORS["wechatpay_aead"], ids=lambda vector: vector["src"])
def test_decryption_gives_the_official_plaintext(vector: dict[str, str]) -> None:
    opened = signing.decrypt(
        vector["key"].encode(), nonce=vector["nonce"], associated_data=vector["aad"], ciphertext=vector["ciphertext"]
    )

    assert opened.decode() == vector["plaintext"]


@pytest.mark.parametrize("field", ["nonce", "aad", "ciphertext", "key"])
def test_a_changed_resource_is_not_opened(field: str) -> None:
    vector = {**VECTORS["wechatpay_aead"][1]}
    vector[field] = ("A" if vector[field][0] != "A" else "B") + vector[field][1:]

    with pytest.raises(signing.BadSignature):
        signing.decrypt(
            vector["key"].encode(),
            nonce=vector["nonce"],
            associated_data=vector["aad"],
            ciphertext=vector["ciphertext"],
        )


def test_request_text_equals_the_official_one() -> None:
    message = signing.request_message(
        "GET",
        "/v3/pay/transactions/id/1217752501201407033233368018?mchid=1230000109",
        1652750623,
        "eBYqCOxa0QudMnPvVilkTzOg3gHh5Z3u",
        b"",
    )

    assert message.decode() == VECTORS["wechatpay_request_canonical"]["text"]


def test_authorization_names_the_merchant_and_signs_the_sent_bytes(keys: signing.MerchantKeys) -> None:
    body = '{"description":"挂号"}'.encode()

    header = signing.authorization(keys, "POST", "/v3/x", body, timestamp=NOW)

    scheme, _, rest = header.partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(","))
    facts = {name: value.strip('"') for name, value in parts.items()}
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    assert (facts["mchid"], facts["serial_no"]) == ("1230000109", "ABCDEF")
    text = signing.request_message("POST", "/v3/x", NOW, facts["nonce_str"], body)
    assert signing.rsa_verify(keys.private_key.public_key(), text, facts["signature"])


def test_genuine_headers_pass_in_any_case(keys: signing.MerchantKeys, wechat_key: rsa.RSAPrivateKey) -> None:
    headers = {name.upper(): value for name, value in _headers(wechat_key, b"{}").items()}

    signing.verify(keys, headers, b"{}", now=NOW + 299)


@pytest.mark.req("34.1")
@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "WECHATPAY/SIGNTEST/" + base64.b64encode(b"x" * 256).decode()},
        {"signature": base64.b64encode(b"x" * 256).decode()},
        {"signature": ""},
        {"signature": "not base64 at all"},
        {"serial": "PUB_KEY_ID_0002"},
        {"serial": ""},
        {"nonce": "other"},
        {"timestamp": str(NOW - 301)},
        {"timestamp": str(NOW + 301)},
        {"timestamp": "²"},
        {"timestamp": ""},
        {"timestamp": "9" * 400},
        {"timestamp": "9" * 5000},
    ],
)
def test_what_is_wrong_stale_or_a_probe_fails(
    keys: signing.MerchantKeys, wechat_key: rsa.RSAPrivateKey, changes: dict[str, str]
) -> None:
    with pytest.raises(signing.BadSignature):
        signing.verify(keys, _headers(wechat_key, b"{}", **changes), b"{}", now=NOW)


def test_a_changed_body_fails(keys: signing.MerchantKeys, wechat_key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(signing.BadSignature):
        signing.verify(keys, _headers(wechat_key, b'{"total":1}'), b'{"total":2}', now=NOW)


def test_resource_of_a_notice_is_opened(keys: signing.MerchantKeys) -> None:
    sealed = AESGCM(keys.apiv3_key).encrypt(b"0123456789ab", b'{"a":1}', b"transaction")
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": "0123456789ab",
        "associated_data": "transaction",
        "ciphertext": base64.b64encode(sealed).decode(),
    }

    assert signing.open_resource(keys, resource) == {"a": 1}
    with pytest.raises(signing.BadSignature):
        signing.open_resource(keys, {**resource, "algorithm": "AES"})
    with pytest.raises(signing.BadSignature):
        signing.open_resource(keys, {"algorithm": "AEAD_AES_256_GCM"})
