"""Tell whether a test server can be used: `python -m deploy.launcher.probe postgres|mariadb|redis URL`.

Runs inside the virtual environment, because it needs the drivers. Ends with 0, or with 1 and the reason.
"""

import sys
from urllib.parse import unquote, urlsplit


def main(kind: str, url: str) -> None:
    """Connect, and check that test databases may be made; any exception is the reason why not."""
    parts = urlsplit(url)
    if kind == "postgres":
        import psycopg

        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            if not row or not row[0]:
                raise PermissionError("the user may not create databases")
    elif kind == "mariadb":
        import pymysql

        pymysql.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=unquote(parts.username or "root"),
            password=unquote(parts.password or ""),
            connect_timeout=5,
        ).close()
    else:
        import redis

        redis.Redis.from_url(url, socket_connect_timeout=5).ping()


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2])
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}".strip().splitlines()[0])
