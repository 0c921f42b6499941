"""The one way out: every call to an outside system has a deadline, one host, a masked log row and a clear ending."""

import json as jsonlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from business.integration.deadline import DeadlineTransport, Resolve, within
from business.integration.models import CallLog
from business.integration.outcomes import NotSent, OutsideError, Refused, Unknown
from business.security.masking import mask_json, mask_text

logger = logging.getLogger(__name__)

LOG_CHARACTERS = 4000
MASK_AT_MOST_BYTES = 100_000  # larger answers (whole days of slots) are logged by their size alone
REQUEST_ID_HEADERS = ("request-id", "x-request-id")
SERVER_ERRORS = 500
UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, ArithmeticError)

Mask = Callable[[Any], Any]
Sign = Callable[[str, str, bytes], Mapping[str, str]]


class ForbiddenAddress(ValueError):
    """A request that would leave the configured host; a fault of ours or an attack, never sent."""


@dataclass(frozen=True)
class Response:
    """What came back: the whole body, read within the deadline."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    def json(self) -> Any:
        """Return the body as JSON; an unreadable one leaves the outcome unknown."""
        try:
            return jsonlib.loads(self.content)
        except ValueError as error:
            raise Unknown(f"answer is not JSON (HTTP {self.status})") from error


class OutsideClient:
    """Calls one outside system at one address; made once per process and shared by its threads.

    ``timeout`` is the deadline in seconds of a whole exchange: connect, send, wait and read together.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        *,
        timeout: float = 5.0,
        max_bytes: int = 32_000_000,
        mask: Mask = mask_json,
        resolve: Resolve | None = None,
    ) -> None:
        """Check the address; nothing is opened before the first call. ``resolve`` as in :class:`DeadlineTransport`."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ForbiddenAddress(f"{system}: the address must be http(s)://host[:port][/path]")
        self.system = system
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.mask = mask
        self._resolve = resolve
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self._pools: dict[int, httpx.Client] = {}
        self._lock = threading.Lock()

    @property
    def pool(self) -> httpx.Client:
        """The connections of this process; a forked child never touches its parent's sockets."""
        pid = os.getpid()
        if pid not in self._pools:
            with self._lock:
                if pid not in self._pools:
                    self._pools[pid] = httpx.Client(
                        transport=DeadlineTransport(resolve=self._resolve),
                        follow_redirects=False,
                        trust_env=False,
                        timeout=self.timeout,
                    )
        return self._pools[pid]

    def target(self, path: str, params: Mapping[str, Any] | None = None) -> str:
        """Return the path and query to send; refuse whatever could name another host."""
        if not path.startswith("/") or path.startswith("//") or "\\" in path or "/../" in f"{path}/":
            raise ForbiddenAddress(f"{self.system}: not a path of this system")
        query = urlencode({k: v for k, v in (params or {}).items() if v is not None})
        return self._prefix + path + (("&" if "?" in path else "?") + query if query else "")

    def path_of(self, url: str) -> str:
        """Return the path and query of an absolute URL that the system gave us, if it is on the system's own host."""
        if not url.startswith(f"{self._origin}{self._prefix}/"):
            raise ForbiddenAddress(f"{self.system}: the address given is on another host")
        return url.removeprefix(f"{self._origin}{self._prefix}")

    def call(self, operation: str, *, trade_no: str = "", mask: Mask | None = None) -> "Call":
        """Open a call: ``with client.call("lock_slot") as call: answer = call.request(…)``.

        The way the ``with`` is left decides the outcome in the log: normally → ok, Refused → refused, all else →
        unknown. An answer that cannot be read (KeyError, ValueError, TypeError) leaves it as Unknown.
        """
        return Call(self, operation, trade_no, mask or self.mask)

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        content: bytes | None = None,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        sign: Sign | None = None,
        trade_no: str = "",
        mask: Mask | None = None,
    ) -> Response:
        """Make a call whose ending the HTTP status tells: below 400 is an answer, 4xx Refused, 5xx Unknown."""
        with self.call(operation, trade_no=trade_no, mask=mask) as call:
            response = call.request(method, path, content=content, json=json, params=params, headers=headers, sign=sign)
            if response.status >= 400:  # noqa: PLR2004
                raise Refused(f"HTTP_{response.status}", mask_text(response.content[:200].decode(errors="replace")))
            return response


class Call:
    """One exchange and its row in the log."""

    def __init__(self, client: OutsideClient, operation: str, trade_no: str, mask: Mask) -> None:
        self.client = client
        self.operation = operation
        self.trade_no = trade_no
        self.code = ""  # the other side's code, set by the adapter
        self.request_id = ""  # the other side's number of this exchange, taken from the headers where they tell
        self._mask = mask
        self._request = ""
        self._answer: Response | None = None
        self._used = False

    def __enter__(self) -> Self:
        blocks = connection.atomic_blocks
        if blocks and not getattr(blocks[-1], "_from_testcase", False):
            raise RuntimeError(f"{self.client.system}.{self.operation}: never call outside inside a transaction")
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log(error)
        if isinstance(error, UNREADABLE) and self._answer is not None:
            raise Unknown(
                f"{self.client.system}.{self.operation}: unreadable answer ({kind and kind.__name__})"
            ) from error

    def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        sign: Sign | None = None,
        deadline: float | None = None,
    ) -> Response:
        """Send and read; ``sign(method, target, body)`` returns headers computed over exactly what is sent.

        ``deadline`` in seconds replaces the client's own where one call is different. Raises NotSent when nothing left
        us, Unknown on a time-out, a broken connection or a 5xx answer.
        """
        if self._used:
            raise RuntimeError("one call is one exchange")
        self._used = True
        target = self.client.target(path, params)
        body = content or b""
        sending = {"accept": "application/json", **(headers or {})}
        if json is not None:
            body = jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
            sending["content-type"] = "application/json; charset=utf-8"
        self._request = f"{method} {self._masked_target(target)}\n{self._masked_body(body)}".strip()
        if self.client.system in getattr(settings, "OUTSIDE_OFF", ()):
            self.code = "SWITCHED_OFF"
            raise NotSent(f"{self.client.system} is switched off")
        response = self._exchange(method, target, body, sending, sign, deadline or self.client.timeout)
        self._answer = response
        self.request_id = next((response.headers[h] for h in REQUEST_ID_HEADERS if h in response.headers), "")
        if response.status >= SERVER_ERRORS:
            raise Unknown(f"{self.client.system}.{self.operation}: HTTP {response.status}")
        return response

    def _exchange(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], sign: Sign | None, deadline: float
    ) -> Response:
        url = self.client._origin + target
        tries = 2 if method == "GET" else 1
        pool = self.client.pool  # made before the clock runs: the first call loads the certificates
        with within(deadline):
            while True:
                tries -= 1
                try:
                    signed = sign(method, target, body) if sign else {}  # afresh: a nonce is used once
                    return self._send(pool, method, url, body, {**headers, **signed})
                except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                    self.code = "NO_CONNECTION"
                    raise NotSent(f"{self.client.system}: no connection ({type(error).__name__})") from error
                except httpx.TimeoutException as error:
                    self.code = "TIMEOUT"
                    raise Unknown(f"{self.client.system}.{self.operation}: no answer in time") from error
                except httpx.HTTPError as error:
                    if not tries:
                        self.code = "BROKEN"
                        raise Unknown(f"{self.client.system}.{self.operation}: {type(error).__name__}") from error

    def _send(self, pool: httpx.Client, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        with pool.stream(method, url, content=body, headers=dict(headers)) as stream:
            pieces, size = [], 0
            for piece in stream.iter_bytes():
                size += len(piece)
                if size > self.client.max_bytes:
                    self.code = "TOO_LARGE"
                    raise Unknown(f"{self.client.system}.{self.operation}: the answer is too large")
                pieces.append(piece)
            return Response(stream.status_code, stream.headers, b"".join(pieces))

    def _log(self, error: BaseException | None) -> None:
        outcome = CallLog.Outcome.OK
        if isinstance(error, Refused):
            outcome, self.code = CallLog.Outcome.REFUSED, self.code or error.code
        elif error is not None:
            outcome = CallLog.Outcome.UNKNOWN
            self.code = self.code or ("" if isinstance(error, OutsideError) else type(error).__name__)
        answer = self._answer
        try:
            CallLog.objects.create(
                at=timezone.now(),
                system=self.client.system,
                operation=self.operation[:80],
                trade_no=self.trade_no[:64],
                request=self._request[:LOG_CHARACTERS],
                answer=(self._masked_body(answer.content) if answer else mask_text(str(error or "")))[:LOG_CHARACTERS],
                http_status=answer.status if answer else None,
                code=self.code[:60],
                outcome=outcome,
                duration_ms=int((time.monotonic() - self._began) * 1000),
                request_id=self.request_id[:100],
            )
        except DatabaseError:
            # The other side has acted: losing its answer for the log's sake would make a known outcome unknown.
            logger.exception("call log: %s.%s (%s) could not be written", self.client.system, self.operation, outcome)

    def _masked_target(self, target: str) -> str:
        path, _, query = target.partition("?")
        masked = self._mask(dict(parse_qsl(query, keep_blank_values=True)))
        return path + ("?" + "&".join(f"{k}={v}" for k, v in masked.items()) if query else "")

    def _masked_body(self, body: bytes) -> str:
        if not body:
            return ""
        if len(body) > MASK_AT_MOST_BYTES or b"\0" in body:  # pictures are no text
            return f"({len(body)} bytes)"
        try:
            return jsonlib.dumps(self._mask(jsonlib.loads(body)), ensure_ascii=False)
        except ValueError:
            return mask_text(body.decode(errors="replace"))
