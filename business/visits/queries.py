"""Reading visits; every look-up is scoped to the signed-in account."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from business.patients.models import Account
from business.registration.errors import NotFound
from business.registration.models import Appointment
from business.visits.models import QueueBoard, Visit, VisitRule
from business.visits.rules import Window, rule_for, window_of

State = Visit.State


@dataclass(frozen=True)
class Standing:
    """A booking of today with where it stands."""

    appointment: Appointment
    visit: Visit | None
    board: QueueBoard | None
    window: Window
    rule: VisitRule

    @property
    def state(self) -> str:
        """Return the visit's state, or closed, early, open: what check-in says before there is a visit."""
        if self.visit is not None and self.visit.state != State.REFUSED:
            return str(self.visit.state)
        now = timezone.now()
        if now < self.window.opens_at:
            return "early"
        return "open" if now <= self.window.closes_at else "closed"

    @property
    def told_at(self) -> datetime | None:
        """Return when HIS last told the queue."""
        return self.board.told_at if self.board else None


def _rows(account: Account) -> QuerySet[Appointment]:
    return Appointment.objects.filter(account=account).select_related(
        "patient",
        "visit",
        "slot__schedule__doctor",
        "slot__schedule__department",
        "slot__schedule__campus",
        "slot__schedule__board",
    )


def _standing(row: Appointment, rule: VisitRule) -> Standing:
    return Standing(
        appointment=row,
        visit=getattr(row, "visit", None),
        board=getattr(row.slot.schedule, "board", None),
        window=window_of(row, rule),
        rule=rule,
    )


def today(account: Account) -> list[Standing]:
    """Return the account's booked visits of today in the order of their time; 1 SQL, and 1 a campus for its rule."""
    rows = _rows(account).filter(state=Appointment.State.BOOKED, slot__schedule__date=timezone.localdate())
    rules: dict[int, VisitRule] = {}
    found = []
    for row in rows.order_by("slot__starts_at")[:20]:
        campus = row.slot.schedule.campus_id
        rules[campus] = rules.get(campus) or rule_for(campus)
        found.append(_standing(row, rules[campus]))
    return found


def standing(account: Account, appointment_ref: str) -> Standing:
    """Return one booking of the account with where it stands; 2 SQL. Raises NotFound."""
    row = _rows(account).filter(ref=appointment_ref).first()
    if row is None:
        raise NotFound(_("没有找到这条预约。"))
    return _standing(row, rule_for(row.slot.schedule.campus_id))
