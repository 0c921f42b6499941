"""Names and secrets of the sandbox's parties, made once and kept as files in ``<state>/keys``.

``credentials.json`` names everything the portal needs, so that a launcher can hand it over by environment.
"""

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.wechat.catalogue import TEMPLATES

__all__ = ["Credentials", "load_or_create"]

HIS_APP_ID = "pocket-hospital"


@dataclass(frozen=True)
class Credentials:
    """What ``credentials.json`` holds; paths are absolute."""

    his_app_id: str
    his_secret: str
    appid: str
    app_secret: str
    mchid: str
    apiv3_key: str
    merchant_cert_serial: str
    merchant_key_path: str
    merchant_public_key_path: str
    wechatpay_public_key_id: str
    wechatpay_public_key_path: str
    wechatpay_private_key_path: str
    tencent_secret_id: str
    tencent_secret_key: str
    sms_app_id: str
    sms_sign_name: str
    sms_code_template: str
    wechat_token: str
    wechat_aes_key: str
    templates: dict[str, str]
    """Message template ids by event: booked, paid, cancelled, refunded, failed, stopped, reminder, queue, offer."""

    # A second merchant (the post), and a sub-merchant of the first: derived, so that old folders have them.
    @property
    def post_mchid(self) -> str:
        return "15" + self.mchid[2:]

    @property
    def sub_mchid(self) -> str:
        return "16" + self.mchid[2:]

    @property
    def mini_appid(self) -> str:
        return "wx" + self.appid[:1:-1]

    @property
    def post_cert_serial(self) -> str:
        return self.merchant_cert_serial[::-1]

    @property
    def post_apiv3_key(self) -> str:
        return self.apiv3_key[::-1]

    @property
    def post_public_key_id(self) -> str:
        return self.wechatpay_public_key_id.replace("_01", "_02", 1)

    @property
    def post_key_path(self) -> str:
        return str(Path(self.merchant_key_path).with_name("post_key.pem"))

    @property
    def post_public_key_path(self) -> str:
        return str(Path(self.merchant_key_path).with_name("post_public_key.pem"))


def load_or_create(state_dir: Path) -> Credentials:
    """Read ``<state>/keys/credentials.json``, making keys and secrets first where there are none."""
    folder = (state_dir / "keys").resolve()
    path = folder / "credentials.json"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "post_public_key.pem").exists():
        _key_pair(folder, "post_key.pem", "post_public_key.pem")
    if path.exists():
        stored = json.loads(path.read_text(encoding="utf-8"))
        if missing := {name: value for name, value in _since().items() if name not in stored}:
            # Made by a version that did not play all of this yet.
            stored |= missing
            _private_write(path, json.dumps(stored, ensure_ascii=False, indent=2).encode())
        # A state folder may have been moved: the files lie beside credentials.json wherever that is.
        located = {name: str(folder / Path(value).name) for name, value in stored.items() if name.endswith("_path")}
        return Credentials(**{**stored, **located, "templates": _templates()})
    _key_pair(folder, "merchant_key.pem", "merchant_public_key.pem")
    _key_pair(folder, "wechatpay_private_key.pem", "wechatpay_public_key.pem")
    made = Credentials(
        his_app_id=HIS_APP_ID,
        his_secret=secrets.token_hex(32),
        appid="wx" + secrets.token_hex(8),
        app_secret=secrets.token_hex(16),
        mchid="19" + _digits(8),
        apiv3_key="".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32)),
        merchant_cert_serial=secrets.token_hex(20).upper(),
        merchant_key_path=str(folder / "merchant_key.pem"),
        merchant_public_key_path=str(folder / "merchant_public_key.pem"),
        wechatpay_public_key_id="PUB_KEY_ID_01" + _digits(30),
        wechatpay_public_key_path=str(folder / "wechatpay_public_key.pem"),
        wechatpay_private_key_path=str(folder / "wechatpay_private_key.pem"),
        **_since(),
        templates=_templates(),
    )
    # Written last and in one step, so that a start that was cut off begins again with whole files.
    _private_write(path, json.dumps(asdict(made), ensure_ascii=False, indent=2).encode())
    return made


def _since() -> dict[str, str]:
    return {
        "tencent_secret_id": "AKID" + secrets.token_hex(16),
        "tencent_secret_key": secrets.token_hex(16),
        "sms_app_id": "14" + _digits(8),
        "sms_sign_name": "江城示范医院",
        "sms_code_template": "1000001",
        "wechat_token": secrets.token_hex(12),
        "wechat_aes_key": "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(43)),
    }


def _templates() -> dict[str, str]:
    return {template.key: template.template_id for template in TEMPLATES}


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def _key_pair(folder: Path, private_name: str, public_name: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    _private_write(folder / private_name, private)
    _private_write(folder / public_name, public)


def _private_write(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(path.suffix + ".new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    temporary.replace(path)
