"""Child processes: started together, watched, logged with short prefixes, stopped together."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from deploy.launcher import paths
from deploy.launcher.console import Problem, complain

_ALARMING = re.compile(r"\b(ERROR|CRITICAL|Traceback)\b")
_KEPT_LINES = 15
_LOG_LIMIT = 5 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Have the kernel end this child when the launcher itself is killed (Linux only)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Service:
    """One long-running program: its name in logs, its command, and how to tell that it is up."""

    name: str
    label: str
    command: Sequence[str]
    environment: Mapping[str, str]
    healthy: Callable[[], bool]
    process: "subprocess.Popen[bytes] | None" = None
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    reader: threading.Thread | None = None

    @property
    def log_file(self) -> str:
        """The log as the reader would open it."""
        return paths.display(paths.LOGS / f"{self.name}.log")


class Supervisor:
    """Starts services and keeps them together: when one ends, the launcher learns which and why."""

    def __init__(self) -> None:
        self._services: list[Service] = []

    def start(self, service: Service) -> None:
        """Start a service in its own process group, so that a Ctrl-C at the terminal reaches only the launcher."""
        service.process = subprocess.Popen(
            list(service.command),
            cwd=paths.ROOT,
            env={**os.environ, **service.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # The call below is one system call, loaded before the fork: safe beside the log readers' threads.
            preexec_fn=_die_with_parent,  # noqa: PLW1509
        )
        self._services.append(service)
        service.reader = threading.Thread(target=self._drain, args=(service,), daemon=True)
        service.reader.start()

    def wait_healthy(self, services: Sequence[Service], seconds: float = 60) -> None:
        """Wait until all are up; raise `Problem` when one ends or does not come up in time."""
        deadline = time.monotonic() + seconds
        waiting = list(services)
        while waiting:
            self.check()
            waiting = [service for service in waiting if not service.healthy()]
            if waiting and time.monotonic() > deadline:
                slow = waiting[0]
                raise Problem(
                    f"{slow.label}（{slow.name}）{seconds:.0f} 秒内没有就绪，详见 {slow.log_file}："
                    f"{_tail(slow)} ({slow.name} did not come up in time.)"
                )
            if waiting:
                time.sleep(0.05)

    def check(self) -> None:
        """Raise `Problem` naming the service that ended by itself, with the last lines of its log."""
        for service in self._services:
            if service.process is None or service.process.poll() is None:
                continue
            if service.reader is not None:
                service.reader.join(timeout=2)
            raise Problem(
                f"{service.label}（{service.name}）意外退出（退出码 {service.process.returncode}），"
                f"完整日志在 {service.log_file}，最后几行：{_tail(service)} ({service.name} ended by itself.)"
            )

    def stop(self, seconds: float = 10) -> None:
        """Ask every service to end, the last started first; end what does not within the time."""
        running = [service for service in reversed(self._services) if service.process is not None]
        for service in running:
            _signal(service, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for service in running:
            assert service.process is not None  # noqa: S101 - filtered above, for the type checker
            try:
                service.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                complain(f"{service.label}（{service.name}）没有按时停止，强制结束。")
            # Also when the first process ended well: a child of its own may still be there.
            _signal(service, signal.SIGKILL)
            service.process.wait()
            if service.reader is not None:
                service.reader.join(timeout=2)
        self._services.clear()

    def _drain(self, service: Service) -> None:
        assert service.process is not None and service.process.stdout is not None  # noqa: S101 - started with a pipe
        with open_log(service.name) as log:
            for raw in service.process.stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                service.last_lines.append(line)
                log.write(f"{time.strftime('%H:%M:%S')} {service.name} | {line}\n")
                log.flush()
                if _ALARMING.search(line):
                    complain(f"[{service.name}] {line}")


def open_log(name: str) -> IO[str]:
    """Open var/log/<name>.log for appending; a file grown too large is put aside as <name>.log.1."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    file = paths.LOGS / f"{name}.log"
    if file.exists() and file.stat().st_size > _LOG_LIMIT:
        file.replace(file.with_suffix(".log.1"))
    return file.open("a", encoding="utf-8")


def answers(url: str) -> Callable[[], bool]:
    """Make a health check: the address answers with success."""
    # Never through a proxy: these are our own programs on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def healthy() -> bool:
        try:
            with opener.open(url, timeout=5) as answer:
                return bool(answer.status < 400)  # noqa: PLR2004 - HTTP: below 400 is success
        except (urllib.error.URLError, OSError):
            return False

    return healthy


def _tail(service: Service) -> str:
    return "".join(f"\n    {line}" for line in service.last_lines) or "（无输出）"


def _signal(service: Service, number: signal.Signals) -> None:
    if service.process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(service.process.pid, number)
