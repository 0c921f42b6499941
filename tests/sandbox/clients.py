"""What a portal would use to talk to the sandbox, written here once more so that the tests do not trust its code."""

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.credentials import Credentials
from sandbox.testing import RunningSandbox

# Plain HTTP needs no certificates, and loading them for each of fifty clients takes seconds.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(**more: Any) -> httpx.Client:
    """Return a client that goes straight to the sandbox."""
    return httpx.Client(trust_env=False, timeout=10, verify=NO_CERTIFICATES, **more)


@dataclass
class HisClient:
    """Signs and sends calls of docs/his-interface.yaml."""

    url: str
    credentials: Credentials
    http: httpx.Client = field(default_factory=plain_client)

    def headers(self, method: str, target: str, body: bytes, **changes: str) -> dict[str, str]:
        stamp, nonce = changes.get("timestamp", str(int(time.time()))), changes.get("nonce", secrets.token_hex(12))
        text = f"{method}\n{target}\n{stamp}\n{nonce}\n".encode() + body
        signature = hmac.new(self.credentials.his_secret.encode(), text, hashlib.sha256).hexdigest()
        return {
            "X-App-Id": changes.get("app_id", self.credentials.his_app_id),
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": changes.get("signature", signature),
        }

    def send(self, method: str, path: str, body: Any = None, **changes: str) -> httpx.Response:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        target = "/his/v1" + path
        return self.http.request(
            method, self.url + target, content=content, headers=self.headers(method, target, content, **changes)
        )

    def get(self, path: str, **params: str) -> Any:
        return self.ok(self.send("GET", path + (f"?{urlencode(params)}" if params else "")))

    def post(self, path: str, body: Any) -> Any:
        return self.ok(self.send("POST", path, body))

    def code(self, path: str, body: Any) -> str:
        """Return the code of a call that may be refused."""
        answer = self.send("POST", path, body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["code"])

    @staticmethod
    def ok(answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        assert answer.json()["code"] == "OK", answer.text
        return answer.json()["data"]


@dataclass
class Merchant:
    """Signs calls to WeChat Pay and insists on signed answers."""

    url: str
    credentials: Credentials
    http: httpx.Client = field(default_factory=plain_client)

    def __post_init__(self) -> None:
        self.key = serialization.load_pem_private_key(
            Path(self.credentials.merchant_key_path).read_bytes(), password=None
        )
        self.platform = serialization.load_pem_public_key(Path(self.credentials.wechatpay_public_key_path).read_bytes())

    def sign(self, text: str) -> str:
        return base64.b64encode(self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def authorization(self, method: str, target: str, body: str, **changes: str) -> str:
        stamp, nonce = changes.get("timestamp", str(int(time.time()))), secrets.token_hex(16)
        signature = changes.get("signature") or self.sign(f"{method}\n{target}\n{stamp}\n{nonce}\n{body}\n")
        mchid = changes.get("mchid", self.credentials.mchid)
        serial = changes.get("serial", self.credentials.merchant_cert_serial)
        return (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",nonce_str="{nonce}",timestamp="{stamp}",'
            f'serial_no="{serial}",signature="{signature}"'
        )

    def send(self, method: str, target: str, body: Any = None, **changes: str) -> httpx.Response:
        text = "" if body is None else json.dumps(body, ensure_ascii=False)
        headers = {"Authorization": self.authorization(method, target, text, **changes), "Accept": "application/json"}
        return self.http.request(method, self.url + target, content=text.encode(), headers=headers)

    def genuine(self, headers: Any, body: str) -> bool:
        """Tell whether WeChat Pay signed this answer or notice, just now."""
        text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{body}\n"
        if headers["Wechatpay-Serial"] != self.credentials.wechatpay_public_key_id:
            return False
        if abs(time.time() - int(headers["Wechatpay-Timestamp"])) > 300:
            return False
        try:
            signature = base64.b64decode(headers["Wechatpay-Signature"])
            self.platform.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def order(self, out_trade_no: str, openid: str, notify_url: str, **changes: Any) -> dict[str, Any]:
        return {
            "appid": self.credentials.appid,
            "mchid": self.credentials.mchid,
            "description": "消化内科专家门诊挂号费, 12月1日",
            "out_trade_no": out_trade_no,
            "notify_url": notify_url,
            "amount": {"total": 5000, "currency": "CNY"},
            "payer": {"openid": openid},
            **changes,
        }

    def place(self, out_trade_no: str, openid: str, notify_url: str, **changes: Any) -> httpx.Response:
        body = self.order(out_trade_no, openid, notify_url, **changes)
        return self.send("POST", "/v3/pay/transactions/jsapi", body)

    def query(self, out_trade_no: str) -> dict[str, Any]:
        target = f"/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={self.credentials.mchid}"
        answer = self.send("GET", target)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def close(self, out_trade_no: str) -> httpx.Response:
        target = f"/v3/pay/transactions/out-trade-no/{out_trade_no}/close"
        return self.send("POST", target, {"mchid": self.credentials.mchid})

    def refund(self, out_trade_no: str, out_refund_no: str, fen: int, total: int = 5000, **more: Any) -> httpx.Response:
        body = {
            "out_trade_no": out_trade_no,
            "out_refund_no": out_refund_no,
            "reason": "患者主动取消",
            "amount": {"refund": fen, "total": total, "currency": "CNY"},
            **more,
        }
        return self.send("POST", "/v3/refund/domestic/refunds", body)

    def cashier(self, prepay_id: str, return_url: str, **changes: str) -> dict[str, str]:
        stamp, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        return {
            "appId": self.credentials.appid,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self.sign(f"{self.credentials.appid}\n{stamp}\n{nonce}\n{package}\n"),
            "return_url": return_url,
            **changes,
        }

    def open_notice(self, body: str) -> dict[str, Any]:
        """Decrypt the resource of a notice."""
        resource = json.loads(body)["resource"]
        opened = AESGCM(self.credentials.apiv3_key.encode()).decrypt(
            resource["nonce"].encode(),
            base64.b64decode(resource["ciphertext"]),
            resource["associated_data"].encode(),
        )
        return dict(json.loads(opened))


@dataclass
class Notice:
    """One sending as it arrived."""

    at: float
    path: str
    headers: dict[str, str]
    body: str


class Receiver:
    """A portal's notice address: keeps what arrives and answers what the test says."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.answers: Iterator[int] | None = None
        self.decide: Callable[[Notice], int] = lambda notice: next(self.answers, 200) if self.answers else 200
        self.changed = threading.Condition()
        self.url = ""

    def wait(self, count: int, seconds: float = 8) -> list[Notice]:
        """Wait until that many notices came; fails when they do not."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.notices) >= count, seconds), f"{len(self.notices)} notices"
            return [*self.notices]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on a free port until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            notice = Notice(time.monotonic(), self.path, dict(self.headers.items()), body)
            with receiver.changed:
                receiver.notices.append(notice)
                status = receiver.decide(notice)
                receiver.changed.notify_all()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/pay/notify"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def openid_of(sandbox: RunningSandbox, user: str) -> str:
    return str(sandbox.control("POST", "users", {"user": user})["openid"])
