"""A minimal Wagtail page of 15 blocks and 11 pictures (bench/stock), in the same rounds as our uncached pages."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from bench.figures import Row, Series, paired, ratio_text, speed
from bench.load import request_text
from bench.pages import Subject, one_slice
from bench.place import ROOT
from bench.servers import Helper, Portal, Troupe


def measure(
    troupe: Troupe, portal: Portal, helper: Helper, ours: Sequence[Subject], *, rounds: int, seconds: float
) -> list[Row]:
    """Make the minimal site, serve it with the same gunicorn configuration, measure it between our own pages."""
    folder = troupe.place.folder / "stock"
    folder.mkdir()
    extra = {"PH_BENCH_STOCK": str(folder)}
    command = [sys.executable, "-m", "bench.stock"]
    made = subprocess.run(command, cwd=ROOT, env={**os.environ, **extra}, capture_output=True, text=True, check=True)
    facts = json.loads(made.stdout.splitlines()[-1])
    stock = troupe.start_portal(name="stock", application="bench.stock.wsgi:application", extra=extra, health="/")
    sides = {subject.name: (portal, request_text(subject.path, port=portal.port), Series()) for subject in ours}
    peer = Series()
    for number in range(rounds + 1):
        jobs = [*sides.values(), (stock, request_text("/", port=stock.port), peer)]
        for server, request, series in jobs:
            into = series if number else Series()
            one_slice(server, helper, [request], seconds=seconds if number else 0.3, into=into)
    troupe.stop_portal("stock")
    about = f"{facts['sql']} SQL, {facts['bytes'] / 1000:.1f} kB"
    return [
        Row(
            goal="P3",
            name=f"{subject.label} ÷ 最小 Wagtail 页",
            figure=f"{speed(series)}; {series.cpu:.1f} ms CPU",
            floor=f"minimal Wagtail: {speed(peer)}; {peer.cpu:.1f} ms CPU, {about}",
            ratio=ratio_text(paired(series.rates, peer.rates)),
            details={"rates": series.rates, "peer_rates": peer.rates, "peer_cpu_ms": peer.cpu_ms, "peer": facts},
        )
        for subject, (_portal, _request, series) in zip(ours, sides.values(), strict=True)
    ]
