"""Changing the tree of buildings, floors and rooms, and what is drawn on a floor (46.25–46.27)."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction

from business.hospital import plans
from business.hospital.models import Campus, Department, FloorPlan, Place, PlaceDepartment
from business.security.errors import InvalidInput, PortalError, SeveralInvalid
from business.security.refs import new_ref

Kind = Place.Kind
# What may stand below what; None is the campus.
BELOW: Final[dict[str | None, str]] = {None: Kind.BUILDING, Kind.BUILDING: Kind.FLOOR, Kind.FLOOR: Kind.ROOM}
MOST_ROOMS: Final = 300
UP, DOWN = "up", "down"
FIELDS: Final = ("name", "number", "use", "way", "hours", "is_active")


def _lock() -> None:
    """Let one person at a time change the tree: mptt renumbers the rows of others."""
    list(Campus.objects.select_for_update().order_by("pk"))


@transaction.atomic
def add(*, campus: Campus, parent: Place | None, **facts: Any) -> Place:
    """Add a building, floor or room at the end of its siblings; its kind follows from its parent."""
    _lock()
    if parent is not None:
        parent = Place.objects.get(pk=parent.pk)
        campus = parent.campus
    kind = BELOW.get(parent.kind if parent else None)
    if kind is None:
        raise PortalError("房间下面不能再加房间", code="place_kind")
    if kind == Kind.ROOM and parent is not None and parent.get_descendant_count() >= MOST_ROOMS:
        raise PortalError(f"一层最多 {MOST_ROOMS} 个房间", code="place_many")
    return Place.objects.create(kind=kind, campus=campus, parent=parent, **facts)


@transaction.atomic
def change(place: Place, **facts: Any) -> Place:
    """Change what is known of a place; its position in the tree stays."""
    _lock()
    place = Place.objects.get(pk=place.pk)
    for name, value in facts.items():
        setattr(place, name, value)
    place.save(update_fields=[*facts])
    return place


@transaction.atomic
def assign(place: Place, departments: Iterable[Department], main_of: Iterable[Department] = ()) -> None:
    """Say which departments are in a room, and of which it is the main room; another main room steps back.

    A department's first room is its main one by itself.
    """
    _lock()
    wanted = {department.pk: department for department in departments}
    mains = {department.pk for department in main_of}
    links = {link.department_id: link for link in PlaceDepartment.objects.filter(place=place)}
    gone = [link.pk for pk, link in links.items() if pk not in wanted]
    PlaceDepartment.objects.filter(pk__in=gone).delete()
    having_main = set(PlaceDepartment.objects.filter(main_of__in=wanted).values_list("main_of_id", flat=True))
    mains |= set(wanted) - having_main
    PlaceDepartment.objects.filter(main_of__in=mains).exclude(place=place).update(main_of=None)
    for pk in wanted:
        link = links.get(pk) or PlaceDepartment(place=place, department_id=pk)
        main = pk if pk in mains else None
        if link.pk is None or link.main_of_id != main:
            link.main_of_id = main
            link.save()


@transaction.atomic
def move(place: Place, *, direction: str = "", before: Place | None = None, after: Place | None = None) -> bool:
    """Move a place among its siblings, one step or beside another; return whether it moved.

    A floor may go to another building of its campus and a room to another floor of its building: beside one of the
    places there. Raises PortalError where the kinds do not fit.
    """
    _lock()
    place = Place.objects.get(pk=place.pk)
    if direction:
        siblings = list(siblings_of(place))
        here = [one.pk for one in siblings].index(place.pk)
        there = here - 1 if direction == UP else here + 1
        if not 0 <= there < len(siblings):
            return False
        target, side = siblings[there], "left" if direction == UP else "right"
    else:
        beside = before or after
        if beside is None:
            return False
        target, side = Place.objects.get(pk=beside.pk), "left" if before else "right"
        _check_move(place, target)
        if target.pk == place.pk:
            return False
    place.move_to(target, side)
    return True


def siblings_of(place: Place) -> Any:
    """Return a place and those beside it, in order; buildings within their campus."""
    return Place.objects.filter(parent=place.parent_id, campus=place.campus_id).order_by("tree_id", "lft")


def rooms_of(floor: Place) -> Any:
    """Return the rooms of a floor in order; asks by parent, for a floor read earlier has old tree numbers."""
    return Place.objects.filter(parent=floor.pk).order_by("tree_id", "lft")


def _check_move(place: Place, target: Place) -> None:
    if place.kind != target.kind or place.campus_id != target.campus_id:
        raise PortalError("只能移到同一院区、同一级别的位置", code="place_move")
    if place.kind == Kind.ROOM and place.parent_id != target.parent_id and place.shape:
        raise PortalError("这个房间已经画在楼层图上，请先在图上移除再换楼层", code="place_drawn")


def uses_of(place: Place) -> list[str]:
    """Return what would go or change with a place, in sentences."""
    place = Place.objects.get(pk=place.pk)  # whose numbers are those of now
    below = list(place.get_descendants(include_self=True))
    keys = [one.pk for one in below]
    said = []
    for kind, words in ((Kind.FLOOR, "个楼层"), (Kind.ROOM, "个房间或区域")):
        if count := sum(one.kind == kind and one.pk != place.pk for one in below):
            said.append(f"其中的 {count} {words}会一起删除")
    if count := FloorPlan.objects.filter(floor__in=keys).count():
        said.append(f"{count} 张楼层平面图会一起删除")
    names = list(
        Department.objects.filter(place_links__place__in=keys)
        .distinct()
        .order_by("tree_id", "lft")
        .values_list("name", flat=True)
    )
    if names:
        more = f"等 {len(names)} 个科室" if len(names) > 6 else ""  # noqa: PLR2004  # as many as fit in a line
        said.append(f"患者在楼层导航里将找不到{'、'.join(names[:6])}{more}在这里的位置")
    return said


@transaction.atomic
def delete(place: Place) -> None:
    """Delete a place with everything in it; a department whose main room goes gets another of its rooms as such."""
    _lock()
    place = Place.objects.get(pk=place.pk)
    keys = list(place.get_descendants(include_self=True).values_list("pk", flat=True))
    orphans = list(
        PlaceDepartment.objects.filter(place__in=keys, main_of__isnull=False).values_list("main_of", flat=True)
    )
    place.delete()
    heirs: dict[int, PlaceDepartment] = {}
    for link in PlaceDepartment.objects.filter(department__in=orphans).order_by("-pk"):
        heirs[link.department_id] = link
    for pk, link in heirs.items():
        link.main_of_id = pk
        link.save(update_fields=["main_of"])


@transaction.atomic
def put_plan(floor: Place, drawing: plans.Drawing) -> FloorPlan:
    """Give a floor a plan, or another one; shapes drawn on the old one keep their place in proportion."""
    _lock()
    if floor.kind != Kind.FLOOR:
        raise PortalError("只有楼层可以有平面图", code="plan_kind")
    plan = FloorPlan.objects.filter(floor=floor).first() or FloorPlan(floor=floor)
    if plan.pk and (plan.width, plan.height) != (drawing.width, drawing.height):
        _scale(floor, drawing.width / plan.width, drawing.height / plan.height)
    old = plan.image.name if plan.image else ""
    plan.width, plan.height, plan.svg, plan.version = drawing.width, drawing.height, drawing.svg, new_ref()
    plan.image = ""
    if drawing.picture is not None:
        plan.image.save(f"{plan.version}.webp", drawing.picture, save=False)
    plan.save()
    if old:
        storage = plan.image.storage
        transaction.on_commit(lambda: storage.delete(old))
    return plan


def _scale(floor: Place, across: float, down: float) -> None:
    rooms = [room for room in rooms_of(floor) if room.shape]
    for room in rooms:
        shape: dict[str, Any] = room.shape or {}
        points = [[round(x * across, 1), round(y * down, 1)] for x, y in shape["points"]]
        room.shape = {**shape, "points": points}
    Place.objects.bulk_update(rooms, ["shape"])


@transaction.atomic
def save_rooms(plan: FloorPlan, rows: Any, *, version: str) -> list[Place]:
    """Write what the editor of a plan sends: each row a room with its shape; returns the floor's rooms in order.

    A row: ``ref`` (empty for a new room), ``name``, ``number``, ``use``, ``way``, ``hours``, ``departments`` (codes),
    ``main`` (codes), ``shape``. Rooms that are not sent stay as they are. Raises SeveralInvalid with the field
    ``<row>.<name>``, or PortalError where somebody saved meanwhile.
    """
    _lock()
    plan = FloorPlan.objects.select_related("floor__campus").get(pk=plan.pk)
    if version != plan.version:
        raise PortalError("别人刚刚改过这一层，请刷新页面后再改；您画的内容还在这一页上", code="plan_stale")
    if not isinstance(rows, list) or len(rows) > MOST_ROOMS:
        raise PortalError(f"一层最多 {MOST_ROOMS} 个房间", code="place_many")
    rooms = {room.ref: room for room in rooms_of(plan.floor)}
    departments = {d.code: d for d in Department.objects.filter(is_active=True)}
    errors: list[InvalidInput] = []
    read = [_row(index, row, plan, rooms, departments, errors) for index, row in enumerate(rows)]
    if errors:
        raise SeveralInvalid(errors)
    for row in read:
        room = row.pop("room")
        members, mains = row.pop("departments"), row.pop("main")
        room = change(room, **row) if room else add(campus=plan.floor.campus, parent=plan.floor, **row)
        assign(room, members, mains)
    plan.version = new_ref()
    plan.save(update_fields=["version", "changed_at"])
    return list(rooms_of(plan.floor))


LENGTHS: Final = {"name": 60, "number": 20, "way": 300, "hours": 100}


def _row(
    index: int,
    row: Any,
    plan: FloorPlan,
    rooms: dict[str, Place],
    departments: dict[str, Department],
    errors: list[InvalidInput],
) -> dict[str, Any]:
    """Return one row as services take it; what is wrong goes to ``errors``."""
    row = row if isinstance(row, dict) else {}
    found: dict[str, Any] = {}
    for name, most in LENGTHS.items():
        text = row.get(name) or ""
        text = "".join(c for c in text if c.isprintable()).strip() if isinstance(text, str) else ""
        if len(text) > most:
            errors.append(InvalidInput(f"最多 {most} 个字", field=f"{index}.{name}"))
        found[name] = text[:most]
    if not found["name"]:
        errors.append(InvalidInput("请填写名称", field=f"{index}.name"))
    use = row.get("use")
    found["use"] = use if use in Place.Use.values else Place.Use.CLINIC
    ref = row.get("ref") or ""
    found["room"] = rooms.get(ref) if isinstance(ref, str) else None
    if ref and found["room"] is None:
        errors.append(InvalidInput("这个房间已被删除，请刷新页面", field=f"{index}.name"))
    for name in ("departments", "main"):
        codes = row.get(name) or []
        codes = [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []
        found[name] = [departments[code] for code in dict.fromkeys(codes) if code in departments]
    found["main"] = [one for one in found["main"] if one in found["departments"]]
    try:
        found["shape"] = plans.check_shape(row.get("shape"), plan.width, plan.height)
    except InvalidInput as error:
        errors.append(InvalidInput(error.sentence, field=f"{index}.shape"))
    return found
