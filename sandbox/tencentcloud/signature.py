"""Checking TC3-HMAC-SHA256, as the services do before they look at anything else."""

import hashlib
import hmac
import re
import time
from datetime import UTC, datetime

from sandbox.errors import CloudError

__all__ = ["check"]

MAX_SKEW_SECONDS = 300
_FORM = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/(\w+)/tc3_request, "
    r"SignedHeaders=([\w;-]+), Signature=(\w{64})"
)


def check(headers: dict[str, str], *, target: str, body: bytes, service: str, secret_id: str, secret_key: str) -> None:
    """Raise CloudError unless the request is signed with our key, for this service, now; header names in lower case."""
    found = _FORM.fullmatch(headers.get("authorization", ""))
    timestamp = headers.get("x-tc-timestamp", "")
    if found is None or not timestamp.isdigit():
        raise CloudError("AuthFailure.SignatureFailure", "Authorization 或 X-TC-Timestamp 不符合规范")
    key_id, day, signed_for, names, signature = found.groups()
    if abs(time.time() - int(timestamp)) > MAX_SKEW_SECONDS:
        raise CloudError("AuthFailure.SignatureExpire", "签名过期：时间与服务器相差超过 5 分钟")
    if key_id != secret_id:
        raise CloudError("AuthFailure.SecretIdNotFound", "SecretId 不存在")
    if signed_for != service or day != datetime.fromtimestamp(int(timestamp), UTC).strftime("%Y-%m-%d"):
        raise CloudError("AuthFailure.SignatureFailure", "凭证范围与服务或日期不符")
    if not {"content-type", "host"} <= set(names.split(";")):
        raise CloudError("AuthFailure.SignatureFailure", "content-type 与 host 必须参与签名")
    lines = "".join(f"{name}:{headers.get(name, '').strip().lower()}\n" for name in names.split(";"))
    canonical = f"POST\n{target}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{day}/{service}/tc3_request\n{digest}"
    key = ("TC3" + secret_key).encode()
    for part in (day, service, "tc3_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(key.hex(), signature):
        raise CloudError("AuthFailure.SignatureFailure", "签名验证失败")
