"""When the outside world misbehaves, the patient still learns the truth and no money is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Staff
from tests.browser.outside import eventually
from tests.browser.steps import Patient

pytestmark = pytest.mark.browser


def reference(patient: Patient) -> str:
    """The booking's public number, from the address of its result page."""
    found = re.search(r"appointment=([0-9a-z]{20})", patient.page.url)
    assert found, patient.page.url
    return found[1]


def books_balance(patient: Patient) -> None:
    """The ledger agrees with every order, payment and refund; money on its way may need a moment."""
    assert "账本正确" in patient.portal.manage("check_ledger")


@pytest.mark.req("17.2", "38.1", "14.1")
def test_a_booking_the_hospital_refuses_after_payment_is_refunded_in_full(patient: Patient, desk_page: Any) -> None:
    patient.holds("风湿免疫科")
    # First no usable answer, so that the patient sees the hospital being asked; then a definite no.
    patient.outside.fault("his.confirm", "http", status=503)
    patient.outside.fault("his.confirm", "refuse", code="LOCK_EXPIRED", message="锁号已过期")

    patient.pays()
    patient.ends_with("正在向医院确认")

    patient.ends_with("预约未成功，已退款")
    patient.sees("号源保留时间已过，医院没有确认这次预约")
    patient.sees("退款已完成")
    number = reference(patient)

    # WeChat Pay has given back all of it, once.
    (paid,) = patient.outside.payments_of(patient.person)
    (refund,) = patient.outside.refunds_of(patient.person)
    assert (refund["amount"], refund["state"]) == (paid["total"], "SUCCESS")
    assert [row["state"] for row in patient.outside.registrations_of(patient.person)] != ["confirmed"]
    # The phone tells it too.
    assert eventually(lambda: len(patient.outside.messages(patient.person)) >= 2)
    patient.page.goto(f"{patient.portal.sandbox_url}/phone/{patient.person.user}")
    expect(patient.page.get_by_role("article").filter(has_text="退款").first).to_contain_text(patient.person.name[0])
    # It stands under the bookings that have ended.
    expect(patient.opens_bookings("已取消").first).to_contain_text("预约失败")

    # Staff see the same, the person masked, and the books are even.
    finance = Staff(desk_page, patient.portal, "finance")
    finance.signs_in()
    finance.opens("desk/refunds/")
    expect(desk_page.get_by_role("row").filter(has_text=refund["out_refund_no"])).to_contain_text("成功")
    books_balance(patient)
    admin_sees_masked(desk_page, patient, number)


def admin_sees_masked(desk_page: Any, patient: Patient, number: str) -> None:
    desk_page.context.clear_cookies()
    admin = Staff(desk_page, patient.portal, "admin")
    admin.signs_in()
    row = admin.finds_booking(number)
    expect(row).to_contain_text(re.compile(r"林\*|\*雯"))
    expect(row).not_to_contain_text(patient.person.name)
    row.get_by_role("link", name=number).click()
    expect(desk_page.get_by_text("个人信息已隐藏一部分")).to_be_visible()
    page = desk_page.locator("body")
    for secret in (patient.person.name, patient.person.id_number, patient.person.phone):
        expect(page).not_to_contain_text(secret)


@pytest.mark.req("1.2", "17.2")
def test_a_lost_answer_of_the_hospital_is_asked_for_and_not_guessed(patient: Patient) -> None:
    patient.holds("肾内科")
    patient.outside.fault("his.confirm", "timeout_after", seconds=3)

    patient.pays()

    patient.is_told_of_success()
    assert [row["state"] for row in patient.outside.registrations_of(patient.person)] == ["confirmed"]
    assert not patient.outside.refunds_of(patient.person)
    books_balance(patient)


@pytest.mark.req("1.2", "G5.4")
def test_a_payment_nobody_reports_is_found_by_asking(patient: Patient) -> None:
    patient.outside.fault("callback.pay", "none", times="always")
    patient.holds("血液内科")

    patient.pays()

    patient.is_told_of_success()
    (paid,) = patient.outside.payments_of(patient.person)
    notices = patient.outside.ask(f"callbacks?out_trade_no={paid['out_trade_no']}")
    assert notices
    assert not any(notice["state"] == "delivered" for notice in notices)


@pytest.mark.req("1.2", "G5.4")
def test_an_impatient_finger_books_and_pays_once(patient: Patient) -> None:
    patient.comes_to_confirmation("神经外科")
    patient.signs_in_and_adds_oneself()

    patient.button(re.compile("^提交预约")).dblclick()
    patient.is_at("支付")
    patient.button(re.compile("^微信支付")).dblclick()
    patient.page.get_by_role("button", name="确认支付").dblclick()
    patient.is_at("预约结果")

    patient.is_told_of_success()
    assert [row["state"] for row in patient.outside.registrations_of(patient.person)] == ["confirmed"]
    assert [row["state"] for row in patient.outside.payments_of(patient.person)] == ["SUCCESS"]
    expect(patient.opens_bookings("待就诊")).to_have_count(1)


@pytest.mark.req("1.2", "G5.4")
def test_the_same_form_sent_from_two_pages_books_once(patient: Patient) -> None:
    patient.comes_to_confirmation("胸外科")
    patient.signs_in_and_adds_oneself()
    twin = patient.page.context.new_page()
    twin.goto(patient.page.url)
    other = Patient(twin, patient.portal, patient.outside, patient.person)
    other.is_at("确认预约")

    patient.submits()
    other.button(re.compile("^提交预约")).click()

    # The second page says what stands in the way and leads to paying it (16.1).
    other.sees("还没有支付，请先支付或取消")
    other.link("去支付").click()
    other.is_at("支付")
    assert other.page.url == patient.page.url
    assert len([row for row in patient.outside.registrations_of(patient.person) if row["state"] == "locked"]) == 1
