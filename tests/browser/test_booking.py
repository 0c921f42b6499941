"""A patient books and pays on a phone: the main job of the portal, from the home page to the message."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.outside import eventually
from tests.browser.steps import MONEY, Patient

pytestmark = pytest.mark.browser


@pytest.mark.req("1.2", "10.2", "10.9", "14.1", "21.3", "G5.3")
def test_a_patient_books_pays_and_is_told(patient: Patient, another: Callable[..., Patient]) -> None:
    # A guest looks around without anybody asking who it is.
    slot = patient.comes_to_confirmation("神经内科")
    where = patient.page.url
    expect(patient.main.get_by_text(MONEY).first).to_be_visible()

    # Only the booking itself wants to know; sign-in leads back to the very same place.
    patient.link("登录后预约").click()
    patient.signs_in()
    patient.is_at("确认预约")
    assert patient.page.url == where
    patient.sees(slot)

    patient.link("添加就诊人").last.click()
    patient.is_at("添加就诊人")
    patient.adds_oneself()
    patient.is_at("确认预约")
    patient.submits()

    # The number is kept, and the time runs.
    countdown = patient.main.locator("time[data-countdown]")
    expect(countdown).to_have_text(re.compile(r"^1[0-4]:\d\d$"))
    first = countdown.inner_text()
    expect(countdown).not_to_have_text(first)
    stranger = another()
    stranger.opens(where.removeprefix(patient.portal.url))
    stranger.sees("这个号已经不能预约了")

    patient.pays()
    patient.is_told_of_success()
    patient.sees(slot)
    patient.sees(patient.person.name)

    # The number is shown as taken to everybody else.
    stranger.link("选择其他时段").click()
    stranger.is_at("选择时段")
    number = re.search(r"【\d+号】", slot)
    assert number
    taken = stranger.main.get_by_role("listitem").filter(has_text=number[0])
    expect(taken).to_contain_text("已约")
    expect(taken.get_by_role("link")).to_have_count(0)

    # The booking is under 我的预约, reached from the home page.
    patient.opens()
    patient.is_at("江城示范医院")
    patient.main.get_by_role("navigation", name="服务").get_by_role("link", name="我的预约").click()
    patient.is_at("我的预约")
    booking = patient.main.get_by_role("article").filter(has_text=slot)
    expect(booking).to_contain_text("预约成功")
    expect(booking).to_contain_text("神经内科")

    # The message on the phone leads back to the result.
    assert eventually(lambda: patient.outside.messages(patient.person)), "no message arrived"
    patient.page.goto(f"{patient.portal.sandbox_url}/phone/{patient.person.user}")
    messages = patient.page.get_by_role("article").filter(has_text=patient.person.name)
    message = messages.filter(has_text="预约挂号成功通知")
    expect(message).to_contain_text("神经内科")
    message.get_by_role("link", name="查看详情").click()
    patient.is_at("预约结果")
    patient.is_told_of_success()


def field_error(patient: Patient, label: str) -> Any:
    """The sentence at a field, found as a screen reader finds it."""
    return patient.main.locator("#" + str(patient.main.get_by_label(label).get_attribute("id")) + "_error")


@pytest.mark.req("3.1")
def test_every_mistake_about_a_patient_has_its_own_sentence(patient: Patient) -> None:
    patient.comes_to_confirmation("神经内科")
    patient.link("登录后预约").click()
    patient.signs_in()
    patient.is_at("确认预约")
    patient.link("添加就诊人").last.click()
    patient.is_at("添加就诊人")
    good = patient.person.id_number
    wrong_check = good[:17] + ("1" if good[17] != "1" else "2")

    patient.button("添加就诊人").click()
    for label, sentence in (
        ("姓名", "请填写姓名"),
        ("身份证号", "请填写 18 位身份证号"),
        ("手机号", "请填写 11 位手机号"),
        ("与您的关系", "请选择与您的关系"),
    ):
        expect(field_error(patient, label)).to_contain_text(sentence)
    patient.sees("请阅读并勾选同意后再添加")

    patient.fills_in(name="林晓雯2", id_number=wrong_check, phone="1391234", relation="本人", consent=True)
    expect(field_error(patient, "姓名")).to_contain_text("姓名中不能有数字")
    expect(field_error(patient, "身份证号")).to_contain_text("校验不通过")
    expect(field_error(patient, "手机号")).to_contain_text("您填写了 7 位")
    # The first mistake has come into sight, whatever stood there before.
    expect(patient.main.get_by_label("姓名")).to_be_focused()
    expect(patient.main.get_by_label("姓名")).to_be_in_viewport()
    # What was typed stays.
    expect(patient.main.get_by_label("姓名")).to_have_value("林晓雯2")
    expect(patient.main.get_by_label("身份证号")).to_have_value(wrong_check)
    expect(patient.main.get_by_label("手机号")).to_have_value("1391234")
    expect(patient.main.get_by_label("与您的关系")).to_have_value(re.compile("."))

    # A forgotten choice does not hide the other mistakes until later.
    patient.main.get_by_label("与您的关系").select_option(label="请选择")
    patient.button("添加就诊人").click()
    expect(field_error(patient, "与您的关系")).to_contain_text("请选择与您的关系")
    expect(field_error(patient, "姓名")).to_contain_text("姓名中不能有数字")

    for number, sentence in (
        (good[:10], "您填写了 10 位"),
        (good[:10] + "1332" + good[14:], "不存在"),
        (good[:6] + "2990" + good[10:], "还没有到"),
        (good[:6] + "A" + good[7:], "第 7 位是“A”"),
    ):
        patient.fills_in(name="林晓雯", id_number=number, phone=patient.person.phone, relation="本人", consent=True)
        expect(field_error(patient, "身份证号")).to_contain_text(sentence)
        expect(patient.main.get_by_label("手机号")).to_have_value(patient.person.phone)

    patient.adds_oneself()
    patient.is_at("确认预约")
    expect(patient.main.get_by_role("radio", name=re.compile("林晓雯"))).to_be_checked()


@pytest.mark.req("1.2")
def test_the_whole_way_works_without_javascript(page_without_javascript: Any, patient: Patient) -> None:
    plain = Patient(page_without_javascript, patient.portal, patient.outside, patient.person)

    slot = plain.holds("内分泌科")
    # The moment the number is kept until is told as a time of day where nothing counts it down.
    expect(plain.main.locator("time[data-countdown]")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    plain.pays()

    assert eventually(lambda: plain.outside.messages(plain.person)), "no message arrived"
    plain.page.reload()
    plain.is_told_of_success()
    plain.sees(slot)
