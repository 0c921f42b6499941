"""When numbers can be booked (放号): days ahead, time of day, one or two batches, and registration on the day itself.

One place decides for pages and for booking: the conditions for SQL and the answer for one number come from the same
thresholds, by the server's clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q
from django.db.models.lookups import LessThan
from django.utils import timezone

from business import kept
from business.hospital.models import Department
from business.registration.models import ReleaseRule, Schedule, Slot

# Numbers are dealt to the batches evenly over the session: 61 steps through 100 near the golden ratio.
SPREAD = 61
WHOLE = 100


@dataclass(frozen=True)
class Release:
    """The rule that holds at a place, nothing left open."""

    days_ahead: int = 14
    release_at: time = time(0, 0)
    first_percent: int = WHOLE
    rest_days_ahead: int = 7
    same_day: bool = True
    same_day_from: time = time(0, 0)
    same_day_until_minutes: int = 0

    @property
    def is_gradual(self) -> bool:
        """Tell whether a part comes later."""
        return self.first_percent < WHOLE and self.rest_days_ahead < self.days_ahead

    def is_first(self, number: int) -> bool:
        """Tell whether a number belongs to the first batch."""
        return not self.is_gradual or number * SPREAD % WHOLE < self.first_percent

    def opens_at(self, day: date, *, rest: bool = False) -> datetime:
        """Return the moment from which the numbers of a day can be booked."""
        ahead = self.rest_days_ahead if rest and self.is_gradual else self.days_ahead
        return timezone.make_aware(datetime.combine(day - timedelta(days=ahead), self.release_at))

    def last_day(self, now: datetime, *, rest: bool = False) -> date:
        """Return the last day whose numbers are out."""
        ahead = self.rest_days_ahead if rest and self.is_gradual else self.days_ahead
        here = timezone.localtime(now)
        return here.date() + timedelta(days=ahead if here.time() >= self.release_at else ahead - 1)

    def number_opens_at(self, schedule: Schedule, number: int, *, is_extra: bool = False) -> datetime:
        """Return from when a number can be booked; an extra one is out as soon as it is added."""
        if is_extra:
            return self.opens_at(schedule.date)
        return self.opens_at(schedule.date, rest=not self.is_first(number))

    def same_day_problem(self, schedule: Schedule, now: datetime) -> str:
        """Return ``closed``, ``early`` or ``late`` where a number of today cannot be booked, else nothing."""
        here = timezone.localtime(now)
        if schedule.date != here.date():
            return ""
        if not self.same_day:
            return "closed"
        if here.time() < self.same_day_from:
            return "early"
        until = schedule.ends_at - timedelta(minutes=self.same_day_until_minutes) if schedule.ends_at else None
        return "late" if until is not None and now >= until else ""

    def released(self, now: datetime, *, slots: str = "", schedule: str = "schedule__") -> Q:
        """Return the condition under which slots are out; the prefixes say where slot and schedule stand."""
        day = f"{schedule}date"
        here = timezone.localtime(now)
        out = Q(**{f"{day}__lte": self.last_day(now)})
        if self.is_gradual:
            spread = F(f"{slots}number") * SPREAD % WHOLE
            first = Q(LessThan(spread, self.first_percent)) | Q(**{f"{slots}is_extra": True})
            out &= Q(**{f"{day}__lte": self.last_day(now, rest=True)}) | first
        if not self.same_day or here.time() < self.same_day_from:
            out &= Q(**{f"{day}__gt": here.date()})
        elif self.same_day_until_minutes:
            over = now + timedelta(minutes=self.same_day_until_minutes)
            ends = f"{schedule}ends_at"
            out &= Q(**{f"{day}__gt": here.date()}) | Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": over})
        return out


NAMES = tuple(field.name for field in fields(Release))


def _over(base: Release, rule: ReleaseRule | None) -> Release:
    if rule is None:
        return base
    own: dict[str, Any] = {name: value for name in NAMES if (value := getattr(rule, name)) is not None}
    return replace(base, **own)


class Releases:
    """The rules of all places, read once: one SQL, another where a department above has a rule of its own."""

    def __init__(self) -> None:
        """Read them."""
        self._rules: dict[str, ReleaseRule] = {rule.scope_key: rule for rule in kept.all_rows(ReleaseRule)}
        self._hospital = _over(Release(), self._rules.get("hospital"))
        self._above: dict[int, int | None] | None = None

    def at(self, department: Department | None = None, campus_id: int | None = None) -> Release:
        """Return the rule of a department (with its campus), of a campus, or of the hospital."""
        return self.of(
            department.pk if department else None,
            campus_id or (department.campus_id if department else None),
        )

    def of(self, department_id: int | None, campus_id: int | None) -> Release:
        """Return the rule of a place by its keys."""
        rule = _over(self._hospital, self._rules.get(f"campus:{campus_id}"))
        for key in reversed(self._line(department_id)):
            rule = _over(rule, self._rules.get(f"department:{key}"))
        return rule

    def of_schedule(self, schedule: Schedule) -> Release:
        """Return the rule of a clinic."""
        return self.of(schedule.department_id, schedule.campus_id)

    def _line(self, department_id: int | None) -> list[int]:
        """Return the department and those above it; asks for the tree only where departments have rules."""
        if department_id is None or not any(key.startswith("department:") for key in self._rules):
            return []
        if self._above is None:
            self._above = dict(Department.objects.values_list("pk", "parent_id"))
        line: list[int] = []
        key: int | None = department_id
        while key is not None and key not in line:
            line.append(key)
            key = self._above.get(key)
        return line

    def longest(self) -> int:
        """Return how far ahead the most generous rule goes."""
        return max([self._hospital.days_ahead, *(rule.days_ahead or 0 for rule in self._rules.values())])

    def released(
        self, places: Iterable[tuple[int, int]], now: datetime, *, slots: str = "", schedule: str = "schedule__"
    ) -> Q:
        """Return the condition for slots of several (department, campus) places: one part a distinct rule."""
        by_rule: dict[Release, set[tuple[int, int]]] = {}
        for department_id, campus_id in places:
            by_rule.setdefault(self.of(department_id, campus_id), set()).add((department_id, campus_id))
        if len(by_rule) == 1:
            return next(iter(by_rule)).released(now, slots=slots, schedule=schedule)
        found = Q(pk__in=[])
        for rule, group in by_rule.items():
            here = Q(**{f"{schedule}department_id__in": sorted({one for one, _campus in group})})
            here &= Q(**{f"{schedule}campus_id__in": sorted({campus for _one, campus in group})})
            found |= here & rule.released(now, slots=slots, schedule=schedule)
        return found


def rule_of(schedule: Schedule) -> Release:
    """Return the rule that holds for one clinic."""
    return Releases().of_schedule(schedule)


def opening(schedule: Schedule, slot: Slot, rule: Release | None = None) -> datetime:
    """Return from when one number can be booked."""
    return (rule or rule_of(schedule)).number_opens_at(schedule, slot.number, is_extra=slot.is_extra)


def next_opening(schedule: Schedule, rule: Release, now: datetime) -> datetime | None:
    """Return when the next numbers of a clinic come out, None where all are out."""
    for moment in (rule.opens_at(schedule.date), rule.opens_at(schedule.date, rest=True)):
        if moment > now:
            return moment
    return None


def as_setting(rule: Release) -> Mapping[str, Any]:
    """Return a rule's values by name, for pages that show what is inherited."""
    return {name: getattr(rule, name) for name in NAMES}
