"""Composing with the preview: a click opens the form, the phone follows, the checklist leads to the field."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, expect

from tests.browser.desk import Staff
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser

# What staff feel as "at once"; the machines of the tests do several things at the same time.
FOLLOWS_SECONDS = 3.0


@pytest.fixture
def editor(desk_page: Any, portal: RunningPortal) -> Staff:
    """Give an editor who has signed in."""
    staff = Staff(desk_page, portal, "editor")
    staff.signs_in()
    return staff


def writes_notices(staff: Staff, title: str, words: list[str]) -> None:
    """Begin a page of one's own below the home page, with a notice for each of the words; it is saved by itself."""
    staff.begins_page("空白")
    is_watched(staff)
    staff.page.get_by_role("textbox", name=re.compile("^标题")).first.fill(title)
    for number, text in enumerate(reversed(words), 1):
        staff.page.get_by_role("button", name="插入组件").first.click()
        staff.page.get_by_role("listbox", name=re.compile("搜索")).get_by_role("option", name="通知栏").click()
        expect(notices(staff)).to_have_count(number)
        words_of(notices(staff).first).fill(text)
    expect(staff.page).to_have_url(re.compile(r"pages/\d+/edit"))


def is_watched(staff: Staff) -> None:
    """Wait until the editor looks for changes: the checklist has answered for the first time."""
    expect(staff.page.locator("[data-checklist] > .portal-checklist")).to_have_count(1)


def notices(staff: Staff) -> Locator:
    """The notices in the form."""
    return staff.page.get_by_role("region", name="通知栏")


def words_of(notice: Locator) -> Locator:
    """The field of a notice's words."""
    return notice.get_by_role("textbox", name=re.compile("^内容"))


def phone(staff: Staff) -> FrameLocator:
    """Open the preview; return the phone in it, drawn."""
    frame = staff.opens_preview()
    expect(frame.locator("html.ph-editing")).to_have_count(1)
    return frame


@pytest.mark.req("46.9")
def test_a_click_in_the_preview_opens_the_form_and_the_preview_follows(editor: Staff) -> None:
    # Given a page with two notices, opened again: its blocks are folded
    mark = secrets.token_hex(3)
    first, second = f"一号楼停电{mark}", f"二号楼停水{mark}"
    writes_notices(editor, f"预览{mark}", [first, second])
    expect(editor.page.get_by_text("已保存", exact=True)).to_be_visible()
    editor.page.reload()
    words = words_of(notices(editor).nth(1))
    expect(notices(editor)).to_have_count(2)
    expect(words).not_to_be_visible()
    # When the second is clicked in the preview
    frame = phone(editor)
    frame.get_by_text(second).click()
    # Then its form is open with the cursor in its words, and it is outlined in the preview
    expect(words).to_be_focused()
    expect(frame.locator("section.is-edited")).to_contain_text(second)
    # And what is typed is in the preview at once
    is_watched(editor)
    words.press_sequentially("，改")
    begun = time.monotonic()
    expect(frame.get_by_text(f"{second}，改")).to_be_visible()
    assert time.monotonic() - begun < FOLLOWS_SECONDS
    # And a guest on another day is a choice away
    editor.page.get_by_label("谁在看").select_option(label="没有登录的人")
    expect(frame.get_by_text(first)).to_be_visible()


@pytest.mark.req("46.9")
def test_the_checklist_leads_to_the_field_and_a_phone_shows_the_draft(
    editor: Staff, another: Callable[..., Any]
) -> None:
    # Given a notice without words
    mark = secrets.token_hex(3)
    text = f"新门诊开诊{mark}"
    writes_notices(editor, f"检查{mark}", [text, ""])
    # When staff look at the checklist, and click what must be put right
    editor.page.get_by_role("button", name=re.compile("发布前检查")).click()
    line = editor.page.get_by_role("button", name=re.compile("必须改.*通知栏"))
    expect(line).to_be_visible()
    editor.page.get_by_role("button", name="全部收起").click()
    line.click()
    # Then the cursor is in the empty field
    words = words_of(notices(editor).nth(1))
    expect(words).to_be_focused()
    words.fill(f"请带医保卡{mark}")
    expect(line).to_have_count(0)
    # And when a link for a phone is made
    phone(editor)
    editor.page.get_by_role("button", name="在手机上看").click()
    window = editor.page.get_by_role("dialog", name="在手机上看草稿")
    window.get_by_role("button", name="生成二维码").click()
    expect(window.get_by_role("img", name="草稿的二维码")).to_be_visible()
    address = window.get_by_label(re.compile("^链接")).input_value()
    # Then another phone, not signed in, shows the draft under its bar
    visitor = another()
    visitor.page.goto(address)
    expect(visitor.page.get_by_role("note").filter(has_text="草稿预览 · 有效至")).to_be_visible()
    visitor.sees(text)
    # And shows it no more once the link is revoked
    window.get_by_role("button", name="作废").click()
    expect(window.get_by_text("没有。")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_text("这个草稿链接已经失效").first).to_be_visible()
    assert visitor.refusals == []
