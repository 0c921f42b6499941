"""Schedules and slots from HIS: changed rows are written, nothing booked is ever lost, every run leaves a record.

Only clinics that HIS made are touched; those made here are none of HIS's business (decision 0024). A full run compares
all the days that can be booked; an incremental one asks for what changed since the cursor, HIS's own newest time of
change. Stops, other doctors and other rooms take the same path as changes by staff (services.changes).
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from business.integration import his
from business.integration.his import ScheduleFact, SlotFact
from business.integration.outcomes import OutsideError, Unknown
from business.registration.comparing import Found, write_schedules, write_slots
from business.registration.models import Schedule, Slot, SyncRun
from business.registration.release import Releases

FULL_EVERY = timedelta(hours=1)
ASK_ONE_BY_ONE = 20  # so many changed clinics are asked for singly; more are quicker asked for at once
LONGEST_RANGE_DAYS = 62  # docs/his-interface.yaml
HIS = Schedule.Origin.HIS


@dataclass(frozen=True)
class SyncResult:
    """How many rows changed."""

    schedules: int
    slots: int


def sync_schedules(start: date | None = None, end: date | None = None, *, actor: str = "system") -> SyncResult:
    """Make our schedules and slots equal to HIS from ``start`` to ``end`` (default: the days that can be booked).

    Asks HIS first and writes afterwards; an answer that lists nothing at all is not believed. What HIS no longer lists
    is stopped or closed, never deleted. A slot that one of our own bookings claims stays as it is: HIS calls it taken
    because we took it. Raises Unknown or Refused.
    """
    start, end = start or timezone.localdate(), end or _last_day()
    run = SyncRun(kind=SyncRun.Kind.FULL, actor=actor, first_day=start, last_day=end, started_at=timezone.now())
    with _recorded(run):
        listed_schedules = his.client().schedules(start, end)
        listed_slots = his.client().slots(start, end)
        if not listed_schedules or not listed_slots:
            _must_be_empty(start, end)
        return _write(run, listed_schedules, listed_slots, is_full=True)


def sync_changes(*, actor: str = "system") -> SyncResult:
    """Take what changed at HIS since the last run; a full run where there was none for an hour. Raises as above."""
    last = SyncRun.objects.filter(state=SyncRun.State.OK).order_by("-pk").first()
    full = SyncRun.objects.filter(state=SyncRun.State.OK, kind=SyncRun.Kind.FULL).order_by("-pk").first()
    is_old = full is None or timezone.now() - full.started_at >= FULL_EVERY
    if last is None or last.cursor is None or is_old or full is None or full.last_day < _last_day():
        return sync_schedules(actor=actor)
    start, end = timezone.localdate(), _last_day()
    run = SyncRun(kind=SyncRun.Kind.INCREMENTAL, actor=actor, first_day=start, last_day=end, cursor=last.cursor)
    with _recorded(run, last=last):
        changed = his.client().schedules(start, end, updated_since=last.cursor)
        return _write(run, changed, _slots_of(changed, start, end), is_full=False)


def _last_day() -> date:
    return timezone.localdate() + timedelta(days=min(Releases().longest(), LONGEST_RANGE_DAYS))


def _slots_of(changed: list[ScheduleFact], start: date, end: date) -> list[SlotFact]:
    port = his.client()
    if len(changed) > ASK_ONE_BY_ONE:
        codes = {one.code for one in changed}
        return [slot for slot in port.slots(start, end) if slot.schedule_code in codes]
    return [slot for one in changed for slot in port.slots(one.date, one.date, one.code)]


class _recorded:
    """Write down how a run ended; one that asked for changes and found none leaves no line."""

    def __init__(self, run: SyncRun, *, last: SyncRun | None = None) -> None:
        self.run, self.last = run, last

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        run = self.run
        run.ended_at = timezone.now()
        if error is None:
            run.state = SyncRun.State.OK
            if self.last is not None and not run.schedules_changed and not run.slots_changed:
                SyncRun.objects.filter(pk=self.last.pk).update(cursor=run.cursor, ended_at=run.ended_at)
                return
        elif isinstance(error, OutsideError):
            run.state, run.problem = SyncRun.State.FAILED, f"HIS 没有给出可用的数据：{error}"[:300]
        else:
            return
        run.save()


def _must_be_empty(start: date, end: date) -> None:
    """Raise Unknown where HIS lists nothing although there was something: a fault there must not close every clinic."""
    open_slots = Slot.objects.exclude(state=Slot.State.CLOSED).filter(
        schedule__date__range=(start, end), schedule__origin=HIS
    )
    if open_slots.filter(schedule__state=Schedule.State.OPEN, starts_at__gt=timezone.now()).exists():
        raise Unknown("HIS lists no clinic or no number at all: not believed")


def _write(run: SyncRun, schedules: list[ScheduleFact], slots: list[SlotFact], *, is_full: bool) -> SyncResult:
    found = Found()
    ends: dict[str, time] = {}
    for slot in slots:
        ends[slot.schedule_code] = max(ends.get(slot.schedule_code, slot.end), slot.end)
    with transaction.atomic():
        run.schedules_changed = write_schedules(run, schedules, ends, found, is_full=is_full)
    with transaction.atomic():
        codes = None if is_full else [one.code for one in schedules]
        run.slots_changed = write_slots(run, slots, found, codes)
    run.schedules_seen, run.slots_seen = len(schedules), len(slots)
    run.cursor = max((one.updated_at for one in schedules), default=run.cursor)
    run.differences = found.lines
    if found.more:
        run.problem = f"另有 {found.more} 处差异未逐条列出"
    return SyncResult(run.schedules_changed, run.slots_changed)
