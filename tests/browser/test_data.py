"""Services nobody thought of: an editor binds a block by choosing fields, a patient fills in a form."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.browser.steps import Patient
from tests.portal import RunningPortal

pytestmark = pytest.mark.browser


@pytest.mark.req("G5.5")
def test_an_editor_chooses_fields_from_a_sample_and_patients_see_the_data(
    desk_page: Any, portal: RunningPortal, patient: Patient
) -> None:
    editor = Staff(desk_page, portal, "editor")
    editor.signs_in()
    editor.begins_page("空白")
    page = editor.page
    title = f"套餐一览 {secrets.token_hex(3)}"
    page.get_by_role("textbox", name=re.compile("^标题")).first.fill(title)
    editor.inserts_block("数据列表")
    block = page.get_by_role("region", name=re.compile("^数据列表")).first
    chooser = page.get_by_role("listbox", name="样例中的字段")
    heading = block.get_by_label(re.compile("^每项的标题"))
    # Nothing can be chosen before there is a source, and the editor is told so
    heading.click()
    expect(chooser).to_contain_text("先在上面选择数据源")
    block.get_by_role("combobox", name=re.compile("^数据源")).select_option(label="体检套餐")
    # By mouse, from the examples
    heading.click()
    chooser.get_by_role("option", name=re.compile("^name")).click()
    expect(heading).to_have_value("name")
    expect(chooser).to_have_count(0)
    # By keyboard, narrowed down by what is typed
    text = block.get_by_label(re.compile("^每项的说明"))
    text.press_sequentially("ite")
    expect(chooser.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(text).to_have_value("items")
    # The phone beside the form shows what HIS says now
    phone = editor.opens_preview()
    expect(phone.get_by_text("长者关爱套餐")).to_be_visible()
    editor.publishes()
    editor.is_told_of_publishing(title)
    page.get_by_role("status").get_by_role("link", name=re.compile("查看|显示")).first.click(trial=True)
    address = page.get_by_role("status").get_by_role("link", name=re.compile("查看|显示")).first.get_attribute("href")
    patient.page.goto(str(address) if str(address).startswith("http") else portal.url + str(address))
    patient.is_at(title)
    patient.sees("长者关爱套餐")
    patient.sees(re.compile("颈动脉"))


@pytest.mark.req("G5.5")
def test_a_patient_fills_in_a_form_that_no_programmer_wrote(patient: Patient) -> None:
    patient.holds("皮肤科")
    patient.opens("/home-nursing/")
    patient.is_at("上门护理")
    service = patient.main.get_by_label("护理项目")
    service.select_option(label="换药")
    patient.main.get_by_label("联系电话").fill("1390000")
    patient.main.get_by_label("上门地址").fill("江城市江岸区解放大道 1 号 2 单元 301")
    patient.button("提交申请").click()
    # What is wrong is said at its field, and nothing that was typed is lost
    patient.sees("请填写“希望日期”。")
    patient.sees("请填写 11 位手机号。")
    expect(service).to_have_value("换药")
    expect(patient.main.get_by_label("上门地址")).to_have_value(re.compile("2 单元 301"))

    patient.main.get_by_label("希望日期").fill("2030-01-08")
    patient.main.get_by_label("联系电话").fill(patient.person.phone)
    patient.button("提交申请").click()

    patient.ends_with("已受理")
    patient.sees("受理编号")
