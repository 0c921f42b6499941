"""What stands around every request: faults before and after the work, and the journal."""

import contextlib
import json
import socket
import time

from flask import Flask, Response, g, request

from sandbox.context import Sandbox
from sandbox.faults import ENDPOINTS, Fault

__all__ = ["install"]

PAY_STATUS = {
    "PARAM_ERROR": 400, "INVALID_REQUEST": 400, "ORDER_PAID": 400, "ORDER_CLOSED": 400, "SIGN_ERROR": 401,
    "NO_AUTH": 403, "RULE_LIMIT": 403, "TRADE_ERROR": 403, "NOT_ENOUGH": 403, "OUT_TRADE_NO_USED": 403,
    "USER_ACCOUNT_ABNORMAL": 403, "ORDER_NOT_EXIST": 404, "RESOURCE_NOT_EXISTS": 404, "FREQUENCY_LIMITED": 429,
    "RATELIMIT_EXCEEDED": 429, "SYSTEM_ERROR": 500, "BANK_ERROR": 500,
}  # fmt: skip


def install(app: Flask, sandbox: Sandbox) -> None:
    """Hang the gate around the app's endpoints that have a fault name."""

    @app.before_request
    def before() -> Response | None:
        g.started = time.perf_counter()
        g.fault = None
        if request.endpoint not in ENDPOINTS:
            return None
        fault = sandbox.faults.take(request.endpoint, request.full_path + request.get_data(as_text=True))
        g.fault = fault
        return _before_work(sandbox, fault) if fault else None

    @app.after_request
    def after(response: Response) -> Response:
        if request.endpoint not in ENDPOINTS:
            return response
        fault: Fault | None = g.get("fault")
        real = response
        if fault is not None:
            response = _after_work(sandbox, fault, response)
        sandbox.journal.add(
            at=sandbox.clock.now(),
            endpoint=request.endpoint or "",
            method=request.method,
            path=request.full_path.rstrip("?"),
            body=request.get_data(as_text=True),
            status=response.status_code,
            # The answer the work gave, even where a fault kept it from arriving.
            answer=real.get_data().decode("utf-8", "replace"),
            ms=int((time.perf_counter() - g.started) * 1000),
            fault=fault.kind if fault else "",
        )
        return response


def _before_work(sandbox: Sandbox, fault: Fault) -> Response | None:
    if fault.ms and fault.kind != "slow_after":
        sandbox.faults.hold(fault.ms / 1000, None)
    match fault.kind:
        case "timeout_before":
            sandbox.faults.hold(fault.seconds, _peer())
            return _hang_up()
        case "drop_before":
            return _hang_up()
        case "http":
            return _http_error(fault)
        case "refuse":
            return _refusal(fault)
    return None


def _after_work(sandbox: Sandbox, fault: Fault, response: Response) -> Response:
    match fault.kind:
        case "slow_after":
            sandbox.faults.hold(fault.ms / 1000, None)
        case "timeout_after":
            sandbox.faults.hold(fault.seconds, _peer())
            return _hang_up()
        case "drop_after":
            return _hang_up()
        case "http_after":
            return _http_error(fault)
        case "garbage":
            response.set_data("<html><body>502 Bad Gateway</body></html>")
            response.headers["Content-Type"] = "text/html"
        case "bad_signature":
            if "Wechatpay-Signature" in response.headers:
                signature = response.headers["Wechatpay-Signature"]
                response.headers["Wechatpay-Signature"] = signature[::-1].lstrip("=") + "=="
    return response


def _peer() -> socket.socket | None:
    found: socket.socket | None = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    return found


def _hang_up() -> Response:
    """Close the connection under the answer; a test client without a socket sees 504 instead."""
    peer = _peer()
    if peer is not None:
        # The client may have been faster.
        with contextlib.suppress(OSError):
            peer.shutdown(socket.SHUT_RDWR)
    response = Response("", status=504)
    response.headers["Connection"] = "close"
    return response


def _http_error(fault: Fault) -> Response:
    family = (request.endpoint or "").partition(".")[0]
    if family == "pay":
        body: dict[str, object] = {
            "code": fault.code or "SYSTEM_ERROR",
            "message": fault.message or "系统异常，请稍后重试",
        }
    else:
        body = {"code": fault.code or "SYSTEM_ERROR", "message": fault.message or "系统繁忙", "data": None}
    return _json(body, fault.status)


def _refusal(fault: Fault) -> Response:
    family = (request.endpoint or "").partition(".")[0]
    message = fault.message or "沙箱设置的拒绝"
    if family == "wechat":
        return _json({"errcode": int(fault.code) if fault.code.isdigit() else -1, "errmsg": message}, 200)
    if family == "sms":
        return _json({"Response": {"SendStatusSet": [{"Code": fault.code, "Message": message}]}}, 200)
    if family == "realname":
        return _json({"Response": {"Result": fault.code, "Description": message}}, 200)
    if family == "pay":
        return _json({"code": fault.code, "message": message}, PAY_STATUS.get(fault.code, 400))
    return _json({"code": fault.code, "message": message, "data": None}, 200)


def _json(body: dict[str, object], status: int) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, mimetype="application/json")
