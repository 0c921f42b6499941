"""From 写文章 to a pasted article on the patients' phones."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser

PASTED = """<section style="background-color:#0a6f8a;padding:6px">
<p style="color:#fff" onclick="x()">护心指南 {mark}</p></section>
<script>document.title = "hacked"</script><img src="https://evil.example/a.png">"""


@pytest.mark.req("7.4", "46.7")
def test_an_editor_pastes_an_article_and_patients_read_it(desk_page: Any, portal: RunningPortal, page: Any) -> None:
    mark = secrets.token_hex(3)
    staff = Staff(desk_page, portal, "editor")
    staff.signs_in()
    staff.opens("articles/new/")
    desk = staff.page
    desk.get_by_role("textbox", name=re.compile("^标题")).fill(f"冬季护心 {mark}")
    desk.get_by_role("combobox", name=re.compile("^分类")).select_option(label="健康科普")
    staff.inserts_block("粘贴的文章")
    surface = desk.get_by_role("textbox", name="粘贴的内容")
    surface.evaluate(
        """(surface, html) => {
            const board = new DataTransfer();
            board.setData("text/html", html);
            const how = { clipboardData: board, bubbles: true, cancelable: true };
            surface.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        PASTED.replace("{mark}", mark),
    )
    expect(surface.get_by_text(f"护心指南 {mark}")).to_be_visible()
    region = desk.locator("portal-paste")
    expect(region.get_by_role("status")).to_contain_text("有 1 张没有搬过来")
    expect(region.get_by_role("alert")).to_contain_text("不在允许的名单里")
    staff.publishes()
    staff.is_told_of_publishing(f"冬季护心 {mark}")

    page.goto(f"{portal.url}/articles/?q={mark}")
    page.get_by_role("link", name=f"冬季护心 {mark}").click()
    words = page.get_by_text(f"护心指南 {mark}")
    expect(words).to_have_css("color", "rgb(255, 255, 255)")
    expect(page.get_by_text("这里有一张图片没有带过来")).to_be_visible()
    expect(page).not_to_have_title("hacked")
