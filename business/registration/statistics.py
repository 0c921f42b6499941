"""How many numbers there were, who gave them out, what became of the bookings: by doctor, department, channel, day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from business.registration.models import Appointment, Slot

State = Appointment.State
PATHS = {
    "doctor": ("schedule__doctor__name", "schedule__department__name"),
    "department": ("schedule__department__name", "schedule__campus__name"),
    "channel": ("channel",),
    "day": ("schedule__date",),
}


@dataclass(frozen=True)
class Line:
    """One line of the statistics."""

    name: str
    numbers: int
    portal: int
    elsewhere: int
    cancelled: int
    no_shows: int
    paid_fen: int

    @property
    def share(self) -> str:
        """Return how much of the numbers was given out."""
        return f"{(self.portal + self.elsewhere) / self.numbers:.0%}" if self.numbers else "—"


def lines(by: str, first: date, last: date) -> list[Line]:
    """Return the statistics of the visits between two days; 2 SQL."""
    paths = PATHS[by]
    slots = Slot.objects.filter(schedule__date__range=(first, last)).exclude(state=Slot.State.CLOSED)
    numbers = {
        tuple(row[path] for path in paths): row
        for row in slots.order_by()
        .values(*paths)
        .annotate(
            numbers=Count("pk", distinct=True),
            portal=Count("claim", filter=Q(claim__state__in=(State.BOOKED, State.CONFIRMING, State.CANCELLING))),
            elsewhere=Count("pk", filter=Q(state=Slot.State.TAKEN, claim__isnull=True)),
        )
    }
    visits = Appointment.objects.filter(slot__schedule__date__range=(first, last))
    slot_paths = [f"slot__{path}" for path in paths]
    ends = {
        tuple(row[path] for path in slot_paths): row
        for row in visits.order_by()
        .values(*slot_paths)
        .annotate(
            cancelled=Count("pk", filter=Q(state=State.CANCELLED, booked_at__isnull=False)),
            no_shows=Count("pk", filter=Q(no_show_at__isnull=False)),
            paid_fen=Sum("fee_fen", filter=Q(state=State.BOOKED)),
        )
    }
    found = []
    for key in sorted(set(numbers) | set(ends), key=lambda one: tuple(str(part or "") for part in one)):
        slot, end = numbers.get(key, {}), ends.get(key, {})
        found.append(
            Line(
                name=_name(by, key),
                numbers=slot.get("numbers", 0),
                portal=slot.get("portal", 0),
                elsewhere=slot.get("elsewhere", 0),
                cancelled=end.get("cancelled", 0),
                no_shows=end.get("no_shows", 0),
                paid_fen=end.get("paid_fen") or 0,
            )
        )
    return found


def _name(by: str, key: tuple[Any, ...]) -> str:
    if by == "channel":
        return str(Slot.Channel(key[0]).label)
    if by == "day":
        return str(key[0].isoformat())
    return f"{key[0] or _('普通门诊')}（{key[1]}）"
