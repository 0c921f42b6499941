"""Database triggers that keep the ledger append-only, whoever writes to the database.

| database      | UPDATE | DELETE                 | TRUNCATE                |
|---------------|--------|------------------------|-------------------------|
| PostgreSQL    | never  | never                  | never*                  |
| SQLite        | never  | never*                 | (SQLite has none)       |
| MySQL/MariaDB | never  | never*                 | (needs the DROP right)  |

The tests' flush empties tables with TRUNCATE on PostgreSQL and with DELETE elsewhere; the test settings therefore set
``LEDGER_ALLOWS_FLUSH``, which leaves out what is starred. No other settings do. MySQL with binary logging needs
``log_bin_trust_function_creators=1`` for the account that migrates.

SQLite rebuilds a table to alter it and loses its triggers with it: a migration that alters one of these tables calls
``install`` again. ``check_ledger`` reports missing triggers.
"""

from collections.abc import Iterator

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("payments_ledgerentry", "payments_ledgerline", "payments_ledgerseal")
MESSAGE = "the ledger is append-only"


def wanted(vendor: str) -> list[tuple[str, str, str]]:
    """Return (trigger name, table, event) of every trigger this installation must have."""
    events = ["UPDATE", "DELETE"]
    if getattr(settings, "LEDGER_ALLOWS_FLUSH", False):
        events = ["UPDATE", "DELETE"] if vendor == "postgresql" else ["UPDATE"]
    elif vendor == "postgresql":
        events.append("TRUNCATE")
    return [(f"{table}_no_{event.lower()}", table, event) for table in TABLES for event in events]


def install(connection: BaseDatabaseWrapper) -> None:
    """Create every wanted trigger, replacing what is there; repeatable. A migration may come before a table does."""
    there = set(connection.introspection.table_names())
    triggers = [one for one in wanted(connection.vendor) if one[1] in there]
    for statement in _statements(connection.vendor, triggers):
        _execute(connection, statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers (undoing the migration)."""
    there = set(connection.introspection.table_names())
    for table in (one for one in TABLES if one in there):
        for event in ("UPDATE", "DELETE", "TRUNCATE"):
            if event != "TRUNCATE" or connection.vendor == "postgresql":
                _execute(connection, _drop(connection.vendor, f"{table}_no_{event.lower()}", table))
    if connection.vendor == "postgresql":
        _execute(connection, "DROP FUNCTION IF EXISTS payments_ledger_refuse()")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the wanted triggers that are not there."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
        "mysql": "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = {row[0] for row in cursor.fetchall()}
    return [name for name, _, _ in wanted(connection.vendor) if name not in there]


def statements_for(vendor: str, table: str, event: str) -> list[str]:
    """Return what creates one trigger."""
    return list(_statements(vendor, [(f"{table}_no_{event.lower()}", table, event)]))


def _drop(vendor: str, name: str, table: str) -> str:
    return f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if vendor == "postgresql" else "")


def _statements(vendor: str, triggers: list[tuple[str, str, str]]) -> Iterator[str]:
    if vendor == "postgresql":
        yield (
            "CREATE OR REPLACE FUNCTION payments_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for name, table, event in triggers:
        yield _drop(vendor, name, table)
        if vendor == "sqlite":
            yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        elif vendor == "postgresql":
            each = "STATEMENT" if event == "TRUNCATE" else "ROW"
            yield (
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION payments_ledger_refuse()"
            )
        else:
            yield (
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
                f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{MESSAGE}'"
            )


def _execute(connection: BaseDatabaseWrapper, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
