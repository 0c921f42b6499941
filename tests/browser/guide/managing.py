"""Themes, menus and bundles."""

import re
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.guide.camera import Camera, picture


def _now() -> datetime:
    return datetime.now(ZoneInfo("Asia/Shanghai"))


@picture
def theme_studio(camera: Camera) -> None:
    """Colours beside the page that wears them."""
    page = camera.staff("admin", "studio/").page
    page.get_by_role("listitem").filter(has_text="青瓷").get_by_role("link", name="编辑").click()
    expect(page.frame_locator("[data-frame]").get_by_role("main")).to_be_visible()
    colour = page.get_by_label("主色", exact=True).first
    colour.evaluate("element => element.scrollIntoView({block: 'center'})")
    camera.keep(page, colour)


@picture
def theme_use(camera: Camera) -> None:
    """The days of mourning; they begin a minute ago."""
    page = camera.staff("admin", "studio/use/").page
    page.get_by_role("combobox", name=re.compile("^主题")).select_option(label="哀悼")
    site = page.get_by_role("combobox", name=re.compile("^站点"))
    site.select_option(index=1)
    now = _now()
    page.get_by_role("textbox", name=re.compile("^开始")).fill(f"{now - timedelta(minutes=2):%Y-%m-%d %H:%M}")
    page.get_by_role("textbox", name=re.compile("^结束")).fill(f"{now + timedelta(days=1):%Y-%m-%d} 00:00")
    page.get_by_role("spinbutton", name=re.compile("^优先级")).fill("100")
    page.get_by_role("heading", level=1).click()  # the calendars close
    save = page.get_by_role("button", name="保存安排")
    save.scroll_into_view_if_needed()
    camera.keep(page, save)
    save.click()
    expect(page.get_by_role("status").filter(has_text="已保存安排")).to_be_visible()


@picture
def mourning_phone(camera: Camera) -> None:
    """The home page on a day of mourning, which ends at once."""
    patient = camera.patient
    patient.opens()
    patient.is_at("江城示范医院")
    camera.keep(patient.page)
    page = camera.staff("admin", "studio/").page
    row = page.get_by_role("row").filter(has_text=f"{_now():%Y-%m-%d}").filter(has_text="哀悼")
    row.get_by_role("button", name="取消安排").click()
    expect(page.get_by_role("status").filter(has_text="已取消这条安排")).to_be_visible()


@picture
def wechat_menu(camera: Camera) -> None:
    """The menu of the official account as a phone shows it."""
    page = camera.staff("admin", "settings/studio/wechatmenu/").page
    phone = page.get_by_label("公众号菜单预览")
    expect(phone).to_be_visible()
    camera.keep(page, phone)


@picture
def tab_bar(camera: Camera) -> None:
    """The tab bar with its preview."""
    page = camera.staff("admin", "settings/pages/portalsettings/").page
    bar = page.get_by_label("底部标签栏预览")
    expect(bar).to_be_visible()
    bar.evaluate("element => element.scrollIntoView({block: 'center'})")
    camera.keep(page, bar)


@picture
def bundle_difference(camera: Camera) -> None:
    """What an import would do; it is called off."""
    page = camera.staff("admin", "portal-bundles/").page
    with page.expect_download() as download:
        page.get_by_role("button", name="导出并下载").click()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "portal.zip"
        download.value.save_as(file)
        page.get_by_label(re.compile("门户包文件")).set_input_files(file)
        page.get_by_role("button", name="上传并查看差异").click()
        expect(page.get_by_role("heading", name="会发生什么")).to_be_visible()
    camera.keep(page)
    page.get_by_role("button", name="不导入了").click()
