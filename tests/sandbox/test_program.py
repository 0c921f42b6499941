"""``python -m sandbox`` as a program: quick to start, clean to stop, whole after being killed, on its own."""

import ast
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from sandbox.credentials import Credentials, load_or_create
from sandbox.testing import running_sandbox

from .clients import HisClient

ROOT = Path(__file__).parents[2]
PORTAL_PACKAGES = {"django", "wagtail", "cms", "blocks", "themes", "business", "deploy", "tests"}


@contextmanager
def program(state: Path) -> Iterator[tuple[subprocess.Popen[str], str, float]]:
    """Start the program on a free port; yield process, address and how long it took to answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(state)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                httpx.get(url, trust_env=False, timeout=5).raise_for_status()
                break
            except httpx.TransportError:
                assert process.poll() is None and time.monotonic() < started + 30
                time.sleep(0.02)
        yield process, url, time.monotonic() - started
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=10)


def test_starts_quickly_serves_and_stops_cleanly(tmp_path: Path) -> None:
    with program(tmp_path):
        pass
    with program(tmp_path) as (process, url, seconds):
        # 0.6 s on an idle machine; the bound leaves room for a busy one.
        assert seconds < 15
        assert len(HisClient(url, load_or_create(tmp_path)).get("/campuses")) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    body = {
        "request_no": "C1",
        "id_type": "03",
        "id_number": "E1",
        "name": "访客",
        "phone": "13800000000",
        "gender": "male",
        "birth_date": "1990-01-01",
    }
    with program(tmp_path) as (process, url, _):
        first = HisClient(url, load_or_create(tmp_path)).post("/patients", body)
        process.kill()
    with program(tmp_path) as (_, url, _):
        assert HisClient(url, load_or_create(tmp_path)).post("/patients", body) == first


def test_a_file_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "sandbox.db") as old:
        old.execute("CREATE TABLE slots (code TEXT PRIMARY KEY)")
    old.close()
    with running_sandbox(tmp_path, "http://127.0.0.1:8000") as sandbox:
        assert len(HisClient(sandbox.url, sandbox.credentials).get("/campuses")) == 2


def test_held_requests_do_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with program(tmp_path) as (process, url, _):
        fault = {"endpoint": "his.campuses", "kind": "timeout_before", "seconds": 300}
        httpx.post(url + "/control/faults", json=fault, trust_env=False)
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as held:
            held.sendall(b"GET /his/v1/campuses HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.3)
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=15)
        assert time.monotonic() - started < 10


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.strip() == f"端口 {port} 已被占用，请用 --port 换一个。"


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    made = load_or_create(tmp_path)
    assert load_or_create(tmp_path) == made
    assert len(made.apiv3_key) == 32 and made.wechatpay_public_key_id.startswith("PUB_KEY_ID_")
    for file in (tmp_path / "keys").iterdir():
        assert oct(os.stat(file).st_mode & 0o777) == "0o600", file
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    again: Credentials = load_or_create(moved)
    assert again.his_secret == made.his_secret
    assert Path(again.merchant_key_path).exists()


def test_it_imports_nothing_of_the_portal() -> None:
    for file in (ROOT / "sandbox").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {name.split(".")[0] for name in names} & PORTAL_PACKAGES, file
