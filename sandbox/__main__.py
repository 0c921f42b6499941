"""``python -m sandbox``: one process with threads, stopped by SIGTERM or Ctrl-C."""

import argparse
import socket
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from sandbox.app import create_app, stop

__all__ = ["main"]


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with one threaded worker; the app is built inside the worker, where its threads live."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._app: Flask | None = None
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"{self._arguments.host}:{self._arguments.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": self._arguments.threads,
            # Longer than any client keeps an idle connection, so that it is never the server who closes first.
            "keepalive": 75,
            "timeout": 120,
            "graceful_timeout": 1,
            "loglevel": "warning",
            "worker_exit": self._worker_exit,
            "proc_name": "pocket-hospital-sandbox",
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        given = self._arguments
        self._app = create_app(
            given.state,
            given.portal,
            callback_speed=given.callback_speed,
            refund_seconds=given.refund_seconds,
            bill_today=given.bill_today,
        )
        return self._app

    def _worker_exit(self, _server: object, _worker: object) -> None:
        if self._app is not None:
            stop(self._app)


def main() -> None:
    """Read the command line and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="HIS、微信、微信支付的本机沙箱")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址（默认 127.0.0.1）")
    parser.add_argument("--port", type=int, default=8001, help="监听端口（默认 8001）")
    parser.add_argument("--state", type=Path, default=Path("var/sandbox"), help="状态目录（默认 var/sandbox）")
    parser.add_argument("--portal", default="http://127.0.0.1:8000", help="门户地址，网页授权只回到这里")
    parser.add_argument("--threads", type=int, default=64, help="线程数（默认 64）")
    parser.add_argument("--callback-speed", type=float, default=15.0, help="回调重试节奏的加速倍数（默认 15）")
    parser.add_argument("--refund-seconds", type=float, default=2.0, help="退款处理中的秒数（默认 2）")
    parser.add_argument("--bill-today", action="store_true", help="允许下载当天的交易账单")
    arguments = parser.parse_args()
    if not _port_free(arguments.host, arguments.port):
        sys.exit(f"端口 {arguments.port} 已被占用，请用 --port 换一个。")
    _Server(arguments).run()


def _port_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main()
