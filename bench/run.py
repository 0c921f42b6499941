"""One run from an empty scratch database to the rows of the table; imported only inside a Place."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bench.figures import Row
from bench.place import Place
from bench.servers import Helper, Portal, Troupe

if TYPE_CHECKING:
    from bench import material

Say = Callable[[str], None]
PARTS = ("pages", "front", "weight", "editor", "flow", "booking")
PAGE_PARTS = ("pages", "front", "weight", "editor")


def run(place: Place, say: Say, *, quick: bool, times: int, parts: Sequence[str]) -> list[Row]:
    """Start everything, measure everything, stop everything."""
    troupe = Troupe(place)
    generator: Helper | None = None
    try:
        troupe.start_sandbox()
        prepare(say, quick=quick)
        generator = Helper("bench.load")
        return _measure(troupe, generator, say, quick=quick, times=times, parts=parts)
    finally:
        if generator is not None:
            generator.stop()
        troupe.stop()


def prepare(say: Say, *, quick: bool) -> None:
    """Migrate and load the demonstration hospital; a quick run leaves out introductions and search index."""
    import django
    from django.core.management import call_command

    django.setup()
    logging.disable(logging.WARNING)  # in this process; the portal under test logs as it does in production
    call_command("migrate", verbosity=0)
    say("数据库已建 (migrated)")
    from business.hospital.sync import sync_base
    from business.registration.sync import sync_schedules
    from cms.backoffice.roles import setup_roles
    from fixtures.demo import load, pages

    if not quick:
        load.load(lambda _text: None)
    else:
        setup_roles()
        sync_base()
        sync_schedules()
        load.make_settings()
        pages.make_pages()
    say("演示医院已载入 (demonstration hospital loaded)")


def _measure(
    troupe: Troupe, generator: Helper, say: Say, *, quick: bool, times: int, parts: Sequence[str]
) -> list[Row]:
    from bench import editor, flow, growth, material, pages, weight
    from cms.pages.cache.compaction import add_marks_together

    rounds, seconds = (2, 0.4) if quick else (5, 0.8)
    rush = material.Rush(600 if quick else 3000)
    add_marks_together()  # as the worker does every minute
    portal = troupe.start_portal()
    rows: list[Row] = []
    if "pages" in parts:
        rows += _pages(troupe, portal, generator, rush, rounds=rounds, seconds=seconds)
        if not quick:
            rows.append(pages.many_blocks(200))
        say("页面已测 (pages measured)")
    if "front" in parts:
        rows += _front(troupe, portal, say, rounds=min(rounds, 3))
    if "weight" in parts and not quick:
        rows += weight.measure(portal, say)
        say("手机上的页面已测 (pages on a phone measured)")
    if "editor" in parts and not quick:
        rows += editor.measure()
        say("编辑器已测 (editor measured)")
    if "flow" in parts:
        troupe.start_worker()
        rows += flow.measure(troupe, count=4 if quick else 12)
        troupe.stop_worker()
        say("整条流程已测 (book, pay, confirmed measured)")
    if "booking" in parts:
        rush.reopen()
        rows += _bookings(troupe, generator, rush, rounds=rounds, seconds=seconds, quick=quick)
        say("预约已测 (booking measured)")
    if times > 1:
        rows += growth.measure(troupe.place.folder, say, times)
    return rows


def _pages(
    troupe: Troupe, portal: Portal, generator: Helper, rush: "material.Rush", *, rounds: int, seconds: float
) -> list[Row]:
    from bench import pages, peer

    kept, rendered = pages.subjects(rush)
    folder = troupe.place.folder
    uncached = troupe.start_portal(name="uncached", extra={"PH_PAGE_CACHE_MB": "0"})
    rows = pages.measure(portal, generator, folder, kept, rounds=rounds, seconds=seconds)
    with pages.nothing_kept():
        rows += pages.measure(uncached, generator, folder, rendered, rounds=rounds, seconds=seconds)
    rows += peer.measure(troupe, uncached, generator, rendered, rounds=rounds, seconds=seconds)
    troupe.stop_portal("uncached")
    return rows


def _front(troupe: Troupe, portal: Portal, say: Say, *, rounds: int) -> list[Row]:
    from bench import front, pages

    if absent := front.missing(say):
        say(f"没有 {'、'.join(absent)}，P1 与 64 连接的 P2 未测 (not measured)")
        return []
    shared = None
    if front.redis_answers():
        shared = troupe.start_portal(name="shared", extra={"PH_PAGE_CACHE_MB": "0", "PH_REDIS_URL": front.REDIS_URL})
    else:
        say("没有 Redis，共享缓存未测 (no Redis: the shared tier is not measured)")
    content = pages.Counted("/").content
    floor = pages.keep_floor(troupe.place.folder, "front", content)
    rows = front.measure(troupe, portal, shared, floor, content, rounds=rounds, seconds=2)
    rows.append(front.freshness(troupe, portal))
    troupe.stop_portal("shared")
    say("前置服务器与缓存各层已测 (front server and cache tiers measured)")
    return rows


def _bookings(
    troupe: Troupe, generator: Helper, rush: "material.Rush", *, rounds: int, seconds: float, quick: bool
) -> list[Row]:
    from bench import booking, memory_his
    from bench.place import free_ports

    memory_his.install()
    portal = troupe.start_portal(port=free_ports(1)[0], workers=2, his="memory")
    over_http = booking.HttpDesk(portal, generator, rush)
    desk = booking.Desk(rush, troupe.place.folder)
    try:
        rows = booking.many_slots(desk, over_http, rounds=rounds, count=40 if quick else 80)
        rows += booking.hot_clinic(desk, rounds=rounds, count=48 if quick else 80)
        rows.append(over_http.sold_out(desk, troupe.place.folder, rounds=rounds, seconds=seconds))
    finally:
        desk.stop()
    return rows
