"""The virtual environment: made once, filled from pinned requirements, skipped while nothing changed."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.launcher import paths
from deploy.launcher.console import Problem, say

_OFFLINE = re.compile(
    r"name resolution|NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError"
    r"|Network is unreachable|No route to host|Connection refused|Connection reset|Retrying \(Retry"
    r"|Max retries exceeded|Could not fetch URL|ConnectionError",
)


def prepare(requirements: str = "base", folder: Path = paths.VENV) -> None:
    """Make `folder` a virtual environment and install `requirements/<requirements>.txt` unless it has exactly these.

    Raises `Problem` with one sentence when the virtual environment cannot be made or the packages cannot be had.
    """
    wanted = paths.REQUIREMENTS / f"{requirements}.txt"
    if _installed(wanted, folder):
        return
    if not _usable(folder):
        _create(folder)
    say(f"正在安装依赖 {paths.display(wanted)}，第一次约需一两分钟…")
    _install(wanted, folder)
    for file in _included(wanted):
        _stamp(file, folder).write_text(_fingerprint(file, folder))


def _usable(folder: Path) -> bool:
    python = folder / "bin" / "python"
    if not python.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info[:2] < (3, 11))"
    return subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode == 0


def _create(folder: Path) -> None:
    say(f"正在建立虚拟环境 {paths.display(folder)} …")
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
    result = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return
    shutil.rmtree(folder, ignore_errors=True)
    output = result.stdout + result.stderr
    if "ensurepip" in output:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Problem(
            f"这台机器的 Python 缺少 venv 组件；Debian/Ubuntu 请先执行 apt-get install python{version}-venv。"
            f" (This Python lacks its venv module; install python{version}-venv.)"
        )
    reason = output.strip().splitlines()[-1] if output.strip() else f"exit code {result.returncode}"
    raise Problem(f"无法建立虚拟环境 {paths.display(folder)}：{reason} (The virtual environment could not be made.)")


def _install(wanted: Path, folder: Path) -> None:
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    log = paths.LOGS / "install.log"
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--retries", "2", "--timeout", "30", "-r", str(wanted)]
    with log.open("w", encoding="utf-8") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    if code == 0:
        return
    text = log.read_text(encoding="utf-8", errors="replace")
    if _OFFLINE.search(text):
        raise Problem(
            "安装依赖需要网络，但连不上软件包仓库；请检查网络或 pip 的镜像与代理设置后重试"
            f"（详见 {paths.display(log)}）。"
            " (The packages could not be downloaded: no network or no package index in reach.)"
        )
    errors = [line for line in text.splitlines() if line.startswith("ERROR")] or text.strip().splitlines()[-1:]
    raise Problem(
        f"安装依赖失败：{errors[0] if errors else f'pip exit code {code}'}"
        f"（详见 {paths.display(log)}）。 (Installing the requirements failed.)"
    )


def _installed(wanted: Path, folder: Path) -> bool:
    stamp = _stamp(wanted, folder)
    # The interpreter is a link: it leads nowhere once the Python it was made from is gone.
    there = (folder / "bin" / "python").exists() and stamp.exists()
    return there and stamp.read_text() == _fingerprint(wanted, folder)


def _stamp(wanted: Path, folder: Path) -> Path:
    return folder / f".installed-{wanted.stem}"


def _fingerprint(wanted: Path, folder: Path) -> str:
    """Hash what decides an installation: the file, all it includes, and the interpreter it is installed for."""
    digest = hashlib.sha256((folder / "pyvenv.cfg").read_bytes())
    for file in sorted([*_included(wanted), *_included(wanted, flag="c")]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _included(file: Path, flag: str = "r") -> list[Path]:
    """List the requirement files reached from `file` (itself first); with flag "c", the constraint files instead."""
    reached, found = [file], []
    for current in reached:
        for line in current.read_text(encoding="utf-8").splitlines():
            match = re.match(r"-([rc])\s+(\S+)", line)
            if match is None:
                continue
            target = current.parent / match[2]
            if match[1] == "r" and target not in reached:
                reached.append(target)
            elif match[1] == flag and target not in found:
                found.append(target)
    return reached if flag == "r" else found
