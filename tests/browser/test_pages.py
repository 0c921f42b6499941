"""What holds for every page a patient can open, in every look and on every screen."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.outside import Outside, Person
from tests.browser.steps import Patient
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
NOWHERE = "/no-such-page/"
LOOKS = {"light": ["light", False], "dark": ["dark", False], "care": ["light", True]}
# What look.js does with the visitor's choice.
WEAR = """([mode, care]) => {
    document.documentElement.setAttribute("data-mode", mode);
    document.documentElement.toggleAttribute("data-care", care);
}"""


class Watcher:
    """Notes everything a page should not do."""

    def __init__(self, page: Page, portal: RunningPortal) -> None:
        self.page, self.own = page, urlsplit(portal.url).netloc
        self.seen: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.seen.append(f"script error: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("requestfailed", lambda request: self._failed(request.url, str(request.failure)))
        page.on("response", lambda answer: self._answered(answer.status, answer.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"console: {message.text}")

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme != "data" and urlsplit(url).netloc != self.own:
            self.seen.append(f"another host: {url}")

    def _failed(self, url: str, why: str) -> None:
        if "ERR_ABORTED" not in why:  # the page was left while it still counted its reader
            self.seen.append(f"failed: {url} {why}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 400:
            self.seen.append(f"{status}: {url}")

    def take(self) -> list[str]:
        """Return what was noted since the last time."""
        seen, self.seen = self.seen, []
        return seen


@pytest.fixture(scope="module")
def walk(
    browser: Any, browser_context_args: dict[str, Any], portal: RunningPortal
) -> Iterator[tuple[Patient, list[str]]]:
    """Give a patient with a booked and an unpaid visit, and the address of every page of the portal."""
    context = browser.new_context(**browser_context_args)
    outside = Outside(portal.sandbox_url)
    outside.clear_faults()
    patient = Patient(context.new_page(), portal, outside, Person("林晓雯"))
    way: list[str] = []

    def here() -> None:
        way.append(patient.page.url.removeprefix(portal.url))

    patient.chooses_department("皮肤科")
    here()
    # A doctor's own page, reached through the name.
    way.append(str(patient.main.locator("h2 a").first.get_attribute("href")))
    patient.chooses_doctor()
    here()
    patient.chooses_slot()
    here()
    patient.signs_in_and_adds_oneself()
    patient.submits()
    patient.pays()
    patient.is_told_of_success()
    here()
    patient.comes_to_confirmation("眼科")
    here()
    patient.submits()
    here()
    fixed = [
        "/",
        "/departments/",
        "/bookings/",
        "/bookings/?tab=unpaid",
        "/patients/",
        "/add-patient/",
        "/me/",
        "/messages/",
        "/departments-intro/",
        "/departments-intro/department-0101a/",
        "/doctors-intro/",
        "/showcase/",
    ]
    patient.opens()
    patient.is_at("江城示范医院")
    linked = patient.main.get_by_role("link").evaluate_all("links => links.map(a => a.pathname)")
    reading = sorted({path for path in linked if path.count("/") == 2} - set(fixed))
    # One of every kind: there are far more doctors and articles than a test can look at.
    one = next(path for path in linked if re.fullmatch(r"/articles/[^/]+/", path))
    yield patient, [*fixed, *way, *reading, one, NOWHERE]
    outside.close()
    context.close()


def settle(page: Page) -> None:
    """Wait until every part of the page is there."""
    expect(page.locator("[data-island][aria-busy=true]")).to_have_count(0)
    page.wait_for_load_state("networkidle")


@pytest.mark.req("G1.3", "G1.4", "G3.1")
@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.timeout(600)
def test_every_page_is_sound_in_every_look(
    walk: tuple[Patient, list[str]], browser: Any, browser_context_args: dict[str, Any], screen: Any
) -> None:
    patient, addresses = walk
    options = browser_context_args | {"viewport": screen, "is_mobile": screen == PHONE, "has_touch": screen == PHONE}
    context = browser.new_context(
        **options, storage_state=patient.page.context.storage_state(), reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    watcher = Watcher(page, patient.portal)
    problems: list[str] = []
    for address in addresses:
        page.goto(patient.portal.url + address)
        settle(page)
        noted = [note for note in watcher.take() if not (address == NOWHERE and "404" in note)]
        problems += [f"{address} {note}" for note in noted]
        for look, attributes in LOOKS.items():
            page.evaluate(WEAR, attributes)
            # Sizes and colours of the other looks have been judged on the phone.
            found = shape(page, screen["width"]) + (axe(page) if look == "light" or screen == PHONE else [])
            problems += [f"{address} ({look}) {note}" for note in found]
    context.close()
    assert not problems, "\n".join(problems)


@pytest.mark.req("G1.4")
def test_a_look_is_chosen_once_and_stays(patient: Patient, another: Any) -> None:
    patient.opens()
    root = patient.page.locator("html")
    patient.page.get_by_role("contentinfo").get_by_role("button", name="关怀版").click()
    patient.page.get_by_role("contentinfo").get_by_role("button", name="深色模式").click()
    expect(root).to_have_attribute("data-care", "")
    expect(root).to_have_attribute("data-mode", "dark")

    patient.opens("/departments/")
    expect(root).to_have_attribute("data-care", "")
    expect(root).to_have_attribute("data-mode", "dark")

    plain = another(java_script_enabled=False)
    plain.opens("/departments/")
    plain.page.get_by_role("contentinfo").get_by_role("link", name="关怀版").click()
    plain.is_at("选择科室")
    expect(plain.page.locator("html")).to_have_attribute("data-care", "")


@pytest.mark.req("G2.1")
def test_a_form_sent_back_breaks_no_rule_of_the_page(patient: Patient) -> None:
    patient.comes_to_confirmation("皮肤科")
    patient.link("登录后预约").click()
    patient.signs_in()
    patient.is_at("确认预约")
    patient.link("添加就诊人").last.click()
    patient.is_at("添加就诊人")
    watcher = Watcher(patient.page, patient.portal)

    patient.button("添加就诊人").click()

    patient.sees("请填写姓名")
    expect(patient.button("添加就诊人")).to_be_enabled()
    # The browser itself reports that the answer was 422, which is what it should be.
    assert [note for note in watcher.take() if "422" not in note] == []
    assert axe(patient.page) == []


@pytest.mark.req("G1.4")
def test_the_keyboard_reaches_what_matters(patient: Patient) -> None:
    patient.opens()
    patient.is_at("江城示范医院")
    keys, focused = patient.page.keyboard, patient.page.locator(":focus")

    keys.press("Tab")
    expect(focused).to_have_text("跳到正文")
    expect(focused).to_be_in_viewport()
    keys.press("Enter")
    expect(patient.main).to_be_focused()
    assert tabs_to(patient, "预约挂号") <= 4

    patient.comes_to_confirmation("皮肤科")
    patient.page.locator("body").press("Tab")
    tabs_to(patient, "登录后预约")
    keys.press("Enter")
    expect(patient.page.get_by_text("正在以微信身份进入")).to_be_visible()


def tabs_to(patient: Patient, words: str) -> int:
    """Press Tab until what has the focus says these words; every stop on the way must be visible."""
    for presses in range(1, 40):
        patient.page.keyboard.press("Tab")
        focused = patient.page.locator(":focus")
        expect(focused).to_be_in_viewport()
        if words in focused.inner_text():
            return presses
    raise AssertionError(f"{words} cannot be reached with the keyboard")


def shape(page: Page, width: int) -> list[str]:
    """What is wrong with a page's outline."""
    found = []
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"scrolls sideways: {wide} > {width}")
    headings = page.get_by_role("heading", level=1).count()
    if headings != 1:
        found.append(f"{headings} first headings")
    if page.get_by_role("main").count() != 1:
        found.append("no main part")
    return found


def axe(page: Page) -> list[str]:
    """What axe-core calls serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']} {[node['target'] for node in rule['nodes']][:4]}"
        f" {rule['nodes'][0]['any'][0]['message'] if rule['nodes'][0]['any'] else ''}"
        for rule in result["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]
