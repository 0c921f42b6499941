"""Goal G1: the same pages with ten or a hundred times the pages, clinics, numbers and bookings (`--full`, `--times`).

Before and after are minutes apart, and the machine is never the same twice: processor time is therefore counted in
answers of the bare view, asked in turn with the page. On SQLite the database's own work is in it, on a server not.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.utils import timezone

from bench import material
from bench.figures import Row
from bench.pages import Counted
from business.patients.models import Account, Patient
from business.registration.models import Appointment, Schedule, Slot

MOST = {10: 1.1, 100: 1.3}
PAIRS = 30
BOOKED_EVERY = 5  # of the older numbers


@dataclass
class Cost:
    """What a page costs with one amount of data."""

    sql: int
    cpu_ms: float
    floors: float  # processor time, in answers of the bare view


def cost(path: str, person: int | None, floor: str) -> Cost:
    """Ask for a page and the bare view in turn; the least of each is what counts."""
    counted = Counted(path, person, repeat=1)
    client = Client(headers={"host": "127.0.0.1"})
    if person is not None:
        client.cookies[settings.ACCOUNT_COOKIE] = material.token(person)
    least = {path: math.inf, floor: math.inf}
    for _ in range(PAIRS):
        for address in (path, floor):
            began = time.process_time()
            client.get(address)
            least[address] = min(least[address], time.process_time() - began)
    return Cost(counted.sql, least[path] * 1000, least[path] / least[floor])


def measure(folder: Path, say: Callable[[str], None], times: int) -> list[Row]:
    """Count statements and processor time, add the data, count again."""
    from bench.pages import READER, keep_floor, nothing_kept, where

    day = timezone.localdate() + timedelta(days=1)
    clinic = Schedule.objects.filter(date=day, doctor__isnull=False, state=Schedule.State.OPEN).order_by("pk").first()
    assert clinic is not None  # noqa: S101  # the demonstration has clinics every day
    pages = {
        "首页外壳 home": ("/", None),
        "选择科室 departments": (where("registration.departments"), None),
        "医生列表 doctors": (
            where("registration.doctors", f"?department={clinic.department.ref}&date={day.isoformat()}"),
            None,
        ),
        "号源列表 slots": (where("registration.slots", f"?schedule={clinic.ref}"), None),
        "我的预约 my bookings": (where("registration.mine"), READER),
    }
    floor = keep_floor(folder, "growth", b"x" * 4000)
    most = MOST.get(times, max(MOST.values()))
    with nothing_kept():
        before = {name: cost(path, person, floor) for name, (path, person) in pages.items()}
    multiply(times)
    multiply_pages(times)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does soon after
    say(f"数据已扩大 {times} 倍 (data multiplied)")
    rows = []
    for name, (path, person) in pages.items():
        with nothing_kept():
            after = cost(path, person, floor)
        ratio = after.floors / before[name].floors
        figure = f"{after.sql} SQL, {after.cpu_ms:.1f} ms CPU, {after.floors:.1f} bare views"
        was = f"1×: {before[name].sql} SQL, {before[name].cpu_ms:.1f} ms CPU, {before[name].floors:.1f} bare views"
        met = after.sql == before[name].sql and ratio <= most
        details = {"before": asdict(before[name]), "after": asdict(after)}
        wanted = f"same SQL, ≤ {most:.2f}"
        rows.append(Row("G1", f"{times}× {name}", figure, was, f"{ratio:.2f}", wanted, met, details))
    return rows


def multiply(times: int) -> None:
    """Add clinics of past fortnights, so many for each there is, with their numbers and bookings of many patients."""
    originals = list(Schedule.objects.exclude(code__startswith="bench"))
    slots: dict[int, list[Slot]] = {}
    for slot in Slot.objects.filter(schedule__in=originals):
        slots.setdefault(slot.schedule_id, []).append(slot)
    account = Account.objects.filter(ref="ba1").get()
    patient = Patient.objects.filter(account=account).get()
    for fold in range(1, times):
        shift = timedelta(days=14 * fold)
        copies = [
            Schedule(**{f: getattr(one, f) for f in COPIED}, code=f"{one.code}-{fold}"[:60], date=one.date - shift)
            for one in originals
        ]
        Schedule.objects.bulk_create(copies, material.BATCH)
        numbers = [
            Slot(
                code=f"{slot.code}-{fold}"[:80],
                schedule=copy,
                number=slot.number,
                starts_at=slot.starts_at - shift,
                ends_at=slot.ends_at - shift,
                state=slot.state,
            )
            for one, copy in zip(originals, copies, strict=True)
            for slot in slots.get(one.pk, [])
        ]
        _book(account, patient, Slot.objects.bulk_create(numbers, material.BATCH)[::BOOKED_EVERY])


def multiply_pages(times: int) -> None:
    """Add so many live pages for each there is, below a page of their own."""
    from wagtail.models import Page

    from cms.pages.models import PortalPage

    home = PortalPage.objects.get(service_role="home")
    wanted = Page.objects.live().count() * (times - 1)
    shelf = home.add_child(instance=PortalPage(title="更多页面", slug="bench-more"))
    for number in range(wanted):
        shelf.add_child(instance=PortalPage(title=f"页面 {number}", slug=f"bench-more-{number}"))


COPIED = ("campus_id", "department_id", "doctor_id", "session", "clinic_name", "place", "fee_fen", "state")


def _book(account: Account, patient: Patient, slots: list[Slot]) -> None:
    last = Appointment.objects.aggregate(last=Max("pk"))["last"] or 0
    rows = [
        Appointment(
            trade_no=f"G{last + n}",
            account=account,
            patient=patient,
            slot=slot,
            claimed_slot=slot,
            patient_claim=f"growth:{last + n}",
            request_key=f"growth:{last + n}",
            fee_fen=5000,
            state=Appointment.State.BOOKED,
            hold_expires_at=slot.starts_at,
        )
        for n, slot in enumerate(slots)
    ]
    Appointment.objects.bulk_create(rows, material.BATCH)
