"""Content blocks in a browser: with the keyboard, and without a script."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.steps import Patient
from tests.browser.test_pages import axe

pytestmark = pytest.mark.browser
TENCENT = "https://v.qq.com/**"


@pytest.mark.req("G1.4")
def test_tabs_gallery_and_film_obey_the_keyboard_and_fetch_nothing_unasked(patient: Patient) -> None:
    page, asked = patient.page, []
    page.route(TENCENT, lambda route: (asked.append(route.request.url), route.abort()))
    patient.opens("/showcase/")
    patient.is_at("组件展示")
    first, second = patient.main.get_by_role("tab", name="主院区"), patient.main.get_by_role("tab", name="滨江院区")
    expect(first).to_have_attribute("aria-selected", "true")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    expect(patient.main.get_by_role("tabpanel", name="滨江院区")).to_be_visible()
    expect(patient.main.get_by_role("tabpanel", name="主院区")).to_have_count(0)

    picture = patient.link(re.compile("^查看大图：胃部健康宣传画"))
    picture.focus()
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="查看大图")
    expect(viewer.get_by_role("status")).to_have_text("1 / 6")
    expect(viewer.get_by_role("button", name="关闭")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("status")).to_have_text("2 / 6")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(picture).to_be_focused()

    assert asked == []
    patient.link(re.compile("^播放：胃镜检查前")).click()
    expect(patient.main.locator("iframe")).to_have_attribute("src", re.compile("^https://v.qq.com/txp/iframe/"))


def test_without_a_script_everything_stands_there(another: Any) -> None:
    plain = another(java_script_enabled=False)
    plain.opens("/showcase/?whole=1")
    plain.sees("周一至周日 8:00–12:00")
    plain.sees("周一至周六 8:00–12:00")
    expect(plain.link(re.compile("^播放：胃镜检查前"))).to_have_attribute(
        "href", re.compile("^https://v.qq.com/x/page/")
    )
    expect(plain.link(re.compile("^查看大图：胃部健康宣传画"))).to_have_attribute("href", re.compile(r"\.webp$"))
    plain.main.get_by_text("预约后还要取号吗？").click()
    plain.sees("凭预约二维码到诊区报到，按叫号就诊")
