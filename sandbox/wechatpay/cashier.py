"""The cashier as a page: what WeChat shows over the merchant's page after ``getBrandWCPayRequest``."""

import hmac
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox.clock import parse_moment
from sandbox.context import Sandbox, current
from sandbox.errors import PayError
from sandbox.wechatpay import orders
from sandbox.wechatpay.crypto import jsapi_text, verify

__all__ = ["blueprint"]

blueprint = Blueprint("cashier", __name__)

FIELDS = ("link", "appId", "timeStamp", "nonceStr", "package", "signType", "paySign", "return_url")
MAX_AGE_SECONDS = 2 * 3600


@blueprint.get("/cashier")
def show() -> Any:
    """收银台."""
    sandbox = current()
    fields = {name: request.args.get(name, "") for name in FIELDS}
    problem, order = _open(sandbox, fields)
    if problem or order is None:
        return render_template("cashier_error.html", problem=problem, return_url=_safe_return(sandbox, fields)), 400
    user = sandbox.store.one("SELECT name FROM users WHERE openid = ?", (order["openid"],))
    return render_template(
        "cashier.html",
        order=order,
        fields=fields,
        payer=user["name"] if user else order["openid"],
        payable=order["state"] == "NOTPAY" and not _expired(sandbox, order),
        expired=_expired(sandbox, order),
        return_url=_safe_return(sandbox, fields),
    )


@blueprint.post("/cashier")
def decide() -> Any:
    """Pay, fail, or go back; the payer's browser returns to the merchant afterwards."""
    sandbox = current()
    fields = {name: request.form.get(name, "") for name in FIELDS}
    problem, order = _open(sandbox, fields)
    if problem or order is None:
        return render_template("cashier_error.html", problem=problem, return_url=_safe_return(sandbox, fields)), 400
    return_url = _safe_return(sandbox, fields)
    outcome = request.form.get("outcome", "")
    if outcome == "pay":
        try:
            orders.pay(sandbox, order["out_trade_no"])
        except PayError as error:
            if error.code != "ORDER_PAID":
                return render_template("cashier_error.html", problem=error.message, return_url=return_url), 409
    elif outcome == "fail":
        return render_template("cashier_failed.html", fields=fields, return_url=return_url)
    return _return(return_url)


def _open(sandbox: Sandbox, fields: dict[str, str]) -> tuple[str, Any]:
    """Check what the merchant's page handed over as WeChat's client does; return (what is wrong, order)."""
    if fields["link"]:  # WeChat's own address (Native, H5): who has it may pay
        order = orders.by_prepay_id(sandbox, fields["link"])
        return ("", order) if order is not None else ("支付链接不存在", None)
    if not hmac.compare_digest(fields["appId"], sandbox.credentials.appid):
        return "appId 与商户号不匹配", None
    if fields["signType"] != "RSA" or not fields["package"].startswith("prepay_id="):
        return "调起支付的参数不完整：signType 应为 RSA，package 应为 prepay_id=…", None
    if not fields["timeStamp"].isdigit() or abs(time.time() - int(fields["timeStamp"])) > MAX_AGE_SECONDS:
        return "timeStamp 不是当前时间（秒）", None
    text = jsapi_text(fields["appId"], fields["timeStamp"], fields["nonceStr"], fields["package"])
    if not verify(sandbox.pay_keys.merchant_public, text, fields["paySign"]):
        return "支付验证签名失败：paySign 与商户公钥不符", None
    order = orders.by_prepay_id(sandbox, fields["package"].removeprefix("prepay_id="))
    if order is None or order["prepay_expires_at"] <= sandbox.clock.now().isoformat():
        return "预支付交易会话不存在或已过期（两小时有效）", None
    return "", order


def _expired(sandbox: Sandbox, order: Any) -> bool:
    return bool(order["time_expire"]) and parse_moment(order["time_expire"]) <= sandbox.clock.now()


def _safe_return(sandbox: Sandbox, fields: dict[str, str]) -> str:
    """Return the merchant's page only where it is on the portal's own host; never an open redirect."""
    wanted, portal = urlsplit(fields["return_url"]), urlsplit(sandbox.options.portal_url)
    if (wanted.scheme, wanted.netloc) == (portal.scheme, portal.netloc):
        return fields["return_url"]
    return sandbox.options.portal_url


def _return(url: str) -> Response:
    return redirect(url, code=303)
