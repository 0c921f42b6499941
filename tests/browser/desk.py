"""What staff do at /staff/."""

import re

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.steps import SECONDS
from tests.portal import RunningPortal


class Staff:
    """A member of staff at a screen."""

    def __init__(self, page: Page, portal: RunningPortal, role: str) -> None:
        self.page, self.portal, self.role = page, portal, role
        page.set_default_timeout(SECONDS * 1000)

    def signs_in(self) -> None:
        """Sign in with the account the start printed."""
        self.page.goto(f"{self.portal.url}/staff/")
        self.page.get_by_label("用户名").fill(self.role)
        self.page.locator("input[type=password]").fill(self.portal.password(self.role))
        self.page.get_by_role("button", name="登录").click()
        expect(self.page).to_have_url(f"{self.portal.url}/staff/")

    def opens(self, path: str) -> None:
        """Open a page of the desk."""
        self.page.goto(f"{self.portal.url}/staff/{path}")

    def finds_booking(self, number: str) -> Locator:
        """Look a booking up by one of its numbers; return its row in the list."""
        self.opens("desk/appointments/")
        self.page.get_by_placeholder(re.compile("^预约编号")).fill(number)
        row = self.page.get_by_role("row").filter(has_text=number)
        expect(row).to_have_count(1)
        return row

    # --- the page editor ----------------------------------------------------------------------------------------

    def edits_home_page(self) -> None:
        """Open the home page in the editor, from the first thing the desk offers."""
        self.page.get_by_role("link", name=re.compile("编辑首页")).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("首页")

    def edits_page(self, title: str) -> None:
        """Find a page by its title and open it in the editor."""
        self.opens(f"pages/search/?q={title}")
        self.page.get_by_role("link", name=title, exact=True).first.click()
        expect(self.page.get_by_role("textbox", name=re.compile("^标题"))).to_have_value(title)

    def begins_page(self, template: str) -> None:
        """Begin a new page from a template, by its picture, or from 「空白」."""
        self.page.get_by_role("link", name=re.compile("新建页面")).first.click()
        self.page.get_by_role("link", name=re.compile(f"^{template}")).click()
        expect(self.page.get_by_role("textbox", name=re.compile("^标题"))).to_be_visible()

    def removes_block(self, block: str) -> None:
        """Take a block out of the page."""
        region = self.page.get_by_role("region", name=block)
        region.get_by_role("button", name="删除").first.click()
        expect(region).to_have_count(0)

    def inserts_block(self, block: str) -> None:
        """Choose a block from the picker, at the top of the page."""
        self.page.get_by_role("button", name="插入组件").first.click()
        self.page.get_by_role("listbox", name=re.compile("搜索")).get_by_role("option", name=block).click()
        expect(self.page.get_by_role("region", name=block)).to_have_count(1)

    def is_told_of_publishing(self, title: str) -> None:
        """Expect to be told that the page is live."""
        expect(self.page.get_by_role("status").filter(has_text=re.compile(f"{title}.*发布"))).to_be_visible()

    def unfolds(self, region: Locator) -> None:
        """Open the form of a block; those that were there before are folded."""
        toggle = region.locator("[data-panel-toggle]").first
        expect(toggle).to_be_visible()
        if toggle.get_attribute("aria-expanded") == "false":
            toggle.click()

    def adds_to(self, block: str) -> Locator:
        """Add an item at the end of the list inside a block; return the item."""
        region = self.page.get_by_role("region", name=re.compile(f"^{block}")).first
        self.unfolds(region)
        items = region.locator("section[id^=block-]")  # what an item consists of is called block_group-
        add = region.get_by_role("button", name="新增", exact=True).last
        expect(add).to_be_visible()  # the form is drawn by script: counting earlier counts nothing
        before = items.count()
        add.click()
        expect(items).to_have_count(before + 1)
        return items.last

    def uploads_picture(self, slide: Locator, *, title: str, picture: bytes) -> None:
        """Upload a picture from this computer into a slide."""
        slide.get_by_role("button", name="选择一个图片").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("tab", name="上传").click()
        panel = dialog.get_by_role("tabpanel", name="上传")
        panel.locator("input[type=file]").set_input_files(
            files=[{"name": "banner.png", "mimeType": "image/png", "buffer": picture}]
        )
        panel.get_by_label("标题").fill(title)
        panel.get_by_role("button", name="上传").click()
        expect(dialog).to_have_count(0)

    def opens_preview(self) -> FrameLocator:
        """Open the preview beside the form; return the phone in it."""
        self.page.get_by_role("button", name="预览开关").click()
        return self.page.frame_locator("#w-preview-iframe")

    def publishes(self) -> None:
        """Publish with the button that is always in sight."""
        self.page.get_by_role("button", name="发布", exact=True).click()
