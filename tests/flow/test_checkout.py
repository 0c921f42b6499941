"""The checkout: one order of the account, paid once, by WeChat in place or by the cashier's page."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from business.finance.models import RefundRequest
from business.payments import services as payments
from business.payments.models import Order, Payment, PayRule
from business.registration import services
from business.registration.models import Appointment
from tests.factories import PatientFactory, SlotFactory
from tests.flow.conftest import text_of
from tests.payments.fakes import FakeChannel

pytestmark = pytest.mark.django_db
WECHAT = {"HTTP_USER_AGENT": "Mozilla/5.0 MicroMessenger/8.0"}


@pytest.fixture
def order(account, fake_his, merchant, channel) -> Order:
    """The order of a held appointment."""
    patient = PatientFactory(account=account)
    services.hold(account=account, patient_ref=patient.ref, slot_ref=SlotFactory().ref, request_key="form")
    return Order.objects.get()


@pytest.fixture
def cashier(channel, monkeypatch) -> str:
    """The channel has a page for browsers."""
    genuine = FakeChannel.ticket
    from dataclasses import replace

    address = "http://pay.example/cashier"
    monkeypatch.setattr(
        FakeChannel, "ticket", lambda self, p, **how: replace(genuine(self, p, **how), cashier_url=address)
    )
    return address


def send(flow, client, action, order, **more):
    return flow("payments.checkout").post(client, action, {"order": order.ref}, query=f"?order={order.ref}", **more)


def show(flow, client, order):
    return flow("payments.checkout").island(client, f"?order={order.ref}")


def test_the_checkout_shows_amount_thing_and_deadline(flow, mine, order) -> None:
    fragment = show(flow, mine, order)

    shown, html = text_of(fragment), fragment.content.decode()
    assert "¥50.00" in shown
    assert "消化内科" in shown
    assert f"请在 {timezone.localtime(order.expires_at):%H:%M} 前完成支付" in shown
    assert f'data-countdown="{timezone.localtime(order.expires_at).isoformat(timespec="seconds")}"' in html
    assert "微信支付 ¥50.00" in shown


def test_outside_wechat_the_cashiers_page_opens_with_what_it_checks(flow, mine, order, cashier) -> None:
    answer = send(flow, mine, "pay", order)

    assert answer.status_code == 303
    url = urlsplit(answer["Location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == cashier
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert query["package"].startswith("prepay_id=")
    assert query["signType"] == "RSA"
    assert set(query) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign", "return_url"}
    appointment = Appointment.objects.get()
    assert query["return_url"] == f"http://testserver{flow('registration.result').url}?appointment={appointment.ref}"


def test_the_channel_is_told_the_payers_address_and_not_the_front_servers(flow, mine, order, cashier, settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    mine.defaults |= {"HTTP_X_FORWARDED_FOR": "203.0.113.7", "REMOTE_ADDR": "127.0.0.1"}
    send(flow, mine, "pay", order)
    order.refresh_from_db()
    assert order.attempts.get().client_ip == "203.0.113.7"


@pytest.mark.req("38.1")
def test_money_that_became_nothing_can_be_asked_back_once(flow, mine, stranger, order, channel, account) -> None:
    payments.begin_payment(order_ref=order.ref, account=account, client_ip="")
    payments.post_payment(channel.pay(order.out_trade_no), "callback")
    assert "申请退款" not in text_of(show(flow, mine, order))  # HIS is still being asked
    Order.objects.update(paid_at=timezone.now() - timedelta(minutes=11))
    assert "付了款却没有办成" in text_of(show(flow, mine, order))

    def ask(reason: str):
        data, query = {"order": order.ref, "reason": reason}, f"?order={order.ref}"
        return flow("payments.checkout").post(mine, "ask_refund", data, query=query, htmx=True)

    short = ask("没号")
    assert "至少 5 个字" in text_of(short)
    assert "没号" in text_of(short)
    for _ in range(2):
        ask("扣了款，但没有预约成功的通知")

    filed = RefundRequest.objects.get()
    assert filed.account == account
    assert "退款申请：待财务核对" in text_of(show(flow, mine, order))
    assert "退款申请" not in text_of(show(flow, stranger, order))


@pytest.mark.req("34.2")
def test_scan_to_pay_is_offered_where_staff_say_so(flow, mine, order) -> None:
    PayRule.objects.create(merchant=order.merchant, scene="jsapi", sort=1)
    PayRule.objects.create(merchant=order.merchant, scene="native", sort=2)
    assert "扫码支付" in text_of(show(flow, mine, order))

    step = flow("payments.checkout")
    shown = mine.post(
        f"/-/action/{step.page.pk}/{step.block_id}/pay/?order={order.ref}",
        {"order": order.ref, "method": f"{order.merchant.code}:native"},
        headers={"HX-Request": "true"},
        **WECHAT,
    )

    assert shown.status_code == 200
    assert "ph-qr-code" in shown.content.decode()
    assert order.attempts.get().scene == "native"


def test_inside_wechat_the_parameters_stand_on_the_button(flow, mine, order) -> None:
    answer = flow("payments.checkout")
    answer = mine.post(
        f"/-/action/{answer.page.pk}/{answer.block_id}/pay/?order={order.ref}",
        {"order": order.ref},
        headers={"HX-Request": "true"},
        **WECHAT,
    )

    assert answer.status_code == 200
    html = answer.content.decode()
    assert "data-wechatpay=" in html
    assert "paySign" in html
    assert "我已支付" in html


def test_without_a_cashier_a_browser_is_told_to_use_wechat(flow, mine, order) -> None:
    answer = send(flow, mine, "pay", order)

    assert answer.status_code == 422
    assert "请在微信中打开" in text_of(answer)


def test_an_unanswered_prepay_is_a_sentence_and_nothing_is_lost(flow, mine, order, channel) -> None:
    channel.fail = ["prepay", "prepay"]

    answer = send(flow, mine, "pay", order, htmx=True)

    assert answer.status_code == 422
    assert "重复尝试不会重复扣款" in text_of(answer)
    assert "微信支付 ¥50.00" in text_of(answer)


def test_paying_twice_opens_the_same_prepay(flow, mine, order, cashier) -> None:
    first, second = send(flow, mine, "pay", order), send(flow, mine, "pay", order)

    prepays = [parse_qs(urlsplit(a["Location"]).query)["package"] for a in (first, second)]
    assert prepays[0] == prepays[1]


def test_asking_after_a_payment_leads_to_the_result(flow, mine, order, channel, cashier) -> None:
    send(flow, mine, "pay", order)
    unpaid = send(flow, mine, "check", order)
    channel.pay(order.out_trade_no)

    paid = send(flow, mine, "check", order)

    assert unpaid.status_code == 422
    assert "还没有收到付款" in text_of(unpaid)
    assert paid["Location"].startswith(flow("registration.result").url)
    assert Payment.objects.get().order_id == order.pk
    assert "已经支付" in text_of(show(flow, mine, order))
    assert send(flow, mine, "pay", order)["Location"].startswith(flow("registration.result").url)


def test_a_silent_channel_is_a_sentence(flow, mine, order, channel, cashier) -> None:
    send(flow, mine, "pay", order)
    channel.fail = ["query"]

    answer = send(flow, mine, "check", order)

    assert answer.status_code == 422
    assert "款项不会丢失" in text_of(answer)


def test_an_order_whose_time_is_over_cannot_be_paid(flow, mine, order) -> None:
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    shown = text_of(show(flow, mine, order))
    answer = send(flow, mine, "pay", order)

    assert "支付时间已过" in shown
    assert "微信支付 ¥" not in shown
    assert answer.status_code == 422


def test_giving_up_cancels_the_booking_and_closes_the_order(flow, mine, order) -> None:
    answer = send(flow, mine, "cancel", order)

    order.refresh_from_db()
    assert order.state == Order.State.CLOSED
    assert Appointment.objects.get().state == Appointment.State.CANCELLED
    assert answer["Location"].startswith(flow("registration.result").url)


@pytest.mark.parametrize("action", ["pay", "check", "cancel"])
def test_a_strangers_order_is_not_found(flow, stranger, order, channel, action) -> None:
    answer = send(flow, stranger, action, order)

    assert answer.status_code == 422
    assert "没有找到这笔订单" in text_of(answer)
    assert "没有找到这笔订单" in text_of(show(flow, stranger, order))
    order.refresh_from_db()
    assert order.state == Order.State.CREATED
    assert channel.calls == []


def test_a_guest_signs_in_first_and_comes_back(flow, guest, order) -> None:
    html = show(flow, guest, order).content.decode()

    assert f"next=%2Fpayments-checkout%2F%3Forder%3D{order.ref}" in html
    assert "¥50.00" not in html


def test_the_checkout_holds_its_query_count(flow, mine, order, count_queries) -> None:
    assert count_queries(lambda: show(flow, mine, order)) <= 9
