"""`make guide-pictures`: start a demonstration with fresh data, take every picture, stop it.

`python -m tests.browser.guide [name …]` takes only those (and trusts that what they stand on is there).
PH_TEST_PORTAL_DIR names the data folder of a demonstration that runs already.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from deploy.launcher import browser as system_browser
from tests.browser.guide import composing, hospital, managing, writing
from tests.browser.guide.camera import FOLDER, PICTURES, Camera
from tests.portal import RunningPortal, StandingPortal

__all__ = ["composing", "hospital", "managing", "writing"]
MOST_BYTES = 3_000_000


def main(wanted: list[str]) -> int:
    """Take them; say what did not work out, and take the others."""
    if unknown := [name for name in wanted if name not in PICTURES]:
        print("没有这些图:", *unknown)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    standing = os.environ.get("PH_TEST_PORTAL_DIR")
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as fresh:
        portal = StandingPortal(Path(standing)) if standing else RunningPortal(Path(fresh))
        print("正在启动演示医院……" if not standing else portal.url, flush=True)
        portal.start()
        try:
            failed = _take(portal, wanted or list(PICTURES))
        finally:
            portal.stop()
    if not wanted:
        for file in FOLDER.glob("*.png"):
            if file.stem not in PICTURES:
                file.unlink()
    size = sum(file.stat().st_size for file in FOLDER.glob("*.png"))
    print(f"一共 {size / 1_000_000:.2f} MB" + (f"，没有拍成：{'、'.join(failed)}" if failed else ""))
    return 1 if failed or size > MOST_BYTES else 0


def _take(portal: RunningPortal, names: list[str]) -> list[str]:
    failed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=system_browser.find(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        camera = Camera(browser, portal)
        for name in names:
            begun = time.monotonic()
            camera.name = name
            try:
                PICTURES[name](camera)
            except Exception as error:
                # One screen that has changed must not cost all the other pictures.
                print(f"✗ {name}: {str(error)[:700]}", flush=True)
                failed.append(name)
            else:
                print(f"✓ {name}（{time.monotonic() - begun:.1f} 秒）", flush=True)
        browser.close()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
