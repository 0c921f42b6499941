"""Pages and islands over HTTP, each beside a Django view that answers the same bytes in the same round."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from bench import material
from bench.figures import Row, Series, paired, ratio_text, speed
from bench.load import request_text
from bench.servers import Helper, Portal
from blocks.rendering import is_island
from business.registration.models import Schedule, Slot

CONNECTIONS = 8
READER = 0  # the person of the rush who looks at pages and has bookings


@dataclass(frozen=True)
class Subject:
    """A page to be measured, and what is wanted of it."""

    name: str
    label: str
    path: str
    goal: str
    ratio: float | None = None
    sql: int | None = None
    cpu_ms: float | None = None
    person: int | None = None

    @property
    def wanted(self) -> str:
        """The goal in words."""
        parts = [f"≥ {self.ratio:.2f}" if self.ratio else "", f"≤ {self.sql} SQL" if self.sql is not None else ""]
        parts.append(f"≤ {self.cpu_ms:.0f} ms CPU" if self.cpu_ms else "")
        return ", ".join(part for part in parts if part)


def subjects(rush: material.Rush) -> tuple[list[Subject], list[Subject]]:
    """Return the pages of the demonstration that are measured as they are, and those that are rendered every time."""
    day = timezone.localdate() + timedelta(days=1)
    clinics = Schedule.objects.filter(date=day, doctor__isnull=False, state=Schedule.State.OPEN)
    clinic = clinics.annotate(free=Count("slots")).order_by("-free", "pk").select_related("department").first()
    if clinic is None:
        raise RuntimeError("the demonstration hospital has no clinic tomorrow")
    slots = list(Slot.objects.filter(schedule=clinic, state=Slot.State.OPEN).order_by("-number")[:6])
    material.give_bookings(rush.first_account + READER, slots[:5])

    department, date = clinic.department.ref, day.isoformat()
    doctors = where("registration.doctors", f"?department={department}&date={date}")
    rendered = [
        Subject("home-rendered", "首页外壳，不缓存 home rendered", "/", "P3", sql=3),
        Subject("blocks15", "15 个组件，不缓存 15 blocks", material.page_of(15).get_url(), "P3", sql=3, cpu_ms=6),
    ]
    kept = [
        Subject("home", "首页外壳 home", "/", "P2", ratio=1.0),
        Subject("departments", "选择科室 departments", where("registration.departments"), "R1", ratio=0.5, sql=1),
        Subject("doctors", "医生列表 doctors", doctors, "R1", ratio=0.5, sql=1),
        Subject(
            "slots", "号源列表 slots", where("registration.slots", f"?schedule={clinic.ref}"), "R1", ratio=0.5, sql=1
        ),
        Subject("mine", "我的预约 my bookings", where("registration.mine"), "P4", ratio=0.25, sql=2, person=READER),
        Subject(
            "confirm",
            "确认预约 confirm",
            where("registration.confirm", f"?slot={slots[5].ref}"),
            "P4",
            ratio=0.25,
            sql=2,
            person=READER,
        ),
    ]
    return kept, rendered


def where(role: str, query: str = "") -> str:
    """Return the address of the block that does a role's work if it is an island, else of the role's page."""
    from cms.pages.models import PortalPage

    page = PortalPage.objects.live().get(service_role=role)
    child = next((child for child in page.body if child.block.serves == role), None)
    address = page.get_url() if child is None or not is_island(child) else f"/-/island/{page.pk}/{child.id}/"
    return f"{address}{query}"


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Render every page in this process, as ``PH_PAGE_CACHE_MB=0`` does in another."""
    before, settings.PAGE_CACHE_MB = settings.PAGE_CACHE_MB, 0
    try:
        yield
    finally:
        settings.PAGE_CACHE_MB = before


class Counted:
    """What one page costs inside the process: statements, bytes, processor time."""

    def __init__(self, path: str, person: int | None = None, repeat: int = 5) -> None:
        """Ask for the page through Django's test client, warmed up first."""
        client = Client(headers={"host": "127.0.0.1"})
        if person is not None:
            client.cookies[settings.ACCOUNT_COOKIE] = material.token(person)
        for _ in range(2):
            response = client.get(path)
        self.statements: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            self.statements.append(sql)
            return execute(sql, params, many, context)

        for _ in range(3):
            before, self.statements = self.statements, []
            with connection.execute_wrapper(note):
                response = client.get(path)
            # Islands go by marks up to a second old: on a slow machine one request in a few reads them.
            if before and len(before) < len(self.statements):
                self.statements = before
        self.status, self.content = response.status_code, response.content
        marks = [time.process_time()]
        for _ in range(repeat):
            client.get(path)
            marks.append(time.process_time())
        # The least: what others do on the machine can only add to it.
        self.cpu_ms = min(later - earlier for earlier, later in pairwise(marks)) * 1000

    @property
    def sql(self) -> int:
        """Number of statements."""
        return len(self.statements)


def keep_floor(folder: Path, name: str, content: bytes) -> str:
    """Keep the bytes that the floor of a page answers; return the floor's address."""
    floors = folder / "floors"
    floors.mkdir(exist_ok=True)
    (floors / name).write_bytes(content)
    return f"/-/bench/floor/{name}/"


def measure(
    portal: Portal, helper: Helper, folder: Path, chosen: Sequence[Subject], *, rounds: int, seconds: float
) -> list[Row]:
    """Measure page and floor alternately, round after round."""
    requests: dict[str, tuple[str, str]] = {}
    counts: dict[str, Counted] = {}
    for subject in chosen:
        counts[subject.name] = counted = Counted(subject.path, subject.person)
        if counted.status != 200:
            raise RuntimeError(f"{subject.path} answered {counted.status}")
        headers = {"Cookie": material.cookies(subject.person)} if subject.person is not None else {}
        floor = keep_floor(folder, subject.name, counted.content)
        requests[subject.name] = (
            request_text(subject.path, port=portal.port, headers=headers),
            request_text(floor, port=portal.port, headers=headers),
        )
    series = {subject.name: (Series(), Series()) for subject in chosen}
    for number in range(rounds + 1):
        for subject in chosen:
            for side, request in zip(series[subject.name], requests[subject.name], strict=True):
                # Round 0 warms both sides up and is not counted.
                one_slice(
                    portal, helper, [request], seconds=seconds if number else 0.3, into=side if number else Series()
                )
    return [_row(subject, counts[subject.name], *series[subject.name]) for subject in chosen]


def one_slice(
    portal: Portal, helper: Helper, requests: list[str], *, into: Series, seconds: float = 0, expect: int = 200
) -> dict[str, Any]:
    """Let the generator do one job and add it to a series; any answer but the expected one stops the run."""
    before = portal.cpu_seconds()
    job = {"port": portal.port, "connections": CONNECTIONS, "requests": requests, "seconds": seconds}
    answer = helper.ask(job)
    cpu = portal.cpu_seconds() - before
    if answer["errors"] or set(answer["statuses"]) != {str(expect)}:
        raise RuntimeError(f"{requests[0].splitlines()[0]}: {answer['statuses']} {answer['errors'][:1]}")
    into.add(len(answer["latencies"]), answer["elapsed"], answer["latencies"], cpu)
    return answer


def _row(subject: Subject, counted: Counted, page: Series, floor: Series) -> Row:
    ratio = paired(page.rates, floor.rates)
    met = [
        ratio[0] >= subject.ratio if subject.ratio else True,
        counted.sql <= subject.sql if subject.sql is not None else True,
        page.cpu <= subject.cpu_ms if subject.cpu_ms else True,
    ]
    return Row(
        goal=subject.goal,
        name=subject.label,
        figure=f"{speed(page)}; {page.cpu:.1f} ms CPU, {counted.sql} SQL, {len(counted.content) / 1000:.1f} kB",
        floor=f"{speed(floor)}; {floor.cpu:.2f} ms CPU",
        ratio=ratio_text(ratio),
        wanted=subject.wanted,
        met=all(met),
        details={
            "path": subject.path,
            "rates": page.rates,
            "floor_rates": floor.rates,
            "cpu_ms": page.cpu_ms,
            "floor_cpu_ms": floor.cpu_ms,
            "p50_ms": page.ms(0.5),
            "p99_ms": page.ms(0.99),
            "sql": counted.sql,
            "statements": [sql[:300] for sql in counted.statements],
            "bytes": len(counted.content),
        },
    )


def many_blocks(count: int) -> Row:
    """Count the statements of a page of many blocks: the number must not grow with the blocks."""
    with nothing_kept():
        counted = Counted(material.page_of(count).get_url(), repeat=2)
    return Row(
        goal="P3",
        name=f"{count} 个组件 {count} blocks",
        figure=f"{counted.cpu_ms:.0f} ms CPU, {counted.sql} SQL, {len(counted.content) / 1000:.0f} kB",
        wanted="≤ 3 SQL",
        met=counted.sql <= 3,
        details={"sql": counted.sql, "cpu_ms": counted.cpu_ms, "statements": [s[:300] for s in counted.statements]},
    )
