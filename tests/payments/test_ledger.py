"""The books: balanced, appended only, and checked."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from business.payments import guard, ledger, seals, services, states
from business.payments.audit_ledger import problems
from business.payments.errors import ForbiddenMove
from business.payments.models import LedgerEntry, LedgerLine, Order
from tests.payments.fakes import FakeChannel

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(order: Order, begin: Callable[[Order], object], channel: FakeChannel) -> Order:
    begin(order)
    return services.post_payment(channel.pay(order.out_trade_no), "callback")


@pytest.mark.parametrize("lines", [{"a": 1}, {"a": 1, "b": -2}, {"a": 0}, {}, {"a": 0, "b": 0}])
def test_an_unbalanced_entry_is_refused(order: Order, lines: dict[str, int]) -> None:
    with transaction.atomic(), pytest.raises(ledger.Unbalanced):
        ledger.post(key="k", order=order, event="paid", lines=lines)

    assert LedgerEntry.objects.count() == 0


def test_the_same_key_is_booked_once(order: Order) -> None:
    ledger.post(key="k", order=order, event="paid", lines={"a": 1, "b": -1})

    with pytest.raises(DatabaseError), transaction.atomic():
        ledger.post(key="k", order=order, event="paid", lines={"a": 1, "b": -1})


@pytest.mark.three_databases
@pytest.mark.req("38.1")
@pytest.mark.parametrize("model", [LedgerEntry, LedgerLine])
def test_the_database_refuses_an_update(paid: Order, model: type) -> None:
    field = "event" if model is LedgerEntry else "account"

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model._default_manager.update(**{field: "changed"})


@pytest.mark.sqlite
def test_the_database_refuses_a_deletion_on_sqlite(paid: Order) -> None:
    _refuses_deletion()


@pytest.mark.postgres
def test_the_database_refuses_a_deletion_on_postgres(paid: Order) -> None:
    _refuses_deletion()


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_deletion_on_mariadb(paid: Order) -> None:
    # Creating a trigger commits on this database, hence no wrapping transaction and the tidying up.
    try:
        _refuses_deletion()
    finally:
        for table in guard.TABLES:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TRIGGER {table}_no_delete")


def _refuses_deletion() -> None:
    """The tests' flush needs DELETE on two databases: put the trigger there that every other installation has."""
    seals.seal_entries()
    for table in guard.TABLES:
        for statement in guard.statements_for(connection.vendor, table, "DELETE"):
            with connection.cursor() as cursor:
                cursor.execute(statement)
    for table in reversed(guard.TABLES):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608


def test_every_other_installation_forbids_deletion_too(settings: object) -> None:
    settings.LEDGER_ALLOWS_FLUSH = False  # type: ignore[attr-defined]

    for vendor in ("sqlite", "postgresql", "mysql"):
        events = {(table, event) for _, table, event in guard.wanted(vendor)}
        assert events >= {(table, event) for table in guard.TABLES for event in ("UPDATE", "DELETE")}


@pytest.mark.three_databases
def test_the_check_is_content_with_sound_books(paid: Order) -> None:
    out = StringIO()

    call_command("check_ledger", stdout=out)

    assert "账本正确：1 个订单，1 笔分录" in out.getvalue()


@pytest.mark.three_databases
def test_the_check_tells_what_does_not_add_up(paid: Order) -> None:
    Order.objects.filter(pk=paid.pk).update(state="refunded", refunded_fen=1)
    err = StringIO()

    with pytest.raises(SystemExit) as stopped:
        call_command("check_ledger", stderr=err)

    assert stopped.value.code == 1
    assert f"订单 {paid.out_trade_no}" in err.getvalue()
    assert "已退金额记为 1 分" in err.getvalue()


def test_the_check_finds_money_that_is_not_booked(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state="settled")

    assert any("有效收款 0 笔" in problem for problem in problems())


def test_the_check_finds_an_unbalanced_entry(paid: Order) -> None:
    LedgerLine.objects.create(entry=LedgerEntry.objects.get(), account="nowhere", amount_fen=7)

    found = list(problems())

    assert any("借贷不平" in problem for problem in found)
    assert any("不应出现的科目 nowhere" in problem for problem in found)


@pytest.mark.sqlite
def test_the_check_misses_a_removed_guard(order: Order) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER payments_ledgerline_no_update")

    assert any("payments_ledgerline_no_update" in problem for problem in problems())


def test_python_refuses_a_second_save(paid: Order) -> None:
    with pytest.raises(TypeError):
        LedgerLine.objects.all()[0].save()
    with pytest.raises(TypeError):
        LedgerEntry.objects.all()[0].save()


def test_only_the_moves_of_the_table_are_possible(order: Order) -> None:
    allowed = {(a, b) for a, targets in states.ORDER_MOVES.items() for b in targets}

    for start in Order.State.values:
        for end in Order.State.values:
            if (start, end) not in allowed:
                order.state = start
                with pytest.raises(ForbiddenMove), transaction.atomic():
                    states.move(order, end, reason="", actor="test")
    assert ("closing", "paying") not in allowed
    assert ("closed", "paying") not in allowed
    assert not states.ORDER_MOVES["refunded"]
