"""What the measurements need beside the demonstration hospital: people, a big clinic, pages of many blocks.

Everything about task number *i* can be computed from *i*: that is what lets the bare SQL be replayed with fresh values.
"""

import hashlib
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from business.patients.identity import check_digit
from business.patients.models import Account, AccountSession, Patient
from business.registration.models import Appointment, Schedule, Slot
from business.security import crypto

BATCH = 1000


def resident_id(number: int) -> str:
    """Return a valid resident ID number; another number is another person."""
    born = datetime(1960, 1, 1) + timedelta(days=number // 500)
    seventeen = f"420106{born:%Y%m%d}{number % 500 * 2 + 1:03d}"
    return seventeen + check_digit(seventeen)


def token(number: int) -> str:
    """Return the session token of task ``number``."""
    return f"bench-session-{number}"


class Rush:
    """Many people and one clinic with as many numbers; person *i* books slot *i*."""

    def __init__(self, count: int, code: str = "bench") -> None:
        """Make them; consecutive primary keys are checked, since the replay computes them."""
        self.count = count
        with transaction.atomic():
            self.schedule = make_schedule(code)
            self.first_slot = _first(make_slots(self.schedule, count))
            accounts = Account.objects.bulk_create([Account(ref=f"ba{i}") for i in range(count)], BATCH)
            self.first_account = _first(accounts)
            self.first_patient = _first(Patient.objects.bulk_create(_patients(accounts), BATCH))
            now = timezone.now()
            AccountSession.objects.bulk_create(
                [
                    AccountSession(
                        account=account,
                        token_digest=hashlib.sha256(token(i).encode()).hexdigest(),
                        entrance="browser",
                        created_at=now,
                        seen_at=now + timedelta(minutes=5),  # no note of use meanwhile
                        ends_at=now + timedelta(hours=2),
                    )
                    for i, account in enumerate(accounts)
                ],
                BATCH,
            )

    def reopen(self) -> None:
        """Open the clinic again: HIS does not know it, so the worker's synchronisation has stopped it."""
        Schedule.objects.filter(pk=self.schedule.pk).update(state=Schedule.State.OPEN)
        Slot.objects.filter(schedule=self.schedule).update(state=Slot.State.OPEN)

    def task(self, i: int) -> dict[str, Any]:
        """Return who books what as task ``i``."""
        return {
            "account": self.first_account + i,
            "account_ref": f"ba{i}",
            "patient": f"bp{i}",
            "slot": slot_ref(self.schedule, i),
            "key": key(i),
        }

    def names(self, i: int) -> dict[str, int | str]:
        """Return the values by which a statement of task ``i`` can be told from one of another task."""
        return {
            "slot_pk": self.first_slot + i,
            "account_pk": self.first_account + i,
            "patient_pk": self.first_patient + i,
            "slot_ref": slot_ref(self.schedule, i),
            "account_ref": f"ba{i}",
            "patient_ref": f"bp{i}",
            "id_index": f"bi{i}"[:40],
            "request_key": f"{self.first_account + i}:{key(i)}",
            "key": key(i),
        }


def key(i: int) -> str:
    """Return the form token of task ``i``."""
    return f"bk{i}"


def slot_ref(schedule: Schedule, i: int) -> str:
    """Return the public reference of slot ``i`` of a bench clinic."""
    return f"{schedule.code[-6:]}s{i}"


def make_schedule(code: str) -> Schedule:
    """Make a clinic the day after tomorrow beside an existing one of the demonstration."""
    day = timezone.localdate() + timedelta(days=2)
    model = Schedule.objects.filter(date=day, doctor__isnull=False).order_by("pk").first()
    if model is None:
        raise RuntimeError("the demonstration hospital has no clinic the day after tomorrow")
    return Schedule.objects.create(
        code=code,
        campus_id=model.campus_id,
        department_id=model.department_id,
        doctor_id=model.doctor_id,
        date=day,
        session=Schedule.Session.EVENING,
        clinic_name="专家门诊",
        place=model.place,
        fee_fen=5000,
    )


def make_slots(schedule: Schedule, count: int) -> list[Slot]:
    """Make its numbers."""
    start = timezone.make_aware(datetime.combine(schedule.date, time(18)))
    rows = [
        Slot(
            ref=slot_ref(schedule, i),
            code=f"{schedule.code}-{i}",
            schedule=schedule,
            number=i + 1,
            starts_at=start,
            ends_at=start + timedelta(minutes=10),
        )
        for i in range(count)
    ]
    return Slot.objects.bulk_create(rows, BATCH)


def _patients(accounts: list[Account]) -> list[Patient]:
    return [
        Patient(
            ref=f"bp{i}",
            account=account,
            name="林晓雯",
            name_index=crypto.blind_index("patient.name", "林晓雯"),
            id_number=resident_id(i),
            id_index=f"bi{i}",
            phone=f"138{i:08d}",
            phone_index=f"bt{i}",
            is_default=True,
            account_claim=f"{account.pk}:bi{i}",
            file_state=Patient.FileState.READY,
            his_patient_id=f"BP{i}",
            card_no=f"BC{i}",
        )
        for i, account in enumerate(accounts)
    ]


def _first(rows: list[Any]) -> int:
    first = int(rows[0].pk)
    if [row.pk for row in rows] != list(range(first, first + len(rows))):
        raise RuntimeError("the database gave primary keys with gaps; the bare SQL cannot be replayed")
    return first


def give_bookings(account_pk: int, slots: list[Slot]) -> None:
    """Give an account booked visits on these slots (states only; money is not what is measured)."""
    patient = Patient.objects.filter(account_id=account_pk).first()
    assert patient is not None  # noqa: S101  # every bench account has one
    Appointment.objects.bulk_create(
        [
            Appointment(
                trade_no=f"BB{account_pk}x{slot.pk}",
                account_id=account_pk,
                patient=patient,
                slot=slot,
                claimed_slot=slot,
                patient_claim=f"bench:{slot.pk}",
                request_key=f"bench:{slot.pk}",
                fee_fen=5000,
                state=Appointment.State.BOOKED,
                hold_expires_at=timezone.now(),
                booked_at=timezone.now(),
                place="门诊楼 3 层",
            )
            for slot in slots
        ]
    )


def page_of(count: int) -> Any:
    """Publish a page of ``count`` blocks below home, the home page's own inline blocks over and over."""
    from blocks.rendering import is_island
    from cms.pages.models import PortalPage

    home = PortalPage.objects.get(service_role="home")
    kinds = [raw for raw, child in zip(home.body.raw_data, home.body, strict=True) if not is_island(child)]
    page = PortalPage(title=f"{count} 个组件", slug=f"bench-{count}")
    page.body = home.body.stream_block.to_python(
        [{**kinds[n % len(kinds)], "id": f"{n:08x}-0000-4000-8000-{count:012x}"} for n in range(count)]
    )
    home.add_child(instance=page)
    page.save_revision().publish()
    return page


def cookies(i: int) -> str:
    """Return the Cookie header of the signed-in person ``i`` with a CSRF secret that ``csrf_field`` repeats."""
    return f"{settings.ACCOUNT_COOKIE}={token(i)}; {settings.CSRF_COOKIE_NAME}={CSRF_SECRET}"


CSRF_SECRET = "benchbenchbenchbenchbenchbench32"  # noqa: S105  # any 32 letters will do on a scratch portal
