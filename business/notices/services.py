"""Notices that the portal publishes by itself; staff write theirs in the back office."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from business.hospital.models import Campus, Department, Doctor
from business.notices.models import Notice

LONGEST_TITLE = 60


@dataclass(frozen=True)
class Announcement:
    """What the portal has to say, and the one cause it says it for."""

    source_key: str
    title: str
    body: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    campus: Campus | None = None
    department: Department | None = None
    doctor: Doctor | None = None


@transaction.atomic
def announce(announcement: Announcement) -> Notice:
    """Publish a notice for a cause; the same cause again brings the same notice back, up to date (7.3)."""
    one = announcement
    scope = Notice.Scope.DOCTOR if one.doctor else Notice.Scope.DEPARTMENT if one.department else Notice.Scope.HOSPITAL
    facts = {
        "title": one.title[:LONGEST_TITLE],
        "body": one.body,
        "kind": one.kind,
        "scope": scope,
        "campus": one.campus,
        "department": one.department,
        "doctor": one.doctor,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "is_published": True,
    }
    notice, _created = Notice.objects.update_or_create(
        source_key=one.source_key,
        defaults=facts,
        create_defaults={**facts, "priority": Notice.Priority.IMPORTANT, "on_home": False},
    )
    return notice


@transaction.atomic
def withdraw(source_keys: Iterable[str]) -> int:
    """Take down what was announced for causes that are over; return how many notices were up."""
    return Notice.objects.filter(source_key__in=list(source_keys), is_published=True).update(is_published=False)
