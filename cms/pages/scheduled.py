"""Pages that go live and offline by themselves at the times staff set (发布时间); the worker looks every minute."""

import logging
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Revision

from business.integration.sweeper import sweep
from business.security import audit
from business.security.models import AuditEvent

logger = logging.getLogger("portal.pages")


@sweep(every_seconds=60)
def keep_schedules() -> None:
    """Publish and unpublish what is due.

    Wagtail's own ``publish_scheduled`` stops at the first page that cannot be published, every time it is called; here
    one page's trouble is that page's alone.
    """
    for pk in list(Page.objects.live().filter(expire_at__lt=timezone.now()).values_list("pk", flat=True)):
        _try(_unpublish, pk)
    due = Revision.page_revisions.filter(approved_go_live_at__lt=timezone.now()).order_by("approved_go_live_at")
    for pk in list(due.values_list("pk", flat=True)):
        _try(_publish, pk)


def _try(work: Callable[[int], None], pk: int) -> None:
    try:
        work(pk)
    except Exception:
        logger.exception("schedule: %s %s failed", work.__name__, pk)


@transaction.atomic
def _unpublish(pk: int) -> None:
    page = Page.objects.select_for_update().live().filter(pk=pk, expire_at__lt=timezone.now()).first()
    if page is not None:
        page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


def _publish(pk: int) -> None:
    try:
        with transaction.atomic():
            # Locked: another worker looks at the same minute.
            revision = (
                Revision.objects.select_for_update().filter(pk=pk, approved_go_live_at__lt=timezone.now()).first()
            )
            if revision is not None:
                revision.publish(log_action="wagtail.publish.scheduled")
    except ValidationError as error:
        # Another page has its role by now. The draft stays; trying again every minute would not help.
        with transaction.atomic():
            Revision.objects.filter(pk=pk).update(approved_go_live_at=None)
            revision = Revision.objects.get(pk=pk)
            audit.record(
                "page.schedule_failed",
                program="worker",
                object_type=Page._meta.label,
                object_ref=str(revision.object_id),
                result=AuditEvent.Result.FAILED,
                detail={"title": revision.object_str, "reason": "".join(error.messages)},
            )
