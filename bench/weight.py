"""Goal W1: what a phone loads and sees of a page: bytes, largest paint, blocking, shifts; in Chromium, slowed down.

The network is slowed to Lighthouse's "slow 4G" (150 ms a round trip, 1.6 Mbit/s) and the processor four times, over the
DevTools protocol; the page itself says when it painted. Islands are held back for a second more, so that a skeleton of
the wrong height shows as a shift. Where a `lighthouse` command is found (PATH, or PH_BENCH_LIGHTHOUSE), its four
scores are taken too; nothing is installed for it.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.figures import Row
from bench.servers import Portal
from deploy.launcher import browser as system_browser

ROUNDS = 3
PHONE: dict[str, Any] = {
    "viewport": {"width": 412, "height": 823},
    "device_scale_factor": 1.75,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
}
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1638.4 * 1024 / 8,
    "uploadThroughput": 675 * 1024 / 8,
}
SLOWER_CPU = 4
ISLAND_DELAY = 1.0
SETTLED_MS = 2500
MOST_KB, MOST_LCP, MOST_TBT, MOST_CLS = 80.0, 1000.0, 50.0, 0.01
_WATCH = """
window.seen = {lcp: 0, cls: 0, tbt: 0};
new PerformanceObserver((list) => { for (const e of list.getEntries()) seen.lcp = e.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) seen.cls += e.value; })
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver((list) => { for (const e of list.getEntries()) seen.tbt += Math.max(0, e.duration - 50); })
  .observe({type: 'longtask', buffered: true});
"""


@dataclass
class Seen:
    """What a phone loaded and saw, a figure a round."""

    page_kb: list[float] = field(default_factory=list)  # photos left out
    photo_kb: list[float] = field(default_factory=list)
    lcp: list[float] = field(default_factory=list)
    tbt: list[float] = field(default_factory=list)
    cls: list[float] = field(default_factory=list)


def pages() -> dict[str, str]:
    """Return the pages that the goal names."""
    from cms.articles.models import ArticlePage
    from cms.pages.models import DepartmentPage, DoctorPage

    found = {"首页 home": "/"}
    for name, model in (
        ("文章 article", ArticlePage),
        ("科室 department", DepartmentPage),
        ("医生 doctor", DoctorPage),
    ):
        if page := model.objects.live().order_by("path").first():
            found[name] = page.get_url() or "/"
    return found


def measure(portal: Portal, say: Callable[[str], None]) -> list[Row]:
    """Measure each page in turn, round after round; nothing where there is no Chromium."""
    executable = system_browser.find()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        executable = None
    if executable is None:
        say("没有 Chromium，W1 未测 (no Chromium: W1 is not measured)")
        return []
    address, found = f"http://127.0.0.1:{portal.port}", pages()
    seen = {name: Seen() for name in found}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for number in range(ROUNDS + 1):
            for name, path in found.items():  # round 0 warms up
                _look(browser, f"{address}{path}", seen[name] if number else Seen())
        browser.close()
    scores = {name: _lighthouse(f"{address}{path}", executable) for name, path in found.items()}
    if not any(scores.values()):
        say("没有 lighthouse，四项评分未测 (no lighthouse command: its scores are not measured)")
    return [_row(name, seen[name], scores[name]) for name in found]


def _look(browser: Any, url: str, into: Seen) -> None:
    """Open a page as a first visitor does."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.add_init_script(_WATCH)

    def later(route: Any) -> None:
        time.sleep(ISLAND_DELAY)
        route.continue_()

    context.route("**/-/island/**", later)
    tools = context.new_cdp_session(page)
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}
    tools.on("Network.responseReceived", lambda e: addresses.update({e["requestId"]: e["response"]["url"]}))
    tools.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", NETWORK)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    page.goto(url, wait_until="networkidle")
    page.wait_for_timeout(SETTLED_MS)
    told = page.evaluate("window.seen")
    photos = sum(size for key, size in sizes.items() if "/media/" in addresses.get(key, ""))
    into.photo_kb.append(photos / 1000)
    into.page_kb.append((sum(sizes.values()) - photos) / 1000)
    into.lcp.append(told["lcp"])
    into.tbt.append(told["tbt"])
    into.cls.append(told["cls"])
    context.close()


def _lighthouse(url: str, chromium: str) -> dict[str, Any]:
    """Return Lighthouse's mobile scores and its own simulated paint; empty where the command is not there."""
    command = os.environ.get("PH_BENCH_LIGHTHOUSE") or shutil.which("lighthouse")
    if not command:
        return {}
    done = subprocess.run(
        [command, url, "--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CHROME_PATH": chromium},
    )
    if done.returncode:
        return {}
    told = json.loads(done.stdout)
    scores = {name: round((found["score"] or 0) * 100) for name, found in told["categories"].items()}
    return {**scores, "simulated_lcp_ms": told["audits"]["largest-contentful-paint"]["numericValue"]}


def _row(name: str, seen: Seen, scores: dict[str, Any]) -> Row:
    # The least: what others do on the machine can only add to a time.
    kb, lcp, tbt, cls = max(seen.page_kb), min(seen.lcp), min(seen.tbt), max(seen.cls)
    figure = f"{kb:.1f} kB (+ {max(seen.photo_kb):.0f} kB photos), LCP {lcp:.0f} ms, TBT {tbt:.0f} ms, CLS {cls:.3f}"
    points = [scores[key] for key in ("performance", "accessibility", "best-practices", "seo")] if scores else []
    if points:
        figure += f", Lighthouse {'/'.join(map(str, points))}"
    met = kb <= MOST_KB and lcp <= MOST_LCP and tbt <= MOST_TBT and cls <= MOST_CLS
    return Row(
        "W1",
        name,
        figure,
        wanted="≤ 80 kB, LCP ≤ 1.0 s, TBT ≤ 50 ms, CLS ≤ 0.01, 100/100/100/100",
        met=met and all(point == 100 for point in points),
        details={"lcp_ms": seen.lcp, "tbt_ms": seen.tbt, "cls": seen.cls, "page_kb": seen.page_kb, **scores},
    )
