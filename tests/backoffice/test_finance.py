"""对账批次, 对账差异, 退款申请, 支付方式规则: what finance sees and decides."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from business.finance.models import Decision, Difference, HisEntry, RefundRequest
from business.integration.models import OutboxItem
from business.payments.models import Order, PayRule
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from tests.backoffice import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_role):
    return as_role(FINANCE)


@pytest.fixture
def order(db):
    return builders.paid(builders.appointment())


@pytest.fixture
def difference(order) -> Difference:
    return builders.difference(order)


def act(client, name, row, action, reason="已与 HIS 核实无误"):
    return client.post(reverse(f"{name}:act", args=[row.pk, action]), {"reason": reason})


@pytest.mark.req("46.22")
def test_a_batch_shows_three_sides_and_its_differences(client, difference):
    text = client.get(reverse("desk_batches:inspect", args=[difference.batch_id])).content.decode()

    assert all(word in text for word in ("渠道账单", "本系统账本", "HIS（全部渠道）", "HIS 没有这笔收款", "ab" * 32))
    assert client.get(reverse("desk_batches:index")).status_code == 200


@pytest.mark.req("46.23")
def test_a_difference_shows_the_facts_of_three_sides_on_one_screen(client, difference, order):
    text = client.get(reverse("desk_differences:inspect", args=[difference.pk])).content.decode()

    assert all(word in text for word in ("三方对照", "渠道账单", "本系统账本", "HIS 清单", "¥600.00"))
    assert "没有这一笔" in text
    assert order.out_trade_no in text
    HisEntry.objects.create(
        day=timezone.localdate(), direction="pay", reference=difference.number, trade_no="R1", kind="registration",
        pay_channel="wechat", amount_fen=5000, his_order_no="GH1", at=timezone.now(),
    )  # fmt: skip
    assert "GH1" in client.get(reverse("desk_differences:inspect", args=[difference.pk])).content.decode()


@pytest.mark.req("38.1")
def test_two_people_decide_about_much_money_and_both_stand_in_the_trail(as_role, difference):
    first = as_role(FINANCE)
    assert act(first, "desk_differences", difference, "refund").status_code == 302
    decision = Decision.objects.get()
    assert decision.state == Decision.State.WAITING
    refused = act(first, "desk_differences", difference, "approve")
    assert refused.status_code == 422
    assert "不能自己审批" in refused.content.decode()

    Decision.objects.update(proposed_by=User.objects.create_user("somebody-else"))
    assert act(first, "desk_differences", difference, "approve").status_code == 302

    assert OutboxItem.objects.filter(topic="finance.carry_out").count() == 1
    events = list(AuditEvent.objects.order_by("pk").values_list("event", flat=True))
    assert "difference.proposed" in events
    assert "difference.approved" in events


def test_a_reason_is_asked_for_and_nothing_happens_without(client, difference):
    answer = act(client, "desk_differences", difference, "write_off", reason="")

    assert answer.status_code == 422
    assert "请填写理由" in answer.content.decode()
    assert Decision.objects.count() == 0


def test_a_difference_is_taken_and_a_day_compared_again(client, difference):
    assert client.post(reverse("desk_differences:act", args=[difference.pk, "take"])).status_code == 302
    assert act(client, "desk_batches", difference.batch, "again").status_code == 302

    difference.refresh_from_db()
    assert difference.owner is not None
    assert OutboxItem.objects.filter(topic="finance.reconcile").count() == 1


@pytest.mark.req("38.1")
def test_a_request_is_answered_with_a_reason_the_patient_will_read(client, order):
    request = RefundRequest.objects.create(order=order, account=order.account, reason="付了钱没有号", live_claim="x")
    page = client.get(reverse("desk_refund_requests:inspect", args=[request.pk])).content.decode()
    assert "付了钱没有号" in page

    assert act(client, "desk_refund_requests", request, "refuse", "挂号已成功，可在我的预约查看").status_code == 302

    request.refresh_from_db()
    assert (request.state, request.answer) == ("refused", "挂号已成功，可在我的预约查看")


def test_administrators_look_and_editors_do_not(as_role, difference):
    url = reverse("desk_differences:inspect", args=[difference.pk])
    administrator, editor = as_role(ADMINISTRATOR), as_role(EDITOR)

    assert administrator.get(url).status_code == 200
    assert act(administrator, "desk_differences", difference, "write_off").status_code == 302
    assert Decision.objects.count() == 0
    assert editor.get(url).status_code == 302


@pytest.mark.req("34.2")
def test_a_code_read_at_the_window_goes_to_the_channel_once(client, order):
    Order.objects.filter(pk=order.pk).update(state="created")
    url = reverse("desk_orders:act", args=[order.pk, "take_code"])

    wrong = client.post(url, {"auth_code": "12345"})
    for _ in range(2):
        assert client.post(url, {"auth_code": "130000000000000001"}).status_code == 302

    assert wrong.status_code == 422
    assert "18 位数字" in wrong.content.decode()
    item = OutboxItem.objects.get(topic="payments.pay_code")
    assert (item.payload["order_ref"], item.payload["auth_code"]) == (order.ref, "130000000000000001")


@pytest.mark.req("38.1")
def test_an_abnormal_refund_is_sent_to_the_hospitals_account(client, order):
    refund = builders.refund(order, state="abnormal")

    assert act(client, "desk_refunds", refund, "redirect").status_code == 302

    assert OutboxItem.objects.get(topic="payments.redirect_refund").payload == {"out_refund_no": refund.out_refund_no}


@pytest.mark.req("34.4")
def test_staff_set_a_rule_of_paying(client, order):
    form = client.get(reverse("desk_pay_rules:add"))
    assert "扫码支付" in form.content.decode()

    client.post(
        reverse("desk_pay_rules:add"),
        {"merchant": order.merchant_id, "scene": "native", "entrance": "wechat", "kind": "registration", "sort": 10,
         "is_active": "on"},
    )  # fmt: skip

    assert PayRule.objects.get().scene == "native"
    assert AuditEvent.objects.filter(event="record.created").exists()
