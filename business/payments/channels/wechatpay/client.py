"""WeChat Pay API v3: orders of every kind, query, close, reverse, refunds and notices (protocols.md §2)."""

import json
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.utils import timezone

from business.integration.outcomes import Refused, Unknown
from business.payments.channels.port import (
    BadNotification,
    CashierTicket,
    CodePayRequest,
    Notice,
    PaymentFact,
    PrepayRequest,
    RefundFact,
    RefundRequest,
)
from business.payments.channels.wechatpay import signing
from business.payments.channels.wechatpay.combined import CombinedOrders
from business.payments.channels.wechatpay.downloads import BillDownloads
from business.payments.channels.wechatpay.facts import part_facts, payment_fact, refund_fact, text
from business.payments.channels.wechatpay.line import CODE

__all__ = ["CODE", "WeChatPay"]

PREPAY_FIELDS = {"jsapi": "prepay_id", "mini": "prepay_id", "native": "code_url", "h5": "h5_url"}
DESCRIPTION_CHARACTERS = 127
REASON_CHARACTERS = 80


class WeChatPay(CombinedOrders, BillDownloads):
    """One merchant's line to WeChat Pay; a sub-merchant's where it belongs to a service provider."""

    # --- orders --------------------------------------------------------------------------------------------------
    def prepay(self, request: PrepayRequest) -> str:
        """Announce an order and return its prepay id, or the address of its cashier (Native, H5)."""
        scene = request.scene
        body: dict[str, Any] = {
            **self._who(scene),
            "description": request.description[:DESCRIPTION_CHARACTERS],
            "out_trade_no": request.out_trade_no,
            "time_expire": rfc3339(request.expires_at),
            "notify_url": request.notify_url,
            "amount": {"total": request.amount_fen, "currency": "CNY"},
        }
        if scene in {"jsapi", "mini"}:
            body["payer"] = {"sp_openid" if self.sub_mchid else "openid": request.openid}
        if request.client_ip or scene == "h5":
            body["scene_info"] = {"payer_client_ip": request.client_ip or "127.0.0.1"}
        if scene == "h5":
            body["scene_info"]["h5_info"] = {"type": "Wap"}
        path = f"{self._transactions}/{'jsapi' if scene == 'mini' else scene}"
        answer = self._call("POST", path, f"{scene}_prepay", request.out_trade_no, body)
        return text(answer, PREPAY_FIELDS[scene])

    def ticket(self, prepay: str, *, scene: str = "jsapi") -> CashierTicket:
        """Sign what opens the cashier."""
        app_id = self.mini_app_id if scene == "mini" else self.app_id
        if scene in {"native", "h5"}:
            urls = {"code_url": prepay} if scene == "native" else {"h5_url": prepay}
            return CashierTicket(app_id, "", "", "", "", "", **urls)
        timestamp, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay}"
        sign = signing.pay_sign(self.keys, app_id, timestamp, nonce, package)
        cashier_url = ""
        if self.cashier_url:
            facts = {
                "appId": app_id,
                "timeStamp": timestamp,
                "nonceStr": nonce,
                "package": package,
                "signType": "RSA",
                "paySign": sign,
            }
            cashier_url = f"{self.cashier_url}?{urlencode(facts)}"
        return CashierTicket(app_id, timestamp, nonce, package, "RSA", sign, cashier_url)

    def pay_code(self, request: CodePayRequest) -> PaymentFact:
        """Charge the code on the payer's phone (付款码)."""
        body = {
            **self._who("code"),
            "description": request.description[:DESCRIPTION_CHARACTERS],
            "out_trade_no": request.out_trade_no,
            "payer": {"auth_code": request.auth_code},
            "amount": {"total": request.amount_fen, "currency": "CNY"},
            "scene_info": {"device_ip": request.device_ip, "store_info": {"out_id": request.store_id}},
        }
        answer = self._call("POST", f"{self._transactions}/codepay", "code_pay", request.out_trade_no, body)
        return payment_fact(answer)

    def reverse(self, *, out_trade_no: str) -> None:
        """End a payment by code: unpaid it is closed, paid it goes back."""
        path = f"{self._transactions}/out-trade-no/{quote(out_trade_no, safe='')}/reverse"
        self._call("POST", path, "reverse_trade", out_trade_no, self._who("code"))

    def query(self, *, out_trade_no: str) -> PaymentFact | None:
        """Return what WeChat Pay knows of a trade; None if it never heard of it."""
        whose = f"sp_mchid={self.keys.mchid}&sub_mchid={self.sub_mchid}" if self.sub_mchid else f"mchid={self.mchid}"
        path = f"{self._transactions}/out-trade-no/{quote(out_trade_no, safe='')}?{whose}"
        try:
            answer = self._call("GET", path, "query_trade", out_trade_no)
        except Refused as refusal:
            if refusal.code in {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}:
                return None
            raise
        return payment_fact(answer)

    def close(self, *, out_trade_no: str) -> None:
        """Close a trade that is not paid."""
        path = f"{self._transactions}/out-trade-no/{quote(out_trade_no, safe='')}/close"
        whose = {"sp_mchid": self.keys.mchid, "sub_mchid": self.sub_mchid} if self.sub_mchid else {"mchid": self.mchid}
        self._call("POST", path, "close_trade", out_trade_no, whose)

    @property
    def _transactions(self) -> str:
        return "/v3/pay/partner/transactions" if self.sub_mchid else "/v3/pay/transactions"

    def _who(self, scene: str) -> dict[str, str]:
        """Return in whose name and for whom is charged."""
        app_id = self.mini_app_id if scene == "mini" else self.app_id
        if not self.sub_mchid:
            return {"appid": app_id, "mchid": self.mchid}
        who = {"sp_appid": app_id, "sp_mchid": self.keys.mchid, "sub_mchid": self.sub_mchid}
        return {**who, "sub_appid": self.sub_app_id} if self.sub_app_id else who

    # --- refunds -------------------------------------------------------------------------------------------------
    def refund(self, request: RefundRequest) -> RefundFact:
        """Give money back."""
        body = {
            **self._sub,
            "transaction_id": request.transaction_id,
            "out_refund_no": request.out_refund_no,
            "reason": request.reason[:REASON_CHARACTERS],
            "notify_url": request.notify_url,
            "amount": {"refund": request.amount_fen, "total": request.total_fen, "currency": "CNY"},
        }
        answer = self._call("POST", "/v3/refund/domestic/refunds", "refund", request.out_trade_no, body)
        return refund_fact(answer, text(answer, "status"))

    def query_refund(self, *, out_refund_no: str) -> RefundFact | None:
        """Return what WeChat Pay knows of a refund; None if it never heard of it."""
        path = f"/v3/refund/domestic/refunds/{quote(out_refund_no, safe='')}"
        path += f"?sub_mchid={self.sub_mchid}" if self.sub_mchid else ""
        try:
            answer = self._call("GET", path, "query_refund", out_refund_no)
        except Refused as refusal:
            if refusal.code == "RESOURCE_NOT_EXISTS":
                return None
            raise
        return refund_fact(answer, text(answer, "status"))

    def redirect_refund(self, *, refund_id: str, out_refund_no: str) -> RefundFact:
        """Send an abnormal refund to the merchant's own bank account."""
        path = f"/v3/refund/domestic/refunds/{quote(refund_id, safe='')}/apply-abnormal-refund"
        body = {**self._sub, "out_refund_no": out_refund_no, "type": "MERCHANT_BANK_CARD"}
        answer = self._call("POST", path, "abnormal_refund", out_refund_no, body)
        return refund_fact(answer, text(answer, "status"))

    @property
    def _sub(self) -> dict[str, str]:
        return {"sub_mchid": self.sub_mchid} if self.sub_mchid else {}

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
                return Notice(event, part_facts(opened) if "sub_orders" in opened else [payment_fact(opened)])
            if event.startswith("REFUND."):
                return Notice(event, [refund_fact(opened, text(opened, "refund_status"))])
        except signing.BadSignature as error:
            raise BadNotification("DECRYPT_ERROR", "报文解密失败") from error
        except (Unknown, KeyError, TypeError, ValueError) as error:
            raise BadNotification("FORMAT_ERROR", "报文格式错误") from error
        return Notice(event)


def rfc3339(at: datetime) -> str:
    """Return a point in time as WeChat Pay writes it."""
    return timezone.localtime(at).isoformat(timespec="seconds")
