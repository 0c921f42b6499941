"""The page editor: preview, blocks, clipboard, templates, media, checks."""

import re
import secrets

from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import Staff
from tests.browser.guide.camera import Camera, picture
from themes.pictures import banners

# Of a width nobody has uploaded before: Wagtail asks back about a picture it knows.
UPLOADED_WIDTH = 1000 + secrets.randbelow(500)


def _begins(camera: Camera, title: str = "") -> Staff:
    """Begin an empty page; it saves itself, so each has a title of its own."""
    staff = camera.staff()
    staff.begins_page("空白")
    staff.page.get_by_role("textbox", name=re.compile("^标题")).first.fill(title or camera.name)
    return staff


def _previewed(camera: Camera) -> tuple[Staff, Locator]:
    staff = camera.staff()
    staff.edits_home_page()
    panel = staff.page.locator(".form-side")
    if not panel.locator("iframe").first.is_visible():
        staff.opens_preview()
    phone = staff.page.frame_locator("#w-preview-iframe")
    expect(phone.locator("html.ph-editing")).to_have_count(1)
    expect(phone.get_by_role("navigation", name="服务")).to_be_visible()
    return staff, panel


@picture
def edit_home(camera: Camera) -> None:
    """A click in the preview has opened a form."""
    staff, _panel = _previewed(camera)
    phone = staff.page.frame_locator("#w-preview-iframe")
    target = phone.get_by_role("navigation", name="服务").get_by_text("预约挂号", exact=True).first
    target.click()
    expect(phone.locator("section.is-edited")).to_have_count(1)
    region = staff.page.get_by_role("region", name=re.compile("^图标入口")).first
    field = region.get_by_role("textbox", name=re.compile("^文字")).first
    expect(field).to_be_visible()
    camera.keep(staff.page, target, field)


@picture
def preview_controls(camera: Camera) -> None:
    """The choices around the preview."""
    staff, panel = _previewed(camera)
    page = staff.page
    page.locator("[data-preview-controls] summary").click()
    controls = page.locator("[data-preview-controls]")
    controls.evaluate("element => element.scrollIntoView({block: 'end'})")
    camera.keep(page, of=controls, margin=8)
    page.locator("[data-preview-controls] summary").click()
    assert panel


@picture
def draft_qr(camera: Camera) -> None:
    """The code that opens the draft on a phone."""
    staff, _panel = _previewed(camera)
    page = staff.page
    page.get_by_role("button", name="在手机上看").click()
    window = page.get_by_role("dialog", name="在手机上看草稿")
    window.get_by_role("button", name="生成二维码").click()
    expect(window.get_by_role("img", name="草稿的二维码")).to_be_visible()
    # The address of this very draft is nobody's business, and warnings of a test's address are not the reader's.
    window.evaluate("""window => {
        window.querySelector("[data-draft-address]").value = "https://portal.hospital.example/-/draft/…";
        window.querySelectorAll(".portal-window-error").forEach((note) => note.remove());
    }""")
    camera.keep(page, of=window, margin=6)
    page.keyboard.press("Escape")


@picture
def block_picker(camera: Camera) -> None:
    """The picker with a search by initials."""
    staff = _begins(camera)
    page = staff.page
    page.get_by_role("button", name="插入组件").first.click()
    dialog = page.get_by_role("dialog", name="插入组件")
    search = dialog.get_by_role("combobox", name="搜索组件")
    search.fill("lbt")
    expect(dialog.get_by_role("option", name="轮播图")).to_be_visible()
    camera.keep(page, search, of=dialog, margin=10)
    page.keyboard.press("Escape")


@picture
def block_tools(camera: Camera) -> None:
    """The head of a block."""
    staff = _begins(camera)
    staff.inserts_block("通知栏")
    region = staff.page.get_by_role("region", name=re.compile("^通知栏"))
    camera.keep(staff.page, of=region.locator(".w-panel__header").first, margin=16)


@picture
def compose_bar(camera: Camera) -> None:
    """The buttons above the blocks."""
    staff = _begins(camera)
    staff.inserts_block("通知栏")
    region = staff.page.get_by_role("region", name=re.compile("^通知栏"))
    region.get_by_role("button", name="复制到剪贴板").click()
    bar = staff.page.get_by_role("toolbar", name="组件工具")
    camera.keep(staff.page, of=bar, margin=12)


@picture
def shortcuts(camera: Camera) -> None:
    """The list of keys."""
    staff = _begins(camera)
    staff.page.get_by_role("toolbar", name="组件工具").get_by_role("button", name="快捷键").click()
    camera.keep(staff.page, of=staff.page.get_by_role("dialog", name="快捷键"), margin=6)
    staff.page.keyboard.press("Escape")


@picture
def templates(camera: Camera) -> None:
    """The pictures a new page is chosen from."""
    staff = camera.staff()
    staff.page.get_by_role("link", name=re.compile("新建页面")).first.click()
    expect(staff.page.get_by_role("link", name=re.compile("^通知公告"))).to_be_visible()
    camera.keep(staff.page)


@picture
def sections(camera: Camera) -> None:
    """Ready-made sections."""
    staff = _begins(camera)
    page = staff.page
    page.get_by_role("button", name="插入组件").first.click()
    dialog = page.get_by_role("dialog", name="插入组件")
    dialog.get_by_role("button", name="现成段落").click()
    expect(dialog.get_by_role("option", name="停诊提醒")).to_be_visible()
    camera.keep(page, dialog.get_by_role("button", name="现成段落"), of=dialog, margin=10)
    page.keyboard.press("Escape")


@picture
def checklist(camera: Camera) -> None:
    """What must be put right, each a click from its place."""
    staff = _begins(camera, "流感疫苗接种通知")
    page = staff.page
    expect(page.locator("[data-checklist] > .portal-checklist")).to_have_count(1)
    staff.inserts_block("通知栏")
    notice = page.get_by_role("region", name=re.compile("^通知栏"))
    notice.get_by_role("textbox", name=re.compile("^内容")).fill("")
    page.get_by_role("button", name=re.compile("发布前检查")).click()
    line = page.get_by_role("button", name=re.compile("必须改.*通知栏"))
    expect(line).to_be_visible()
    camera.keep(page, line)


@picture
def publish_warning(camera: Camera) -> None:
    """The question before a step loses its block; nothing is published."""
    staff = camera.staff("admin")
    staff.edits_page("消息")
    region = staff.page.get_by_role("region", name="消息列表")
    if region.count():
        staff.removes_block("消息列表")
    staff.publishes()
    expect(staff.page.get_by_role("button", name="仍然发布")).to_be_visible()
    camera.keep(staff.page, staff.page.get_by_role("link", name="返回修改"), size=(1180, 460))


@picture
def upload_picture(camera: Camera) -> None:
    """A picture on its way in."""
    page = camera.staff(at="images/multiple/add/").page
    drawn = banners.banner_png("vaccine", UPLOADED_WIDTH)
    page.locator("input[type=file]").first.set_input_files(
        files={"name": "秋季接种.png", "mimeType": "image/png", "buffer": drawn}
    )
    expect(page.get_by_role("textbox", name=re.compile("^标题")).first).to_be_visible()
    camera.keep(page, size=(1180, 620))


@picture
def focal_point(camera: Camera) -> None:
    """A portrait with its focal point drawn."""
    page = camera.staff(at="images/?q=医生照片 D010101").page
    page.locator("main a[href*='/images/']").filter(has=page.locator("img")).first.click()
    chooser = page.locator(".focal-point-chooser")
    expect(chooser).to_be_visible()
    chooser.scroll_into_view_if_needed()
    _draws(page, chooser)
    camera.keep(page, chooser, size=(1180, 660))


def _draws(page: Page, chooser: Locator) -> None:
    box = chooser.locator(".jcrop-holder").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.15)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.55, steps=8)
    page.mouse.up()
