"""Signing in, notices and articles."""

import re

from playwright.sync_api import expect

from tests.browser.guide.camera import CHINA, DESK, Camera, picture

NOTICE = "元旦假期门诊安排：1 月 1 日停诊，急诊照常"
PASTED = """
<section style="text-align:center;margin:10px 0">
<section style="display:inline-block;background-color:#0a6f8a;border-radius:20px;padding:6px 24px">
<p style="color:#fff;font-size:18px"><strong>冬季护心四件事</strong></p></section></section>
<section style="background-color:#e8f4f6;border-radius:10px;padding:14px">
<p style="font-size:15px;line-height:1.8">天气一冷，血管容易收缩，血压跟着升高。
<strong style="color:#c0392b">今天就能做</strong>的四件小事：</p></section>
<p>一、出门前先热身，戴帽子和围巾。</p><p>二、每天同一时间量血压，记下来。</p>"""
# What the browser does when somebody pastes.
PASTE = """(surface, html) => {
    const board = new DataTransfer(), how = { clipboardData: board, bubbles: true, cancelable: true };
    board.setData("text/html", html);
    surface.dispatchEvent(new ClipboardEvent("paste", how));
}"""


@picture
def login(camera: Camera) -> None:
    """The form, with a name typed."""
    context = camera.browser.new_context(viewport={"width": 900, "height": 620}, **CHINA)
    page = context.new_page()
    page.goto(f"{camera.portal.url}/staff/")
    page.get_by_label("用户名").fill("editor")
    page.locator("input[type=password]").fill("一二三四五六七八")
    camera.keep(page, page.get_by_role("button", name="登录"))
    context.close()


@picture
def desk(camera: Camera) -> None:
    """The first page."""
    page = camera.staff().page
    camera.keep(page, page.get_by_role("link", name=re.compile("^发布公告")), size=(1180, 470))


@picture
def notice_form(camera: Camera) -> None:
    """A notice, written; it is sent out."""
    page = camera.staff(at="desk/notices/new/").page
    title = page.get_by_role("textbox", name=re.compile("^标题"))
    title.fill(NOTICE)
    send = page.get_by_role("button", name="发布公告")
    camera.keep(page, title, send)
    send.click()
    expect(page.get_by_role("status").filter(has_text=f"已发布「{NOTICE}」")).to_be_visible()


@picture
def notice_list(camera: Camera) -> None:
    """The list with its states."""
    page = camera.staff(at="desk/notices/").page
    camera.keep(page, page.get_by_role("row").filter(has_text=NOTICE).first, size=(1180, 520))


@picture
def notice_on_phone(camera: Camera) -> None:
    """The home page with the notice, a minute later."""
    patient = camera.patient
    patient.opens()
    patient.is_at("江城示范医院")
    camera.keep(patient.page, patient.main.get_by_text(NOTICE).first)


@picture
def article_form(camera: Camera) -> None:
    """An article with title and category."""
    page = camera.staff(at="articles/new/").page
    title = page.get_by_role("textbox", name=re.compile("^标题"))
    title.fill("冬季护心：今天就能做的四件小事")
    category = page.get_by_role("combobox", name=re.compile("^分类"))
    category.select_option(label="健康科普")
    cover = page.get_by_role("button", name="选择一个图片")
    camera.keep(page, title, category, cover)


@picture
def article_paste(camera: Camera) -> None:
    """The field for what was copied elsewhere, filled."""
    staff = camera.staff(at="articles/new/")
    page = staff.page
    page.get_by_role("textbox", name=re.compile("^标题")).fill("冬季护心：今天就能做的四件小事")
    page.get_by_role("combobox", name=re.compile("^分类")).select_option(label="健康科普")
    staff.inserts_block("粘贴的文章")
    surface = page.get_by_role("textbox", name="粘贴的内容")
    surface.evaluate(PASTE, PASTED)
    expect(surface.get_by_text("冬季护心四件事")).to_be_visible()
    camera.keep(page, surface, of=page.get_by_role("region", name=re.compile("^粘贴的文章")), margin=14)


@picture
def article_draft(camera: Camera) -> None:
    """The page that sends an article to the official account's drafts."""
    staff = camera.staff(at="articles/list/")
    staff.page.get_by_role("link", name=re.compile("^冬季护心指南")).first.click()
    expect(staff.page.get_by_role("textbox", name=re.compile("^标题"))).to_be_visible()
    number = re.search(r"/pages/(\d+)/", staff.page.url)
    assert number
    staff.opens(f"articles/{number[1]}/draft/")
    send = staff.page.get_by_role("button", name=re.compile("送到公众号草稿箱|更新草稿"))
    camera.keep(staff.page, send, size=(1180, 480))


@picture
def guide_drawer(camera: Camera) -> None:
    """The guide beside a form."""
    page = camera.staff(at="desk/notices/new/").page
    page.get_by_role("link", name="使用指南").click()
    drawer = page.get_by_role("complementary", name="使用指南")
    expect(drawer.get_by_role("heading", name="发布公告")).to_be_visible()
    camera.keep(page, drawer, size=(DESK["width"], 620))
