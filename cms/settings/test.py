"""The settings of the test suite: fixed keys, a database chosen by PH_TEST_DATABASE, nothing from the outside.

PH_TEST_DATABASE is sqlite (default), postgres or mariadb; PH_TEST_POSTGRES_URL, PH_TEST_MARIADB_URL and
PH_TEST_REDIS_URL say where the servers are.
"""

import os
import tempfile
import zlib
from pathlib import Path

import environ

from cms.settings import databases

# isort: split
# The suite must not depend on what happens to be set in the developer's shell.
for _name in [name for name in os.environ if name.startswith("PH_") and not name.startswith("PH_TEST_")]:
    del os.environ[_name]
VAR_DIR = Path(tempfile.gettempdir()) / f"pocket-hospital-test-{os.getuid()}"
os.environ["PH_VAR_DIR"] = str(VAR_DIR)

from cms.settings.base import *  # noqa: E402
from cms.settings.base import BASE_DIR, env  # noqa: E402

SECRET_KEY = "only-for-tests-" + "x" * 50
ALLOWED_HOSTS = ["*"]
FIELD_KEYS = "test:MDEyMzQ1Njc4OWFiY2RlZg=="
BLIND_INDEX_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

TEST_SERVERS = {
    "postgres": os.environ.get("PH_TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres",
    "mariadb": os.environ.get("PH_TEST_MARIADB_URL") or "mysql://root@127.0.0.1:3306/test",
}
TEST_DATABASE = os.environ.get("PH_TEST_DATABASE") or "sqlite"
# Two working copies on one machine must not take each other's test database away.
_test_name = f"ph_test_{zlib.crc32(str(BASE_DIR).encode()):08x}"
if TEST_DATABASE == "sqlite":
    # A file, not memory: the races use several connections.
    VAR_DIR.mkdir(exist_ok=True)
    DATABASES = {"default": databases.sqlite(VAR_DIR / f"{_test_name}.sqlite3")}
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / f"{_test_name}.test.sqlite3")}
elif TEST_DATABASE in TEST_SERVERS:
    DATABASES = {"default": databases.server(environ.Env.db_url_config(TEST_SERVERS[TEST_DATABASE]))}
    DATABASES["default"]["TEST"] = {"NAME": _test_name}
else:
    env.wrong("PH_TEST_DATABASE", f"应为 sqlite、postgres 或 mariadb，不是 {TEST_DATABASE}")

# Fast where speed costs nothing: staff passwords of tests need no stretching.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# Flushing between tests empties the ledger, which its triggers otherwise forbid (business/payments/guard.py).
LEDGER_ALLOWS_FLUSH = True
LOGGING["root"]["level"] = "WARNING"

env.check()
