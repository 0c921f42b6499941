"""What a scanner of the hospital asks: who is this? Each request is signed, heard once, and written down."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration.sweeper import sweep
from business.patients import codes
from business.patients.models import Device, DeviceNonce, Patient, Purpose, Scan
from business.security import audit, crypto
from business.security.errors import PortalError

MAX_SKEW_SECONDS = 300
SHORTEST_NONCE, LONGEST_NONCE = 8, 64
LONGEST_CODE = 200


class DeviceRefused(PortalError):
    """A request that is not rightly signed by an active device, or was heard before."""

    code = "device_refused"


class ScanRefused(PortalError):
    """The code cannot be used, or the device may not use it for this."""

    code = "scan_refused"


@dataclass(frozen=True)
class Read:
    """Whom a code stands for; ``facts`` are what the service that made it adds."""

    patient: Patient
    facts: Mapping[str, Any] = field(default_factory=dict)


Reader = Callable[[str], Read]
_readers: dict[str, Reader] = {}


def reader(prefix: str) -> Callable[[Reader], Reader]:
    """Register what reads codes that begin with ``prefix``; it raises PortalError with a sentence."""

    def register(function: Reader) -> Reader:
        _readers[prefix] = function
        return function

    return register


Follower = Callable[[Device, Read], Mapping[str, Any]]
_followers: dict[str, Follower] = {}


def after(purpose: str) -> Callable[[Follower], Follower]:
    """Register what is done once a code was used for ``purpose``; what it returns is told to the device too.

    It must be repeatable: a device that lost the answer asks again. Called outside any transaction.
    """

    def register(function: Follower) -> Follower:
        _followers[purpose] = function
        return function

    return register


@reader(codes.PREFIX)
def _patient_code(text: str) -> Read:
    return Read(codes.verify(text))


def new_secret() -> str:
    """Return a fresh key of a device: 256 bits, shown to staff once."""
    return secrets.token_hex(32)


def signature(secret: str, *, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the hex HMAC-SHA256 of a request, the same as the HIS interface has it."""
    text = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def authenticate(headers: Mapping[str, str], *, method: str, target: str, body: bytes) -> Device:
    """Return the device a request comes from; raise DeviceRefused with a stable code. Each nonce is heard once."""
    timestamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
    device = Device.objects.filter(ref=headers.get("X-Device-Id", "")[:20], is_active=True).first()
    # An unknown device is compared too, so that its absence cannot be measured.
    expected = signature(
        device.secret if device else "unknown",
        method=method,
        target=target,
        timestamp=timestamp,
        nonce=nonce,
        body=body,
    )
    if not crypto.same(expected, headers.get("X-Signature", "").lower()) or device is None:
        raise DeviceRefused(_("设备未登记、已停用或签名错误"), code="SIGN_ERROR")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(time.time() - int(timestamp)) > MAX_SKEW_SECONDS:
        raise DeviceRefused(_("设备时间与服务器相差超过 300 秒"), code="TIMESTAMP_INVALID")
    if not SHORTEST_NONCE <= len(nonce) <= LONGEST_NONCE:
        raise DeviceRefused(_("X-Nonce 应为 8–64 位"), code="NONCE_INVALID")
    now = timezone.now()
    try:
        with transaction.atomic():
            DeviceNonce.objects.create(device=device, nonce=nonce, at=now)
    except IntegrityError as error:
        raise DeviceRefused(_("这个请求已经处理过"), code="NONCE_USED") from error
    Device.objects.filter(pk=device.pk).update(seen_at=now)
    return device


def scan(*, device: Device, text: str, purpose: str, request_no: str = "") -> Read:
    """Return whom a code stands for and use it up, except where it only tells who somebody is.

    The same device with the same ``request_no`` gets the same answer again (its answer was lost). Raises PortalError
    with a stable code. What was read and what was refused is written down.
    """
    try:
        if purpose not in Purpose.values or purpose not in device.purposes:
            raise ScanRefused(_("这台设备没有登记这项用途"), code="PURPOSE_FORBIDDEN")
        read = _read(text[:LONGEST_CODE].strip())
        read = _use(device, text.strip(), purpose, request_no, read)
        follow = _followers.get(purpose)
        return Read(read.patient, {**read.facts, **follow(device, read)}) if follow else read
    except PortalError as refusal:
        audit.record(
            "device.scanned",
            program=f"device:{device.ref}",
            result="denied",
            detail={"purpose": purpose[:20], "reason": refusal.code},
        )
        raise


def _read(text: str) -> Read:
    known = _readers.get(text.partition(".")[0].upper())
    if known is None:
        raise ScanRefused(_("这不是本院的就诊二维码。"), code="code_foreign")
    return known(text)


def _use(device: Device, text: str, purpose: str, request_no: str, read: Read) -> Read:
    digest = None if purpose == Purpose.IDENTIFY else crypto.blind_index("patients.scan", text.upper())
    try:
        with transaction.atomic():
            Scan.objects.create(
                device=device,
                patient=read.patient,
                purpose=purpose,
                code_digest=digest,
                request_no=request_no,
                at=timezone.now(),
            )
            audit.record(
                "device.scanned",
                program=f"device:{device.ref}",
                object_type="patients.Patient",
                object_ref=read.patient.ref,
                detail={"purpose": purpose, "request_no": request_no},
            )
    except IntegrityError as error:
        same = Scan.objects.filter(code_digest=digest, device=device, request_no=request_no, purpose=purpose)
        if not request_no or not same.exists():
            raise ScanRefused(_("二维码已使用过，请在手机上刷新后再扫。"), code="code_used") from error
    return read


@sweep(every_seconds=600)
def forget_nonces() -> int:
    """Delete nonces whose timestamps nobody would accept any more."""
    return DeviceNonce.objects.filter(at__lt=timezone.now() - timedelta(seconds=3 * MAX_SKEW_SECONDS)).delete()[0]
