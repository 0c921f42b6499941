"""The chain over the ledger: whoever changes, removes or slips in a row behind the portal's back is found."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from business.payments import guard, seals, services
from business.payments.audit_ledger import problems
from business.payments.models import LedgerEntry, LedgerLine, LedgerSeal, Order
from tests.payments.fakes import FakeChannel

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(make_order: Callable[..., Order], begin: Callable[[Order], Any], channel: FakeChannel) -> list[Order]:
    orders = [make_order() for _ in range(3)]
    for order in orders:
        begin(order)
        services.post_payment(channel.pay(order.out_trade_no), "callback")
    return orders


def tamper(sql: str, *args: Any) -> None:
    """Do what somebody with the database's password does."""
    guard.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
    guard.install(connection)


@pytest.mark.req("34.1")
def test_sealing_covers_every_entry_once_and_changes_nothing_when_repeated(paid: list[Order]) -> None:
    assert seals.seal_entries() == 3
    assert seals.seal_entries() == 0
    assert sum(seal.count for seal in LedgerSeal.objects.all()) == LedgerEntry.objects.count()
    assert list(problems()) == []


def test_an_entry_that_commits_late_gets_into_a_later_seal(paid: list[Order]) -> None:
    first, middle, last = LedgerEntry.objects.order_by("pk")
    hidden = LedgerEntry.objects.filter(pk=middle.pk)
    seal = LedgerSeal(number=1, entries=f"{first.pk},{last.pk}", last_entry=last.pk, count=2, at=timezone.now())
    seal.mac = seals.mac_of(seal, "", [first.mac, last.mac])
    seal.save()

    assert seals.seal_entries() == 1

    assert LedgerSeal.objects.get(number=2).entries == str(hidden.get().pk)
    assert list(problems()) == []


@pytest.mark.skipif(os.environ.get("PH_TEST_DATABASE") == "mariadb", reason="DDL commits there")
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE payments_ledgerline SET amount_fen = amount_fen * 2 WHERE entry_id = %s", "与写入时不同"),
        (
            "UPDATE payments_ledgerline SET account = 'revenue:mine' WHERE entry_id = %s AND amount_fen < 0",
            "与写入时不同",
        ),
        ("UPDATE payments_ledgerentry SET event = 'settled' WHERE id = %s", "与写入时不同"),
    ],
)
def test_a_changed_row_is_found(paid: list[Order], sql: str, expected: str) -> None:
    seals.seal_entries()
    entry = LedgerEntry.objects.order_by("pk")[1]

    tamper(sql, entry.pk)

    assert any(expected in problem for problem in seals.problems())


@pytest.mark.skipif(os.environ.get("PH_TEST_DATABASE") == "mariadb", reason="DDL commits there")
def test_a_removed_entry_is_missed(paid: list[Order]) -> None:
    seals.seal_entries()
    entry = LedgerEntry.objects.order_by("pk")[1]
    tamper("DELETE FROM payments_ledgerline WHERE entry_id = %s", entry.pk)
    tamper("DELETE FROM payments_ledgerentry WHERE id = %s", entry.pk)

    assert any(f"#{entry.pk} 已被删除" in problem for problem in seals.problems())


@pytest.mark.skipif(os.environ.get("PH_TEST_DATABASE") == "mariadb", reason="DDL commits there")
def test_a_removed_seal_breaks_the_chain(paid: list[Order], make_order: Callable[..., Order]) -> None:
    seals.seal_entries()
    services_order = paid[0]
    LedgerEntry.objects.create(key="x", order=services_order, event="paid", at=timezone.now(), mac="0" * 64)
    seals.seal_entries()
    tamper("DELETE FROM payments_ledgerseal WHERE number = %s", 1)

    assert any("1 至 1 号缺失" in problem for problem in seals.problems())


def test_an_entry_that_the_portal_did_not_write_is_found_sealed_or_not(paid: list[Order]) -> None:
    seals.seal_entries()
    entry = LedgerEntry.objects.create(
        key="paid:forged", order=paid[0], event="paid", at=timezone.now(), mac=LedgerEntry.objects.first().mac
    )
    LedgerLine.objects.create(entry=entry, account="channel:wechatpay:x", amount_fen=1)
    LedgerLine.objects.create(entry=entry, account="suspense:test", amount_fen=-1)

    assert any("不是由本系统写入" in problem for problem in seals.problems())
    seals.seal_entries()
    assert any("与写入时不同" in problem for problem in seals.problems())


def test_a_dead_worker_is_reported(paid: list[Order]) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert any("一直没有封账" in problem for problem in seals.problems())


def test_the_command_ends_with_an_error(paid: list[Order]) -> None:
    LedgerEntry.objects.create(key="forged", order=paid[0], event="paid", at=timezone.now(), mac="0" * 64)

    with pytest.raises(SystemExit):
        call_command("check_ledger")


def test_the_document_of_states_is_written_from_the_code() -> None:
    call_command("payment_states", check=True)
