"""The browser of the tests: the system's own Chromium, with fonts that can show Chinese."""

import os
import shutil
import subprocess
from pathlib import Path

from deploy.launcher import paths
from deploy.launcher.console import say

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find() -> str | None:
    """Return a Chromium or Chrome that is on this machine; CHROMIUM_PATH comes first."""
    chosen = os.environ.get("CHROMIUM_PATH")
    if chosen:
        return chosen if Path(chosen).exists() else None
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    return found or (_MAC if Path(_MAC).exists() else None)


def prepare() -> str | None:
    """Install Chromium and CJK fonts from the system's packages where needed and allowed; return the browser."""
    wanted = [] if find() else ["chromium"]
    if not _chinese_fonts():
        wanted.append("fonts-noto-cjk")
    if wanted and not os.environ.get("CHROMIUM_PATH"):
        _install(wanted)
    return find()


def _chinese_fonts() -> bool:
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def _install(packages: list[str]) -> None:
    """Ask apt where we may; a refusal is not an error here, the tests say later what they lack."""
    apt = shutil.which("apt-get")
    if apt is None:
        return
    command = [apt]
    if os.geteuid() != 0:
        if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
            return
        command = ["sudo", "-n", apt]
    say(f"正在安装 {'、'.join(packages)}（系统软件包）…")
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (paths.LOGS / "apt.log").open("w", encoding="utf-8") as log:
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run([*command, *arguments], env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
