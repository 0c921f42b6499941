"""A place of its own for one run: a scratch folder, a scratch database, free ports; all gone afterwards."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[1]
SERVERS = {
    "postgres": ("PH_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres"),
    "mariadb": ("PH_TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/test"),
}
DATABASES = ("sqlite", *SERVERS)


def server_url(database: str) -> str:
    """Return where the tests find this database server too."""
    variable, default = SERVERS[database]
    return os.environ.get(variable) or default


def reachable(database: str) -> bool:
    """Tell whether databases may be made there; SQLite always may."""
    if database == "sqlite":
        return True
    command = [sys.executable, "-m", "deploy.launcher.probe", database, server_url(database)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on at the moment, each only once."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


@dataclass
class Place:
    """Folder and database of one run; a context manager that makes both and removes both."""

    database: str
    folder: Path = field(init=False)
    name: str = field(default_factory=lambda: f"ph_bench_{os.getpid()}")

    @property
    def database_url(self) -> str:
        """Where the scratch database is, empty for the SQLite file that the demonstration settings know."""
        if self.database == "sqlite":
            return ""
        return urlunsplit(urlsplit(server_url(self.database))._replace(path=f"/{self.name}"))

    def __enter__(self) -> "Place":
        self.folder = Path(tempfile.mkdtemp(prefix="pocket-hospital-bench-"))
        (self.folder / "static").mkdir()
        # The launcher's pieces and the settings read these; the developer's var/ is never looked at.
        for name in [n for n in os.environ if n.startswith("PH_") and not n.startswith("PH_TEST_")]:
            del os.environ[name]
        os.environ["PH_VAR_DIR"] = str(self.folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        os.environ["PH_BENCH_DATABASE_URL"] = self.database_url
        self._server(f"CREATE DATABASE {self.name}{self._options()}")
        return self

    def __exit__(self, *_unused: object) -> None:
        from django.conf import settings
        from django.db import connections

        if settings.configured:
            connections.close_all()
        self._server(f"DROP DATABASE IF EXISTS {self.name}{' WITH (FORCE)' if self.database == 'postgres' else ''}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _options(self) -> str:
        return " CHARACTER SET utf8mb4" if self.database == "mariadb" else ""

    def _server(self, statement: str) -> None:
        """Say one statement to the server itself, outside any transaction."""
        if self.database == "postgres":
            import psycopg

            with psycopg.connect(server_url("postgres"), autocommit=True) as connection:
                connection.execute(statement.encode())
        elif self.database == "mariadb":
            import pymysql

            parts = urlsplit(server_url("mariadb"))
            connected = pymysql.connect(
                host=parts.hostname or "127.0.0.1",
                port=parts.port or 3306,
                user=unquote(parts.username or "root"),
                password=unquote(parts.password or ""),
            )
            with connected, connected.cursor() as cursor:
                cursor.execute(statement)
