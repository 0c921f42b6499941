"""How long the call log and finished work are kept."""

import itertools
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from business.integration.models import CallLog, OutboxItem, WorkerBeat
from business.integration.sweeper import share, sweep
from business.security.models import Allowance

CALL_LOG_DAYS = 180  # as long as the audit trail (T14)
DONE_WORK_DAYS = 90
BEAT_DAYS = 1
BATCH = 1000
SECONDS_A_TABLE = 5.0


@sweep(every_seconds=3600)
def forget_old() -> int:
    """Delete what is older than it is kept, a batch at a time so that no table is locked for long; return how many.

    Batches go on while the sweep's time lasts: a busy hospital writes more calls an hour than one batch holds.
    """
    now = timezone.now()
    return sum(
        _forget(old)
        for old in (
            CallLog.objects.filter(at__lt=now - timedelta(days=CALL_LOG_DAYS)),
            OutboxItem.objects.filter(state=OutboxItem.State.DONE, done_at__lt=now - timedelta(days=DONE_WORK_DAYS)),
            WorkerBeat.objects.filter(beat_at__lt=now - timedelta(days=BEAT_DAYS)),
            Allowance.objects.filter(ends_at__lt=now),
        )
    )


def _forget(old: QuerySet[Any]) -> int:
    gone = 0
    for _ in share(itertools.count(), seconds=SECONDS_A_TABLE):
        pks = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
        gone += old.model._default_manager.filter(pk__in=pks).delete()[0]
        if len(pks) < BATCH:
            break
    return gone
