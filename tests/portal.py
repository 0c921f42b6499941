"""The demonstration as a running program, for tests that look at it from the outside."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 300


class RunningPortal:
    """`make run` on free ports with data of its own; knows addresses and passwords."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.sandbox_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self._process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """A clean environment that leads to this portal's data and ports."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PH_", "DJANGO_", "PYTEST_"))}
        return clean | {
            "PH_VAR_DIR": str(self.folder),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
        }

    def start(self) -> None:
        """Start, and wait until the accounts are printed; raises RuntimeError with the output when it ends instead."""
        with (self.folder / "launcher.out").open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.launcher", "run"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C" not in self.printed():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the demonstration did not start:\n{self.printed()}")
            time.sleep(0.1)

    def stop(self) -> int | None:
        """Stop as a termination signal does; return the launcher's exit code."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int | None:
        """Wait until the launcher has ended by itself; return its exit code, None when it was not running."""
        if self._process is None:
            return None
        code = self._process.wait(timeout=60)
        self._process = None
        return code

    def processes(self, name: str) -> list[int]:
        """Return the process ids whose command line holds `name` and whose data is this portal's (Linux)."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if name in command and f"PH_VAR_DIR={self.folder}\0".encode() in environment:
                found.append(int(entry.name))
        return sorted(found)

    def printed(self) -> str:
        """What the launcher has said so far."""
        return (self.folder / "launcher.out").read_text(encoding="utf-8")

    def password(self, role: str) -> str:
        """Return the generated password of `editor`, `admin` or `finance`."""
        secrets = json.loads((self.folder / "secrets.json").read_text(encoding="utf-8"))
        return str(secrets[f"PH_DEMO_{role.upper()}_PASSWORD"])

    def manage(self, *arguments: str) -> str:
        """Run a manage.py command on this portal's data; return what it printed."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "cms.settings.demo"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout


class StandingPortal(RunningPortal):
    """A demonstration that somebody started and will stop; saves its start while tests are being written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        lines = (folder / "demo.env").read_text(encoding="utf-8").splitlines()
        handed = dict(line.split("=", 1) for line in lines)
        self.url, self.sandbox_url = handed["PH_PORTAL_URL"], handed["PH_SANDBOX_URL"]
        self.port, self.sandbox_port = int(self.url.rsplit(":", 1)[1]), int(self.sandbox_url.rsplit(":", 1)[1])

    def start(self) -> None:
        """It stands already."""


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on at the moment, each only once."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()
