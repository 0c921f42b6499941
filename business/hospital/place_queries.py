"""Reading where things are: the tree, one floor with its rooms, and where a department is found (9.2)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch

from business.hospital.models import Campus, Department, FloorPlan, Place, PlaceDepartment

Kind = Place.Kind


@dataclass
class PlaceNode:
    """A place with those below it."""

    place: Place
    children: list["PlaceNode"] = field(default_factory=list)


@dataclass(frozen=True)
class Spot:
    """A room with the floor and the building it is in."""

    room: Place
    floor: Place
    building: Place
    is_main: bool

    @property
    def words(self) -> str:
        """门诊楼 3F A 区."""
        return " ".join(dict.fromkeys(p for p in (self.building.name, floor_label(self.floor), self.room.label) if p))

    @property
    def short(self) -> str:
        """门诊楼 3F A 区: without the name of what is there, beside which it is shown."""
        number = self.room.number or self.room.name
        return " ".join(dict.fromkeys(p for p in (self.building.name, floor_label(self.floor), number) if p))


@dataclass
class FloorView:
    """A floor as it is drawn."""

    floor: Place
    building: Place
    rooms: list[Place]
    plan: FloorPlan | None


def floor_label(floor: Place) -> str:
    """3F; a floor without a label by its name."""
    return floor.number or floor.name


def tree(*, only_active: bool = True) -> dict[int, list[PlaceNode]]:
    """Return the buildings of every campus (by its key) with floors and rooms, in order: one query."""
    rows = Place.objects.order_by("tree_id", "lft")
    if only_active:
        rows = rows.filter(is_active=True)
    nodes: dict[int, PlaceNode] = {}
    roots: dict[int, list[PlaceNode]] = defaultdict(list)
    for row in rows:
        node = PlaceNode(row)
        if row.parent_id is None:
            roots[row.campus_id].append(node)
        elif row.parent_id in nodes:  # what is closed hides what is in it
            nodes[row.parent_id].children.append(node)
        else:
            continue
        nodes[row.pk] = node
    return dict(roots)


def buildings() -> list[PlaceNode]:
    """Return the open buildings with their open floors, campus after campus: one query, no rooms."""
    rows = (
        Place.objects.filter(is_active=True, campus__is_active=True, kind__in=[Kind.BUILDING, Kind.FLOOR])
        .select_related("campus")
        .order_by("campus__sort", "campus_id", "tree_id", "lft")
    )
    nodes: dict[int, PlaceNode] = {}
    for row in rows:
        if row.parent_id is None:
            nodes[row.pk] = PlaceNode(row)
        elif row.parent_id in nodes:
            nodes[row.parent_id].children.append(PlaceNode(row))
    return list(nodes.values())


_LINKS = Prefetch(
    "links",
    queryset=PlaceDepartment.objects.filter(department__is_active=True)
    .select_related("department")
    .order_by("department__tree_id", "department__lft"),
)


def floor_view(ref: str) -> FloorView | None:
    """Return an open floor with its open rooms and their departments, None where there is none: three queries."""
    floor = (
        Place.objects.filter(ref=ref, kind=Kind.FLOOR, is_active=True, parent__is_active=True, campus__is_active=True)
        .select_related("parent", "campus", "plan")
        .first()
    )
    if floor is None or floor.parent is None:
        return None
    rooms = list(floor.get_children().filter(is_active=True).prefetch_related(_LINKS))
    return FloorView(floor, floor.parent, rooms, getattr(floor, "plan", None))


def spots_of(departments: Iterable[int]) -> dict[int, list[Spot]]:
    """Return where departments (by key) are found, the main room first: one query however many they are."""
    links = (
        PlaceDepartment.objects.filter(
            department__in=list(departments),
            place__is_active=True,
            place__parent__is_active=True,
            place__parent__parent__is_active=True,
            place__campus__is_active=True,
        )
        .select_related("place__parent__parent")
        .order_by("place__tree_id", "place__lft")
    )
    found: dict[int, list[Spot]] = defaultdict(list)
    for link in links:
        floor = link.place.parent
        if floor is None or floor.parent is None:
            continue
        spot = Spot(link.place, floor, floor.parent, link.main_of_id is not None)
        found[link.department_id].insert(0 if spot.is_main else len(found[link.department_id]), spot)
    return dict(found)


def room(ref: str) -> Spot | None:
    """Return an open room by its reference."""
    found = (
        Place.objects.filter(ref=ref, kind=Kind.ROOM, is_active=True, parent__is_active=True)
        .select_related("parent__parent")
        .first()
    )
    if found is None or found.parent is None or found.parent.parent is None:
        return None
    return Spot(found, found.parent, found.parent.parent, is_main=False)


def find_rooms(text: str, campus: Campus | None = None, limit: int = 10) -> list[Spot]:
    """Find rooms by name, number, pinyin or initials: toilets, the pharmacy, room 305. One query."""
    from business.hospital.queries import matching

    text = "".join(text.split()).lower()[:40]
    if not text:
        return []
    rows = Place.objects.filter(matching(text), kind=Kind.ROOM, is_active=True, parent__is_active=True)
    if len(text) > 1:
        rows = rows | Place.objects.filter(
            number__icontains=text, kind=Kind.ROOM, is_active=True, parent__is_active=True
        )
    if campus is not None:
        rows = rows.filter(campus=campus)
    rows = rows.select_related("parent__parent").order_by("tree_id", "lft")[:limit]
    return [Spot(r, r.parent, r.parent.parent, False) for r in rows if r.parent and r.parent.parent]


def departments_at(campus: Campus | None) -> list[Department]:
    """Return the active departments that patients go to (those without any below them), in order: one query."""
    rows = Department.objects.filter(is_active=True).select_related("campus", "parent").order_by("tree_id", "lft")
    leaves = [row for row in rows if row.is_leaf_node()]
    return [row for row in leaves if campus is None or row.campus_id in {None, campus.pk}]
