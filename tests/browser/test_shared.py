"""Shared content: made of a block, changed once for all pages, deleted by who knows where it is used."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.browser.steps import Patient
from tests.portal import RunningPortal

pytestmark = [pytest.mark.browser, pytest.mark.req("46.9")]


@pytest.fixture
def editor(desk_page: Any, portal: RunningPortal) -> Staff:
    """Give an editor who has signed in."""
    staff = Staff(desk_page, portal, "editor")
    staff.signs_in()
    return staff


def test_a_block_is_shared_changed_in_one_place_and_deleted_after_a_warning(editor: Staff, patient: Patient) -> None:
    page = editor.page
    mark = secrets.token_hex(3)
    # The address of a page follows from its title.
    name, title, address = f"咨询电话 {mark}", f"Shared {mark}", f"shared-{mark}"

    # Given a page whose notice is stored as shared content
    editor.begins_page("空白")
    page.get_by_role("textbox", name=re.compile("^标题")).fill(title)
    editor.inserts_block("通知栏")
    notice = page.get_by_role("region", name=re.compile("^通知栏"))
    notice.get_by_role("textbox", name=re.compile("^内容")).fill(f"电话 8000 {mark}")
    notice.get_by_role("button", name="存为公用内容").click()
    dialog = page.get_by_role("dialog", name="存为公用内容")
    dialog.get_by_label("起个名字").fill(name)
    dialog.get_by_role("button", name="存为公用内容").click()
    place = page.get_by_role("region", name=re.compile("^公用内容"))
    expect(place).to_contain_text(name)
    expect(notice).to_have_count(0)
    editor.publishes()
    editor.is_told_of_publishing(title)
    patient.opens(f"/{address}/")
    expect(patient.page.get_by_text(f"电话 8000 {mark}")).to_be_visible()

    # When it is changed in the list of shared content, where the page is named
    page.get_by_role("link", name="公用内容", exact=True).first.click()
    page.get_by_role("link", name=name).first.click()
    uses = page.locator("[data-shared-uses]")
    expect(uses).to_contain_text("用在 1 个页面")
    expect(uses.get_by_role("link", name=title)).to_be_visible()
    region = page.get_by_role("region", name=re.compile("^通知栏"))
    editor.unfolds(region)
    region.get_by_role("textbox", name=re.compile("^内容")).fill(f"电话 9000 {mark}")
    editor.publishes()
    expect(page.get_by_role("status").filter(has_text=name)).to_be_visible()

    # Then the next request of the page shows it
    patient.opens(f"/{address}/")
    expect(patient.page.get_by_text(f"电话 9000 {mark}")).to_be_visible()

    # And who wants to delete it sees first where it is used
    page.get_by_role("link", name=name).first.click()
    expect(page).to_have_url(re.compile(r"/edit/\d+/"))
    page.goto(re.sub(r"/edit/", "/delete/", page.url))
    warning = page.locator("[data-shared-uses]")
    expect(warning).to_contain_text("用在 1 个页面")
    expect(warning.get_by_role("link", name=title)).to_be_visible()
    page.get_by_role("button", name="仍然删除").click()
    expect(page.get_by_role("link", name=name)).to_have_count(0)
    patient.opens(f"/{address}/")
    expect(patient.page.get_by_text(f"电话 9000 {mark}")).to_have_count(0)
