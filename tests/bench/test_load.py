"""One tiny round of the load generator against a server of the standard library."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.load import do, request_text


class Handler(BaseHTTPRequestHandler):
    """Counts; answers 5,000 bytes, to a form a redirect; closes the line where asked to."""

    protocol_version = "HTTP/1.1"
    seen: list[str] = []

    def do_GET(self) -> None:
        self._answer(200, b"x" * 5000)

    def do_POST(self) -> None:
        self.seen.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer(303, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/close":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    Handler.seen = []
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/", "/close"])
def test_a_timed_round_counts_every_answer(port: int, path: str) -> None:
    answer = do({"port": port, "connections": 2, "requests": [request_text(path, port=port)], "seconds": 0.2})

    assert answer["errors"] == []
    assert answer["statuses"] == {200: len(answer["latencies"])}
    assert len(answer["latencies"]) >= 2
    assert answer["bytes"] == 5000


def test_a_list_is_sent_once_through(port: int) -> None:
    forms = [request_text("/form", port=port, method="POST", body=f"n={n}") for n in range(7)]

    answer = do({"port": port, "connections": 3, "requests": forms})

    assert answer["statuses"] == {303: 7}
    assert sorted(Handler.seen) == [f"n={n}" for n in range(7)]


def test_a_dead_server_is_told(port: int) -> None:
    answer = do({"port": 1, "connections": 1, "requests": [request_text("/", port=1)]})

    assert "ConnectionRefusedError" in answer["errors"][0]
