"""What WeChat tells the account's server: messages of people, and what became of template messages.

Secure mode by default: the XML is encrypted with the AES key and signed with the token; plain mode where no key is set.
"""

import base64
import hashlib
import os
import secrets
import struct
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sandbox.context import Sandbox
from sandbox.faults import Fault

__all__ = ["compose", "event", "job_finished", "message"]

PATH = "/-/notify/wechat/"
ACCOUNT = "gh_0123456789ab"
TRIES = 3
PAUSE_SECONDS = 1.0
WRONG = {"wrong_signature": "tampered"}
BLOCKED = "failed:user block"


def message(sandbox: Sandbox, openid: str, content: str) -> None:
    """Tell the portal that a person wrote."""
    _push(sandbox, openid, "text", f"<Content>{escape(content)}</Content><MsgId>{secrets.randbits(60)}</MsgId>")


def event(sandbox: Sandbox, openid: str, name: str, key: str = "") -> None:
    """Tell the portal that a person followed, scanned or touched the menu."""
    _push(sandbox, openid, "event", f"<Event>{escape(name)}</Event><EventKey>{escape(key)}</EventKey>")


def job_finished(sandbox: Sandbox, openid: str, msgid: int) -> None:
    """Tell the portal that a template message arrived, or by the fault ``blocked`` that the person refuses them."""
    fault = sandbox.faults.take("callback.wechat", f"{openid} {msgid}")
    status = BLOCKED if fault is not None and fault.kind == "blocked" else "success"
    inner = f"<Event>TEMPLATESENDJOBFINISH</Event><MsgID>{msgid}</MsgID><Status>{escape(status)}</Status>"
    _push(sandbox, openid, "event", inner, fault)


def _push(sandbox: Sandbox, openid: str, kind: str, inner: str, fault: Fault | None = None) -> None:
    if fault is not None and fault.kind in {"none", "drop_before"}:
        return
    xml = (
        f"<xml><ToUserName>{ACCOUNT}</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>{kind}</MsgType>{inner}</xml>"
    )
    copies = fault.copies if fault is not None and fault.kind == "duplicate" else 1
    wait = fault.ms / 1000 if fault is not None and fault.kind == "delay" else 0.0
    twist = WRONG.get(fault.kind, "") if fault is not None else ""
    for _copy in range(copies):
        threading.Thread(target=_deliver, args=(sandbox, xml, wait, twist), daemon=True).start()


def _deliver(sandbox: Sandbox, xml: str, wait: float, twist: str) -> None:
    time.sleep(wait)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _try in range(TRIES):
        query, body = compose(sandbox, xml, twist)
        request = urllib.request.Request(  # noqa: S310 - the portal's own address
            f"{sandbox.options.portal_url}{PATH}?{query}",
            data=body,
            method="POST",
            headers={"Content-Type": "text/xml"},
        )
        try:
            with opener.open(request, timeout=sandbox.options.callback_timeout):
                return
        except (urllib.error.URLError, OSError, ValueError):
            time.sleep(PAUSE_SECONDS)


def compose(sandbox: Sandbox, xml: str, twist: str = "") -> tuple[str, bytes]:
    """Return query and body of a push, encrypted and signed."""
    keys = sandbox.credentials
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    encrypted = _encrypt(keys.wechat_aes_key, xml, keys.appid)
    query = {
        "signature": _sha1(keys.wechat_token, timestamp, nonce + twist),
        "timestamp": timestamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": _sha1(keys.wechat_token, timestamp, nonce, encrypted),
    }
    body = f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    return urlencode(query), body.encode()


def _encrypt(encoded_key: str, text: str, appid: str) -> str:
    key, content = base64.b64decode(encoded_key + "="), text.encode()
    plain = os.urandom(16) + struct.pack(">I", len(content)) + content + appid.encode()
    padder = padding.PKCS7(256).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's own
