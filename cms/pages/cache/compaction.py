"""Adds old marks together, so that the query of every request stays tiny."""

from collections import defaultdict

from django.db import transaction

from business.integration.sweeper import sweep
from cms.pages.cache.models import Mark

ROWS = 2000
LARGEST_SUM = 1 << 62


@sweep(every_seconds=60)
@transaction.atomic
def add_marks_together() -> int:
    """Replace several marks of a subject by one of the same sum; return how many rows went. Nothing kept is lost."""
    found: dict[str, list[Mark]] = defaultdict(list)
    for mark in Mark.objects.select_for_update().order_by("pk")[:ROWS]:
        found[mark.tag].append(mark)
    several = {tag: marks for tag, marks in found.items() if len(marks) > 1}
    if not several:
        return 0
    gone, _kinds = Mark.objects.filter(pk__in=[mark.pk for marks in several.values() for mark in marks]).delete()
    Mark.objects.bulk_create(
        Mark(tag=tag, token=sum(mark.token for mark in marks) % LARGEST_SUM) for tag, marks in several.items()
    )
    return gone - len(several)
