"""Staff compose without fear: copy from page to page, undo, ready-made sections, fields that appear in time."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser


@pytest.fixture
def editor(desk_page: Any, portal: RunningPortal) -> Staff:
    """Give an editor who has signed in."""
    staff = Staff(desk_page, portal, "editor")
    staff.signs_in()
    return staff


def begins_page(editor: Staff) -> str:
    """Begin an empty page of one's own."""
    title = f"拼页 {secrets.token_hex(3)}"
    editor.opens("")
    editor.begins_page("空白")
    editor.page.get_by_role("textbox", name=re.compile("^标题")).fill(title)
    expect(editor.page.get_by_role("button", name="快捷键")).to_be_visible()
    return title


@pytest.mark.req("46.8", "46.9")
def test_a_block_travels_to_another_page_and_every_step_can_be_undone(editor: Staff) -> None:
    page = editor.page
    mark = secrets.token_hex(4)
    begins_page(editor)
    editor.inserts_block("通知栏")
    notice = page.get_by_role("region", name=re.compile("^通知栏"))
    notice.get_by_role("textbox", name=re.compile("^内容")).fill(f"停诊 {mark}")

    # Deleted and brought back: what was typed is there again.
    notice.get_by_role("button", name="删除").click()
    toast = page.get_by_role("status").filter(has_text="已删除「通知栏」")
    expect(toast).to_be_visible()
    expect(notice).to_have_count(0)
    toast.get_by_role("button", name="撤销").click()
    expect(notice.get_by_role("textbox", name=re.compile("^内容"))).to_have_value(f"停诊 {mark}")

    notice.get_by_role("button", name="复制到剪贴板").click()
    expect(page.get_by_role("status").filter(has_text="已复制 1 个组件")).to_be_visible()

    # On another page, after a fresh load, by keyboard and by button.
    begins_page(editor)
    bar = page.get_by_role("toolbar", name="组件工具")
    bar.get_by_role("button", name="粘贴").click()
    expect(notice).to_have_count(1)
    expect(notice.get_by_role("textbox", name=re.compile("^内容"))).to_have_value(f"停诊 {mark}")
    notice.locator("[data-panel-toggle]").first.focus()
    page.keyboard.press("Control+v")
    expect(notice).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(notice).to_have_count(1)
    page.keyboard.press("Control+Shift+Z")
    expect(notice).to_have_count(2)


@pytest.mark.req("46.10", "7.1")
def test_a_section_goes_in_at_once_and_a_link_shows_only_the_field_of_its_kind(editor: Staff) -> None:
    page = editor.page
    begins_page(editor)
    page.get_by_role("button", name="插入组件").first.click()
    picker = page.get_by_role("dialog", name="插入组件")
    picker.get_by_role("button", name="现成段落").click()
    picker.get_by_role("combobox", name="搜索组件").fill("tztx")
    option = picker.get_by_role("option", name="停诊提醒")
    expect(option).to_be_visible()
    expect(picker.get_by_role("option")).to_have_count(1)
    option.click()

    notice = page.get_by_role("region", name=re.compile("^通知栏"))
    expect(notice).to_have_count(1)
    expect(page.get_by_role("region", name=re.compile("^提示卡"))).to_have_count(1)

    kind = notice.get_by_label("链接到", exact=True)
    address = notice.get_by_role("textbox", name=re.compile("^填写网址"))
    expect(address).to_be_hidden()
    kind.select_option(label="网址")
    expect(address).to_be_visible()
    address.fill("https://www.example.org/")
    kind.select_option(label="电话")
    expect(address).to_be_hidden()
    kind.select_option(label="网址")
    expect(address).to_have_value("https://www.example.org/")

    # One step back takes the whole section away.
    page.get_by_role("toolbar", name="组件工具").get_by_role("button", name="撤销").click()
    expect(notice).to_have_count(0)
    expect(page.get_by_role("region", name=re.compile("^提示卡"))).to_have_count(0)
