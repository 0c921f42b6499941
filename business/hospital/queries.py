"""Reading the hospital's facts: the department tree, and search by name, pinyin or initials."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from business.hospital.models import Campus, Department, Doctor, Named
from business.hospital.pinyin import pinyin_of
from business.security.errors import NotFoundError

N = TypeVar("N", bound=Named)
SHORTEST_INSIDE = 3  # fewer Latin letters are looked for at the beginning only: «an» is inside half of all names
LONGEST_QUERY = 40
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass
class DepartmentNode:
    """A department with those below it."""

    department: Department
    children: list["DepartmentNode"] = field(default_factory=list)


@dataclass(frozen=True)
class SearchResult:
    """What a search found, best first."""

    departments: list[Department]
    doctors: list[Doctor]

    def __bool__(self) -> bool:
        return bool(self.departments or self.doctors)


def campuses() -> list[Campus]:
    """Return the active campuses in display order."""
    return list(Campus.objects.filter(is_active=True).order_by("sort", "pk"))


def department_tree(campus: Campus | None = None) -> list[DepartmentNode]:
    """Return the active departments as a tree in display order, with one query.

    With a campus, only its own and those on every campus; a group without any is left out.
    """
    rows = Department.objects.filter(is_active=True).select_related("campus").order_by("tree_id", "lft")
    nodes: dict[int, DepartmentNode] = {}
    roots: list[DepartmentNode] = []
    groups: set[int] = set()
    for row in rows:
        node = nodes[row.pk] = DepartmentNode(row)
        if row.parent_id is None:
            roots.append(node)
        elif row.parent_id in nodes:  # a closed group hides what is below it
            nodes[row.parent_id].children.append(node)
            groups.add(row.parent_id)
    return roots if campus is None else _of_campus(roots, campus.pk, groups)


def _of_campus(nodes: list[DepartmentNode], campus_id: int, groups: set[int]) -> list[DepartmentNode]:
    kept = []
    for node in nodes:
        node.children = _of_campus(node.children, campus_id, groups)
        own = node.department.pk not in groups and node.department.campus_id in {None, campus_id}
        if node.children or own:
            kept.append(node)
    return kept


def get_department(ref: str) -> Department:
    """Return an active department; raise NotFoundError."""
    found = Department.objects.filter(ref=ref, is_active=True).select_related("parent", "campus").first()
    if found is None:
        raise NotFoundError("没有找到这个科室，可能已停诊，请重新选择")
    return found


def get_doctor(ref: str) -> Doctor:
    """Return an active doctor; raise NotFoundError."""
    found = Doctor.objects.filter(ref=ref, is_active=True).first()
    if found is None:
        raise NotFoundError("没有找到这位医生，可能已停诊，请重新选择")
    return found


def search(text: str, campus: Campus | None = None, limit: int = 20) -> SearchResult:
    """Find departments and doctors by 消化, xiaohua, xhnk or a mixture (消化nk); at most three queries, twice.

    A doctor is also found by a Chinese word of their specialty. Where a Chinese text is in no name, names that sound
    like it are found.
    """
    text = re.sub(r"\s+", "", text).lower()[:LONGEST_QUERY]
    if not text:
        return SearchResult([], [])
    found = _search(matching(text), text, campus, limit)
    if found or not _HAN.search(text):
        return found
    sound = pinyin_of(text)
    return _search(Q(pinyin__contains=sound), text, campus, limit) if len(sound) >= SHORTEST_INSIDE else found


def matching(text: str) -> Q:
    """Return the condition under which a lower-case text without spaces finds a thing with a name and its pinyin."""
    latin = "".join(re.findall(r"[a-z0-9]", text))
    words = _HAN.findall(text)
    if words and latin:
        found = Q(pinyin__contains=latin) | Q(initials__contains=latin)
        for word in words:
            found &= Q(name__contains=word)
        return found | Q(name__icontains=text)
    if words:
        return Q(name__contains=text)
    if not latin:
        return Q(name__icontains=text)
    found = Q(name__icontains=text) | Q(initials__startswith=latin) | Q(pinyin__startswith=latin)
    if len(latin) >= SHORTEST_INSIDE:
        found |= Q(initials__contains=latin) | Q(pinyin__contains=latin)
    return found


def _search(condition: Q, text: str, campus: Campus | None, limit: int) -> SearchResult:
    departments = Department.objects.filter(condition, is_active=True).select_related("parent", "campus")
    by_specialty = Q(specialty__contains=text) if _HAN.search(text) and len(text) > 1 else Q()
    doctors = Doctor.objects.filter(condition | by_specialty if by_specialty else condition, is_active=True)
    if campus is not None:
        here = Q(campus=campus) | Q(campus=None)
        departments = departments.filter(here)
        doctors = doctors.filter(pk__in=_doctors_at(campus))
    return SearchResult(_best(departments, text, limit), _best(doctors.prefetch_related("departments"), text, limit))


def _doctors_at(campus: Campus) -> QuerySet[Any]:
    through = Doctor.departments.through.objects
    return through.filter(Q(department__campus=campus) | Q(department__campus=None)).values("doctor_id")


def _best(rows: Iterable[N], text: str, limit: int) -> list[N]:
    return sorted(rows, key=lambda row: (_rank(row, text), row.sort, row.pinyin, row.pk))[:limit]


def _rank(row: Named, text: str) -> int:
    name = row.name.lower()
    tests = (
        text in {name, row.initials, row.pinyin},
        name.startswith(text),
        text in name,
        row.initials.startswith(text),
        row.pinyin.startswith(text),
        text in row.initials,
    )
    return next((place for place, held in enumerate(tests) if held), len(tests))
