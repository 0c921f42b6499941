"""Campuses, departments and doctors from HIS: what changed is written, what is gone is switched off, never deleted."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.dispatch import Signal

from business.hospital.models import Campus, Department, Doctor, Named
from business.hospital.pinyin import initials_of, pinyin_of
from business.hospital.tree import Item, Place, places_of
from business.integration import his
from business.integration.his import CampusFact, DepartmentFact, DoctorFact
from business.integration.outcomes import OutsideError, Unknown
from business.integration.sweeper import sweep

logger = logging.getLogger(__name__)

BATCH = 500
# Sent after the base data were written and are there to stay; whoever hears it may fail without harm to the data.
base_synchronised = Signal()
N = TypeVar("N", bound=Named)


@dataclass(frozen=True)
class BaseSync:
    """How many rows were written of each."""

    campuses: int
    departments: int
    doctors: int


def sync_base() -> BaseSync:
    """Make our base data equal to HIS; asks HIS first and writes afterwards, with a constant number of queries.

    Repeating it writes nothing. An answer that lists nothing at all is not believed. Raises Unknown or Refused.
    """
    port = his.client()
    campuses, departments, doctors = port.campuses(), port.departments(), port.doctors()
    if not campuses or not departments or not doctors:
        raise Unknown("HIS lists no campus, no department or no doctor: not believed")
    try:
        written = _write(campuses, departments, doctors)
    except IntegrityError:
        # Somebody wrote the same new rows at the same time; now they are there to be compared.
        written = _write(campuses, departments, doctors)
    for receiver, answer in base_synchronised.send_robust(sender=BaseSync):
        if isinstance(answer, Exception):
            logger.error("after the synchronisation %r failed", receiver, exc_info=answer)
    return written


@transaction.atomic
def _write(campuses: list[CampusFact], departments: list[DepartmentFact], doctors: list[DoctorFact]) -> BaseSync:
    list(Campus.objects.select_for_update().order_by("pk"))  # one synchronisation at a time
    return BaseSync(_write_campuses(campuses), _write_departments(departments), _write_doctors(doctors))


def _named(name: str, sort: int, active: bool) -> dict[str, Any]:
    name = name[:60]
    return {
        "name": name,
        "pinyin": pinyin_of(name),
        "initials": initials_of(name),
        "sort": max(sort, 0),
        "is_active": active,
    }


def _merge(model: type[N], wanted: dict[str, dict[str, Any]]) -> tuple[dict[str, N], list[N], list[N]]:
    """Return all rows by code, those to insert and those to update; what is not wanted is switched off."""
    rows: dict[str, N] = {row.code: row for row in model._default_manager.all()}
    fresh: list[N] = []
    changed: list[N] = []
    for code, values in wanted.items():
        row = rows.get(code)
        if row is None:
            row = rows[code] = model(code=code, **values)
            fresh.append(row)
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    for code, row in rows.items():
        if code not in wanted and row.is_active:
            row.is_active = False
            changed.append(row)
    return rows, fresh, changed


def _create(model: type[N], fresh: list[N]) -> None:
    """Insert rows and learn their keys, which MySQL does not tell."""
    model._default_manager.bulk_create(fresh, batch_size=BATCH)
    unknown = [row for row in fresh if row.pk is None]
    if unknown:
        keys = dict(model._default_manager.values_list("code", "pk"))
        for row in unknown:
            row.pk = keys[row.code]


def _write_campuses(facts: Iterable[CampusFact]) -> int:
    wanted = {
        fact.code: {
            **_named(fact.name, place, active=True),
            "address": fact.address[:200],
            "phone": fact.phone[:40],
            "longitude": fact.longitude,
            "latitude": fact.latitude,
        }
        for place, fact in enumerate(facts)
    }
    _, fresh, changed = _merge(Campus, wanted)
    _create(Campus, fresh)
    if changed:
        Campus.objects.bulk_update(changed, list(next(iter(wanted.values()))), batch_size=BATCH)
    return len(fresh) + len(changed)


def _write_departments(facts: list[DepartmentFact]) -> int:
    campuses = dict(Campus.objects.values_list("code", "pk"))
    wanted = {
        fact.code: {
            **_named(fact.name, fact.sort, fact.active),
            "campus_id": campuses.get(fact.campus_code),
            "location": fact.location[:100],
            "summary": fact.summary[:200],
        }
        for fact in facts
    }
    rows, fresh, changed = _merge(Department, wanted)
    parents = {fact.code: fact.parent_code or None for fact in facts}
    codes = {row.pk: row.code for row in rows.values() if row.pk}
    places = places_of(
        Item(code, parents.get(code, codes.get(row.parent_id or 0)), (row.sort, code)) for code, row in rows.items()
    )
    new, to_update = set(map(id, fresh)), {id(row): row for row in changed}
    for code, place in places.items():  # parents come first
        if id(rows[code]) not in new and _move(rows[code], place, rows):
            to_update[id(rows[code])] = rows[code]
    for level in sorted({places[row.code].level for row in fresh}):
        layer = [row for row in fresh if places[row.code].level == level]
        for row in layer:
            _move(row, places[row.code], rows)
        _create(Department, layer)
    # A row that moved below a new one knows its parent's key only now.
    for row in to_update.values():
        _move(row, places[row.code], rows)
    Department.objects.bulk_update(
        list(to_update.values()),
        ["name", "pinyin", "initials", "sort", "is_active", "campus", "location", "summary", "parent", *TREE],
        batch_size=BATCH,
    )
    return len(fresh) + len(to_update)


TREE = ("tree_id", "level", "lft", "rght")


def _move(row: Department, place: Place[str], rows: dict[str, Department]) -> bool:
    """Give a row its place in the tree; return whether that changed anything."""
    parent = rows[place.parent] if place.parent is not None else None
    before = (row.parent_id, *(getattr(row, name) for name in TREE))
    row.parent = parent
    for name in TREE:
        setattr(row, name, getattr(place, name))
    return before != (parent.pk if parent else None, *(getattr(row, name) for name in TREE))


def _write_doctors(facts: list[DoctorFact]) -> int:
    wanted = {
        fact.code: {
            **_named(fact.name, fact.sort, fact.active),
            "gender": fact.gender,
            "title": fact.title[:40],
            "specialty": fact.specialty[:300],
        }
        for fact in facts
    }
    rows, fresh, changed = _merge(Doctor, wanted)
    _create(Doctor, fresh)
    if changed:
        Doctor.objects.bulk_update(changed, list(next(iter(wanted.values()))), batch_size=BATCH)
    moved = _write_places_of_work(facts, {code: row.pk for code, row in rows.items()})
    return len({row.pk for row in [*fresh, *changed]} | moved)


def _write_places_of_work(facts: list[DoctorFact], doctors: dict[str, int]) -> set[int]:
    through = Doctor.departments.through
    departments = dict(Department.objects.values_list("code", "pk"))
    wanted = {
        (doctors[fact.code], departments[code])
        for fact in facts
        for code in fact.department_codes
        if code in departments
    }
    listed = {doctors[fact.code] for fact in facts}
    there = {(link.doctor_id, link.department_id): link.pk for link in through.objects.all()}
    # A doctor who is gone keeps their departments: old bookings still show where they worked.
    gone = {pair: pk for pair, pk in there.items() if pair not in wanted and pair[0] in listed}
    new = wanted - set(there)
    pks = list(gone.values())
    for start in range(0, len(pks), BATCH):
        through.objects.filter(pk__in=pks[start : start + BATCH]).delete()
    through.objects.bulk_create(
        [through(doctor_id=doctor, department_id=department) for doctor, department in sorted(new)], batch_size=BATCH
    )
    return {doctor for doctor, _ in new} | {doctor for doctor, _ in gone}


@sweep(every_seconds=3600, at_start=False)
def refresh() -> None:
    """Look every hour whether HIS has changed its base data."""
    if not settings.HIS["URL"]:
        return
    try:
        sync_base()
    except OutsideError as reason:
        logger.warning("base data could not be synchronised: %s", reason)
