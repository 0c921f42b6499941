"""The launcher's sentences: what a person reads when a start cannot work."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cms.settings.vault import open_vault
from deploy.launcher import ports
from deploy.launcher.console import Problem
from deploy.launcher.environment import _included
from deploy.launcher.suite import closing_line, plan

ROOT = Path(__file__).resolve().parents[2]


def launch(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PH_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "deploy.launcher", command],
        cwd=ROOT,
        env={**clean, "PH_VAR_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_in_use_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = launch("run", tmp_path, PORT=str(port), SANDBOX_PORT="18999")

    assert result.returncode == 1
    assert f"端口 {port}（门户）已被其他程序占用" in result.stderr
    assert "make run PORT=" in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_sandbox_port_in_use_names_the_other_variable(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = launch("run", tmp_path, PORT="18998", SANDBOX_PORT=str(port))

    assert f"端口 {port}（沙箱）" in result.stderr
    assert "SANDBOX_PORT=" in result.stderr


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(Problem, match=r"^PORT="):
        ports.choose({"PORT": text})


def test_the_two_ports_must_differ() -> None:
    with pytest.raises(Problem, match="不能同为 8001"):
        ports.choose({"PORT": "8001"})


def test_too_old_a_python_is_told_in_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$2" in *exit*) exit 1;; *) echo 3.9;; esac\n')
    old.chmod(old.stat().st_mode | stat.S_IXUSR)

    result = subprocess.run(
        ["/bin/sh", str(ROOT / "deploy/find-python")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert "需要 Python 3.11 或更新版本，本机只有 Python 3.9" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_no_python_at_all_is_told_in_one_sentence(tmp_path: Path) -> None:
    result = subprocess.run(
        ["/bin/sh", str(ROOT / "deploy/find-python")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert "没有找到 Python" in result.stderr


def test_a_new_enough_python_is_found_behind_a_broken_one(tmp_path: Path) -> None:
    # Given a version manager's shim that leads nowhere, and a real interpreter under another name
    broken, real = tmp_path / "python3", tmp_path / "python3.13"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    real.symlink_to(sys.executable)

    result = subprocess.run(
        ["/bin/sh", str(ROOT / "deploy/find-python")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout.strip() == str(real)


def test_help_explains_every_target() -> None:
    targets = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))

    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    explained = {line.split()[0] for line in printed.splitlines() if line.startswith("  ")}
    assert explained == set(targets.removeprefix(".PHONY:").split())


def test_secrets_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    first = open_vault(tmp_path)

    assert open_vault(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert open_vault(tmp_path / "another") != first


def test_a_secret_a_newer_version_needs_is_added_to_the_others(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"PH_SECRET_KEY": "kept"}')

    secrets = open_vault(tmp_path)

    assert secrets["PH_SECRET_KEY"] == "kept"
    assert secrets["PH_BLIND_INDEX_KEY"]


def test_reset_removes_the_data_without_asking(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    (folder / "media").mkdir(parents=True)

    result = launch("reset", folder)

    assert result.returncode == 0
    assert not folder.exists()


def test_every_requirement_is_pinned_as_in_the_constraints() -> None:
    def pins(file: Path) -> dict[str, str]:
        lines = [line.split("#")[0].strip() for line in file.read_text().splitlines()]
        pairs = [line.split("==") for line in lines if line and not line.startswith("-")]
        assert all(len(pair) == 2 for pair in pairs), f"{file.name} has a line without =="
        return {name.split("[")[0].lower().replace("_", "-"): version for name, version in pairs}

    constraints = pins(ROOT / "requirements/constraints.txt")
    for name in ("base", "databases", "dev"):
        wanted = pins(ROOT / f"requirements/{name}.txt")
        assert wanted.items() <= constraints.items(), name


def test_every_requirement_of_the_template_linter_is_pinned() -> None:
    lines = (ROOT / "requirements/curlylint.txt").read_text().splitlines()

    assert all("==" in line for line in lines if not line.startswith("#"))


def test_including_files_are_followed_for_the_fingerprint() -> None:
    dev = ROOT / "requirements/dev.txt"

    assert [file.name for file in _included(dev)] == ["dev.txt", "databases.txt", "base.txt"]
    assert [file.name for file in _included(dev, flag="c")] == ["constraints.txt"]


def test_all_runs_once_and_the_shared_promises_on_the_other_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PH_TEST_DATABASE", raising=False)

    runs = plan({"postgres", "mariadb", "redis"}, [])

    assert [run.database for run in runs] == ["postgres", "mariadb", "sqlite"]
    assert runs[0].selection == ()
    assert all("three_databases" in run.selection[1] for run in runs[1:])
    assert [run.database for run in plan(set(), [])] == ["sqlite"]


def test_the_closing_line_sums_in_the_words_of_pytest() -> None:
    from collections import Counter

    line = closing_line(Counter(passed=410, skipped=3, failed=2), 301.5)

    assert " 2 failed, 410 passed, 3 skipped in 301.50s (0:05:01) " in line
    assert line.startswith("=")
