"""Days of mourning, the dark at a desk, and the picture a film waits behind."""

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Page, expect

from tests.browser.desk import Staff
from tests.browser.steps import Patient
from tests.browser.test_pages import DESKTOP, WEAR, axe, settle
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser
# Chroma that an eye takes for grey, of 255; the screen's own rounding included.
GREY = 12


@pytest.fixture
def mourning(desk_page: Any, portal: RunningPortal) -> Iterator[Staff]:
    """Give an administrator who has put the portal into mourning; it ends with the test."""
    admin = Staff(desk_page, portal, "admin")
    admin.signs_in()
    page, now = admin.page, datetime.now(ZoneInfo("Asia/Shanghai"))
    begins = f"{now - timedelta(minutes=1):%Y-%m-%d %H:%M}"
    admin.opens("studio/use/")
    page.get_by_role("combobox", name=re.compile("^主题")).select_option(label="哀悼")
    page.get_by_role("textbox", name=re.compile("^开始")).fill(begins)
    page.get_by_role("textbox", name=re.compile("^结束")).fill(f"{now + timedelta(days=2):%Y-%m-%d %H:%M}")
    page.get_by_role("spinbutton", name=re.compile("^优先级")).fill("100")
    page.get_by_role("heading", level=1).click()  # the calendars close
    page.get_by_role("button", name="保存安排").click()
    expect(page.get_by_role("status").filter(has_text="已保存安排")).to_be_visible()
    yield admin
    admin.opens("studio/")
    page.get_by_role("row").filter(has_text=begins).get_by_role("button", name="取消安排").click()
    expect(page.get_by_role("status").filter(has_text="已取消这条安排")).to_be_visible()


def wears(page: Page, mode: str, care: bool) -> None:
    """Choose a look, as look.js does, without the moment between two colours."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(WEAR, [mode, care])


def strongest_colour(page: Page) -> int:
    """Return the chroma of the most colourful point of the page, pictures and all."""
    page.wait_for_load_state("networkidle")
    with Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled"))) as shot:
        red, green, blue = shot.convert("RGB").split()
        brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
        return int(ImageChops.subtract(brightest, darkest).getextrema()[1])


@pytest.mark.req("H1.1")
def test_on_a_day_of_mourning_every_look_is_grey_and_readable(mourning: Staff, patient: Patient) -> None:
    page = patient.page
    for address, title in (("/", "江城示范医院"), ("/departments/", "选择科室")):
        patient.opens(address)
        patient.is_at(title)
        for mode, care in (("light", False), ("light", True), ("dark", False)):
            wears(page, mode, care)
            assert strongest_colour(page) <= GREY, f"{address} {mode} {care}"
            assert axe(page) == [], f"{address} {mode} {care}"


@pytest.mark.req("H1.2")
def test_the_dark_is_readable_at_a_desk_too(patient: Patient, another: Any) -> None:
    patient.opens()
    patient.is_at("江城示范医院")
    assert strongest_colour(patient.page) > GREY * 10
    article = str(patient.main.locator("a[href^='/articles/']:not([href*='?'])").last.get_attribute("href"))
    visitor = another(viewport=DESKTOP, is_mobile=False, has_touch=False)
    for address in ("/", article, "/departments-intro/department-0101a/", "/floor-map/", "/packages/"):
        visitor.opens(address)
        settle(visitor.page)
        wears(visitor.page, "dark", False)
        assert axe(visitor.page) == [], address
        assert visitor.page.evaluate("document.documentElement.scrollWidth") == DESKTOP["width"], address


@pytest.mark.req("G1.4")
def test_a_film_waits_behind_its_picture(patient: Patient) -> None:
    patient.page.route("https://v.qq.com/**", lambda route: route.abort())
    patient.opens("/showcase/")
    patient.is_at("组件展示")
    for care in (False, True):
        wears(patient.page, "light", care)
        film = patient.main.locator(".ph-video-box").first
        film.scroll_into_view_if_needed()
        picture = film.locator("img")
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("img => img.naturalWidth") >= 300
        inside, box = picture.bounding_box(), film.bounding_box()
        assert inside
        assert box
        assert (round(inside["width"]), round(inside["height"])) == (round(box["width"]), round(box["height"]))
        play = film.get_by_role("link", name=re.compile("^播放"))
        mark = play.bounding_box()
        assert mark
        assert min(mark["width"], mark["height"]) >= 48
