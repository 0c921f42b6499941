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
    party = sandbox.parties.get(claim.mchid)
    if party is None or claim.serial_no != party.cert_serial:
        raise PayError(401, "SIGN_ERROR", "商户号或商户证书序列号有误", "268443699")
    if not claim.timestamp.isdigit() or abs(time.time() - int(claim.timestamp)) > MAX_SKEW_SECONDS:
        raise PayError(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    if not claim.nonce_str:
        raise PayError(401, "SIGN_ERROR", "Http头Authorization缺少nonce_str")
    text = request_text(request.method, raw_target(), claim.timestamp, claim.nonce_str, request.get_data(as_text=True))
    if not verify(party.public_key, text, claim.signature):
        raise PayError(401, "SIGN_ERROR", "签名错误，请检查后再试", "268443699")
    g.mchid = claim.mchid


@blueprint.after_request
def sign_answer(response: Response) -> Response:
    """Sign the bytes that will be sent."""
    response.headers["Request-ID"] = f"08{nonce(30)}-{g.get('detail') or 0}"
    if request.endpoint in UNSIGNED_ANSWERS:
        return response
    sandbox = current()
    timestamp, header_nonce = str(wire_timestamp()), nonce()
    text = answer_text(timestamp, header_nonce, response.get_data(as_text=True))
    serial, key = sandbox.signer(g.get("mchid") or sandbox.credentials.mchid)
    response.headers["Wechatpay-Serial"] = serial
    response.headers["Wechatpay-Timestamp"] = timestamp
    response.headers["Wechatpay-Nonce"] = header_nonce
    response.headers["Wechatpay-Signature-Type"] = "WECHATPAY2-SHA256-RSA2048"
    response.headers["Wechatpay-Signature"] = sign(key, text)
    return response


@blueprint.get("/certificates")
def certificates() -> Response:
    """下载平台证书."""
    sandbox = current()
    return _answer({"data": sandbox.platform.described(sandbox.parties[g.mchid].apiv3_key)})


@blueprint.post("/pay/transactions/jsapi")
@blueprint.post("/pay/partner/transactions/jsapi")
def jsapi() -> Response:
    """JSAPI 下单（公众号、小程序）."""
    sandbox = current()
    body = _own_body()
    prepay_id = orders.place(sandbox, body)
    if _fault() == "pay_at_once":
        orders.pay(sandbox, body["out_trade_no"], deliver_now=True)
    return _answer({"prepay_id": prepay_id})


@blueprint.post("/pay/transactions/native")
@blueprint.post("/pay/partner/transactions/native")
def native() -> Response:
    """Native 下单; the code leads to the sandbox's cashier, so that any phone can scan it."""
    prepay_id = orders.place(current(), _own_body(), "NATIVE")
    return _answer({"code_url": f"{request.host_url}cashier?link={prepay_id}"})


@blueprint.post("/pay/transactions/h5")
@blueprint.post("/pay/partner/transactions/h5")
def h5() -> Response:
    """H5 下单."""
    prepay_id = orders.place(current(), _own_body(), "MWEB")
    return _answer({"h5_url": f"{request.host_url}cashier?link={prepay_id}"})


@blueprint.post("/pay/transactions/codepay")
@blueprint.post("/pay/partner/transactions/codepay")
def codepay() -> Response:
    """付款码支付."""
    return _answer(orders.pay_code(current(), _own_body()))


@blueprint.post("/pay/transactions/out-trade-no/<out_trade_no>/reverse")
@blueprint.post("/pay/partner/transactions/out-trade-no/<out_trade_no>/reverse")
def reverse(out_trade_no: str) -> Response:
    """撤销付款码订单."""
    _own_body()
    orders.reverse(current(), out_trade_no)
    return _answer(None, 204)


@blueprint.post("/combine-transactions/jsapi")
def combined() -> Response:
    """合单下单."""
    body = _body()
    _check_mchid(body.get("combine_mchid"))
    return _answer({"prepay_id": orders.place_together(current(), body)})


@blueprint.get("/combine-transactions/out-trade-no/<combine_no>")
def combined_query(combine_no: str) -> Response:
    """合单查询."""
    sandbox = current()
    return _answer(orders.describe_together(sandbox, orders.together(sandbox.store, combine_no)))


@blueprint.post("/combine-transactions/out-trade-no/<combine_no>/close")
def combined_close(combine_no: str) -> Response:
    """合单关单."""
    orders.close_together(current(), combine_no, list(_body().get("sub_orders") or []))
    return _answer(None, 204)


@blueprint.get("/pay/transactions/out-trade-no/<out_trade_no>")
@blueprint.get("/pay/partner/transactions/out-trade-no/<out_trade_no>")
def query(out_trade_no: str) -> Response:
    """按商户订单号查单."""
    _check_mchid(request.args.get("sp_mchid") or request.args.get("mchid"))
    return _answer(orders.describe(current(), _mine(orders.find(current().store, out_trade_no))))


@blueprint.get("/pay/transactions/id/<transaction_id>")
def query_by_id(transaction_id: str) -> Response:
    """按微信订单号查单."""
    _check_mchid(request.args.get("mchid"))
    return _answer(orders.describe(current(), orders.find(current().store, transaction_id=transaction_id)))


@blueprint.post("/pay/transactions/out-trade-no/<out_trade_no>/close")
@blueprint.post("/pay/partner/transactions/out-trade-no/<out_trade_no>/close")
def close(out_trade_no: str) -> Response:
    """关闭订单."""
    body = _body()
    _check_mchid(body.get("sp_mchid") or body.get("mchid"))
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


@blueprint.post("/refund/domestic/refunds/<refund_id>/apply-abnormal-refund")
def abnormal_refund(refund_id: str) -> Response:
    """发起异常退款."""
    sandbox = current()
    row = refunds.redirect(sandbox, refund_id, _body(), delay_seconds=sandbox.options.refund_seconds)
    return _answer(refunds.describe(sandbox, row))


@blueprint.get("/bill/fundflowbill")
def fund_bill() -> Response:
    """申请资金账单."""
    if request.args.get("account_type", "BASIC") not in {"BASIC", "OPERATION", "FEES"}:
        raise PayError(400, "PARAM_ERROR", "account_type 不正确")
    return _bill("FUND")


@blueprint.get("/bill/tradebill")
def bill() -> Response:
    """申请交易账单."""
    bill_type = request.args.get("bill_type", "ALL")
    if bill_type not in bills.BILL_TYPES:
        raise PayError(400, "PARAM_ERROR", "bill_type 不正确")
    return _bill(bill_type)


def _bill(bill_type: str) -> Response:
    sandbox = current()
    try:
        day = date.fromisoformat(request.args.get("bill_date", ""))
    except ValueError as error:
        raise PayError(400, "PARAM_ERROR", "bill_date 应为 YYYY-MM-DD") from error
    compressed = request.args.get("tar_type", "")
    if compressed not in {"", "GZIP"}:
        raise PayError(400, "PARAM_ERROR", "tar_type 不正确")
    whose = [g.mchid, request.args.get("sub_mchid", "")]
    text = bills.content(sandbox, day, bill_type, whose)
    token = bills.token(sandbox, day, bill_type, compressed, whose)
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
    day, bill_type, compressed, whose = bills.read_token(sandbox, request.args.get("token", ""))
    content = bills.content(sandbox, day, bill_type, whose)
    return Response(bills.gzipped(content) if compressed else content, mimetype="application/octet-stream")


def _fault() -> str:
    fault = g.get("fault")
    return fault.kind if fault else ""


def _check_mchid(mchid: Any) -> None:
    if mchid != g.mchid:
        raise PayError(400, "PARAM_ERROR", "mchid 缺少或不正确")


def _own_body() -> dict[str, Any]:
    body = _body()
    if (body.get("sp_mchid") or body.get("mchid")) != g.mchid:
        raise PayError(400, "PARAM_ERROR", "appid 与 mchid 不匹配", "268445527")
    return body


def _mine(row: Any) -> Any:
    if row["mchid"] != g.mchid:
        raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
    return row


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise PayError(400, "PARAM_ERROR", "无法将 HTTP 包体解析为 JSON 对象")
    return body
