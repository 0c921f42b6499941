"""HTTP face of the HIS: signature, parameters, and the answer envelope of docs/his-interface.yaml."""

import hmac
import json
import time
from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from sandbox.clock import MAX_DATE, parse_moment
from sandbox.context import current
from sandbox.errors import HisProtocolError, HisRefused
from sandbox.his import patients, queries, queue, registrations, services
from sandbox.his.book import ensure_calendar, expire_locks
from sandbox.his.signature import MAX_SKEW_SECONDS, NonceMemory, sign
from sandbox.wire import raw_target

__all__ = ["blueprint"]

blueprint = Blueprint("his", __name__, url_prefix="/his/v1")
nonces = NonceMemory()

MIN_HOLD, MAX_HOLD = 60, 7200
MIN_NONCE, MAX_NONCE = 8, 64


def _answer(data: Any, code: str = "OK", message: str = "", status: int = 200) -> Response:
    body = json.dumps({"code": code, "message": message, "data": data}, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json")


@blueprint.errorhandler(HisProtocolError)
def protocol_error(error: HisProtocolError) -> Response:
    """Answer a request that breaks the interface's rules."""
    return _answer(None, error.code, error.message, error.status)


@blueprint.errorhandler(HisRefused)
def refused(error: HisRefused) -> Response:
    """Answer a definite business refusal."""
    return _answer(None, error.code, error.message)


@blueprint.before_request
def check_request() -> None:
    """Verify the signature, then bring the books up to date."""
    sandbox = current()
    headers = request.headers
    timestamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
    now = time.time()
    if headers.get("X-App-Id") != sandbox.credentials.his_app_id:
        raise HisProtocolError(401, "APP_UNKNOWN", "X-App-Id 不存在")
    if not timestamp.isdigit() or abs(now - int(timestamp)) > MAX_SKEW_SECONDS:
        raise HisProtocolError(401, "TIMESTAMP_INVALID", "X-Timestamp 与服务器相差超过 300 秒")
    expected = sign(sandbox.credentials.his_secret, request.method, raw_target(), timestamp, nonce, request.get_data())
    if not hmac.compare_digest(expected, headers.get("X-Signature", "").lower()):
        raise HisProtocolError(401, "SIGN_ERROR", "签名错误")
    if not MIN_NONCE <= len(nonce) <= MAX_NONCE or not nonces.first_time(nonce, now):
        raise HisProtocolError(401, "NONCE_USED", "X-Nonce 长度应为 8–64 且不得重复")
    ensure_calendar(sandbox.store, sandbox.clock)
    expire_locks(sandbox.store, sandbox.clock.now())


@blueprint.get("/campuses")
def campuses() -> Response:
    """院区."""
    return _answer(queries.campuses(current().store))


@blueprint.get("/departments")
def departments() -> Response:
    """科室."""
    return _answer(queries.departments(current().store))


@blueprint.get("/doctors")
def doctors() -> Response:
    """医生."""
    return _answer(queries.doctors(current().store))


@blueprint.get("/schedules")
def schedules() -> Response:
    """排班."""
    sandbox = current()
    first, last = _date("from"), _date("to")
    since = request.args.get("updated_since", "")
    try:
        since = parse_moment(since).isoformat() if since else ""
    except ValueError as error:
        raise HisProtocolError(400, "PARAM_ERROR", "updated_since 应为 RFC 3339 时间") from error
    return _answer(queries.schedules(
        sandbox.store, sandbox.clock.now(), first, last,
        department_code=request.args.get("department_code", ""), updated_since=since,
    ))  # fmt: skip


@blueprint.get("/slots")
def slots() -> Response:
    """号源."""
    sandbox = current()
    schedule_code = request.args.get("schedule_code", "")
    return _answer(queries.slots(sandbox.store, sandbox.clock.now(), _date("from"), _date("to"), schedule_code))


@blueprint.post("/registrations/lock")
def lock() -> Response:
    """锁号."""
    body = _body()
    hold = _integer(body, "hold_seconds")
    if not MIN_HOLD <= hold <= MAX_HOLD:
        raise HisProtocolError(400, "PARAM_ERROR", f"hold_seconds 应在 {MIN_HOLD}–{MAX_HOLD} 秒之间")
    ask = registrations.LockRequest(
        trade_no=_text(body, "trade_no"),
        slot_code=_text(body, "slot_code"),
        patient_id=_text(body, "patient_id"),
        fee_fen=_integer(body, "fee_fen"),
        hold_seconds=hold,
    )
    return _answer(registrations.lock(current().store, current().clock, ask))


@blueprint.post("/registrations/unlock")
def unlock() -> Response:
    """释放锁号."""
    return _answer(registrations.unlock(current().store, current().clock, _text(_body(), "trade_no")))


@blueprint.post("/registrations/confirm")
def confirm() -> Response:
    """挂号确认."""
    body = _body()
    try:
        paid_at = parse_moment(_text(body, "paid_at")).isoformat()
    except ValueError as error:
        raise HisProtocolError(400, "PARAM_ERROR", "paid_at 应为 RFC 3339 时间") from error
    ask = registrations.Confirmation(
        trade_no=_text(body, "trade_no"),
        lock_id=_text(body, "lock_id"),
        paid_fen=_integer(body, "paid_fen"),
        pay_channel=_text(body, "pay_channel"),
        pay_transaction_id=_text(body, "pay_transaction_id"),
        paid_at=paid_at,
    )
    return _answer(registrations.confirm(current().store, current().clock, ask))


@blueprint.post("/registrations/cancel")
def cancel() -> Response:
    """退号."""
    body = _body()
    return _answer(registrations.cancel(
        current().store, current().clock, _text(body, "trade_no"), _text(body, "reason", 200),
        _text(body, "refund_no"),
    ))  # fmt: skip


@blueprint.post("/registrations/change")
def change() -> Response:
    """换号（同价改约）."""
    body = _body()
    return _answer(registrations.change(
        current().store, current().clock, _text(body, "trade_no"), _text(body, "new_trade_no"),
        _text(body, "slot_code"), _integer(body, "fee_fen"),
    ))  # fmt: skip


@blueprint.post("/registrations/<trade_no>/check-in")
def check_in(trade_no: str) -> Response:
    """报到."""
    body = _body()
    return _answer(queue.check_in(
        current().store, current().clock, trade_no, _text(body, "request_no"), str(body.get("point") or "")
    ))  # fmt: skip


@blueprint.get("/queues/<schedule_code>", endpoint="queue")
def queue_of(schedule_code: str) -> Response:
    """候诊队列."""
    return _answer(queue.describe(current().store, current().clock, schedule_code))


@blueprint.get("/registrations/<trade_no>")
def query(trade_no: str) -> Response:
    """挂号查询."""
    return _answer(registrations.query(current().store, trade_no))


@blueprint.post("/patients/find")
def find_patient() -> Response:
    """查找档案."""
    body = _body()
    id_type = patients.id_type_code(_text(body, "id_type"))
    return _answer(patients.find(current().store, id_type, _text(body, "id_number"), _text(body, "name")))


@blueprint.post("/patients")
def create_patient() -> Response:
    """建档."""
    body = _body()
    gender = _text(body, "gender")
    if gender not in {"male", "female"}:
        raise HisProtocolError(400, "PARAM_ERROR", "gender 应为 male 或 female")
    ask = patients.NewPatient(
        request_no=_text(body, "request_no"),
        id_type=patients.id_type_code(_text(body, "id_type")),
        id_number=_text(body, "id_number"),
        name=_text(body, "name"),
        phone=_text(body, "phone"),
        gender=gender,
        birth_date=_parse_date("birth_date", _text(body, "birth_date")).isoformat(),
        guardian=_guardian(body),
    )
    return _answer(patients.create(current().store, current().clock, ask))


@blueprint.post("/cards/find")
def find_card() -> Response:
    """查找就诊卡."""
    body = _body()
    return _answer(
        patients.find_card(current().store, _text(body, "card_no"), _text(body, "name"), _text(body, "phone"))
    )


@blueprint.get("/trades")
def trades() -> Response:
    """当日交易清单."""
    return _answer(queries.trades(current().store, _date("date")))


@blueprint.get("/services/<name>")
def service(name: str) -> Response:
    """扩展服务：查询."""
    sandbox = current()
    return _answer(services.answer(sandbox.store, sandbox.clock.now(), name, request.args))


@blueprint.post("/services/<name>")
def submit_service(name: str) -> Response:
    """扩展服务：提交."""
    body = _body()
    values = body.get("values")
    if not isinstance(values, dict):
        raise HisProtocolError(400, "PARAM_ERROR", "values 应为 JSON 对象")
    return _answer(services.take(current().store, name, _text(body, "request_no"), values))


def _date(name: str) -> date:
    return _parse_date(name, request.args.get(name, ""))


def _parse_date(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise HisProtocolError(400, "PARAM_ERROR", f"{name} 应为 YYYY-MM-DD") from error
    if day > MAX_DATE:
        raise HisProtocolError(400, "PARAM_ERROR", f"{name} 超出范围")
    return day


def _guardian(body: dict[str, Any]) -> str:
    """Return the guardian as JSON, "" where none is given."""
    given = body.get("guardian")
    if given is None:
        return ""
    if not isinstance(given, dict):
        raise HisProtocolError(400, "PARAM_ERROR", "guardian 应为 JSON 对象")
    patients.id_type_code(_text(given, "id_type"))
    if _text(given, "relation") not in patients.RELATIONS:
        raise HisProtocolError(400, "PARAM_ERROR", f"relation 应为 {'、'.join(sorted(patients.RELATIONS))} 之一")
    for name in ("name", "id_number", "phone"):
        _text(given, name)
    return json.dumps(given, ensure_ascii=False)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise HisProtocolError(400, "PARAM_ERROR", "请求体应为 JSON 对象")
    return body


def _text(body: dict[str, Any], name: str, longest: int = 64) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest:
        raise HisProtocolError(400, "PARAM_ERROR", f"{name} 应为 1–{longest} 个字符")
    return value.strip()


def _integer(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise HisProtocolError(400, "PARAM_ERROR", f"{name} 应为不小于零的整数")
    return value
