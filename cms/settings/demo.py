"""The embedded installation: SQLite, no Redis, nothing else to install. Keys and addresses come from the launcher."""

from cms.settings import databases, demo_environment

# isort: split
from cms.settings.base import *
from cms.settings.base import VAR_DIR, env

assert VAR_DIR == demo_environment.VAR_DIR  # noqa: S101 - both read PH_VAR_DIR; two folders would mean two sets of keys

DEBUG = env.flag("PH_DEBUG", default=False)
SECRET_KEY = env.text("PH_SECRET_KEY")
ALLOWED_HOSTS = env.names("PH_ALLOWED_HOSTS", default=["*"])
DATABASES = {"default": databases.sqlite(VAR_DIR / "portal.sqlite3")}

# Static files are served from where they lie: no collecting step before the first start.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

env.require("PH_SECRET_KEY", "PH_FIELD_KEYS", "PH_BLIND_INDEX_KEY")
env.check()
