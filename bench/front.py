"""Anonymous pages through the shipped nginx configuration, and inside Django on every tier of the cache (P1, P2).

wrk asks, in one thread with 64 connections; nginx has one process and gunicorn one worker, so that on two cores the
server is what is measured. Sides alternate round after round.
"""

import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from bench.figures import Row, paired, ratio_text
from bench.place import ROOT, Place, free_ports
from bench.servers import Portal, Troupe

CONNECTIONS = 64
REDIS_URL = os.environ.get("PH_TEST_REDIS_URL") or "redis://127.0.0.1:6379/14"
PACKAGES = {"nginx": "nginx-light", "wrk": "wrk"}
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def missing(say: Callable[[str], None]) -> list[str]:
    """Return which of nginx and wrk are not there, after trying to install them as a system's administrator may."""
    absent = [name for name in PACKAGES if not shutil.which(name)]
    if absent and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"安装 {'、'.join(absent)} (installing from the system's packages)")
        command = ["apt-get", "install", "-y", "--no-install-recommends", *(PACKAGES[name] for name in absent)]
        subprocess.run(
            command, capture_output=True, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        )
        absent = [name for name in PACKAGES if not shutil.which(name)]
    return absent


def redis_answers() -> bool:
    """Tell whether there is a Redis for the shared tier."""
    import redis

    try:
        return bool(redis.Redis.from_url(REDIS_URL, socket_connect_timeout=1).ping())
    except redis.RedisError:
        return False


class Nginx:
    """nginx with the shipped cache configuration before a portal, and beside it the same bytes as a static file."""

    def __init__(self, place: Place, portal: Portal, name: str = "nginx") -> None:
        """Write its configuration and start it."""
        self.port = free_ports(1)[0]
        folder = place.folder / name
        (folder / "static").mkdir(parents=True)
        self._files = folder / "static"
        shipped = (
            (ROOT / "deploy/nginx/cache.conf")
            .read_text()
            .replace("/var/cache/nginx/pocket-hospital", f"{folder}/cache")
        )
        pages = (ROOT / "deploy/nginx/pages.conf").read_text()
        temporary = "\n".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = f"""
worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; daemon off;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type "text/html; charset=utf-8"; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  {temporary}
  {shipped}
  upstream portal {{ server 127.0.0.1:{portal.port}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{self.port}; proxy_http_version 1.1;
    location /static-floor/ {{ alias {folder}/static/; }}
    location / {{ {pages}
      proxy_pass http://portal; proxy_set_header Connection ""; proxy_set_header Host $host; }}
  }}
}}
"""
        (folder / "nginx.conf").write_text(configuration)
        self._process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
        for _ in range(100):
            if (folder / "pid").exists():
                return
            time.sleep(0.05)
        raise RuntimeError("nginx did not start")

    def keep(self, name: str, content: bytes) -> str:
        """Keep a static file; return its address."""
        (self._files / name).write_bytes(content)
        return f"http://127.0.0.1:{self.port}/static-floor/{name}"

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(timeout=20)


@dataclass
class Side:
    """What wrk saw of one address, round after round."""

    url: str
    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def ask(self, seconds: float, *, count: bool = True) -> None:
        """Let wrk ask for a while; any answer but 2xx stops the run."""
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency", self.url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in text or "Socket errors" in text:
            raise RuntimeError(f"{self.url}: {text}")
        if count:
            self.rates.append(float(_find(r"Requests/sec:\s+([\d.]+)", text)[0]))
            self.p50.append(_ms(_find(r"50%\s+([\d.]+)(us|ms|s)", text)))
            self.p99.append(_ms(_find(r"99%\s+([\d.]+)(us|ms|s)", text)))

    @property
    def figure(self) -> str:
        """Rate and latencies, medians of the rounds."""
        return f"{median(self.rates):.0f}/s p50 {median(self.p50):.2f} p99 {median(self.p99):.2f} ms"


def _find(pattern: str, text: str) -> tuple[str, ...]:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"wrk said: {text}")
    return found.groups()


def _ms(found: tuple[str, ...]) -> float:
    return float(found[0]) * _UNITS[found[1]]


def measure(
    troupe: Troupe, portal: Portal, shared: Portal | None, floor: str, content: bytes, *, rounds: int, seconds: float
) -> list[Row]:
    """Measure the home page: nginx beside its static file, the portal's tiers beside the bare view."""
    nginx = Nginx(troupe.place, portal)
    try:
        static, front = Side(nginx.keep("home.html", content)), Side(f"http://127.0.0.1:{nginx.port}/")
        bare, kept = (Side(f"http://127.0.0.1:{portal.port}{path}") for path in (floor, "/"))
        redis = [Side(f"http://127.0.0.1:{shared.port}{path}") for path in (floor, "/")] if shared else []
        sides = [static, front, bare, kept, *redis]
        for number in range(rounds + 1):
            for side in sides:
                side.ask(seconds, count=number > 0)
    finally:
        nginx.stop()
    rows = [_row("P1", "首页经 nginx proxy_cache", front, "nginx static", static, 0.8, tail=2.0)]
    rows.append(_row("P2", "首页，进程内缓存 in-process cache", kept, "bare view", bare, 1.0))
    if redis:
        rows.append(_row("P2", "首页，仅共享缓存 Redis tier alone", redis[1], "bare view", redis[0], 0.6))
    return rows


def _row(goal: str, name: str, side: Side, floor_name: str, floor: Side, wanted: float, tail: float = 0.0) -> Row:
    ratio, tails = paired(side.rates, floor.rates), paired(side.p99, floor.p99)
    text, want = ratio_text(ratio), f"≥ {wanted:.2f}"
    if tail:
        text += f"; p99 × {ratio_text(tails)}"
        want += f", p99 ≤ {tail:.0f}×"
    details = {"rates": side.rates, "floor_rates": floor.rates, "p99_ms": side.p99, "floor_p99_ms": floor.p99}
    met = ratio[0] >= wanted and (not tail or tails[0] <= tail)
    return Row(goal, name, side.figure, f"{floor_name}: {floor.figure}", text, want, met, details)


def freshness(troupe: Troupe, portal: Portal) -> Row:
    """Publish again and again; how long until the page behind nginx, warm all the time, shows it."""
    from cms.pages.models import PortalPage

    nginx = Nginx(troupe.place, portal, "freshness")
    home, waits = PortalPage.objects.get(service_role="home"), []
    url = f"http://127.0.0.1:{nginx.port}/"
    try:
        for number in range(8):
            urllib.request.urlopen(url).read()  # our own nginx
            home.search_description = word = f"bench{number}"
            home.save_revision().publish()
            began = time.perf_counter()
            while word.encode() not in urllib.request.urlopen(url).read():
                time.sleep(0.01)
            waits.append(time.perf_counter() - began)
    finally:
        nginx.stop()
    figure = f"median {median(waits):.2f} s, longest {max(waits):.2f} s"
    return Row(
        "P1", "发布后经 nginx 可见 publication seen", figure, "", "", "≤ 1 s", max(waits) <= 1.05, {"seconds": waits}
    )
