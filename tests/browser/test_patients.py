"""A child without a number is added with a guardian and has a code: at phone size, with real messages."""

import json
import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.outside import Person
from tests.browser.steps import Patient


def signs_in_at(patient: Patient, path: str) -> None:
    """Open a page that needs an account and sign in there."""
    patient.opens(path)
    patient.link("登录").first.click()
    patient.signs_in()


@pytest.mark.browser
@pytest.mark.req("1.1", "3.1")
def test_a_newborn_is_added_with_a_guardian_and_has_a_code(patient: Patient) -> None:
    # Given somebody whose child has a birth certificate only
    signs_in_at(patient, "/add-patient/")
    patient.is_at("添加就诊人")
    main, parent = patient.main, Person("林晓雯")
    main.get_by_label("姓名", exact=True).fill("林小雨")
    # When they choose that document, the form asks for what it does not tell, and keeps what was typed
    main.get_by_label("证件类型", exact=True).select_option(label="出生医学证明（儿童无证件号）")
    expect(main.get_by_role("heading", name="监护人")).to_be_visible()
    expect(main.get_by_label("姓名", exact=True)).to_have_value("林小雨")
    number = f"U{patient.person.phone[-9:]}"
    main.get_by_label("证件号码", exact=True).fill(number)
    main.get_by_label("性别").select_option(label="女")
    main.get_by_label("出生日期").fill((date.today() - timedelta(days=40)).isoformat())
    patient.gets_code(patient.person.phone)
    main.get_by_label("与您的关系").select_option(label="子女")
    main.get_by_label("监护人与儿童的关系").select_option(label="母亲")
    main.get_by_label("监护人姓名").fill(parent.name)
    main.get_by_label("监护人证件号码").fill(parent.id_number)
    main.get_by_role("checkbox", name=re.compile("同意")).check()
    patient.button("添加就诊人").click()
    # Then the child stands on the list, HIS knows the guardian, and the child's own code is one touch away
    patient.is_at("就诊人")
    patient.sees("已添加 林小雨")
    made = patient.outside.ask(f"requests?endpoint=his.create_patient&contains={number}")
    assert json.loads(made[0]["body"])["guardian"]["relation"] == "mother"
    patient.link(re.compile("^查看")).first.click()
    patient.is_at("就诊人详情")
    patient.link("就诊二维码").click()
    patient.is_at("就诊二维码")
    expect(main.get_by_role("img", name="林小雨的就诊二维码")).to_be_visible()
