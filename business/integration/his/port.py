"""What the portal needs of a hospital information system, whatever its interface looks like.

Every write carries our trade number and may be repeated; every write has a query. Each method returns data, or raises
``outcomes.Refused(code, message)`` for a definite no, or ``outcomes.Unknown`` when nobody can tell.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol


@dataclass(frozen=True)
class CampusFact:
    """A site of the hospital."""

    code: str
    name: str
    address: str
    phone: str
    longitude: Decimal | None
    latitude: Decimal | None


@dataclass(frozen=True)
class DepartmentFact:
    """A department; ``parent_code`` is empty on the first level, ``campus_code`` where it is on every campus."""

    code: str
    parent_code: str
    name: str
    campus_code: str
    location: str
    summary: str
    sort: int
    active: bool


@dataclass(frozen=True)
class DoctorFact:
    """A doctor and the departments they see patients in; ``gender`` is male or female."""

    code: str
    name: str
    gender: str
    title: str
    department_codes: tuple[str, ...]
    specialty: str
    sort: int
    active: bool


@dataclass(frozen=True)
class ScheduleFact:
    """A clinic in one session of a day; ``session`` is morning, afternoon or evening, ``state`` open or stopped."""

    code: str
    campus_code: str
    department_code: str
    doctor_code: str | None
    date: date
    session: str
    clinic_name: str
    place: str
    fee_fen: int
    total: int
    remaining: int
    state: str
    updated_at: datetime


@dataclass(frozen=True)
class SlotFact:
    """One number of a schedule; local times of the schedule's day; ``state`` is free, locked, taken or closed."""

    code: str
    schedule_code: str
    number: int
    start: time
    end: time
    state: str


@dataclass(frozen=True)
class LockResult:
    """A number that HIS keeps for us until ``expires_at``."""

    lock_id: str
    expires_at: datetime
    number: int
    fee_fen: int


@dataclass(frozen=True)
class ConfirmResult:
    """A registration that stands in HIS."""

    his_order_no: str
    queue_no: str
    number: int
    place: str


@dataclass(frozen=True)
class RegistrationFact:
    """What HIS has under a trade number: ``state`` is locked, expired, unlocked, confirmed or cancelled."""

    state: str
    lock_id: str
    his_order_no: str
    queue_no: str
    number: int | None
    place: str
    paid_fen: int | None
    checked_in: bool = False


@dataclass(frozen=True)
class CheckInResult:
    """That a patient is in the queue, under which number and at which room."""

    queue_no: str
    room: str
    at: datetime


@dataclass(frozen=True)
class QueueEntry:
    """Somebody in a queue, in the order of the queue; ``state`` is waiting, called, passed or done.

    ``trade_no`` is empty for patients of other channels.
    """

    trade_no: str
    queue_no: str
    state: str


@dataclass(frozen=True)
class QueueFact:
    """The queue of a clinic: ``state`` is waiting (not begun), open, paused or over."""

    state: str
    room: str
    entries: tuple[QueueEntry, ...]


@dataclass(frozen=True)
class PatientFile:
    """A patient's file in HIS."""

    patient_id: str
    card_no: str


@dataclass(frozen=True)
class CardFile:
    """Whose visit card it is; ``id_type`` is empty where HIS has a kind of document the portal does not take."""

    patient_id: str
    card_no: str
    id_type: str
    id_number: str
    gender: str
    birth_date: date


@dataclass(frozen=True)
class GuardianFact:
    """Who answers for a child; ``relation`` is father, mother, grandparent or other."""

    relation: str
    name: str
    id_type: str
    id_number: str
    phone: str


@dataclass(frozen=True)
class TradeFact:
    """A line of a day's trade list; ``direction`` is pay or refund, ``reference`` its payment or refund number."""

    trade_no: str
    kind: str
    direction: str
    amount_fen: int
    pay_channel: str
    reference: str
    his_order_no: str
    at: datetime


@dataclass(frozen=True)
class ServiceReceipt:
    """That an extension service took a form, and under which number."""

    receipt_no: str


SERVICE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def service_name(name: str) -> str:
    """Return the name of an extension service; raise ValueError where it could not be one."""
    if not SERVICE_NAME.fullmatch(name):
        raise ValueError("服务名只能用小写字母、数字和连字符，例如 bed-availability")
    return name


class HisPort(Protocol):
    """The neutral interface (protocols.md §7.2)."""

    def campuses(self) -> list[CampusFact]:
        """Return every campus in display order."""
        ...

    def departments(self) -> list[DepartmentFact]:
        """Return every department of both levels in display order."""
        ...

    def doctors(self) -> list[DoctorFact]:
        """Return every doctor in display order."""
        ...

    def schedules(
        self, start: date, end: date, department_code: str | None = None, updated_since: datetime | None = None
    ) -> list[ScheduleFact]:
        """Return the clinics from ``start`` to ``end``, both included; only those changed since a moment."""
        ...

    def slots(self, start: date, end: date, schedule_code: str | None = None) -> list[SlotFact]:
        """Return the numbers from ``start`` to ``end``, or those of one schedule."""
        ...

    def lock_slot(
        self, *, trade_no: str, slot_code: str, patient_id: str, fee_fen: int, hold_seconds: int
    ) -> LockResult:
        """Take a number for a while.

        Refused: SLOT_TAKEN, SLOT_CLOSED, SCHEDULE_STOPPED, FEE_CHANGED, PATIENT_NOT_FOUND, DUPLICATE_BOOKING.
        """
        ...

    def unlock_slot(self, *, trade_no: str) -> None:
        """Give a number back; nothing to give back is fine. Refused: ALREADY_CONFIRMED."""
        ...

    def confirm_registration(
        self,
        *,
        trade_no: str,
        lock_id: str,
        paid_fen: int,
        pay_channel: str,
        pay_transaction_id: str,
        paid_at: datetime,
    ) -> ConfirmResult:
        """Turn a lock into a registration. Refused: LOCK_EXPIRED, AMOUNT_MISMATCH, SCHEDULE_STOPPED, NOT_FOUND."""
        ...

    def cancel_registration(self, *, trade_no: str, reason: str, refund_no: str) -> str:
        """Cancel and return HIS's cancel number. Refused: ALREADY_CHECKED_IN, VISIT_PASSED, NOT_FOUND."""
        ...

    def change_registration(self, *, trade_no: str, new_trade_no: str, slot_code: str, fee_fen: int) -> ConfirmResult:
        """Exchange a registration's number for another of the same fee in one step; the payment goes along.

        Afterwards ``new_trade_no`` is confirmed and ``trade_no`` cancelled without refund. Refused: NOT_SUPPORTED,
        SLOT_TAKEN, SLOT_CLOSED, SCHEDULE_STOPPED, FEE_CHANGED, ALREADY_CHECKED_IN, VISIT_PASSED, NOT_FOUND.
        """
        ...

    def query_registration(self, *, trade_no: str) -> RegistrationFact | None:
        """Return what HIS has under our number, None when it has nothing."""
        ...

    def check_in(self, *, trade_no: str, request_no: str, point: str) -> CheckInResult:
        """Put a registration into its queue, again after it was passed; the same ``request_no`` is once.

        ``point`` names where. Refused: NOT_FOUND, NOT_CONFIRMED, TOO_EARLY, TOO_LATE, SCHEDULE_STOPPED, CLINIC_OVER.
        """
        ...

    def queue(self, *, schedule_code: str) -> QueueFact:
        """Return the queue of a clinic. Refused: NOT_FOUND."""
        ...

    def find_patient(self, *, id_type: str, id_number: str, name: str) -> PatientFile | None:
        """Return the file of this person, None when there is none. Refused: NAME_MISMATCH."""
        ...

    def create_patient(
        self,
        *,
        request_no: str,
        id_type: str,
        id_number: str,
        name: str,
        phone: str,
        gender: str,
        birth_date: date,
        guardian: GuardianFact | None = None,
    ) -> PatientFile:
        """Open a file, or return the one this person has. Refused: NAME_MISMATCH."""
        ...

    def find_card(self, *, card_no: str, name: str, phone: str) -> CardFile:
        """Return whose card it is. Refused: NOT_FOUND, NAME_MISMATCH, PHONE_MISMATCH, CARD_LOST, CARD_CANCELLED."""
        ...

    def trades(self, day: date) -> list[TradeFact]:
        """Return what HIS booked on a day."""
        ...

    def service(self, name: str, params: Mapping[str, str], *, deadline_seconds: float) -> Any:
        """Return what an extension service of this hospital answers (data sources, requirement G5.5)."""
        ...

    def submit_service(
        self, name: str, values: Mapping[str, str], *, request_no: str, deadline_seconds: float
    ) -> ServiceReceipt:
        """Hand a form to an extension service; repeated with the same number it is the same form."""
        ...
