"""What the outbox calls, and the daily look."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from business.finance.decisions import carry_out, rule
from business.finance.models import Batch, Decision
from business.finance.reconcile import reconcile
from business.integration import outbox
from business.integration.outcomes import Refused, Unknown
from business.integration.sweeper import sweep
from business.payments import incidents
from business.payments.channels import channel_of
from business.payments.models import Merchant

LATER_SECONDS = 1800.0
GO_BACK_DAYS = 3  # a worker that was away over the holidays


def enqueue_run(merchant: Merchant, day: date, *, again: int = 0) -> None:
    """Have a merchant's day compared, in the caller's transaction; ``again`` is the number of the run wanted."""
    key = f"reconcile:{merchant.code}:{day}:{again}"
    outbox.enqueue("finance.reconcile", {"merchant": merchant.pk, "day": day.isoformat()}, key=key)


@outbox.handler("finance.reconcile", max_attempts=96)
def run(payload: dict[str, Any]) -> None:
    """Compare a day; a bill that is not there yet is asked for again."""
    merchant = Merchant.objects.get(pk=payload["merchant"])
    try:
        batch = reconcile(merchant, date.fromisoformat(payload["day"]))
    except (Refused, Unknown) as error:
        raise outbox.RetryLater(str(error), after_seconds=LATER_SECONDS) from error
    if batch is None:
        raise outbox.RetryLater("another program compares this day", after_seconds=60.0)
    if batch.differing:
        incidents.raise_incident(
            "reconciliation",
            f"{merchant.code}:{batch.day}:{batch.runs}",
            f"{merchant} {batch.day} 对账有 {batch.differing} 笔差异，请财务处理",
            detail={"matched": batch.matched, "differing": batch.differing},
        )


@outbox.handler("finance.carry_out", max_attempts=60)
def carry_out_decision(payload: dict[str, Any]) -> None:
    """Do what finance approved, then compare the day again."""
    decision = Decision.objects.select_related("difference__batch__merchant", "request__order").get(
        pk=payload["decision"]
    )
    outcome = carry_out(decision)
    with transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(outcome=outcome[:200])
        if decision.difference is not None:
            batch = decision.difference.batch
            enqueue_run(batch.merchant, batch.day, again=1_000_000 + decision.pk)


@sweep(every_seconds=600)
def begin_the_day() -> int:
    """Have the days that are over compared, once the channels have their bills."""
    now = timezone.localtime()
    if now.hour < rule().bill_hour:
        return 0
    begun = 0
    days = [now.date() - timedelta(days=back) for back in range(1, GO_BACK_DAYS + 1)]
    done = set(Batch.objects.filter(day__in=days, runs__gt=0).values_list("merchant_id", "day"))
    for merchant in Merchant.objects.filter(is_active=True, orders__isnull=False).distinct():
        for day in days:
            if (merchant.pk, day) in done or day < merchant.orders.earliest("created_at").created_at.date():
                continue
            try:
                channel_of(merchant)
            except (ImproperlyConfigured, KeyError):
                break  # no keys here: another installation's merchant
            with transaction.atomic():
                enqueue_run(merchant, day)
            begun += 1
    return begun
