"""The demonstration's settings on the scratch database, with the floors' addresses added; for the benchmarks only."""

import os

import environ

from cms.settings import databases

# isort: split
from cms.settings.demo import *  # noqa: F403
from cms.settings.demo import DATABASES

if _url := os.environ.get("PH_BENCH_DATABASE_URL"):
    DATABASES["default"] = databases.server(environ.Env.db_url_config(_url))
ROOT_URLCONF = "bench.urls"
