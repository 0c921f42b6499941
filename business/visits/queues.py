"""The queue of a clinic: one question to HIS for everybody who waits there, and a call when it is near."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from business.integration import his, sweeper
from business.integration.his.port import QueueFact
from business.integration.outcomes import OutsideError
from business.registration.models import Schedule
from business.registration.notices import tell
from business.visits.models import QueueBoard, Visit
from business.visits.rules import rule_for

logger = logging.getLogger(__name__)

State = Visit.State
EVERY_SECONDS = 5
LONGEST_PAUSE = 60
WATCHED = (State.WAITING, State.CALLED, State.PASSED)
SWEEP_SECONDS = 10.0
PATH = "/-/go/visits.queue/?appointment={ref}"


def watch(schedule_id: int) -> None:
    """Begin to ask for a clinic's queue at once; in the caller's transaction. An own clinic has none to ask for."""
    if Schedule.objects.filter(pk=schedule_id, origin=Schedule.Origin.OWN).exists():
        return
    now = timezone.now()
    board, created = QueueBoard.objects.get_or_create(schedule_id=schedule_id, defaults={"next_at": now})
    if not created and board.next_at > now:
        QueueBoard.objects.filter(pk=board.pk).update(next_at=now)


def look_at_queues() -> None:
    """Ask HIS for every queue whose turn it is and in which somebody of ours waits."""
    now = timezone.now()
    due = QueueBoard.objects.filter(next_at__lte=now, schedule__date__gte=timezone.localdate())
    for board in sweeper.share(due.select_related("schedule").order_by("next_at")[:200], seconds=SWEEP_SECONDS):
        if not _claim(board):
            continue
        try:
            look(board)
        except Exception:
            logger.exception("the queue of %s could not be read", board.schedule.code)


def _claim(board: QueueBoard) -> bool:
    """Take one look for this worker."""
    again = timezone.now() + timedelta(seconds=EVERY_SECONDS)
    return bool(QueueBoard.objects.filter(pk=board.pk, next_at=board.next_at).update(next_at=again))


def look(board: QueueBoard) -> None:
    """Ask once and apply; a silent HIS is asked less and less, and the last answer stays with its time."""
    schedule = board.schedule
    if not Visit.objects.filter(schedule=schedule, state__in=WATCHED).exists():
        tomorrow = timezone.now() + timedelta(days=1)  # until the next one checks in
        QueueBoard.objects.filter(pk=board.pk).update(next_at=tomorrow)
        return
    try:
        fact = his.client().queue(schedule_code=schedule.code)
    except OutsideError:
        failures = board.failures + 1
        pause = min(EVERY_SECONDS * 2**failures, LONGEST_PAUSE)
        QueueBoard.objects.filter(pk=board.pk).update(
            failures=min(failures, 10), next_at=timezone.now() + timedelta(seconds=pause)
        )
        return
    apply(board, fact)


def apply(board: QueueBoard, fact: QueueFact) -> None:
    """Write down what HIS says of the queue and tell those whom it concerns, each thing once."""
    now = timezone.now()
    waiting = [entry for entry in fact.entries if entry.state == "waiting"]
    QueueBoard.objects.filter(pk=board.pk).update(
        state=fact.state,
        calling="、".join(entry.queue_no for entry in fact.entries if entry.state == "called")[:60],
        waiting=len(waiting),
        told_at=now,
        failures=0,
    )
    ahead = {entry.trade_no: n for n, entry in enumerate(waiting) if entry.trade_no}
    states = {entry.trade_no: entry.state for entry in fact.entries if entry.trade_no}
    visits = Visit.objects.filter(schedule=board.schedule, state__in=WATCHED).select_related("appointment")
    near = rule_for(board.schedule.campus_id).near_ahead
    for visit in visits:
        trade_no = visit.appointment.trade_no
        told = states.get(trade_no)
        if told is None and fact.state == "over":
            told = "done"
        if told is not None:
            _apply(visit, told, ahead.get(trade_no), fact.room, near=near)


def _apply(visit: Visit, told: str, ahead: int | None, room: str, *, near: int) -> None:
    is_near = told == "waiting" and ahead is not None and ahead <= near
    unchanged = visit.state == told and visit.ahead == ahead and (not room or visit.room == room)
    if unchanged and not is_near:
        return
    with transaction.atomic():
        row = Visit.objects.select_for_update().select_related("appointment__account").get(pk=visit.pk)
        if row.state not in WATCHED or row.request_no != visit.request_no:
            return
        before, row.state, row.ahead, row.room = row.state, told, ahead, room or row.room
        if told == State.CALLED and before != State.CALLED:
            row.called_at = timezone.now()
        if told == State.PASSED and before != State.PASSED:
            row.passes += 1
        if told == State.DONE:
            row.done_at = row.done_at or timezone.now()
        row.save()
        _tell(row, before, is_near=is_near)


def _tell(row: Visit, before: str, *, is_near: bool) -> None:
    """One message a check-in and thing: the request number makes another check-in another round."""
    event = {State.CALLED: "visits.your_turn", State.PASSED: "visits.passed"}.get(State(row.state))
    if event is not None and before == row.state:
        return
    if event is None:
        if not is_near:
            return
        event = "visits.queue_near"
    tell(
        row.appointment,
        event,
        key=f"{event}:{row.request_no}:{row.passes}",
        more={"queue_no": row.queue_no, "ahead": str(row.ahead or 0), "place": row.room or row.appointment.place},
        path=PATH.format(ref=row.appointment.ref),
    )


def forget_old() -> int:
    """Delete the boards of days that are over; return how many."""
    return QueueBoard.objects.filter(Q(schedule__date__lt=timezone.localdate())).delete()[0]
