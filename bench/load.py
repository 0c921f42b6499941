"""The load generator: a process of its own (`python -m bench.load`), beside the portal and not inside it.

Threads with one kept-alive socket each and an answer parser that reads the status line and Content-Length only: less
work than http.client, so that on two cores the portal and not the generator is the limit. One JSON job a line.
"""

import json
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any


class BadAnswer(Exception):
    """The server answered something that this generator does not measure."""


class Line:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        """Remember the port; connect when first used."""
        self._port = port
        self._socket: socket.socket | None = None

    def exchange(self, request: bytes) -> tuple[int, int]:
        """Send a request, read the whole answer; return status and body size in bytes."""
        fresh = self._socket is None
        try:
            return self._exchange(request)
        except (ConnectionError, BrokenPipeError):
            # A server may end an idle connection; one that it had just taken is a fault.
            self.close()
            if fresh:
                raise
            return self._exchange(request)

    def _exchange(self, request: bytes) -> tuple[int, int]:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._read()
        head = data[:end].lower()
        status = int(head[9:12])
        at = head.find(b"\r\ncontent-length:")
        if at < 0:
            raise BadAnswer(f"{status} without Content-Length")
        size = int(head[at + 17 :].split(b"\r\n", 1)[0])
        missing = end + 4 + size - len(data)
        while missing > 0:
            missing -= len(self._read())
        if b"\r\nconnection: close" in head:
            self.close()
        return status, size

    def _read(self) -> bytes:
        assert self._socket is not None  # noqa: S101  # connected by the caller
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


@dataclass
class Tally:
    """What one thread saw."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    size: int = 0
    error: str = ""


def work(port: int, requests: list[bytes], *, until: float, tally: Tally) -> None:
    """Send requests one after the other: a single one until the time is up, a list once through."""
    line, clock = Line(port), time.perf_counter
    try:
        for request in requests if not until else _again(requests[0], until):
            began = clock()
            status, tally.size = line.exchange(request)
            tally.latencies.append(clock() - began)
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
    except Exception as error:
        tally.error = f"{type(error).__name__}: {error}"
    finally:
        line.close()


def _again(request: bytes, until: float) -> Any:
    while time.perf_counter() < until:
        yield request


def do(job: dict[str, Any]) -> dict[str, Any]:
    """Do `{"port", "connections", "requests": [text…], "seconds"}`; without seconds each request is sent once."""
    requests, count = [text.encode() for text in job["requests"]], int(job["connections"])
    seconds = float(job.get("seconds") or 0)
    tallies = [Tally() for _ in range(count)]
    began = time.perf_counter()
    threads = []
    for number, tally in enumerate(tallies):
        share = requests if seconds else requests[number::count]
        options = {"until": began + seconds if seconds else 0.0, "tally": tally}
        threads.append(threading.Thread(target=work, args=(job["port"], share), kwargs=options))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    statuses: dict[int, int] = {}
    for tally in tallies:
        for status, number in tally.statuses.items():
            statuses[status] = statuses.get(status, 0) + number
    return {
        "elapsed": elapsed,
        "latencies": [latency for tally in tallies for latency in tally.latencies],
        "statuses": statuses,
        "bytes": max(tally.size for tally in tallies),
        "errors": [tally.error for tally in tallies if tally.error],
    }


def request_text(
    path: str, *, port: int, method: str = "GET", headers: dict[str, str] | None = None, body: str = ""
) -> str:
    """Write an HTTP/1.1 request; the body must be ASCII (a urlencoded form)."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept: text/html"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if method == "POST":
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body])


def main() -> None:
    """Do one job a line until the input ends."""
    for line in sys.stdin:
        try:
            answer = do(json.loads(line))
        except Exception as error:
            answer = {"error": f"load generator: {type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
