"""The programs of one run: sandbox, portal (gunicorn), worker, load generator; started with the launcher's pieces."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.place import ROOT, Place, free_ports


class Troupe:
    """Sandbox and portals of one run; import only after Place has set the environment."""

    def __init__(self, place: Place) -> None:
        """Choose the ports."""
        from deploy.launcher.ports import Addresses
        from deploy.launcher.supervisor import Supervisor

        self.place = place
        portal, sandbox = free_ports(2)
        self.addresses = Addresses("127.0.0.1", portal, sandbox)
        self.supervisor, self.deliveries = Supervisor(), Supervisor()
        self.others: dict[str, Supervisor] = {}
        self.environment: dict[str, str] = {}

    def start_sandbox(self) -> None:
        """Start the outside world and learn its keys; from then on this process has the portal's settings too."""
        from cms.settings.vault import open_vault
        from deploy.launcher.demonstration import portal_environment
        from deploy.launcher.paths import SANDBOX_STATE
        from deploy.launcher.supervisor import Service, answers

        url = self.addresses.sandbox_url
        command = [sys.executable, "-m", "sandbox", "--port", str(self.addresses.sandbox)]
        command += ["--state", str(SANDBOX_STATE), "--portal", self.addresses.portal_url]
        sandbox = Service("sandbox", "沙箱", command, {}, answers(f"{url}/"))
        self.supervisor.start(sandbox)
        self.supervisor.wait_healthy([sandbox])
        self.environment = portal_environment(self.addresses, open_vault(self.place.folder)) | {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PH_BENCH_DATABASE_URL": self.place.database_url,
        }
        os.environ.update(self.environment)

    def start_portal(
        self,
        *,
        name: str = "http",
        port: int | None = None,
        workers: int = 1,
        his: str = "http",
        application: str = "bench.wsgi:application",
        extra: Mapping[str, str] | None = None,
        health: str = "/-/health/",
    ) -> "Portal":
        """Start gunicorn with the deployment's configuration, except that no worker is recycled meanwhile."""
        from deploy.launcher.supervisor import Service, Supervisor, answers

        port = port or (self.addresses.portal if name == "http" else free_ports(1)[0])
        own = {"PH_BIND": f"127.0.0.1:{port}", "PH_WEB_WORKERS": str(workers), "PH_BENCH_HIS": his}
        own["PH_LOG_LEVEL"] = "INFO"
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--max-requests", "0"]
        environment = {**self.environment, **own, **(extra or {})}
        url = f"http://127.0.0.1:{port}{health}"
        service = Service(f"portal-{name}-{his}", "门户", [*command, application], environment, answers(url))
        supervisor = self.supervisor if name == "http" else self.others.setdefault(name, Supervisor())
        supervisor.start(service)
        supervisor.wait_healthy([service])
        assert service.process is not None  # noqa: S101  # just started
        return Portal(port, service.process.pid)

    def stop_portal(self, name: str) -> None:
        """Stop a portal that was started beside the first."""
        if name in self.others:
            self.others.pop(name).stop()

    def start_worker(self) -> None:
        """Start the program that delivers the outbox."""
        from deploy.launcher.supervisor import Service

        command = [sys.executable, "manage.py", "run_worker"]
        worker = Service("worker", "后台任务", command, {**self.environment, "PYTHONUNBUFFERED": "1"}, lambda: True)
        worker.healthy = lambda: bool(worker.last_lines)
        self.deliveries.start(worker)
        self.deliveries.wait_healthy([worker])

    def stop_worker(self) -> None:
        """Stop the worker: what follows is measured without its looks at HIS."""
        self.deliveries.stop()

    def stop(self) -> None:
        """Stop all."""
        for name in list(self.others):
            self.stop_portal(name)
        self.deliveries.stop()
        self.supervisor.stop()


class Portal:
    """A running gunicorn: its port, and how much processor time its workers have used."""

    def __init__(self, port: int, master: int) -> None:
        """Remember the master process; its children serve."""
        self.port, self._master = port, master

    def cpu_seconds(self) -> float:
        """Return user and system time of the worker processes so far (Linux: /proc)."""
        return sum(cpu_seconds(pid) for pid in children(self._master))


def children(parent: int) -> list[int]:
    """Return the child processes of a process (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").glob("*"):
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def cpu_seconds(pid: int) -> float:
    """Return processor time of all threads of a process in seconds, to the nanosecond (Linux: schedstat)."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*"):
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


class Helper:
    """A child process that does one JSON job a line: the load generator, or a clerk that books."""

    def __init__(self, module: str, *arguments: str) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, job: Mapping[str, Any]) -> None:
        """Hand over a job."""
        assert self._process.stdin is not None  # noqa: S101  # started with pipes
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """Wait for the answer; raises RuntimeError when the helper ended or could not do it."""
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a helper process of the benchmark ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def ask(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Hand over a job and wait for its answer."""
        self.send(job)
        return self.receive()

    def stop(self) -> None:
        """End it by closing its input."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.close()
        self._process.wait(timeout=20)
