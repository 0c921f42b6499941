"""Goal G1: the same pages with ten times the clinics, numbers and bookings (`--full`)."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from bench import material
from bench.figures import Row
from bench.pages import Counted
from business.patients.models import Account, Patient
from business.registration.models import Appointment, Schedule, Slot

TIMES = 10
BOOKED_EVERY = 5  # of the older numbers


def measure(say: Callable[[str], None]) -> list[Row]:
    """Count statements and processor time, add nine times the data, count again."""
    from bench.pages import READER, nothing_kept, where

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
    with nothing_kept():
        before = {name: Counted(path, person, repeat=30) for name, (path, person) in pages.items()}
    multiply()
    multiply_pages()
    say(f"数据已扩大 {TIMES} 倍 (data multiplied)")
    rows = []
    for name, (path, person) in pages.items():
        with nothing_kept():
            after = Counted(path, person, repeat=30)
        ratio = after.cpu_ms / before[name].cpu_ms
        figure = f"{after.sql} SQL, {after.cpu_ms:.1f} ms CPU"
        floor = f"1×: {before[name].sql} SQL, {before[name].cpu_ms:.1f} ms CPU"
        met = after.sql == before[name].sql and ratio <= 1.1
        details = {"sql": [before[name].sql, after.sql], "cpu_ms": [before[name].cpu_ms, after.cpu_ms]}
        rows.append(Row("G1", f"{TIMES}× {name}", figure, floor, f"{ratio:.2f}", "same SQL, ≤ 1.10", met, details))
    return rows


def multiply() -> None:
    """Add clinics of past fortnights, nine for each there is, with their numbers and bookings of many patients."""
    originals = list(Schedule.objects.exclude(code__startswith="bench"))
    slots: dict[int, list[Slot]] = {}
    for slot in Slot.objects.filter(schedule__in=originals):
        slots.setdefault(slot.schedule_id, []).append(slot)
    account = Account.objects.filter(ref="ba1").get()
    patient = Patient.objects.filter(account=account).get()
    for fold in range(1, TIMES):
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


def multiply_pages() -> None:
    """Add nine live pages for each there is, below a page of their own."""
    from wagtail.models import Page

    from cms.pages.models import PortalPage

    home = PortalPage.objects.get(service_role="home")
    wanted = Page.objects.live().count() * (TIMES - 1)
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
