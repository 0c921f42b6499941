"""Departments, doctors, help, places, data."""

import re

from playwright.sync_api import expect

from tests.browser.guide.camera import DESK, Camera, picture


@picture
def introduction(camera: Camera) -> None:
    """A doctor's page in the editor."""
    staff = camera.staff(at="pages/search/?q=周明远")
    staff.page.get_by_role("link", name=re.compile("^周明远")).first.click()
    expect(staff.page.get_by_role("textbox", name=re.compile("^标题"))).to_be_visible()
    camera.keep(staff.page)


@picture
def help_answers(camera: Camera) -> None:
    """An answer of the help centre."""
    staff = camera.staff(at="help/answers/")
    staff.page.locator("main").get_by_role("link", name=re.compile("？$")).first.click()
    question = staff.page.get_by_role("textbox", name=re.compile("^(标题|问题)")).first
    expect(question).to_be_visible()
    other = staff.page.get_by_role("textbox", name=re.compile("^患者还会怎么问"))
    camera.keep(staff.page, question, other)


@picture
def places_tree(camera: Camera) -> None:
    """Buildings, floors and rooms."""
    page = camera.staff(at="desk/places/").page
    camera.keep(page, page.get_by_role("link", name="画房间").first, size=(1180, 560))


@picture
def plan_editor(camera: Camera) -> None:
    """A floor with its rooms drawn."""
    page = camera.staff(at="desk/places/").page
    page.get_by_role("link", name="画房间").nth(2).click()
    expect(page.locator("[data-shapes] > *").first).to_be_visible()
    tool = page.get_by_role("button", name="画矩形")
    camera.keep(page, tool, page.get_by_role("button", name="保存", exact=True))


@picture
def floor_map_phone(camera: Camera) -> None:
    """A department found on the plan."""
    patient = camera.patient
    patient.opens("/floor-map/")
    patient.page.get_by_role("searchbox").fill("消化")
    patient.page.keyboard.press("Enter")
    patient.main.get_by_role("link", name=re.compile("^消化内科 主院区")).first.click()
    expect(patient.page).to_have_url(re.compile("department="))
    patient.is_at("楼层导航")
    camera.keep(patient.page)


@picture
def data_fields(camera: Camera) -> None:
    """The chooser with the fields of a sample."""
    staff = camera.staff("admin")
    staff.begins_page("空白")
    staff.page.get_by_role("textbox", name=re.compile("^标题")).first.fill("体检套餐")
    staff.inserts_block("数据列表")
    region = staff.page.get_by_role("region", name=re.compile("^数据列表")).first
    region.get_by_label(re.compile("^数据源")).first.select_option(label="体检套餐")
    field = region.get_by_placeholder("点这里从样例选择").first
    field.click()
    chooser = staff.page.locator(".portal-fields")
    expect(chooser.get_by_role("option").first).to_be_visible()
    field.evaluate("element => element.scrollIntoView({block: 'center'})")
    camera.keep(staff.page, chooser)


@picture
def submit_page(camera: Camera) -> None:
    """A department's own page, changed; it is submitted."""
    staff = camera.staff("secretary")
    staff.page.get_by_role("listitem").filter(has_text="消化内科").get_by_role(
        "link", name=re.compile("^编辑")
    ).first.click()
    page = staff.page
    staff.inserts_block("通知栏")
    notice = page.get_by_role("region", name=re.compile("^通知栏")).first
    notice.get_by_role("textbox", name=re.compile("^内容")).fill("内镜中心每天 8:00 开始叫号，请提前 15 分钟报到")
    submit = page.get_by_role("button", name="送审", exact=True)
    expect(submit).to_be_visible()
    camera.keep(page, submit)
    submit.click()
    anyway = page.get_by_role("button", name="仍然送审")
    told = page.get_by_role("status").filter(has_text="已送审")
    expect(anyway.or_(told).first).to_be_visible()
    if anyway.is_visible():
        anyway.click()
    expect(told).to_be_visible()


@picture
def review_page(camera: Camera) -> None:
    """What was submitted, beside what patients see now."""
    staff = camera.staff()
    staff.page.get_by_role("link", name=re.compile("^审核")).first.click()
    page = staff.page
    page.set_viewport_size({"width": 1440, "height": 900})  # phones and words side by side
    expect(page.get_by_role("heading", name="改了什么")).to_be_visible()
    for phone in page.locator("iframe").all():
        expect(phone.content_frame.get_by_role("main")).to_be_visible()
    camera.keep(page, page.get_by_role("heading", name="改了什么"))
    page.set_viewport_size(DESK)
