"""Confirm, hold, result, cancel, list: one account's bookings, and nobody else's."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from business.integration.outcomes import Refused
from business.payments import services as payments
from business.payments.models import Order, Refund
from business.registration import tickets
from business.registration.models import Appointment, BookingRule, Slot
from tests.factories import AppointmentFactory, PatientFactory, SlotFactory
from tests.flow.conftest import text_of
from tests.payments.fakes import FakeChannel
from tests.registration.fake_his import SILENCE, FakeHis

pytestmark = pytest.mark.django_db
State = Appointment.State


@pytest.fixture
def patient(account):
    return PatientFactory(account=account)


def send(flow, client, slot, patient, *, htmx=False, key="form-1", **more):
    data = {"slot": slot.ref, "patient": patient.ref if patient else "", "request_key": key, **more}
    return flow("registration.confirm").post(client, "hold", data, query=f"?slot={slot.ref}", htmx=htmx)


# --- confirmation ----------------------------------------------------------------------------------------------------


def test_a_guest_sees_what_would_be_booked_and_comes_back_after_signing_in(flow, guest) -> None:
    slot = SlotFactory()

    fragment = flow("registration.confirm").island(guest, f"?slot={slot.ref}")

    html = fragment.content.decode()
    assert "08:10-08:20【1号】" in text_of(fragment)
    assert "登录后预约" in text_of(fragment)
    back = parse_qs(urlsplit(html.split('href="/-/signin/')[1].split('"')[0].replace("&amp;", "&")).query)["next"]
    assert back == [f"{flow('registration.confirm').url}?slot={slot.ref}"]
    assert 'type="submit"' not in html


@pytest.mark.req("10.7", "21.4", "21.5")
def test_the_confirmation_shows_facts_rules_and_the_default_patient(flow, mine, account, patient) -> None:
    other = PatientFactory(account=account, name="周桂兰", is_default=False, relation="parent")
    BookingRule.objects.create(notice="请带好身份证。", cancel_before_minutes=60, hold_minutes=12)
    slot = SlotFactory()

    fragment = flow("registration.confirm").island(mine, f"?slot={slot.ref}")

    shown, html = text_of(fragment), fragment.content.decode()
    assert "提交预约，去支付 ¥50.00" in shown
    assert "保留 12 分钟" in shown
    assert "请带好身份证。" in shown
    assert "前可在线退号" in shown
    assert f'value="{patient.ref}" required checked' in html
    assert patient.id_number not in html
    assert patient.phone not in html
    chosen = flow("registration.confirm").island(mine, f"?slot={slot.ref}&patient={other.ref}").content.decode()
    assert f'value="{other.ref}" required checked' in chosen


def test_a_booking_is_held_and_leads_to_the_checkout(flow, mine, patient, fake_his: FakeHis, merchant) -> None:
    slot = SlotFactory()

    answer = send(flow, mine, slot, patient)

    order = Order.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"{flow('payments.checkout').url}?order={order.ref}"
    assert order.amount_fen == 5000
    assert Appointment.objects.get().state == State.HELD


def test_with_htmx_the_way_on_is_in_the_header(flow, mine, patient, fake_his: FakeHis, merchant) -> None:
    answer = send(flow, mine, SlotFactory(), patient, htmx=True)

    assert answer.status_code == 200
    assert answer["HX-Redirect"].startswith(flow("payments.checkout").url)


def test_the_fee_is_the_hospitals_whatever_the_form_says(flow, mine, patient, fake_his: FakeHis, merchant) -> None:
    send(flow, mine, SlotFactory(schedule__fee_fen=8000), patient, fee_fen="1", amount="1")

    assert Order.objects.get().amount_fen == 8000


@pytest.mark.req("16.1")
def test_the_same_form_sent_twice_is_one_booking(flow, mine, patient, fake_his: FakeHis, merchant) -> None:
    slot = SlotFactory()

    first, second = send(flow, mine, slot, patient), send(flow, mine, slot, patient)

    assert first["Location"] == second["Location"]
    assert Appointment.objects.count() == 1


def test_a_free_clinic_leads_to_the_result(flow, mine, patient, fake_his: FakeHis) -> None:
    slot = SlotFactory(schedule__fee_fen=0)
    form = text_of(flow("registration.confirm").island(mine, f"?slot={slot.ref}"))

    answer = send(flow, mine, slot, patient)

    assert "去支付" not in form
    assert answer["Location"] == f"{flow('registration.result').url}?appointment={Appointment.objects.get().ref}"


def test_while_his_is_silent_the_patient_waits_on_the_result(flow, mine, patient, fake_his: FakeHis) -> None:
    fake_his.faults["lock"] = [SILENCE, SILENCE]

    answer = send(flow, mine, SlotFactory(), patient)

    assert Appointment.objects.get().state == State.LOCKING
    assert answer["Location"].startswith(flow("registration.result").url)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_lost_slot_is_told_and_leads_back_to_the_others(flow, mine, patient, fake_his: FakeHis, htmx) -> None:
    slot = SlotFactory()
    AppointmentFactory(slot=slot)

    answer = send(flow, mine, slot, patient, htmx=htmx)

    assert answer.status_code == 422
    assert "刚刚被别人约走" in text_of(answer)
    assert f"{flow('registration.slots').url}?schedule={slot.schedule.ref}" in answer.content.decode()


def test_a_refusal_of_his_is_told_in_its_words(flow, mine, patient, fake_his: FakeHis, merchant) -> None:
    fake_his.faults["lock"] = [Refused("SCHEDULE_STOPPED", "stop")]

    answer = send(flow, mine, SlotFactory(), patient)

    assert answer.status_code == 422
    assert "已停诊" in text_of(answer)


@pytest.mark.req("16.1")
def test_an_unpaid_booking_in_the_way_is_offered_for_payment(flow, mine, patient, fake_his: FakeHis, merchant) -> None:
    slot = SlotFactory()
    again = SlotFactory(schedule=slot.schedule, number=2)
    send(flow, mine, slot, patient)

    answer = send(flow, mine, again, patient, key="form-2")

    assert answer.status_code == 422
    assert "还没有支付" in text_of(answer)
    assert f"{flow('payments.checkout').url}?order={Order.objects.get().ref}" in answer.content.decode()


@pytest.mark.req("16.1")
def test_a_paid_booking_in_the_way_is_shown(flow, mine, patient, fake_his: FakeHis, merchant) -> None:
    slot = SlotFactory()
    again = SlotFactory(schedule=slot.schedule, number=2)
    send(flow, mine, slot, patient)
    Appointment.objects.update(state=State.BOOKED)

    answer = send(flow, mine, again, patient, key="form-2")

    assert "请勿重复预约" in text_of(answer)
    assert f"appointment={Appointment.objects.get().ref}" in answer.content.decode()


def test_nobody_books_for_another_accounts_patient(flow, mine, patient, fake_his: FakeHis, merchant) -> None:
    answer = send(flow, mine, SlotFactory(), PatientFactory())

    assert answer.status_code == 422
    assert "没有找到这位就诊人" in text_of(answer)
    assert not Appointment.objects.exists()


def test_a_guests_form_goes_to_sign_in_and_books_nothing(flow, guest, patient, fake_his: FakeHis) -> None:
    slot = SlotFactory()

    answer = send(flow, guest, slot, patient)

    assert answer["Location"].startswith("/-/signin/?next=")
    assert f"slot%3D{slot.ref}" in answer["Location"]
    assert not Appointment.objects.exists()


def test_without_a_patient_the_form_leads_to_adding_one_and_back(flow, mine, account) -> None:
    slot = SlotFactory()

    fragment = flow("registration.confirm").island(mine, f"?slot={slot.ref}")

    assert "添加就诊人后即可预约" in text_of(fragment)
    assert f"next=%2Fregistration-confirm%2F%3Fslot%3D{slot.ref}" in fragment.content.decode()


def test_a_slot_that_is_gone_or_unknown_is_told_before_anything_is_sent(flow, mine, patient) -> None:
    taken = SlotFactory(state=Slot.State.TAKEN)
    step = flow("registration.confirm")

    gone, unknown = step.island(mine, f"?slot={taken.ref}"), step.island(mine, "?slot=nosuch")

    assert "已经不能预约" in text_of(gone)
    assert 'type="submit"' not in gone.content.decode()
    assert "没有找到这个号" in text_of(unknown)


def test_the_own_held_slot_offers_payment_instead_of_a_second_booking(
    flow, mine, patient, fake_his: FakeHis, merchant
) -> None:
    slot = SlotFactory()
    send(flow, mine, slot, patient)

    fragment = flow("registration.confirm").island(mine, f"?slot={slot.ref}")

    assert "您已经约了这个号" in text_of(fragment)
    assert "去支付" in text_of(fragment)


# --- result ----------------------------------------------------------------------------------------------------------


def result(flow, client, appointment, more=""):
    return flow("registration.result").island(client, f"?appointment={appointment.ref}{more}")


@pytest.mark.parametrize(
    ("state", "words", "polls"),
    [
        (State.LOCKING, "正在为您锁定号源", True),
        (State.HELD, "等待支付", False),
        (State.RELEASING, "正在取消", True),
        (State.CONFIRMING, "正在向医院确认", True),
        (State.BOOKED, "预约成功", False),
        (State.CANCELLING, "正在退号", True),
        (State.CANCELLED, "预约已取消", False),
        (State.EXPIRED, "超时未支付", False),
        (State.FAILED, "预约未成功", False),
    ],
)
def test_every_state_has_its_words_and_only_waiting_ones_ask_again(flow, mine, patient, state, words, polls) -> None:
    appointment = AppointmentFactory(patient=patient, state=state)

    fragment = result(flow, mine, appointment)

    assert words in text_of(fragment)
    # The ticket of a booked visit renews its code by itself, in whatever is left of a minute: that is not asking.
    asks = re.search(r'<div data-hx-get="[^"]+" data-hx-trigger="load delay:1s">', fragment.content.decode())
    assert (asks is not None) is polls
    assert ("刷新进展" in text_of(fragment)) is polls


def test_asking_again_grows_slower_and_stops(flow, mine, patient) -> None:
    appointment = AppointmentFactory(patient=patient, state=State.CONFIRMING)

    later = result(flow, mine, appointment, "&n=10").content.decode()
    last = result(flow, mine, appointment, "&n=99").content.decode()

    assert "load delay:13s" in later
    assert "&amp;n=11" in later
    assert "load delay" not in last
    assert "刷新进展" in last


def test_a_booked_visit_has_a_code_that_a_reader_accepts(flow, mine, patient, monkeypatch) -> None:
    issued = []
    genuine = tickets.issue
    monkeypatch.setattr(tickets, "issue", lambda a, **more: issued.append(genuine(a, **more)) or issued[-1])
    appointment = AppointmentFactory(patient=patient)

    html = result(flow, mine, appointment).content.decode()

    assert "<svg" in html
    assert "style=" not in html
    assert tickets.verify(issued[0]).pk == appointment.pk
    assert f"/-/ticket/?appointment={appointment.ref}" in html
    assert "<svg" in mine.get(f"/-/ticket/?appointment={appointment.ref}").content.decode()


def test_a_code_is_only_for_the_account_and_only_while_booked(flow, mine, guest, stranger, patient) -> None:
    booked = AppointmentFactory(patient=patient)
    cancelled = AppointmentFactory(patient=patient, state=State.CANCELLED)

    assert guest.get(f"/-/ticket/?appointment={booked.ref}").status_code == 404
    assert stranger.get(f"/-/ticket/?appointment={booked.ref}").status_code == 404
    assert mine.get(f"/-/ticket/?appointment={cancelled.ref}").status_code == 404


def test_a_strangers_booking_is_not_found(flow, stranger, patient) -> None:
    appointment = AppointmentFactory(patient=patient)

    shown = text_of(result(flow, stranger, appointment))

    assert "没有找到这条预约" in shown
    assert patient.name not in shown


def test_a_stranger_cannot_cancel_or_check(flow, stranger, patient, fake_his: FakeHis) -> None:
    appointment = AppointmentFactory(patient=patient)

    for action in ("cancel", "check"):
        answer = flow("registration.result").post(stranger, action, {"appointment": appointment.ref})
        assert answer.status_code == 422
        assert "没有找到这条预约" in text_of(answer)
    appointment.refresh_from_db()
    assert appointment.state == State.BOOKED


def test_a_guest_is_asked_to_sign_in_and_comes_back_to_the_booking(flow, guest, patient) -> None:
    appointment = AppointmentFactory(patient=patient)

    html = result(flow, guest, appointment).content.decode()

    assert f"appointment%3D{appointment.ref}" in html
    assert patient.name not in html


@pytest.mark.req("10.10")
def test_an_unpaid_booking_is_cancelled_without_cost(
    flow, mine, patient, fake_his: FakeHis, merchant, channel: FakeChannel
) -> None:
    send(flow, mine, SlotFactory(), patient)
    appointment = Appointment.objects.get()
    shown = text_of(result(flow, mine, appointment))

    answer = flow("registration.result").post(mine, "cancel", {"appointment": appointment.ref})

    assert "不产生费用" in shown
    assert "去支付 ¥50.00" in shown
    appointment.refresh_from_db()
    assert appointment.state == State.CANCELLED
    assert answer["Location"] == f"{flow('registration.result').url}?appointment={appointment.ref}"


@pytest.mark.req("10.10")
def test_too_late_to_cancel_is_said_before_and_after_trying(flow, mine, patient, fake_his: FakeHis) -> None:
    soon = timezone.now() + timedelta(minutes=30)
    slot = SlotFactory(schedule__date=timezone.localdate(), starts_at=soon, ends_at=soon + timedelta(minutes=10))
    appointment = AppointmentFactory(patient=patient, slot=slot)

    shown = text_of(result(flow, mine, appointment))
    answer = flow("registration.result").post(
        mine, "cancel", {"appointment": appointment.ref}, query=f"?appointment={appointment.ref}", htmx=True
    )

    assert "不能在线退号" in shown
    assert "确认取消预约" not in shown
    assert answer.status_code == 422
    assert "不能在线退号" in text_of(answer)


def test_a_refund_on_its_way_is_told_with_its_amount(flow, mine, patient, merchant) -> None:
    appointment = AppointmentFactory(patient=patient, state=State.FAILED, reason="医院没有确认这次预约。")
    refund = make_refund(appointment, merchant)

    waiting = text_of(result(flow, mine, appointment))
    Refund.objects.filter(pk=refund.pk).update(state=Refund.State.SUCCEEDED)
    done = text_of(result(flow, mine, appointment))

    assert "预约未成功，正在退款" in waiting
    assert "退款处理中 ¥50.00" in waiting
    assert "退款已完成 ¥50.00" in done
    assert "医院没有确认这次预约。" in done


def make_refund(appointment, merchant) -> Refund:
    order = Order.objects.create(
        out_trade_no=f"O{appointment.ref}",
        kind="registration",
        subject_ref=appointment.ref,
        account=appointment.account,
        merchant=merchant,
        amount_fen=5000,
        description="挂号费",
        expires_at=timezone.now(),
        state=Order.State.REFUNDING,
    )
    attempt = order.attempts.create(number=order.out_trade_no, merchant=merchant, pay_until=order.expires_at)
    payment = order.payments.create(
        attempt=attempt, merchant=merchant, transaction_id=f"T{order.pk}", amount_fen=5000, success_at=timezone.now()
    )
    return Refund.objects.create(
        out_refund_no=f"F{order.pk}",
        order=order,
        payment=payment,
        key=f"k{order.pk}",
        amount_fen=5000,
        reason="x",
        state=Refund.State.PROCESSING,
    )


def test_back_from_the_cashier_the_page_waits_for_the_money_and_can_ask(
    flow, mine, account, patient, fake_his: FakeHis, merchant, channel: FakeChannel
) -> None:
    send(flow, mine, SlotFactory(), patient)
    appointment, order = Appointment.objects.get(), Order.objects.get()
    payments.begin_payment(order_ref=order.ref, account=account, client_ip="203.0.113.9")
    waiting = result(flow, mine, appointment)
    too_early = flow("registration.result").post(mine, "check", {"appointment": appointment.ref})
    channel.pay(order.out_trade_no)

    asked = flow("registration.result").post(mine, "check", {"appointment": appointment.ref})

    assert "等待支付结果" in text_of(waiting)
    assert "load delay:1s" in waiting.content.decode()
    assert too_early.status_code == 422
    assert asked["Location"].endswith(f"?appointment={appointment.ref}")
    assert "正在向医院确认" in text_of(result(flow, mine, appointment))


# --- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.req("10.9")
def test_bookings_stand_under_their_tab(flow, mine, patient) -> None:
    for state in (State.HELD, State.BOOKED, State.CANCELLED):
        AppointmentFactory(patient=patient, state=state, slot__schedule__clinic_name="x", place=f"地点{state}")
    step = flow("registration.mine")

    upcoming, unpaid, ended = (text_of(step.island(mine, f"?tab={t}")) for t in ("upcoming", "unpaid", "ended"))

    assert "地点booked" in upcoming
    assert "地点held" not in upcoming
    assert "去支付" in unpaid
    assert "已取消" in ended
    assert "还没有就诊记录" in text_of(step.island(mine, "?tab=past"))


def test_another_accounts_bookings_are_not_listed(flow, stranger, patient) -> None:
    AppointmentFactory(patient=patient)

    shown = text_of(flow("registration.mine").island(stranger))

    assert "还没有待就诊的预约" in shown
    assert "去预约" in shown


def test_fifty_bookings_take_as_many_queries_as_five(flow, mine, patient, count_queries) -> None:
    step = flow("registration.mine")

    def with_more(n: int) -> int:
        for _ in range(n):
            AppointmentFactory(patient=patient)
        return count_queries(lambda: step.island(mine))

    five, fifty = with_more(5), with_more(45)

    assert five == fifty
    # Two, and the marks of kept things where the last look is more than a second ago.
    assert five <= 3


def test_the_result_and_the_confirmation_hold_their_query_counts(
    flow, mine, patient, count_queries, fake_his: FakeHis, merchant
) -> None:
    slot = SlotFactory()
    confirm = count_queries(lambda: flow("registration.confirm").island(mine, f"?slot={slot.ref}"))
    send(flow, mine, slot, patient)
    held = count_queries(lambda: result(flow, mine, Appointment.objects.get())) - 1

    assert confirm <= 3
    assert held <= 11


# --- moving, calendar ------------------------------------------------------------------------------------------------


@pytest.mark.req("10.10")
def test_a_booking_is_moved_on_one_page(flow, mine, account, patient, fake_his: FakeHis, merchant) -> None:
    old = AppointmentFactory(patient=patient, fee_fen=5000)
    fake_his.registrations[old.trade_no] = {"slot": "x", "state": "confirmed", "lock_id": "L"}
    slot = SlotFactory(schedule=old.slot.schedule, number=9)
    step = flow("registration.move")

    choice = step.island(mine, f"?appointment={old.ref}")
    assert "【9号】" in text_of(choice)
    look = step.island(mine, f"?appointment={old.ref}&slot={slot.ref}")
    assert "挂号费相同，不用重新支付" in text_of(look)
    form = {"appointment": old.ref, "slot": slot.ref, "request_key": "k"}
    answer = step.post(mine, "move", form, query=f"?appointment={old.ref}&slot={slot.ref}")

    new = Appointment.objects.get(replaces=old)
    assert (answer.status_code, new.state) == (303, State.BOOKED)
    assert new.ref in answer.headers["Location"]


def test_what_cannot_be_moved_says_why_and_a_lost_number_offers_others(
    flow, mine, stranger, patient, fake_his: FakeHis, merchant
) -> None:
    old = AppointmentFactory(patient=patient)
    slot = SlotFactory(schedule=old.slot.schedule, number=9)
    step, form = flow("registration.move"), {"appointment": old.ref, "slot": slot.ref, "request_key": "k"}
    fake_his.faults["change"].append(Refused("SLOT_TAKEN"))

    lost = step.post(mine, "move", form, query=f"?appointment={old.ref}&slot={slot.ref}", htmx=True)
    assert "刚刚被别人约走" in text_of(lost)
    assert "选择其他时间" in text_of(lost)
    assert "没有找到这条预约" in text_of(step.post(stranger, "move", form, htmx=True))
    BookingRule.objects.create(cancel_before_minutes=60 * 24 * 30)
    assert "不能在线改约" in text_of(step.island(mine, f"?appointment={old.ref}"))


def test_moving_takes_as_many_queries_with_many_numbers_as_with_few(flow, mine, patient, count_queries) -> None:
    old = AppointmentFactory(patient=patient)
    step = flow("registration.move")
    for number in range(2, 5):
        SlotFactory(schedule=old.slot.schedule, number=number)
    few = count_queries(lambda: step.island(mine, f"?appointment={old.ref}"))
    for number in range(5, 40):
        SlotFactory(schedule=old.slot.schedule, number=number)
    assert count_queries(lambda: step.island(mine, f"?appointment={old.ref}")) == few
    assert few <= 16


@pytest.mark.req("10.9")
def test_the_calendar_file_is_the_accounts_own(mine, guest, stranger, patient) -> None:
    booked = AppointmentFactory(patient=patient, booked_at=timezone.now())
    url = f"/-/calendar/{booked.ref}.ics"

    answer = mine.get(url)

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert (guest.get(url).status_code, stranger.get(url).status_code) == (404, 404)
