"""New pages from templates, and portals from files, as staff do it at the screen."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser


@pytest.mark.req("46.8")
def test_an_editor_begins_a_page_from_a_template(desk_page: Any, portal: RunningPortal) -> None:
    editor = Staff(desk_page, portal, "editor")
    editor.signs_in()
    title = f"儿科搬迁通知 {secrets.token_hex(2)}"

    editor.begins_page("通知公告")

    expect(editor.page.get_by_role("region", name=re.compile("^通知栏")).first).to_be_visible()
    editor.page.get_by_role("textbox", name=re.compile("^标题")).first.fill(title)
    editor.publishes()
    editor.is_told_of_publishing(title)


@pytest.mark.req("46.9")
def test_an_administrator_sees_the_difference_before_a_bundle_is_imported(
    desk_page: Any, portal: RunningPortal, tmp_path: Any
) -> None:
    admin = Staff(desk_page, portal, "admin")
    admin.signs_in()
    admin.opens("portal-bundles/")
    with admin.page.expect_download() as download:
        admin.page.get_by_role("button", name="导出并下载").click()
    file = tmp_path / "portal.zip"
    download.value.save_as(file)

    admin.page.get_by_label(re.compile("门户包文件")).set_input_files(file)
    admin.page.get_by_role("button", name="上传并查看差异").click()

    expect(admin.page.get_by_role("heading", name="会发生什么")).to_be_visible()
    sums = admin.page.get_by_role("listitem")
    expect(sums.filter(has_text=re.compile(r"^\s*\d+\s*没有变化\s*$"))).to_be_visible()
    expect(sums.filter(has_text=re.compile(r"^\s*\d+\s*新增\s*$"))).to_have_count(0)
    admin.page.get_by_role("button", name="不导入了").click()
    expect(admin.page.get_by_text("已取消导入，什么都没有改变。")).to_be_visible()
