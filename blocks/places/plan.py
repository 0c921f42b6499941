"""A floor as patients see it: the switches between campuses, buildings and floors, the plan, the rooms in words."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from blocks import roles
from business.hospital import place_queries, plans
from business.hospital import queries as hospital
from business.hospital.models import Department, Place
from business.hospital.place_queries import FloorView, PlaceNode, Spot, floor_label

# The letters of the plan, as a part of its width.
LETTER = 1 / 42
SMALLEST_LETTER = 1 / 95


@dataclass
class Asked:
    """What the address of a map asks for; references that nobody has are as good as none."""

    campus: str = ""
    floor: str = ""
    room: str = ""
    department: str = ""

    @classmethod
    def of(cls, request: HttpRequest | None) -> "Asked":
        """Read a request's query."""
        given = request.GET if request is not None else {}
        return cls(**{name: str(given.get(name, ""))[:40] for name in ("campus", "floor", "room", "department")})


@dataclass
class Chosen:
    """What is shown: a floor, perhaps a room on it, perhaps because of a department."""

    floor_ref: str = ""
    spot: Spot | None = None
    department: Department | None = None
    others: list[Spot] = field(default_factory=list)  # where the department is found, too


def choose(asked: Asked, buildings: list[PlaceNode], campus_code: str = "") -> Chosen:
    """Decide what is shown, in at most three queries: a room, else the department's, else the floor, else the first."""
    chosen = Chosen()
    if asked.department:
        chosen.department = (
            Department.objects.filter(ref=asked.department, is_active=True).select_related("campus").first()
        )
        if chosen.department is not None:
            spots = place_queries.spots_of([chosen.department.pk]).get(chosen.department.pk, [])
            wanted = [spot for spot in spots if spot.room.ref == asked.room] or spots[:1]
            chosen.spot = wanted[0] if wanted else None
            chosen.others = [spot for spot in spots if spot is not chosen.spot]
    elif asked.room:
        chosen.spot = place_queries.room(asked.room)
    floors = {floor.place.ref: building.place for building in buildings for floor in building.children}
    for ref in (chosen.spot.floor.ref if chosen.spot else "", asked.floor):
        if ref in floors:
            chosen.floor_ref = ref
            return chosen
    chosen.spot = None  # on a floor that is closed
    wanted_campus = chosen.department.campus_id if chosen.department else None
    chosen.floor_ref = next(
        (
            floor
            for floor, building in floors.items()
            if building.campus_id == wanted_campus
            or (wanted_campus is None and building.campus.code in {asked.campus, campus_code})
        ),
        next(iter(floors), ""),
    )
    return chosen


def floor_context(
    chosen: Chosen, buildings: list[PlaceNode], request: HttpRequest | None, page_url: str, *, may_fetch: bool = True
) -> dict[str, Any]:
    """Return what ``blocks/places/floor.html`` needs; three queries besides the roles."""
    view = place_queries.floor_view(chosen.floor_ref) if chosen.floor_ref else None
    here = Links(page_url, may_fetch)
    return {
        **switches(buildings, view, here),
        "floor": floor_title(view) if view else "",
        "rooms": [room_item(room, view.floor, chosen.spot, here, request) for room in view.rooms] if view else [],
        "plan": plan_item(view, chosen.spot, here) if view else None,
        "found": found_item(chosen, request),
        "others": [{"text": spot.words, "url": here.room(spot)["url"]} for spot in chosen.others],
    }


@dataclass(frozen=True)
class Links:
    """Addresses of the map: a page for a plain click, a fragment for htmx."""

    page_url: str
    may_fetch: bool

    def floor(self, ref: str, room: str = "") -> dict[str, str]:
        """Return the links to a floor, perhaps with one of its rooms."""
        fragment = roles.with_query(reverse("places-floor", args=[ref]), room=room, at=self.page_url)
        return {
            "url": roles.with_query(self.page_url, floor=ref, room=room),
            "hx_url": fragment if self.may_fetch else "",
        }

    def room(self, spot: Spot) -> dict[str, str]:
        """Return the links to a room."""
        return self.floor(spot.floor.ref, spot.room.ref)


def switches(buildings: list[PlaceNode], view: FloorView | None, here: Links) -> dict[str, Any]:
    """Return campuses, the buildings of the chosen one and the floors of the chosen building."""
    campuses: dict[int, list[PlaceNode]] = {}
    for node in buildings:
        if node.children:
            campuses.setdefault(node.place.campus_id, []).append(node)
    building_pk = view.building.pk if view else None
    campus_pk = view.building.campus_id if view else None

    def tab(label: str, node: PlaceNode, is_active: bool) -> dict[str, Any]:
        return {"label": label, "is_active": is_active, **here.floor(node.children[0].place.ref)}

    shown = campuses.get(campus_pk or 0, [])
    floors = next((node.children for node in shown if node.place.pk == building_pk), [])
    return {
        "campuses": [tab(nodes[0].place.campus.name, nodes[0], pk == campus_pk) for pk, nodes in campuses.items()],
        "buildings": [tab(node.place.name, node, node.place.pk == building_pk) for node in shown],
        "floors": [
            {
                "label": floor_label(node.place),
                "name": node.place.name,
                "is_active": bool(view and node.place.pk == view.floor.pk),
                **here.floor(node.place.ref),
            }
            for node in floors
        ],
    }


def floor_title(view: FloorView) -> str:
    """主院区 门诊楼 3F."""
    return " ".join(dict.fromkeys([view.floor.campus.name, view.building.name, floor_label(view.floor)]))


def room_item(room: Place, floor: Place, spot: Spot | None, here: Links, request: HttpRequest | None) -> dict[str, Any]:
    """Return a room in the list beside the plan."""
    departments = [link.department for link in room.links.all()]
    return {
        "name": room.label,
        "departments": "、".join(d.name for d in departments if d.name not in room.label),
        "way": room.way,
        "hours": room.hours,
        "use": room.use,
        "is_here": spot is not None and room.pk == spot.room.pk,
        "on_plan": bool(room.shape),
        "book": [
            {"name": d.name, "url": url}
            for d in departments
            if (url := roles.url_for("registration.doctors", request, department=d.ref))
        ],
        **here.floor(floor.ref, room.ref),
    }


def found_item(chosen: Chosen, request: HttpRequest | None) -> dict[str, Any] | None:
    """Return the card that says in words where a department or a room is."""
    if chosen.department is None and chosen.spot is None:
        return None
    department, spot = chosen.department, chosen.spot
    place = ""
    if spot is not None:
        place = spot.words
    elif department is not None:
        place = department.location
    return {
        "title": department.name if department else (spot.room.label if spot else ""),
        "campus": department.campus.name if department and department.campus else "",
        "place": place,
        "way": spot.room.way if spot else "",
        "hours": spot.room.hours if spot else "",
        "is_drawn": bool(spot and spot.room.shape),
        "book_url": (roles.url_for("registration.doctors", request, department=department.ref) or "")
        if department
        else "",
    }


def plan_item(view: FloorView, spot: Spot | None, here: Links) -> dict[str, Any] | None:
    """Return the plan as ``blocks/places/plan.html`` draws it, None where the floor has neither plan nor shapes."""
    plan = view.plan
    if plan is None:
        return None
    has_drawing = bool(plan.svg or plan.image)
    return {
        "width": plan.width,
        "height": plan.height,
        "image_url": reverse("places-plan", args=[view.floor.ref, plan.version]) if has_drawing else "",
        "label": floor_title(view),
        "rooms": [
            {
                **drawn(room, plan.width),
                **here.floor(view.floor.ref, room.ref),
                "is_here": bool(spot and room.pk == spot.room.pk),
            }
            for room in view.rooms
            if room.shape
        ],
        "pin": pin_of(spot, plan.width) if spot and spot.floor.pk == view.floor.pk else None,
    }


def drawn(room: Place, width: int) -> dict[str, Any]:
    """Return a room's shape and the lines written on it, sized to fit."""
    shape: dict[str, Any] = room.shape or {}
    x, y = plans.centre_of(shape)
    points = shape["points"]
    lines = [line for line in (room.number, room.name) if line]
    across = max(p[0] for p in points) - min(p[0] for p in points) if shape["kind"] != plans.POINT else width / 6
    longest = max(sum(1 if ord(c) > 255 else 0.56 for c in line) for line in lines)  # noqa: PLR2004  # Latin is narrower
    size = max(min(width * LETTER, across * 0.92 / max(longest, 1)), width * SMALLEST_LETTER)
    below = width / 40 if shape["kind"] == plans.POINT else 0.0
    return {
        "kind": shape["kind"],
        "use": room.use,
        "points": " ".join(f"{px:g},{py:g}" for px, py in _corners(shape)),
        "x": f"{x:g}",
        "y": f"{y:g}",
        "radius": f"{width / 70:.1f}",
        "font": f"{size:.1f}",
        "lines": [
            {"text": line, "y": f"{y + below + size * (0.36 + 1.18 * (row - (len(lines) - 1) / 2)):.1f}"}
            for row, line in enumerate(lines)
        ],
    }


def _corners(shape: dict[str, Any]) -> list[list[float]]:
    if shape["kind"] != plans.RECT:
        return list(shape["points"])
    (x1, y1), (x2, y2) = shape["points"]
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]


def pin_of(spot: Spot, width: int) -> dict[str, str] | None:
    """Return where the pin stands: above the middle of the room."""
    if not spot.room.shape:
        return None
    x, y = plans.centre_of(spot.room.shape)
    scale = width / 420
    return {"x": f"{x:g}", "y": f"{y - 8 * scale:.1f}", "scale": f"{scale:.2f}"}


def search_results(text: str, request: HttpRequest | None, page_url: str) -> dict[str, Any]:
    """Find departments and rooms by name, pinyin and initials; a constant number of queries."""
    text = text.strip()[: hospital.LONGEST_QUERY]
    if not text:
        return {"query": "", "items": []}
    found = [d for d in hospital.search(text).departments if d.is_leaf_node()]
    spots = place_queries.spots_of([d.pk for d in found])
    items = []
    for department in found:
        where = spots.get(department.pk, [])
        place = where[0].words if where else department.location
        items.append(
            {
                "title": department.name,
                "text": " · ".join(part for part in (str(department.campus or ""), place) if part),
                "meta": where[0].room.way if where else "",
                "icon": "map-pin",
                "tone": "teal",
                "url": roles.with_query(page_url, department=department.ref),
            }
        )
    named = {spot.room.pk for where in spots.values() for spot in where}
    items += [
        {
            "title": spot.room.label,
            "text": spot.words,
            "meta": spot.room.way,
            "icon": "map-pin",
            "tone": "slate",
            "url": roles.with_query(page_url, floor=spot.floor.ref, room=spot.room.ref),
        }
        for spot in place_queries.find_rooms(text)
        if spot.room.pk not in named
    ]
    return {"query": text, "items": items}
