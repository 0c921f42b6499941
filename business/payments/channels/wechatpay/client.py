"""WeChat Pay API v3: JSAPI orders, query, close, refund, refund query, and notices (protocols.md §2)."""

import json
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from business.integration.http import OutsideClient
from business.integration.outcomes import Refused, Unknown
from business.payments.channels.port import (
    BadNotification,
    CashierTicket,
    Notice,
    PaymentFact,
    PrepayRequest,
    RefundFact,
    RefundRequest,
)
from business.payments.channels.wechatpay import signing
from business.security.masking import mask_json

CODE = "wechatpay"
# The same thing under its old and its new name, brought to one.
SAME_CODES = {"ORDERPAID": "ORDER_PAID", "ORDERNOTEXIST": "ORDER_NOT_EXIST", "ORDERCLOSED": "ORDER_CLOSED"}
# Said with a 4xx, and yet nobody can tell what happened (protocols.md §2.4).
UNKNOWN_CODES = frozenset({"SYSTEM_ERROR", "BANK_ERROR", "SYSTEMERROR", "BANKERROR"})
CLIENT_ERROR = 400
TIMESTAMP_HEADER = "wechatpay-timestamp"


class WeChatPay:
    """One merchant's line to WeChat Pay. Thread-safe; made once per process."""

    code = CODE

    def __init__(self, *, keys: signing.MerchantKeys, app_id: str, http: OutsideClient, cashier_url: str = "") -> None:
        self.keys = keys
        self.app_id = app_id
        self.http = http
        self.cashier_url = cashier_url

    @property
    def mchid(self) -> str:
        """Return the merchant's number."""
        return self.keys.mchid

    # --- orders --------------------------------------------------------------------------------------------------
    def prepay(self, request: PrepayRequest) -> str:
        """Announce an order and return its prepay id."""
        body: dict[str, Any] = {
            "appid": self.app_id,
            "mchid": self.mchid,
            "description": request.description[:127],
            "out_trade_no": request.out_trade_no,
            "time_expire": _rfc3339(request.expires_at),
            "notify_url": request.notify_url,
            "amount": {"total": request.amount_fen, "currency": "CNY"},
            "payer": {"openid": request.openid},
        }
        if request.client_ip:
            body["scene_info"] = {"payer_client_ip": request.client_ip}
        answer = self._call("POST", "/v3/pay/transactions/jsapi", "jsapi_prepay", request.out_trade_no, body)
        return _text(answer, "prepay_id")

    def ticket(self, prepay_id: str) -> CashierTicket:
        """Sign what opens the cashier."""
        timestamp, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        sign = signing.pay_sign(self.keys, self.app_id, timestamp, nonce, package)
        cashier_url = ""
        if self.cashier_url:
            facts = {
                "appId": self.app_id,
                "timeStamp": timestamp,
                "nonceStr": nonce,
                "package": package,
                "signType": "RSA",
                "paySign": sign,
            }
            cashier_url = f"{self.cashier_url}?{urlencode(facts)}"
        return CashierTicket(self.app_id, timestamp, nonce, package, "RSA", sign, cashier_url)

    def query(self, *, out_trade_no: str) -> PaymentFact | None:
        """Return what WeChat Pay knows of a trade; None if it never heard of it."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}?mchid={self.mchid}"
        try:
            answer = self._call("GET", path, "query_trade", out_trade_no)
        except Refused as refusal:
            if refusal.code in {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}:
                return None
            raise
        return payment_fact(answer)

    def close(self, *, out_trade_no: str) -> None:
        """Close a trade that is not paid."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}/close"
        self._call("POST", path, "close_trade", out_trade_no, {"mchid": self.mchid})

    # --- refunds -------------------------------------------------------------------------------------------------
    def refund(self, request: RefundRequest) -> RefundFact:
        """Give money back."""
        body = {
            "transaction_id": request.transaction_id,
            "out_refund_no": request.out_refund_no,
            "reason": request.reason[:80],
            "notify_url": request.notify_url,
            "amount": {"refund": request.amount_fen, "total": request.total_fen, "currency": "CNY"},
        }
        answer = self._call("POST", "/v3/refund/domestic/refunds", "refund", request.out_trade_no, body)
        return refund_fact(answer, _text(answer, "status"))

    def query_refund(self, *, out_refund_no: str) -> RefundFact | None:
        """Return what WeChat Pay knows of a refund; None if it never heard of it."""
        path = f"/v3/refund/domestic/refunds/{quote(out_refund_no, safe='')}"
        try:
            answer = self._call("GET", path, "query_refund", out_refund_no)
        except Refused as refusal:
            if refusal.code == "RESOURCE_NOT_EXISTS":
                return None
            raise
        return refund_fact(answer, _text(answer, "status"))

    # --- notices -------------------------------------------------------------------------------------------------
    def open_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify, then decrypt, then read; nothing of an unverified notice is looked at."""
        try:
            signing.verify(self.keys, headers, body, now=time.time())
        except signing.BadSignature as error:
            raise BadNotification("SIGN_ERROR", "签名验证失败", status=401) from error
        try:
            notice = json.loads(body)
            event = str(notice["event_type"])
            opened = signing.open_resource(self.keys, notice["resource"])
            if event == "TRANSACTION.SUCCESS":
                return Notice(event, payment_fact(opened))
            if event.startswith("REFUND."):
                return Notice(event, refund_fact(opened, _text(opened, "refund_status")))
        except signing.BadSignature as error:
            raise BadNotification("DECRYPT_ERROR", "报文解密失败") from error
        except (Unknown, KeyError, TypeError, ValueError) as error:
            raise BadNotification("FORMAT_ERROR", "报文格式错误") from error
        return Notice(event, None)

    # --- one call ------------------------------------------------------------------------------------------------
    def _call(
        self, method: str, path: str, operation: str, trade_no: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"} if content else {}
        with self.http.call(operation, trade_no=trade_no, mask=mask) as call:
            response = call.request(method, path, content=content, headers=headers, sign=self._sign)
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
        for name in ("scene_info", "user_received_account", "ciphertext"):
            if name in masked:
                masked[name] = "***"
        if isinstance(masked.get("resource"), dict):
            masked["resource"] = {**masked["resource"], "ciphertext": "***"}
    return masked


def payment_fact(answer: Mapping[str, Any]) -> PaymentFact:
    """Read a trade as query and notice tell it; raises Unknown for one that cannot be read."""
    fact = PaymentFact(
        out_trade_no=_text(answer, "out_trade_no"),
        state=_text(answer, "trade_state"),
        mchid=_text(answer, "mchid"),
        app_id=_text(answer, "appid"),
    )
    if not fact.is_paid:
        return fact
    amount = answer.get("amount")
    return PaymentFact(
        out_trade_no=fact.out_trade_no,
        state=fact.state,
        mchid=fact.mchid,
        app_id=fact.app_id,
        transaction_id=_text(answer, "transaction_id"),
        amount_fen=_fen(amount, "total"),
        currency=_text(amount, "currency"),
        success_at=_time(answer.get("success_time")),
    )


def refund_fact(answer: Mapping[str, Any], state: str) -> RefundFact:
    """Read a refund as answer, query and notice tell it; raises Unknown for one that cannot be read."""
    success_time = answer.get("success_time")
    return RefundFact(
        out_refund_no=_text(answer, "out_refund_no"),
        state=state,
        out_trade_no=_text(answer, "out_trade_no"),
        transaction_id=_text(answer, "transaction_id"),
        channel_refund_id=_text(answer, "refund_id"),
        amount_fen=_fen(answer.get("amount"), "refund"),
        success_at=_time(success_time) if state == "SUCCESS" and success_time else None,
    )


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


def _text(answer: Any, name: str) -> str:
    value = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(value, str) or not value:
        raise Unknown(f"wechatpay: no {name} in the answer")
    return value


def _fen(amount: Any, name: str) -> int:
    value = amount.get(name) if isinstance(amount, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unknown(f"wechatpay: no amount {name} in the answer")
    return value


def _time(value: Any) -> datetime:
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        parsed = None
    if parsed is None or timezone.is_naive(parsed):
        raise Unknown("wechatpay: no usable time in the answer")
    return parsed


def _rfc3339(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds")
