"""A sandbox on a free port of this process, for tests of the portal and of the sandbox itself."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.app import create_app, sandbox_of, stop
from sandbox.credentials import Credentials

__all__ = ["ControlFailed", "RunningSandbox", "running_sandbox"]


class ControlFailed(AssertionError):
    """The control API refused; the text is its answer."""


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing; the journal keeps what matters."""


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that listens; ``app`` lets a test look inside."""

    url: str
    app: Flask
    credentials: Credentials

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call ``/control/<path>`` and return its JSON. Raises ControlFailed on any error status."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/control/{path.lstrip('/')}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            raise ControlFailed(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def fault(self, endpoint: str, kind: str, **fields: Any) -> dict[str, Any]:
        """Switch a fault on; see sandbox/README.md for kinds and fields."""
        answer: dict[str, Any] = self.control("POST", "faults", {"endpoint": endpoint, "kind": kind, **fields})
        return answer

    def clear_faults(self) -> None:
        """Remove every fault and let held requests go."""
        self.control("DELETE", "faults")

    def pay(self, out_trade_no: str, **fields: Any) -> dict[str, Any]:
        """Pay an order as if at the cashier."""
        answer: dict[str, Any] = self.control("POST", "pay", {"out_trade_no": out_trade_no, **fields})
        return answer

    def reset(self) -> None:
        """Start over with an untouched hospital."""
        self.control("POST", "reset", {})


@contextmanager
def running_sandbox(state_dir: Path | str, portal_url: str, port: int = 0, **options: Any) -> Iterator[RunningSandbox]:
    """Serve a sandbox from a thread until the block ends; ``port`` 0 takes a free one.

    ``options`` are fields of :class:`sandbox.context.Options`, for example ``refund_seconds=0.1``.
    """
    app = create_app(state_dir, portal_url, **options)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield RunningSandbox(f"http://127.0.0.1:{server.server_port}", app, sandbox_of(app).credentials)
    finally:
        stop(app)
        server.shutdown()
        thread.join(timeout=3)
        server.server_close()
