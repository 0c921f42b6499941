"""订单, 退款, 资金异常, 分录."""

import csv
import io

import pytest
from django.urls import reverse

from business.integration.models import OutboxItem
from business.payments.models import Incident, LedgerLine
from business.payments.services.refunding import refund_key
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, FINANCE
from cms.backoffice.ui.lists import harmless
from cms.backoffice.ui.words import yuan
from tests.backoffice import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_role):
    return as_role(FINANCE)


@pytest.fixture
def order(db):
    return builders.paid(builders.appointment())


@pytest.mark.parametrize("number", ["out_trade_no", "subject_ref", "transaction_id", "out_refund_no"])
def test_an_order_is_found_by_any_number(client, order, number):
    builders.refund(order)
    builders.paid(builders.appointment())
    text = {
        "out_trade_no": order.out_trade_no,
        "subject_ref": order.subject_ref,
        "transaction_id": order.payments.get().transaction_id,
        "out_refund_no": order.refunds.get().out_refund_no,
    }[number]
    answer = client.get(reverse("desk_orders:index"), {"q": text})
    assert [row.pk for row in answer.context["object_list"]] == [order.pk]


def test_the_order_shows_its_ledger_and_the_sum(client, order):
    text = client.get(reverse("desk_orders:inspect", args=[order.pk])).content.decode()
    assert "借贷平衡" in text
    assert "渠道存款" in text
    # When a line does not fit, it cries
    entry = LedgerLine.objects.first().entry
    LedgerLine.objects.create(entry=entry, account="oops", amount_fen=1)
    assert "借贷不平" in client.get(reverse("desk_orders:inspect", args=[order.pk])).content.decode()


def test_finance_reaches_no_booking_from_an_order(client, order):
    text = client.get(reverse("desk_orders:inspect", args=[order.pk])).content.decode()
    assert "/desk/appointments/" not in text
    assert "/desk/calls/" not in text


class TestIncidents:
    """A person explains, once, and it is written down."""

    def test_open_ones_come_first(self, client, order):
        old = builders.incident(order)
        builders.incident(order, state="resolved", resolution="已核对无误")
        shown = [row.pk for row in client.get(reverse("desk_incidents:index")).context["object_list"]]
        assert shown[0] == old.pk

    def test_resolving(self, client, order):
        row = builders.incident(order)
        url = reverse("desk_incidents:act", args=[row.pk, "resolve"])
        # When finance explains
        client.post(url, {"resolution": "已与渠道对账一致，无需处理"})
        # Then it is closed with the explanation and a trace
        row.refresh_from_db()
        assert row.state == Incident.State.RESOLVED
        assert row.resolution == "已与渠道对账一致，无需处理"
        assert row.resolved_at
        event = AuditEvent.objects.get(event="incident.resolved")
        assert event.object_ref == row.key
        assert event.detail["resolution"].startswith("已与渠道")
        # And a second explanation is refused
        again = client.post(url, {"resolution": "另一种说法另一种说法"})
        assert again.status_code == 422
        row.refresh_from_db()
        assert row.resolution == "已与渠道对账一致，无需处理"

    def test_too_short_an_explanation(self, client, order):
        row = builders.incident(order)
        answer = client.post(reverse("desk_incidents:act", args=[row.pk, "resolve"]), {"resolution": "好"})
        assert answer.status_code == 422
        row.refresh_from_db()
        assert row.state == Incident.State.OPEN


class TestRetryingRefunds:
    """Finance may ask again; the number stays, so nothing is paid out twice."""

    def retry(self, client, refund):
        return client.post(reverse("desk_refunds:act", args=[refund.pk, "retry"]), {"reason": "患者来电催问"})

    def test_dead_work_is_started_again(self, client, order):
        refund = builders.refund(order)
        item = builders.outbox_item(topic="payments.refund", key=refund_key(refund))
        self.retry(client, refund)
        item.refresh_from_db()
        assert item.state == OutboxItem.State.PENDING
        assert AuditEvent.objects.get(event="refund.retried").object_type == "payments.Refund"

    def test_waiting_work_is_due_at_once(self, client, order):
        from datetime import timedelta

        from django.utils import timezone

        refund = builders.refund(order)
        later = timezone.now() + timedelta(hours=1)
        item = builders.outbox_item("pending", topic="payments.refund", key=refund_key(refund), due_at=later)
        self.retry(client, refund)
        item.refresh_from_db()
        assert item.due_at <= timezone.now()
        assert OutboxItem.objects.count() == 1

    @pytest.mark.parametrize("state", ["succeeded", "abnormal"])
    def test_a_final_one_is_not(self, client, order, state):
        refund = builders.refund(order, state)
        assert self.retry(client, refund).status_code == 422
        assert not OutboxItem.objects.exists()


class TestExports:
    """Only numbers and sums, only for finance, written down."""

    def test_finance_exports_payments(self, client, order):
        answer = client.get(reverse("desk_payments:index"), {"export": "csv"})
        rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
        assert rows[0][:3] == ["渠道交易号", "商户订单号", "金额（分）"]
        assert order.out_trade_no in rows[1]
        assert AuditEvent.objects.get(event="money.exported").detail["rows"] == 1

    def test_an_administrator_does_not(self, as_role, order):
        answer = as_role(ADMINISTRATOR).get(reverse("desk_payments:index"), {"export": "csv"})
        assert answer.status_code == 302
        assert not AuditEvent.objects.filter(event="money.exported").exists()

    @pytest.mark.parametrize("name", ["desk_patients", "desk_messages", "desk_orders"])
    def test_personal_data_has_no_export(self, as_role, order, name):
        answer = as_role("superuser").get(reverse(f"{name}:index"), {"export": "csv"})
        assert answer.status_code == 302
        assert "text/csv" not in answer.get("Content-Type", "")

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
    def test_no_cell_is_a_formula(self, text):
        assert harmless(text) == f"'{text}"
        assert harmless("42000") == "42000"


@pytest.mark.parametrize(
    ("fen", "text"), [(5000, "¥50.00"), (-5000, "-¥50.00"), (1, "¥0.01"), (0, "¥0.00"), (123456789, "¥1,234,567.89")]
)
def test_sums_are_shown_in_yuan(fen, text):
    assert yuan(fen) == text
