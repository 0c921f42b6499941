"""What the hospital's scanners call: docs/device-interface.yaml. The rules are those of ``business.patients``."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from blocks.client_address import source_ip
from business.patients.documents import Gender
from business.patients.services import scans
from business.security import audit, limits
from business.security.errors import PortalError
from business.security.masking import mask_id_number, mask_name

MOST_BAD_REQUESTS = 60  # an address may be wrong so often in ten minutes
BAD_SECONDS = 600
LONGEST_BODY = 4096
UNAUTHORIZED, BAD_REQUEST, TOO_MANY = 401, 400, 429


def _answer(code: str, message: str = "", data: Any = None, *, status: int = 200) -> JsonResponse:
    return JsonResponse(
        {"code": code, "message": message, "data": data}, status=status, json_dumps_params={"ensure_ascii": False}
    )


def _field(body: dict[str, Any], name: str, *, longest: int, needed: bool = True) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > longest or (needed and not value) or "\0" in value:
        raise PortalError(f"{name} 应为 1–{longest} 个字符", code="PARAM_ERROR")
    return value


@csrf_exempt
@never_cache
@require_POST
def verify_code(request: HttpRequest) -> HttpResponse:
    """Tell a device whom a scanned code stands for, and use the code up."""
    address = source_ip(request) or ""
    body = request.body
    try:
        device = scans.authenticate(request.headers, method="POST", target=request.get_full_path(), body=body)
    except scans.DeviceRefused as refusal:
        if not limits.take("device.bad", address, most=MOST_BAD_REQUESTS, seconds=BAD_SECONDS):
            return _answer("TOO_MANY", "请求过多，请稍后再试", status=TOO_MANY)
        audit.record(
            "device.refused",
            program="device",
            result="denied",
            source_ip=address or None,
            detail={"device": request.headers.get("X-Device-Id", "")[:20], "reason": refusal.code},
        )
        return _answer(refusal.code, refusal.sentence, status=UNAUTHORIZED)
    try:
        given = json.loads(body) if len(body) <= LONGEST_BODY else None
        if not isinstance(given, dict):
            raise PortalError("请求体应为 JSON 对象", code="PARAM_ERROR")
        code, purpose = _field(given, "code", longest=200), _field(given, "purpose", longest=20)
        request_no = _field(given, "request_no", longest=64, needed=False)
    except ValueError:
        return _answer("PARAM_ERROR", "请求体应为 JSON 对象", status=BAD_REQUEST)
    except PortalError as problem:
        return _answer(problem.code, problem.sentence, status=BAD_REQUEST)
    try:
        read = scans.scan(device=device, text=code, purpose=purpose, request_no=request_no)
    except PortalError as refusal:
        return _answer(refusal.code.upper(), refusal.sentence)
    return _answer("OK", data=_told(read))


def _told(read: scans.Read) -> dict[str, Any]:
    patient = read.patient
    return {
        "patient_id": patient.his_patient_id,
        "card_no": patient.card_no,
        "name": mask_name(patient.name),
        "gender": str(Gender(patient.gender)),
        "age": patient.age,
        "id_type": str(patient.id_type),
        "id_number": mask_id_number(patient.id_number),
        **read.facts,
    }
