"""Shared content goes live and offline at the times staff set, as pages do; the worker looks every minute."""

import logging
from collections.abc import Callable

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from business.integration.sweeper import sweep
from cms.shared.models import SharedBlock

logger = logging.getLogger("portal.shared")


@sweep(every_seconds=60)
def keep_schedules_of_shared_content() -> None:
    """Publish and unpublish what is due; one's trouble is that one's alone."""
    now = timezone.now()
    for pk in list(SharedBlock.objects.filter(live=True, expire_at__lt=now).values_list("pk", flat=True)):
        _try(_unpublish, pk)
    kind = ContentType.objects.get_for_model(SharedBlock)
    due = Revision.objects.filter(content_type=kind, approved_go_live_at__lt=now).order_by("approved_go_live_at")
    for pk in list(due.values_list("pk", flat=True)):
        _try(_publish, pk)


def _try(work: Callable[[int], None], pk: int) -> None:
    try:
        work(pk)
    except Exception:
        logger.exception("schedule: %s %s failed", work.__name__, pk)


@transaction.atomic
def _unpublish(pk: int) -> None:
    shared = SharedBlock.objects.select_for_update().filter(pk=pk, live=True, expire_at__lt=timezone.now()).first()
    if shared is not None:
        shared.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


@transaction.atomic
def _publish(pk: int) -> None:
    revision = Revision.objects.select_for_update().filter(pk=pk, approved_go_live_at__lt=timezone.now()).first()
    if revision is not None:
        revision.publish(log_action="wagtail.publish.scheduled")
