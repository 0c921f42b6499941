"""A stranger with the guide beside the form: five minutes, counted in clicks."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.browser.steps import Patient
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser
# What somebody does who has never been here: each click and each field written in, across pages.
COUNT = """() => {
  const count = (name) => sessionStorage.setItem(name, Number(sessionStorage.getItem(name) || 0) + 1);
  addEventListener("click", (event) => { if (event.isTrusted && event.detail) count("clicks"); }, true);
  addEventListener("change", (event) => { if (event.target.matches("input, textarea")) count("fields"); }, true);
}"""


@pytest.mark.req("7.1", "G1.4")
def test_from_signing_in_to_a_notice_on_the_phones_in_three_clicks(
    desk_page: Any, portal: RunningPortal, patient: Patient
) -> None:
    page, words = desk_page, f"元旦停诊安排 {secrets.token_hex(3)}"
    page.add_init_script(f"({COUNT})()")
    editor = Staff(page, portal, "editor")
    editor.signs_in()
    page.get_by_role("link", name=re.compile("^发布公告")).click()
    page.get_by_role("textbox", name=re.compile("^标题")).fill(words)
    # What most notices do not need is not in the way.
    expect(page.get_by_label(re.compile("^科室"))).to_be_hidden()
    expect(page.get_by_label(re.compile("^停止显示"))).to_be_hidden()
    page.get_by_role("button", name="发布公告").click()

    told = page.get_by_role("status").filter(has_text=f"已发布「{words}」，患者刷新就能看到。")
    expect(told).to_be_visible()
    expect(told.get_by_role("link", name="看看首页")).to_be_visible()
    counted = page.evaluate("[sessionStorage.clicks, sessionStorage.fields].map(Number)")
    assert counted == [3, 3]  # 登录, 发布公告, 发布公告; name, password, title

    patient.opens()
    patient.is_at("江城示范医院")
    patient.sees(words)


@pytest.mark.req("G1.4")
def test_the_guide_opens_beside_the_form_and_nothing_typed_is_lost(desk_page: Any, portal: RunningPortal) -> None:
    page = desk_page
    editor = Staff(page, portal, "editor")
    editor.signs_in()
    editor.opens("desk/notices/new/")
    title = page.get_by_role("textbox", name=re.compile("^标题"))
    title.fill("写到一半")
    # A department's notice asks which one, and only then
    page.get_by_role("combobox", name=re.compile("^范围")).select_option(label="一个科室")
    expect(page.get_by_role("combobox", name=re.compile("^科室"))).to_be_visible()
    expect(page.get_by_role("combobox", name=re.compile("^医生"))).to_be_hidden()

    help_button = page.get_by_role("link", name="使用指南")
    help_button.click()
    drawer = page.get_by_role("complementary", name="使用指南")
    expect(drawer.get_by_role("heading", level=1)).to_have_text("发布公告")
    picture = drawer.get_by_role("img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("img => img.naturalWidth") > 0
    drawer.get_by_role("link", name="写文章", exact=True).first.click()
    expect(drawer.get_by_role("heading", level=1)).to_have_text("写文章")
    drawer.get_by_role("searchbox").fill("二维码")
    page.keyboard.press("Enter")
    drawer.get_by_role("link", name=re.compile("在自己手机上看草稿")).click()
    heading = drawer.get_by_role("heading", name="在自己手机上看草稿")
    expect(heading).to_be_in_viewport()
    page.keyboard.press("Escape")

    expect(drawer).to_be_hidden()
    expect(help_button).to_be_focused()
    expect(title).to_have_value("写到一半")
