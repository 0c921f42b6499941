"""JSON API of the control desk; sandbox/README.md documents it for tests."""

from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from sandbox.context import Sandbox, current
from sandbox.control import desk
from sandbox.errors import PayError
from sandbox.faults import CALLBACK_KINDS, ENDPOINTS, REQUEST_KINDS, FaultError
from sandbox.his import queue
from sandbox.tencentcloud import citizens
from sandbox.tencentcloud import messages as text_messages
from sandbox.wechat import chats, users
from sandbox.wechatpay import orders, refunds

__all__ = ["blueprint"]

blueprint = Blueprint("control", __name__, url_prefix="/control")

SETTINGS = {"callback_speed": float, "refund_seconds": float, "callback_timeout": float, "bill_today": bool,
            "certificate_mode": bool}  # fmt: skip


class ControlError(ValueError):
    """A control request that cannot be done; the text says why."""


@blueprint.errorhandler(ControlError)
@blueprint.errorhandler(FaultError)
@blueprint.errorhandler(desk.DeskError)
def control_error(error: ValueError) -> tuple[Response, int]:
    """Answer 400 with the reason."""
    return jsonify({"error": str(error)}), 400


@blueprint.errorhandler(PayError)
def pay_error(error: PayError) -> tuple[Response, int]:
    """Answer what the payment side said."""
    return jsonify({"error": error.message, "code": error.code}), error.status


@blueprint.get("/faults")
def list_faults() -> Response:
    """Active faults and the names to use."""
    return jsonify(
        {
            "faults": [fault.describe() for fault in current().faults.list()],
            "endpoints": ENDPOINTS,
            "kinds": REQUEST_KINDS,
            "callback_kinds": CALLBACK_KINDS,
        }
    )


@blueprint.post("/faults")
def add_fault() -> tuple[Response, int]:
    """Switch one fault on, or a list of them in order."""
    given = request.get_json(silent=True)
    specs: list[Any] = given if isinstance(given, list) else [given]
    if not specs or not all(isinstance(spec, dict) for spec in specs):
        raise ControlError("请求体应为故障对象或其数组")
    added = [current().faults.add(spec).describe() for spec in specs]
    return jsonify(added if isinstance(given, list) else added[0]), 201


@blueprint.delete("/faults")
def clear_faults() -> Response:
    """Remove all faults, or those of ``?endpoint=``; held requests go on."""
    return jsonify({"removed": current().faults.clear(endpoint=request.args.get("endpoint"))})


@blueprint.delete("/faults/<int:fault_id>")
def remove_fault(fault_id: int) -> Response:
    """Remove one fault."""
    return jsonify({"removed": current().faults.clear(fault_id=fault_id)})


@blueprint.get("/requests")
def list_requests() -> Response:
    """Requests seen, newest first: ``?endpoint=&contains=&limit=``."""
    args = request.args
    return jsonify(current().journal.entries(args.get("endpoint", ""), args.get("contains", ""), _limit()))


@blueprint.get("/registrations")
def list_registrations() -> Response:
    """HIS registrations, newest first: ``?trade_no=&state=&slot_code=``."""
    return jsonify(desk.rows(current(), "registrations", _filters("trade_no", "state", "slot_code"), _limit()))


@blueprint.get("/transactions")
def list_transactions() -> Response:
    """Payment orders, newest first: ``?out_trade_no=&state=``."""
    return jsonify(desk.rows(current(), "transactions", _filters("out_trade_no", "state"), _limit()))


@blueprint.get("/refunds")
def list_refunds() -> Response:
    """Refunds, newest first: ``?out_refund_no=&out_trade_no=&state=``."""
    chosen = _filters("out_refund_no", "out_trade_no", "state")
    return jsonify(desk.rows(current(), "refunds", chosen, _limit()))


@blueprint.get("/callbacks")
def list_callbacks() -> Response:
    """Notices with every answer they got, newest first: ``?out_trade_no=&kind=&state=``."""
    return jsonify(desk.callbacks(current(), _filters("out_trade_no", "kind", "state"), _limit()))


@blueprint.get("/messages")
def list_messages() -> Response:
    """Template messages, newest first: ``?user=``."""
    return jsonify(desk.messages(current(), request.args.get("user", ""), _limit()))


@blueprint.get("/sms")
def list_text_messages() -> Response:
    """Text messages, newest first: ``?phone=``."""
    return jsonify(text_messages.inbox(current(), request.args.get("phone", ""), _limit()))


@blueprint.post("/citizens")
def register_citizen() -> Response:
    """Put on record whose ID number it is: ``{"id_number", "name", "phone"?}``; the name 查无此人 is no record."""
    citizens.register(current(), _text("id_number"), _text("name"), str(_body().get("phone") or ""))
    return jsonify({"ok": True})


@blueprint.get("/chats")
def list_chats() -> Response:
    """Customer-service chats, newest first: ``?user=``."""
    found = current().store.all(
        "SELECT c.*, u.user FROM chat_messages c JOIN users u ON u.openid = c.openid"
        " WHERE ? = '' OR u.user = ? ORDER BY c.id DESC LIMIT ?",
        (request.args.get("user", ""), request.args.get("user", ""), _limit()),
    )
    return jsonify([dict(row) for row in found])


@blueprint.post("/chats")
def write_chat() -> Response:
    """Let a person write to the account: ``{"user", "content"}``; the portal is told."""
    row = users.get_or_make(current().store, _text("user"))
    if row is None:
        raise ControlError("没有这个用户")
    chats.write(current(), row["openid"], _text("content"))
    return jsonify({"ok": True})


@blueprint.get("/users")
def list_users() -> Response:
    """People of the sandbox with their openids."""
    return jsonify([dict(row) for row in users.everyone(current().store)])


@blueprint.post("/users")
def make_user() -> tuple[Response, int]:
    """Return a user by ``{"user": "guest-7"}``, made when it is a new guest."""
    row = users.get_or_make(current().store, _text("user"))
    if row is None:
        raise ControlError("只能新建名为 guest-<数字> 的用户")
    return jsonify(dict(row)), 201


@blueprint.post("/pay")
def pay() -> Response:
    """Pay an order without the cashier: ``{"out_trade_no", "force"?, "notify"?}``."""
    body = _body()
    paid = orders.pay(
        current(), _text("out_trade_no"), force=body.get("force") is True, notify=body.get("notify") is not False
    )
    return jsonify(paid)


@blueprint.post("/refund")
def settle_refund() -> Response:
    """Bring a refund to its end now: ``{"out_refund_no", "state"?}`` (SUCCESS, ABNORMAL, CLOSED)."""
    state = str(_body().get("state") or "SUCCESS")
    if state not in {"SUCCESS", "ABNORMAL", "CLOSED"}:
        raise ControlError("state 应为 SUCCESS、ABNORMAL 或 CLOSED")
    refunds.settle(current(), _text("out_refund_no"), state)
    return jsonify(refunds.describe(current(), refunds.find(current(), _text("out_refund_no"))))


@blueprint.post("/callbacks/resend")
def resend() -> Response:
    """Send the notices of an order again: ``{"out_trade_no", "kind"?}``; returns how many."""
    return jsonify({"resent": desk.resend(current(), _text("out_trade_no"), str(_body().get("kind") or "pay"))})


@blueprint.post("/slots")
def set_slot() -> Response:
    """Set a number at the window: ``{"slot_code", "state"}`` (taken, free, closed)."""
    return jsonify(desk.set_slot(current(), _text("slot_code"), _text("state")))


@blueprint.post("/schedules")
def set_schedule() -> Response:
    """Stop or reopen a clinic, or change its fee: ``{"schedule_code", "state"?, "fee_fen"?}``."""
    body = _body()
    return jsonify(desk.set_schedule(current(), _text("schedule_code"), body.get("state"), body.get("fee_fen")))


@blueprint.post("/checkin")
def check_in() -> Response:
    """Let a patient check in at the desk: ``{"trade_no"}``; HIS then refuses to cancel."""
    return jsonify(desk.check_in(current(), _text("trade_no")))


@blueprint.post("/queue")
def move_queue() -> Response:
    """Play the doctor: ``{"schedule_code", "do"}`` (next, pass, done); answers the queue."""
    store, code = current().store, _text("schedule_code")
    match _text("do"):
        case "next":
            queue.call_next(store, code)
        case "pass":
            queue.pass_over(store, code)
        case "done":
            queue.finish(store, code)
        case other:
            raise ControlError(f"do 应为 next、pass 或 done，不是 {other}")
    return jsonify(queue.describe(store, current().clock, code))


@blueprint.get("/clock")
def clock() -> Response:
    """Business time and how far it is ahead."""
    return jsonify(_clock(current()))


@blueprint.post("/clock")
def move_clock() -> Response:
    """Move business time: ``{"advance_seconds": n}`` or ``{"reset": true}``."""
    sandbox, body = current(), _body()
    if body.get("reset") is True:
        sandbox.clock.reset()
    else:
        seconds = body.get("advance_seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise ControlError("advance_seconds 应为数字")
        sandbox.clock.advance(seconds)
    return jsonify(_clock(sandbox))


@blueprint.get("/settings")
def settings() -> Response:
    """Settings that can be changed while running."""
    return jsonify({name: getattr(current().options, name) for name in SETTINGS})


@blueprint.post("/settings")
def change_settings() -> Response:
    """Change some of them: ``{"callback_speed", "refund_seconds", "callback_timeout", "bill_today",
    "certificate_mode"}``.
    """
    options = current().options
    for name, value in _body().items():
        if name not in SETTINGS or (SETTINGS[name] is float and (not isinstance(value, int | float) or value < 0)):
            raise ControlError(f"设置「{name}」不存在或数值不正确")
        if name == "callback_speed" and value == 0:
            raise ControlError("callback_speed 应大于零")
        setattr(options, name, SETTINGS[name](value))
    return settings()


@blueprint.post("/reset")
def reset() -> Response:
    """Forget every trade, message, fault and clock move, and build the hospital anew; keys and users stay."""
    desk.reset(current())
    return jsonify({"ok": True})


def _clock(sandbox: Sandbox) -> dict[str, Any]:
    return {"now": sandbox.clock.now().isoformat(), "offset_seconds": sandbox.clock.offset_seconds}


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise ControlError("请求体应为 JSON 对象")
    return body


def _text(name: str) -> str:
    value = _body().get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"缺少 {name}")
    return value


def _filters(*names: str) -> dict[str, str]:
    return {name: request.args[name] for name in names if request.args.get(name)}


def _limit() -> int:
    return max(1, min(request.args.get("limit", 100, type=int), 2000))
