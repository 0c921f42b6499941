"""Which notices concern somebody now."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Case, IntegerField, Min, Q, QuerySet, When
from django.utils import timezone

from business.hospital.models import Department, Doctor
from business.notices.models import Notice
from business.security.errors import NotFoundError

LONGEST_LIST = 100


def _live(now: datetime) -> QuerySet[Notice]:
    ended = Q(ends_at__isnull=False, ends_at__lte=now)
    return Notice.objects.filter(is_published=True, starts_at__lte=now).exclude(ended)


def _above(department: Department) -> Q:
    """Match notices of a department and of every group above it."""
    return Q(
        department__tree_id=department.tree_id,
        department__lft__lte=department.lft,
        department__rght__gte=department.rght,
    )


def on_home(*, kinds: Collection[str] = (), limit: int = LONGEST_LIST, now: datetime | None = None) -> list[Notice]:
    """Return what everybody should read, most urgent first; one query (7.1, 7.2)."""
    found = _live(now or timezone.now()).filter(on_home=True)
    return list((found.filter(kind__in=kinds) if kinds else found)[:limit])


def concerning(
    *,
    department: Department | None = None,
    doctor: Doctor | None = None,
    kinds: Collection[str] = (),
    limit: int = LONGEST_LIST,
    now: datetime | None = None,
) -> list[Notice]:
    """Return what a patient on the way to this department or doctor should read; one query (7.1).

    Notices of the whole hospital, of the department and those above it, of the doctor; at a department also those of
    its doctors. Within one priority what is nearest to the patient comes first.
    """
    matching = Q(scope=Notice.Scope.HOSPITAL)
    if department is not None:
        own = Q(scope=Notice.Scope.DEPARTMENT) if doctor is not None else ~Q(scope=Notice.Scope.HOSPITAL)
        matching |= own & _above(department)
    if doctor is not None:
        matching |= Q(scope=Notice.Scope.DOCTOR, doctor=doctor)
    found = _live(now or timezone.now()).filter(matching)
    if kinds:
        found = found.filter(kind__in=kinds)
    nearest = Case(
        When(scope=Notice.Scope.DOCTOR, then=0),
        When(scope=Notice.Scope.DEPARTMENT, then=1),
        default=2,
        output_field=IntegerField(),
    )
    return list(found.order_by("-priority", nearest, "-starts_at", "-pk")[:limit])


def page_of(
    *, kind: str = "", start: int = 0, size: int = 20, now: datetime | None = None
) -> tuple[list[Notice], bool]:
    """Return a part of all live notices, newest first, and whether there are more; one query."""
    found = _live(now or timezone.now()).select_related("department", "doctor", "campus")
    if kind:
        found = found.filter(kind=kind)
    rows = list(found.order_by("-starts_at", "-pk")[start : start + size + 1])
    return rows[:size], len(rows) > size


def get_notice(ref: str, *, now: datetime | None = None) -> Notice:
    """Return a live notice; raise NotFoundError with a sentence."""
    found = _live(now or timezone.now()).select_related("department", "doctor", "campus").filter(ref=ref).first()
    if found is None:
        raise NotFoundError("这条公告已经结束或撤下")
    return found


def next_change(now: datetime) -> datetime | None:
    """Return when a notice next appears or ends by itself, None where nothing is planned; one query."""
    moments = Notice.objects.filter(is_published=True).aggregate(
        start=Min("starts_at", filter=Q(starts_at__gt=now)), end=Min("ends_at", filter=Q(ends_at__gt=now))
    )
    return min((moment for moment in moments.values() if moment), default=None)
