"""Tencent Cloud's API 3.0: signature TC3-HMAC-SHA256, one JSON body a call, errors inside the answer.

Specification: cloud.tencent.com/document/api/382/52071 (signature v3), as of 2026.
"""

import hashlib
import hmac
import time as clock
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from business.integration.http import Call, Mask, OutsideClient
from business.integration.outcomes import NotSent, Unknown

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
SIGNED_HEADERS = "content-type;host"


def authorization(
    *, secret_id: str, secret_key: str, service: str, host: str, target: str, body: bytes, timestamp: int
) -> str:
    """Return the Authorization header of a POST; ``target`` is its path."""
    day = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    headers = f"content-type:{CONTENT_TYPE}\nhost:{host}\n"
    canonical = f"POST\n{target}\n\n{headers}\n{SIGNED_HEADERS}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={signature}"


class TencentCloud:
    """One service of the account: ``sms``, ``faceid``."""

    def __init__(
        self, outside: OutsideClient, *, host: str, service: str, version: str, region: str, secret_id: str, secret: str
    ) -> None:
        """Keep the connection and the credentials; ``host`` as the address names it, with its port."""
        self._outside = outside
        self._host, self._service, self._version, self._region = host, service, version, region
        self._secret_id, self._secret = secret_id, secret

    def call(self, operation: str, *, trade_no: str = "", mask: Mask | None = None) -> Call:
        """Open a call whose ending the ``with`` decides, as :meth:`OutsideClient.call` does."""
        return self._outside.call(operation, trade_no=trade_no, mask=mask)

    def ask(self, call: Call, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send one action and return its answer.

        Raises NotSent where the service turned the request away (credentials, parameters, frequency: a fault of the
        connection, never a decision about a person), Unknown where it broke inside.
        """

        def sign(method: str, target: str, content: bytes) -> Mapping[str, str]:
            timestamp = int(clock.time())
            return {
                "authorization": authorization(
                    secret_id=self._secret_id,
                    secret_key=self._secret,
                    service=self._service,
                    host=self._host,
                    target=target,
                    body=content,
                    timestamp=timestamp,
                ),
                "x-tc-action": action,
                "x-tc-version": self._version,
                "x-tc-timestamp": str(timestamp),
                **({"x-tc-region": self._region} if self._region else {}),
            }

        answer = call.request("POST", "/", json=body, sign=sign).json()["Response"]
        call.request_id = str(answer.get("RequestId", ""))
        if error := answer.get("Error"):
            call.code = str(error["Code"])
            ending = Unknown if call.code.startswith("InternalError") else NotSent
            raise ending(f"{self._service}.{action}: {call.code}")
        result: dict[str, Any] = answer
        return result
