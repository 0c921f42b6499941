"""A patient changes their mind: before paying, instead of paying twice, and after paying."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.outside import eventually
from tests.browser.steps import SLOT, Patient

pytestmark = pytest.mark.browser


def number_in(words: str) -> str:
    found = SLOT.search(words)
    assert found
    return found[0]


@pytest.mark.req("16.1", "10.9")
def test_giving_up_before_paying_frees_the_number(patient: Patient, another: Callable[..., Patient]) -> None:
    patient.chooses_department("泌尿外科")
    patient.chooses_doctor()
    slots = patient.page.url.removeprefix(patient.portal.url)
    slot = patient.chooses_slot()
    patient.signs_in_and_adds_oneself()
    patient.submits()
    stranger = another()
    stranger.opens(slots)
    stranger.is_at("选择时段")
    there = stranger.main.get_by_role("listitem").filter(has_text=number_in(slot))
    expect(there).to_contain_text("已约")

    patient.main.get_by_text("取消预约", exact=True).click()
    patient.button("确认取消").click()

    patient.is_at("预约结果")
    patient.ends_with("预约已取消")
    expect(patient.link("重新预约")).to_be_visible()

    def is_free() -> bool:
        stranger.page.reload()
        stranger.is_at("选择时段")
        return there.get_by_role("link").count() == 1

    assert eventually(is_free), "the number is still taken"
    assert not [row for row in patient.outside.payments_of(patient.person) if row["state"] == "SUCCESS"]


@pytest.mark.req("16.1", "10.9")
def test_a_second_booking_in_a_department_offers_the_unpaid_one(patient: Patient) -> None:
    first = patient.holds("内分泌科")
    checkout = patient.page.url

    # The same department and day again, another number.
    patient.chooses_department("内分泌科")
    patient.chooses_doctor()
    second = patient.chooses_slot()
    assert number_in(second) != number_in(first)
    patient.button(re.compile("^提交预约")).click()

    patient.sees("您已为该就诊人约了这个科室当天的号，还没有支付，请先支付或取消")
    patient.link("去支付").click()
    patient.is_at("支付")
    assert patient.page.url == checkout

    # It also waits under 我的预约, which never says "nothing" without it, with the time that is left.
    patient.opens("/bookings/")
    expect(patient.link("待支付 (1)")).to_be_visible()
    unpaid = patient.opens_bookings("待支付")
    expect(unpaid).to_have_count(1)
    expect(unpaid).to_contain_text("待支付")
    expect(unpaid.locator("time")).to_have_text(re.compile(r"^1\d:\d\d$"))
    unpaid.get_by_role("link", name="去支付").click()
    patient.is_at("预约结果")
    patient.link(re.compile("^去支付")).click()
    patient.is_at("支付")
    patient.pays()
    patient.is_told_of_success()
    patient.sees(first)


@pytest.mark.req("10.10", "10.11", "14.1")
def test_cancelling_a_paid_visit_gives_the_money_back(patient: Patient) -> None:
    patient.holds("耳鼻咽喉科", day=2)
    patient.pays()
    patient.is_told_of_success()

    patient.main.get_by_text("取消预约", exact=True).click()
    patient.sees("将原路退回您的付款账户")
    patient.button("确认取消预约").click()

    patient.ends_with("预约已取消")
    patient.sees("退款已完成")
    (paid,) = patient.outside.payments_of(patient.person)
    (refund,) = patient.outside.refunds_of(patient.person)
    assert (refund["amount"], refund["state"]) == (paid["total"], "SUCCESS")
    assert [row["state"] for row in patient.outside.registrations_of(patient.person)] == ["cancelled"]
    assert eventually(lambda: len(patient.outside.messages(patient.person)) == 4), "paid, booked, cancelled, refunded"
    expect(patient.opens_bookings("已取消").first).to_contain_text("已取消")
    assert "账本正确" in patient.portal.manage("check_ledger")
