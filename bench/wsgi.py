"""The portal as gunicorn serves it to the benchmarks; HIS in memory where only our own side is to be measured."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

from cms.wsgi import application

__all__ = ["application"]

if os.environ.get("PH_BENCH_HIS") == "memory":
    from bench.memory_his import install

    install()
