"""An editor changes the portal without a programmer: adds, looks, publishes, is warned."""

import io
import re
import secrets
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.browser.steps import Patient
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser


@pytest.fixture
def editor(desk_page: Any, portal: RunningPortal) -> Staff:
    """Give an editor who has signed in."""
    staff = Staff(desk_page, portal, "editor")
    staff.signs_in()
    return staff


@pytest.fixture
def administrator(desk_page: Any, portal: RunningPortal) -> Staff:
    """Give an administrator who has signed in."""
    staff = Staff(desk_page, portal, "admin")
    staff.signs_in()
    return staff


def new_picture() -> bytes:
    """A picture nobody has uploaded before: Wagtail asks back about one it knows."""
    colours = Image.frombytes("RGB", (9, 4), secrets.token_bytes(108))
    stream = io.BytesIO()
    colours.resize((1125, 500), Image.Resampling.BICUBIC).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.req("G1.4", "G5.5", "46.6")
def test_an_editor_adds_a_picture_and_an_entrance_and_patients_see_them(editor: Staff, patient: Patient) -> None:
    mark = secrets.token_hex(2)
    alt, label = f"国庆假期门诊安排 {mark}", f"体检{mark}"
    patient.opens()
    patient.is_at("江城示范医院")
    expect(patient.main.get_by_alt_text(alt)).to_have_count(0)

    editor.edits_home_page()
    slide = editor.adds_to("轮播图")
    editor.uploads_picture(slide, title=f"假期门诊 {mark}", picture=new_picture())
    slide.get_by_label("替代文字").fill(alt)
    slide.get_by_label(re.compile(r"^链接到\*?$")).select_option(label="医院功能")
    slide.get_by_label("链接到功能").select_option(label="挂号 · 选择科室")

    entrance = editor.adds_to("图标入口")
    entrance.get_by_role("button", name="选择图标").click()
    icons = editor.page.get_by_role("dialog")
    icons.get_by_label("搜索图标").fill("体检")
    icons.get_by_role("button", name="体检套餐").click()
    expect(entrance.locator("select[data-icon-picker] option:checked")).to_have_text("体检套餐")
    entrance.get_by_role("textbox", name=re.compile("^文字")).fill(label)
    entrance.get_by_label("链接到功能").select_option(label="挂号 · 选择科室")

    # The phone beside the form shows both before anybody else can.
    phone = editor.opens_preview()
    expect(phone.get_by_alt_text(alt)).to_have_count(1)
    expect(phone.get_by_role("link", name=label)).to_be_visible()
    patient.page.reload()
    patient.is_at("江城示范医院")
    expect(patient.link(label)).to_have_count(0)

    editor.publishes()
    editor.is_told_of_publishing("首页")

    patient.page.reload()
    patient.is_at("江城示范医院")
    expect(patient.main.get_by_alt_text(alt)).to_have_count(1)
    patient.link(label).click()
    patient.is_at("选择科室")


@pytest.mark.req("G1.4")
def test_the_block_picker_shows_what_a_block_looks_like(administrator: Staff) -> None:
    # Blocks that do a step's work are an administrator's to place.
    editor = administrator
    editor.edits_home_page()
    editor.page.get_by_role("button", name="插入组件").nth(1).click()

    picker = editor.page.get_by_role("listbox", name=re.compile("搜索"))
    for group in ("文字", "预约挂号", "就诊人与账户", "缴费"):
        expect(picker.get_by_text(group, exact=True).first).to_be_visible()
    # The list closes when anything else takes the focus (a draft being saved, say): a person opens it again.
    pictured = editor.page.locator("iframe[src*=block-preview]")
    for _attempt in range(4):
        if not picker.is_visible():
            editor.page.get_by_role("button", name="插入组件").nth(1).click()
        expect(picker).to_be_visible()
        entry = picker.get_by_role("option", name=re.compile("科室选择"))
        entry.scroll_into_view_if_needed()
        entry.locator("xpath=following::button[1]").click()
        try:
            expect(pictured).to_be_visible(timeout=6000)
            break
        except AssertionError:
            continue

    expect(pictured.content_frame.get_by_role("region", name="科室列表")).to_be_visible()
    expect(editor.page.get_by_text("两级科室列表").last).to_be_visible()


@pytest.mark.req("G5.5")
def test_a_step_of_the_booking_cannot_be_given_to_two_pages(editor: Staff) -> None:
    editor.begins_page("空白")
    title = editor.page.get_by_role("textbox", name=re.compile("^标题"))
    title.fill(f"第二个挂号页 {secrets.token_hex(2)}")
    editor.page.get_by_role("tab", name="用途与样式").click()
    editor.page.get_by_role("combobox", name="用途").select_option(label="我的预约")

    editor.publishes()

    editor.page.get_by_role("button", name="看第一个错误").click()
    fields = editor.page.get_by_role("tabpanel", name=re.compile("^用途与样式"))
    expect(fields).to_contain_text("「我的预约」已经是「我的预约」页。请先把那一页的用途改掉，再发布这一页。")


@pytest.mark.req("G5.5")
def test_publishing_a_step_without_its_block_is_warned_of_in_chinese(administrator: Staff, patient: Patient) -> None:
    # Editors may not take a step's block away at all.
    editor = administrator
    editor.edits_page("消息")
    editor.removes_block("消息列表")

    editor.publishes()

    warning = editor.page.locator("main")
    expect(warning).to_contain_text("「消息」的用途是「消息」，但页面里没有「消息列表」组件，患者在这一步办不了事。")
    expect(warning.get_by_role("button", name="仍然发布")).to_be_visible()
    # Nothing has changed for patients.
    patient.opens("/messages/")
    patient.is_at("消息")
    patient.sees("登录后可以继续")

    # Back, the block put in again, and nobody objects.
    warning.get_by_role("link", name="返回修改").click()
    editor.inserts_block("消息列表")
    editor.publishes()
    editor.is_told_of_publishing("消息")
    patient.page.reload()
    patient.is_at("消息")
    patient.sees("登录后可以继续")
