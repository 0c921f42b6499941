"""HTTP face of WeChat Pay v3: every request's signature is checked, every answer is signed."""

import json
import time
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, request

from sandbox.clock import wire_timestamp
from sandbox.context import current
from sandbox.errors import PayError
from sandbox.wechatpay import bills, orders, refunds
from sandbox.wechatpay.crypto import answer_text, nonce, parse_authorization, request_text, sign, verify
from sandbox.wire import raw_target

__all__ = ["blueprint"]

blueprint = Blueprint("pay", __name__, url_prefix="/v3")

MAX_SKEW_SECONDS = 300
UNSIGNED_ANSWERS = {"pay.bill_download"}


def _answer(data: dict[str, Any] | None, status: int = 200) -> Response:
    body = "" if data is None else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json" if body else None)


@blueprint.errorhandler(PayError)
def pay_error(error: PayError) -> Response:
    """Answer an error the v3 way; the detail number is the end of Request-ID."""
    g.detail = error.detail
    return _answer({"code": error.code, "message": error.message}, error.status)


@blueprint.before_request
def check_signature() -> None:
    """Verify the merchant's signature over the request as it was sent."""
    sandbox = current()
    claim = parse_authorization(request.headers.get("Authorization", ""))
    if claim is None:
        raise PayError(401, "SIGN_ERROR", "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
    if claim.mchid != sandbox.credentials.mchid or claim.serial_no != sandbox.credentials.merchant_cert_serial:
        raise PayError(401, "SIGN_ERROR", "商户号或商户证书序列号有误", "268443699")
    if not claim.timestamp.isdigit() or abs(time.time() - int(claim.timestamp)) > MAX_SKEW_SECONDS:
        raise PayError(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    if not claim.nonce_str:
        raise PayError(401, "SIGN_ERROR", "Http头Authorization缺少nonce_str")
    text = request_text(request.method, raw_target(), claim.timestamp, claim.nonce_str, request.get_data(as_text=True))
    if not verify(sandbox.pay_keys.merchant_public, text, claim.signature):
        raise PayError(401, "SIGN_ERROR", "签名错误，请检查后再试", "268443699")


@blueprint.after_request
def sign_answer(response: Response) -> Response:
    """Sign the bytes that will be sent."""
    response.headers["Request-ID"] = f"08{nonce(30)}-{g.get('detail') or 0}"
    if request.endpoint in UNSIGNED_ANSWERS:
        return response
    sandbox = current()
    timestamp, header_nonce = str(wire_timestamp()), nonce()
    text = answer_text(timestamp, header_nonce, response.get_data(as_text=True))
    response.headers["Wechatpay-Serial"] = sandbox.credentials.wechatpay_public_key_id
    response.headers["Wechatpay-Timestamp"] = timestamp
    response.headers["Wechatpay-Nonce"] = header_nonce
    response.headers["Wechatpay-Signature-Type"] = "WECHATPAY2-SHA256-RSA2048"
    response.headers["Wechatpay-Signature"] = sign(sandbox.pay_keys.wechatpay_private, text)
    return response


@blueprint.post("/pay/transactions/jsapi")
def jsapi() -> Response:
    """JSAPI 下单."""
    sandbox = current()
    body = _body()
    prepay_id = orders.place(sandbox, body)
    if _fault() == "pay_at_once":
        orders.pay(sandbox, body["out_trade_no"], deliver_now=True)
    return _answer({"prepay_id": prepay_id})


@blueprint.get("/pay/transactions/out-trade-no/<out_trade_no>")
def query(out_trade_no: str) -> Response:
    """按商户订单号查单."""
    _check_mchid(request.args.get("mchid"))
    return _answer(orders.describe(current(), orders.find(current().store, out_trade_no)))


@blueprint.get("/pay/transactions/id/<transaction_id>")
def query_by_id(transaction_id: str) -> Response:
    """按微信订单号查单."""
    _check_mchid(request.args.get("mchid"))
    return _answer(orders.describe(current(), orders.find(current().store, transaction_id=transaction_id)))


@blueprint.post("/pay/transactions/out-trade-no/<out_trade_no>/close")
def close(out_trade_no: str) -> Response:
    """关闭订单."""
    _check_mchid(_body().get("mchid"))
    orders.close(current(), out_trade_no)
    return _answer(None, 204)


@blueprint.post("/refund/domestic/refunds")
def refund() -> Response:
    """申请退款."""
    sandbox = current()
    row = refunds.apply(sandbox, _body(), delay_seconds=sandbox.options.refund_seconds)
    if _fault() == "notify_first":
        refunds.settle(sandbox, row["out_refund_no"], deliver_now=True)
    elif _fault() == "abnormal":
        refunds.settle(sandbox, row["out_refund_no"], "ABNORMAL")
    return _answer(refunds.describe(sandbox, row))


@blueprint.get("/refund/domestic/refunds/<out_refund_no>")
def refund_query(out_refund_no: str) -> Response:
    """查询退款."""
    sandbox = current()
    refunds.settle_due(sandbox)
    return _answer(refunds.describe(sandbox, refunds.find(sandbox, out_refund_no)))


@blueprint.get("/bill/tradebill")
def bill() -> Response:
    """申请交易账单."""
    sandbox = current()
    try:
        day = date.fromisoformat(request.args.get("bill_date", ""))
    except ValueError as error:
        raise PayError(400, "PARAM_ERROR", "bill_date 应为 YYYY-MM-DD") from error
    bill_type = request.args.get("bill_type", "ALL")
    compressed = request.args.get("tar_type", "")
    if bill_type not in bills.BILL_TYPES or compressed not in {"", "GZIP"}:
        raise PayError(400, "PARAM_ERROR", "bill_type 或 tar_type 不正确")
    text = bills.trade_bill(sandbox, day, bill_type)
    token = bills.token(sandbox, day, bill_type, compressed)
    return _answer(
        {
            "hash_type": "SHA1",
            "hash_value": bills.digest(text),
            "download_url": f"{request.host_url}v3/billdownload/file?token={token}",
        }
    )


@blueprint.get("/billdownload/file")
def bill_download() -> Response:
    """下载账单; the answer is not signed, the hash is what protects it."""
    sandbox = current()
    day, bill_type, compressed = bills.read_token(sandbox, request.args.get("token", ""))
    content = bills.trade_bill(sandbox, day, bill_type)
    return Response(bills.gzipped(content) if compressed else content, mimetype="application/octet-stream")


def _fault() -> str:
    fault = g.get("fault")
    return fault.kind if fault else ""


def _check_mchid(mchid: Any) -> None:
    if mchid != current().credentials.mchid:
        raise PayError(400, "PARAM_ERROR", "mchid 缺少或不正确")


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise PayError(400, "PARAM_ERROR", "无法将 HTTP 包体解析为 JSON 对象")
    return body
