"""The sandbox's own SQLite file: WAL, one connection per thread, writers one after another."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Store"]

SCHEMA = Path(__file__).with_name("schema.sql")
SCHEMA_VERSION = 5
"""Raise it with every change of schema.sql."""


class Store:
    """Reads run in autocommit; every change runs in one BEGIN IMMEDIATE transaction.

    The process-wide lock in front of SQLite's own keeps fifty waiting writers in a queue instead of letting them
    poll the file; the unique indexes in schema.sql stay the last word on who got a slot.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._writers = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._drop_older_schema()
        self._connection().executescript(SCHEMA.read_text(encoding="utf-8"))
        self._connection().execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _drop_older_schema(self) -> None:
        """Begin anew where another version of this program made the file: nothing in it is worth a migration."""
        if not self.path.exists():
            return
        version = self._connection().execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA_VERSION:
            self.close()
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            self._local.connection = connection
        return connection

    def all(self, sql: str, args: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return every row of a query."""
        return self._connection().execute(sql, args).fetchall()

    def one(self, sql: str, args: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        row: sqlite3.Row | None = self._connection().execute(sql, args).fetchone()
        return row

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction; commit on leaving, roll back on any exception."""
        connection = self._connection()
        with self._writers:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close this thread's connection; other threads close theirs when they end."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
