"""The three databases, each set up so that the same code holds the same promises on it."""

import sys
from pathlib import Path
from typing import Any

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
MYSQL = "django.db.backends.mysql"
ENGINES = frozenset({SQLITE, POSTGRESQL, MYSQL})

# Waiting for a row longer than this means something is wrong elsewhere; the caller repeats later.
LOCK_WAIT_SECONDS = 10


def sqlite(file: Path | str) -> dict[str, Any]:
    """WAL so that readers never wait; IMMEDIATE so that a writer takes its place at BEGIN and cannot fail at COMMIT."""
    return {
        "ENGINE": SQLITE,
        "NAME": str(file),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
        },
    }


def server(parsed: dict[str, Any]) -> dict[str, Any]:
    """Complete what a database URL says with persistent, checked connections and the rules of its engine."""
    config = {**parsed, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    options = dict(parsed.get("OPTIONS", {}))
    if config["ENGINE"] == POSTGRESQL:
        # READ COMMITTED is PostgreSQL's own default; what waits for a row must not wait for ever.
        options.setdefault("connect_timeout", 10)
        options.setdefault("options", f"-c lock_timeout={LOCK_WAIT_SECONDS}s")
    elif config["ENGINE"] == MYSQL:
        _pymysql_as_driver()
        options.setdefault("charset", "utf8mb4")
        options.setdefault("connect_timeout", 10)
        # REPEATABLE READ, MySQL's default, would show a row as it was before we waited for its lock.
        options.setdefault("isolation_level", "read committed")
        options.setdefault(
            "init_command",
            "SET sql_mode='STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
            f"NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout={LOCK_WAIT_SECONDS}",
        )
    config["OPTIONS"] = options
    return config


def _pymysql_as_driver() -> None:
    """PyMySQL needs no compiler on the hospital's server; Django knows the driver by the name MySQLdb."""
    if "MySQLdb" not in sys.modules:
        import pymysql

        pymysql.install_as_MySQLdb()
