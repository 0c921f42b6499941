"""The theme studio: unsaved values on real pages, and what cannot be read."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Staff
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser

BRAND = "getComputedStyle(document.documentElement).getPropertyValue('--ph-brand').trim()"


@pytest.mark.req("H1.1", "H1.2")
def test_unsaved_colours_are_worn_by_the_real_page_and_judged(page: Page, portal: RunningPortal) -> None:
    # Given an administrator with a new theme
    page.set_viewport_size({"width": 1400, "height": 900})
    staff = Staff(page, portal, "admin")
    staff.signs_in()
    staff.opens("studio/")
    page.get_by_role("button", name="从系统自带的样子开始").click()
    name = f"试验 {uuid.uuid4().hex[:6]}"
    page.get_by_label("名称", exact=True).fill(name)
    expect(page.get_by_role("heading", name="所有文字都看得清")).to_be_visible()
    phone = page.frame_locator("[data-frame]")
    expect(phone.get_by_role("main")).to_be_visible()
    # When a colour is typed that is too light
    brand = page.get_by_label("主色", exact=True).first
    brand.fill("#ffd200")
    # Then the page in the phone wears it within a moment, and the failing pairs are named
    expect(page.get_by_text("链接与卡片 1.4，需要 4.5")).to_be_visible()
    frame = page.frame(url=re.compile(f"^{re.escape(portal.url)}/$"))
    assert frame is not None
    assert frame.evaluate(BRAND) == "#ffd200"
    # And one button moves it to where it can be read, in the dark too
    page.get_by_role("button", name="自动调整到看得清").click()
    expect(page.get_by_role("heading", name="所有文字都看得清")).to_be_visible()
    expect(brand).not_to_have_value("#ffd200")
    page.get_by_role("button", name="深色", exact=True).click()
    expect(phone.locator("html")).to_have_attribute("data-mode", "dark")
    # And it can be published, and taken away again
    page.get_by_role("button", name="保存并发布").click()
    expect(page.get_by_text(f"已发布「{name}」版本 1")).to_be_visible()
    staff.opens("studio/")
    page.get_by_role("listitem").filter(has_text=name).get_by_role("button", name="删除").click()
    expect(page.get_by_text(f"已删除「{name}」")).to_be_visible()
