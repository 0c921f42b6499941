"""Blocks are moved, doubled and split without a mouse, and every step can be undone."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser


@pytest.mark.req("46.8", "46.9")
def test_blocks_are_moved_doubled_and_split_by_keyboard(desk_page: Any, portal: RunningPortal) -> None:
    # Given a new page with a text and a notice above it
    editor = Staff(desk_page, portal, "editor")
    editor.signs_in()
    editor.begins_page("空白")
    page, keys = editor.page, editor.page.keyboard
    page.get_by_role("textbox", name=re.compile("^标题")).first.fill(f"键盘 {secrets.token_hex(3)}")
    editor.inserts_block("图文")
    editor.inserts_block("通知栏")
    kinds = page.locator("[data-streamfield-child] > section > .w-panel__header .c-sf-block__type")
    expect(kinds).to_have_text(["通知栏", "图文"])
    # When the notice is moved down and up again, and doubled
    notice = page.get_by_role("region", name=re.compile("^通知栏"))
    notice.first.locator("[data-panel-toggle]").first.focus()
    keys.press("Alt+ArrowDown")
    expect(kinds).to_have_text(["图文", "通知栏"])
    keys.press("Alt+ArrowUp")
    expect(kinds).to_have_text(["通知栏", "图文"])
    keys.press("Control+d")
    expect(kinds).to_have_text(["通知栏", "通知栏", "图文"])
    # And a text of two paragraphs is split between them
    text = page.get_by_role("region", name=re.compile("^图文"))
    words = text.locator("[contenteditable=true]")
    words.first.focus()
    keys.type("带身份证")
    keys.press("Enter")
    keys.type("带医保卡")
    keys.press("Home")
    keys.type("/")
    page.get_by_role("option", name="拆分组件").click()
    # Then there are two texts, one paragraph each
    expect(text).to_have_count(2)
    expect(words.nth(0)).to_have_text("带身份证")
    expect(words.nth(1)).to_have_text("带医保卡")
    # And two steps back there is one text again, and one notice
    bar = page.get_by_role("toolbar", name="组件工具")
    bar.get_by_role("button", name="撤销").click()
    expect(text).to_have_count(1)
    expect(words.first).to_contain_text("带医保卡")
    bar.get_by_role("button", name="重做").click()
    expect(text).to_have_count(2)
    bar.get_by_role("button", name="撤销").click()
    bar.get_by_role("button", name="撤销").click()
    expect(notice).to_have_count(1)
