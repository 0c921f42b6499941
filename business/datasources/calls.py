"""One call to a data source: a HIS extension service, or an address on the operator's list."""

import functools
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from business.datasources.errors import AddressNotAllowed
from business.datasources.models import DataSource
from business.integration import his
from business.integration.http import OutsideClient
from business.integration.outcomes import Refused, Unknown

LARGEST_ANSWER = 512_000
SYSTEM = "data"


def check_target(kind: str, target: str) -> None:
    """Raise AddressNotAllowed or ValueError unless ``target`` may be called."""
    if kind == DataSource.Kind.HIS:
        his.service_name(target)
        return
    parts = urlsplit(target)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("请填写完整网址，例如 https://data.example.org/api/list")
    if parts.netloc.lower() not in settings.DATA_HOSTS:
        raise AddressNotAllowed(parts.netloc)


@functools.lru_cache(maxsize=64)
def _client(origin: str, deadline: int) -> OutsideClient:
    return OutsideClient(SYSTEM, origin, timeout=deadline, max_bytes=LARGEST_ANSWER)


def read(source: DataSource, values: dict[str, str]) -> Any:
    """Return the answer's data. Raises Refused, Unknown, AddressNotAllowed."""
    check_target(source.kind, source.target)
    if source.kind == DataSource.Kind.HIS:
        return his.client().service(source.target, values, deadline_seconds=source.deadline_seconds)
    return _http(source, "GET", params=values)


def submit(source: DataSource, values: dict[str, str], *, request_no: str) -> str:
    """Send a form and return the number it was taken under, empty where the source gives none.

    The same ``request_no`` again is the same form. Raises Refused, Unknown, AddressNotAllowed.
    """
    check_target(source.kind, source.target)
    if source.kind == DataSource.Kind.HIS:
        receipt = his.client().submit_service(
            source.target, values, request_no=request_no, deadline_seconds=source.deadline_seconds
        )
        return receipt.receipt_no
    answer = _http(source, "POST", json={**values, "request_no": request_no}, request_no=request_no)
    return str(answer.get("receipt_no") or "")[:64] if isinstance(answer, dict) else ""


def _http(source: DataSource, method: str, *, request_no: str = "", **sent: Any) -> Any:
    parts = urlsplit(source.target)
    client = _client(f"{parts.scheme}://{parts.netloc}", source.deadline_seconds)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with client.call(source.code, trade_no=request_no) as call:
        headers = {"Idempotency-Key": request_no} if request_no else None
        response = call.request(method, path, headers=headers, **sent)
        if response.status >= 400:  # noqa: PLR2004
            raise Refused(f"HTTP_{response.status}")
        if response.status >= 300:  # noqa: PLR2004  # a redirection might lead off the list
            raise Unknown(f"HTTP {response.status}")
        return response.json()
