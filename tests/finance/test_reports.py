"""Finance reports: whichever way they are cut, the total is the ledger's."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from business.finance import reports
from business.integration import outbox
from business.payments import services
from business.payments.models import LedgerLine, Payment
from business.security.models import AuditEvent
from cms.backoffice.roles import EDITOR, FINANCE
from tests.backoffice.conftest import as_role, roles
from tests.finance.conftest import World
from tests.payments.fakes import FakeChannel

__all__ = ["as_role", "roles"]
pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def money(world: World, pay: Callable[..., Payment], channel: FakeChannel) -> None:
    """Three orders of two departments, one by staff, one by a partner, one partly back."""
    channel.refund_state = "SUCCESS"
    pay(amount_fen=5000, department="心内科")
    pay(amount_fen=1200, department="=cmd()", operator="窗口王静")
    third = pay(amount_fen=300, department="心内科", source="健康160")
    with transaction.atomic():
        services.request_refund(order=third.order, reason="退", key="k", actor="test", amount_fen=100)
    outbox.run_due()


@pytest.mark.req("46.19")
@pytest.mark.parametrize("by", [*reports.BY, reports.BY_PARTY])
def test_every_cut_sums_to_the_ledger(money: None, by: str, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):
        found = reports.report(by, TODAY(), TODAY())

    channels = LedgerLine.objects.filter(account__startswith="channel:")
    assert found.total.net == channels.aggregate(total=Sum("amount_fen"))["total"] == 6400
    others = LedgerLine.objects.exclude(account__startswith="channel:").aggregate(total=Sum("amount_fen"))["total"]
    assert found.total.net == -others
    assert (found.total.paid_count, found.total.refunded_count, found.total.refunded) == (3, 1, 100)


@pytest.mark.req("H4.5")
def test_partners_departments_and_staff_stand_apart(money: None) -> None:
    def cut(by: str) -> dict[str, int]:
        return {row.name: row.net for row in reports.report(by, TODAY(), TODAY()).rows}

    assert cut(reports.BY_PARTY) == {"本院门户": 6200, "健康160": 200}
    assert cut("department") == {"心内科": 5200, "=cmd()": 1200}
    assert cut("operator") == {"患者自助": 5200, "窗口王静": 1200}


@pytest.mark.req("46.19")
def test_the_spreadsheet_holds_the_report_its_lines_and_no_formula(money: None, as_role: Callable[..., Client]) -> None:
    client = as_role(FINANCE)
    page = client.get(reverse("finance_reports:index"))
    assert "¥64.00" in page.content.decode()

    answer = client.get(page.context["export_url"])

    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    summary, lines = book.worksheets
    assert [cell.value for cell in list(summary.rows)[-1]][-1] == 64
    amounts = [row[-1].value for row in lines.iter_rows(min_row=2)]
    assert sum(amounts) == 64
    assert "'=cmd()" in [row[3].value for row in lines.iter_rows(min_row=2)]
    assert AuditEvent.objects.filter(event="money.exported").exists()


def test_days_in_the_wrong_order_are_one_sentence_and_keep_what_was_typed(as_role: Callable[..., Client]) -> None:
    answer = as_role(FINANCE).get(
        reverse("finance_reports:index"), {"by": "day", "first": "2026-12-02", "last": "2026-12-01"}
    )

    assert answer.status_code == 422
    assert "结束日期不能早于开始日期" in answer.content.decode()
    assert "2026-12-02" in answer.content.decode()


def test_who_may_not_see_the_ledger_sees_no_report(as_role: Callable[..., Client]) -> None:
    assert as_role(EDITOR).get(reverse("finance_reports:index")).status_code == 302
