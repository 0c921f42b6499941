"""A raw HTTP server that misbehaves on demand; one path, one behaviour."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, str, bytes], None]


@dataclass
class BadServer:
    """Listens on a free port; ``heard`` holds every request as it came over the wire."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            data = b""
            while b"\r\n\r\n" not in data:
                if not (piece := connection.recv(65536)):
                    return
                data += piece
            head, _, body = data.partition(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ),
                0,
            )
            while len(body) < length:
                body += connection.recv(65536)
            self.heard.append(head + b"\r\n\r\n" + body)
            path = head.split()[1].decode().partition("?")[0]
            with suppress(OSError):
                self.behaviours[path](connection, path, body)


def says(body: str, status: int = 200, **headers: str) -> Behaviour:
    """Answer properly."""
    content = body.encode()

    def answer(connection: socket.socket, path: str, sent: bytes) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)

    return answer


def hangs_up(connection: socket.socket, path: str, sent: bytes) -> None:
    """Close without a word."""


def drips(text: bytes) -> Behaviour:
    """Send a byte every twentieth of a second."""

    def answer(connection: socket.socket, path: str, sent: bytes) -> None:
        for byte in text:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return answer


def sleeps(connection: socket.socket, path: str, sent: bytes) -> None:
    """Say nothing for long."""
    time.sleep(5)
