"""The two pictures of the README, taken from a demonstration that runs: `python -m tests.browser.screenshots`.

`make run` first; PH_VAR_DIR names its data where that is not var/.
"""

import os
import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from deploy.launcher import browser as system_browser
from tests.browser.desk import Staff
from tests.browser.outside import Outside, Person
from tests.browser.steps import Patient
from tests.portal import ROOT, RunningPortal, StandingPortal

IMAGES = ROOT / "docs" / "images"
CHINA = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def patient_home(browser: Browser, portal: RunningPortal) -> None:
    """The home page of somebody with a visit ahead."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True, **CHINA
    )
    outside = Outside(portal.sandbox_url)
    patient = Patient(context.new_page(), portal, outside, Person("林晓雯"))
    patient.holds("消化内科")
    patient.pays()
    patient.is_told_of_success()
    patient.opens()
    patient.is_at("江城示范医院")
    patient.page.wait_for_load_state("networkidle")
    patient.page.screenshot(path=IMAGES / "patient-home.png")
    outside.close()
    context.close()


def editor(browser: Browser, portal: RunningPortal) -> None:
    """The home page in the editor, with the phone beside it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, **CHINA)
    staff = Staff(context.new_page(), portal, "editor")
    staff.signs_in()
    staff.edits_home_page()
    phone = staff.opens_preview()
    expect(phone.get_by_role("navigation", name="服务")).to_be_visible()
    grid = staff.page.get_by_role("region", name=re.compile("^图标入口")).first
    staff.unfolds(grid)
    grid.evaluate("element => element.scrollIntoView({block: 'start'})")
    staff.page.mouse.wheel(0, -80)
    staff.page.wait_for_load_state("networkidle")
    staff.page.screenshot(path=IMAGES / "editor.png")
    context.close()


def main() -> int:
    """Take both."""
    portal = StandingPortal(Path(os.environ.get("PH_VAR_DIR") or ROOT / "var"))
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_browser.find(), args=["--no-sandbox"])
        patient_home(browser, portal)
        editor(browser, portal)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
