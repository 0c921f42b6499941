"""One merchant's line to WeChat Pay: every request signed, every answer verified, three endings of a call."""

import json
import time
from collections.abc import Mapping
from typing import Any

from business.integration.http import OutsideClient
from business.integration.outcomes import Refused, Unknown
from business.payments.channels.wechatpay import signing
from business.payments.channels.wechatpay.certificates import CertificateBook
from business.security.masking import mask_json

CODE = "wechatpay"
# The same thing under its old and its new name, brought to one.
SAME_CODES = {"ORDERPAID": "ORDER_PAID", "ORDERNOTEXIST": "ORDER_NOT_EXIST", "ORDERCLOSED": "ORDER_CLOSED"}
# Said with a 4xx, and yet nobody can tell what happened (protocols.md §2.4).
UNKNOWN_CODES = frozenset({"SYSTEM_ERROR", "BANK_ERROR", "SYSTEMERROR", "BANKERROR"})
CLIENT_ERROR = 400
TIMESTAMP_HEADER = "wechatpay-timestamp"


class PayLine:
    """Thread-safe; made once per merchant and process."""

    code = CODE

    def __init__(
        self,
        *,
        keys: signing.MerchantKeys,
        app_id: str,
        http: OutsideClient,
        cashier_url: str = "",
        mini_app_id: str = "",
        sub_mchid: str = "",
        sub_app_id: str = "",
    ) -> None:
        """``sub_mchid`` makes it the line of a service provider for one sub-merchant (服务商模式)."""
        self.keys = keys
        self.app_id = app_id
        self.http = http
        self.cashier_url = cashier_url
        self.mini_app_id = mini_app_id
        self.sub_mchid = sub_mchid
        self.sub_app_id = sub_app_id

    @property
    def mchid(self) -> str:
        """Return the number of the merchant whose money it is."""
        return self.sub_mchid or self.keys.mchid

    @property
    def app_ids(self) -> frozenset[str]:
        """Return every application in whose name may be charged."""
        return frozenset({self.app_id, self.mini_app_id, self.sub_app_id} - {""})

    def fetch_certificates(self, book: CertificateBook) -> None:
        """Download the platform's certificates into ``book``; the answer is verified with what it brings."""
        path = "/v3/certificates"
        with self.http.call("certificates", mask=mask) as call:
            response = call.request("GET", path, sign=self._sign)
            if response.status >= CLIENT_ERROR:
                raise Refused(f"HTTP_{response.status}", "certificates")
            book.learn(_object(response.content))
            signing.verify(self.keys, response.headers, response.content, now=time.time())

    def _call(
        self,
        method: str,
        path: str,
        operation: str,
        trade_no: str,
        body: Mapping[str, Any] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"} if content else {}
        with self.http.call(operation, trade_no=trade_no, mask=mask) as call:
            response = call.request(method, path, content=content, headers={**headers, **(more or {})}, sign=self._sign)
            signed = TIMESTAMP_HEADER in {name.lower() for name in response.headers}
            # A refusal made before the request was understood (gateway, wrong signature of ours) comes unsigned.
            if response.status < CLIENT_ERROR or signed:
                try:
                    signing.verify(self.keys, response.headers, response.content, now=time.time())
                except signing.BadSignature as error:
                    call.code = "ANSWER_SIGNATURE"
                    raise Unknown(f"wechatpay.{operation}: {error}") from error
            answer = _object(response.content)
            if response.status >= CLIENT_ERROR:
                code = call.code = str(answer.get("code") or "")
                if not code or code in UNKNOWN_CODES:
                    raise Unknown(f"wechatpay.{operation}: HTTP {response.status} {code}")
                raise Refused(SAME_CODES.get(code, code), str(answer.get("message") or ""))
            return answer

    def _sign(self, method: str, target: str, body: bytes) -> dict[str, str]:
        return {
            "Authorization": signing.authorization(self.keys, method, target, body, timestamp=int(time.time())),
            "Accept": "application/json",
            "User-Agent": "pocket-hospital",
        }


def mask(value: Any) -> Any:
    """Mask what the call log keeps: the payer, the cashier's key, the client's address."""
    masked = mask_json(value)
    if isinstance(masked, dict):
        for name in ("scene_info", "user_received_account", "ciphertext", "auth_code", "bank_account", "real_name"):
            if name in masked:
                masked[name] = "***"
        if isinstance(masked.get("payer"), dict) and "auth_code" in masked["payer"]:
            masked["payer"] = {**masked["payer"], "auth_code": "***"}
        if isinstance(masked.get("data"), list):
            masked["data"] = f"{len(masked['data'])} certificates"
        if isinstance(masked.get("resource"), dict):
            masked["resource"] = {**masked["resource"], "ciphertext": "***"}
    return masked


def _object(content: bytes) -> dict[str, Any]:
    if not content:
        return {}
    try:
        answer = json.loads(content)
    except ValueError as error:
        raise Unknown("wechatpay: the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise Unknown("wechatpay: the answer is no object")
    return answer
