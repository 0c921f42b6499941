"""`make test`: the whole suite on every database there is, closed by one line; benchmarks and pictures."""

import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from deploy.launcher import browser, environment, paths
from deploy.launcher.console import Problem, bold, complain, say

_SERVERS = {
    "postgres": ("PostgreSQL", "PH_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres"),
    "mariadb": ("MariaDB", "PH_TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/test"),
    "redis": ("Redis", "PH_TEST_REDIS_URL", "redis://127.0.0.1:6379/15"),
}
_NOTHING_COLLECTED = 5
# The order in which pytest itself names the outcomes in its closing line.
_OUTCOMES = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "warnings", "errors")


@dataclass(frozen=True)
class Run:
    """One pytest invocation: on which database, and which part of the suite."""

    database: str
    title: str
    selection: tuple[str, ...] = ()


def main(arguments: list[str]) -> int:
    """Do `test`, `bench` or `guide-pictures`; further arguments go to pytest, the benchmarks or the camera."""
    environment.prepare("dev")
    if arguments[0] == "bench":
        return subprocess.run([paths.python(), "-m", "bench", *arguments[1:]], cwd=paths.ROOT, check=False).returncode
    if arguments[0] == "guide-pictures":
        _browser(required=True)
        command = [paths.python(), "-m", "tests.browser.guide", *arguments[1:]]
        return subprocess.run(command, cwd=paths.ROOT, check=False).returncode
    required = os.environ.get("CI", "").lower() in {"true", "1"}
    _browser(required)
    servers = _reachable(required)
    return _test(arguments[1:], servers)


def plan(servers: set[str], arguments: list[str]) -> list[Run]:
    """Decide what runs where: all of it once, and what every database must promise on the two others again."""
    main_database = os.environ.get("PH_TEST_DATABASE") or ("postgres" if "postgres" in servers else "sqlite")
    runs = [Run(main_database, f"全部测试 · {main_database}")]
    if arguments:
        return runs
    others = [name for name in ("postgres", "mariadb", "sqlite") if name != main_database]
    for name in others:
        if name == "sqlite" or name in servers:
            runs.append(Run(name, f"三种数据库都须成立的部分 · {name}", ("-m", f"three_databases or {name}")))
    return runs


def closing_line(totals: Counter[str], seconds: float) -> str:
    """Write pytest's usual last line for the sum of all runs."""
    named = [f"{totals[outcome]} {outcome}" for outcome in _OUTCOMES if totals[outcome]] or ["no tests ran"]
    clock = f" ({int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02})" if seconds >= 60 else ""  # noqa: PLR2004
    return f" {', '.join(named)} in {seconds:.2f}s{clock} ".center(80, "=")


def _test(arguments: list[str], servers: set[str]) -> int:
    began, totals, code = time.monotonic(), Counter[str](), 0
    workers = os.environ.get("PH_TEST_WORKERS") or str(min(os.cpu_count() or 1, 4))
    with tempfile.TemporaryDirectory() as folder:
        for number, run in enumerate(plan(servers, arguments)):
            say(bold(f"\n── {run.title} ──"))
            counts = Path(folder) / f"{number}.json"
            command = [paths.python(), "-m", "pytest", "-q", *run.selection, *arguments]
            if workers != "0":
                command += ["-n", workers, "--dist", "loadgroup"]
            result = subprocess.run(
                command,
                cwd=paths.ROOT,
                env={**os.environ, "PH_TEST_DATABASE": run.database, "PH_TEST_COUNTS": str(counts)},
                check=False,
            ).returncode
            if result not in {0, _NOTHING_COLLECTED} or (result and number == 0):
                code = code or result
            if counts.exists():
                totals.update(json.loads(counts.read_text()))
    say("\n" + closing_line(totals, time.monotonic() - began))
    return code


def _browser(required: bool) -> None:
    found = browser.prepare()
    if found:
        say(f"浏览器：{found}")
    elif required:
        raise Problem(
            "浏览器测试需要 Chromium，但没有找到也不能安装；请安装 chromium 或设置 CHROMIUM_PATH。"
            " (Chromium is required here and missing.)"
        )
    else:
        complain("没有 Chromium，也不能用系统软件包安装：浏览器测试将跳过；可设置 CHROMIUM_PATH。")


def _reachable(required: bool) -> set[str]:
    """Find the servers that can be used; where they are required, a missing one stops everything by name."""
    found, missing = set(), []
    for kind, (name, variable, default) in _SERVERS.items():
        command = [paths.python(), "-m", "deploy.launcher.probe", kind, os.environ.get(variable) or default]
        result = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            found.add(kind)
            say(f"{name}：可用")
        else:
            reason = result.stderr.strip().splitlines()[-1] if result.stderr.strip() else "no answer"
            missing.append(f"{name}（{variable}，{reason}）")
            say(f"{name}：不可用，相关测试跳过（{reason}）")
    if missing and required:
        raise Problem(f"CI 需要全部数据库，缺少：{'；'.join(missing)}。 (CI requires every database.)")
    return found
