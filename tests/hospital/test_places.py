"""The tree of buildings, floors and rooms on every database, and what the plan's editor saves."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from business.hospital import place_queries, places, plans
from business.hospital.models import Campus, Department, FloorPlan, Place, PlaceDepartment
from business.security.errors import PortalError, SeveralInvalid
from tests.factories import CampusFactory, DepartmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.25", "46.26", "46.27")]


def building(campus: Campus | None = None, name: str = "门诊楼") -> Place:
    return places.add(campus=campus or CampusFactory(), parent=None, name=name)


def below(parent: Place, name: str, **facts: Any) -> Place:
    return places.add(campus=parent.campus, parent=parent, name=name, **facts)


def names(place: Place | None = None) -> list[str]:
    rows = Place.objects.filter(parent=place.pk if place else None).order_by("tree_id", "lft")
    return [row.name for row in rows]


def test_a_tree_of_three_levels_and_no_more() -> None:
    # Given a building with a floor and a room
    house = building()
    floor = below(house, "三层", number="3F")
    room = below(floor, "消化内科", number="A 区")
    # Then each knows what it is and where
    assert [house.kind, floor.kind, room.kind] == ["building", "floor", "room"]
    assert room.campus_id == house.campus_id
    assert room.label == "A 区 消化内科"
    # And nothing stands below a room
    with pytest.raises(PortalError):
        below(room, "柜子")


def test_moving_up_and_down_stays_among_siblings() -> None:
    campus, other = CampusFactory(), CampusFactory()
    first, elsewhere, second = building(campus, "一"), building(other, "别处"), building(campus, "二")
    floors = [below(second, f"{n} 层") for n in (1, 2, 3)]
    # When the second building goes up, past the one of another campus
    assert places.move(second, direction=places.UP)
    assert [p.name for p in places.siblings_of(first)] == ["二", "一"]
    # Then the first cannot go further up, and floors move among themselves
    assert not places.move(second, direction=places.UP)
    assert places.move(floors[2], direction=places.UP)
    second.refresh_from_db()
    assert names(second) == ["1 层", "3 层", "2 层"]
    assert elsewhere.campus_id == other.pk


def test_dropping_beside_another_floor_takes_the_rooms_along() -> None:
    campus = CampusFactory()
    one, two = building(campus, "一"), building(campus, "二")
    floor, target = below(one, "三层"), below(two, "一层")
    below(floor, "药房")
    places.move(floor, before=target)
    assert names(two) == ["三层", "一层"]
    assert names(Place.objects.get(pk=floor.pk)) == ["药房"]
    # And only beside what is of the same kind and campus
    with pytest.raises(PortalError):
        places.move(floor, after=two)
    with pytest.raises(PortalError):
        places.move(one, after=building(CampusFactory()))


def test_a_department_has_several_rooms_and_one_main() -> None:
    house = building()
    floor = below(house, "一层")
    here, there = below(floor, "诊区"), below(floor, "治疗室")
    department = DepartmentFactory(campus=house.campus)
    # When it is given two rooms, the second said to be the main one
    places.assign(here, [department])
    assert PlaceDepartment.objects.get(place=here).main_of_id == department.pk
    places.assign(there, [department], [department])
    # Then there is one main room and it comes first
    assert [spot.room for spot in place_queries.spots_of([department.pk])[department.pk]] == [there, here]
    # When the main room is deleted, the other takes its place
    places.delete(there)
    assert PlaceDepartment.objects.get(department=department).main_of_id == department.pk


def test_deleting_tells_what_goes_along() -> None:
    house = building()
    floor = below(house, "一层")
    places.assign(below(floor, "诊区"), [DepartmentFactory(campus=house.campus, name="骨科")])
    places.put_plan(floor, plans.blank())
    said = "；".join(places.uses_of(house))
    assert "1 个楼层" in said
    assert "1 个房间" in said
    assert "1 张楼层平面图" in said
    assert "骨科" in said
    places.delete(house)
    assert not Place.objects.exists()
    assert not FloorPlan.objects.exists()
    assert Department.objects.filter(name="骨科").exists()


def plan_of(floor: Place) -> FloorPlan:
    return places.put_plan(floor, plans.blank())


def test_the_editor_adds_changes_and_ties_rooms_at_once() -> None:
    floor = below(building(), "一层")
    department = DepartmentFactory(campus=floor.campus, code="X1")
    old = below(floor, "旧名")
    plan = plan_of(floor)
    # When the editor sends one new room and the old one under another name
    rooms = places.save_rooms(
        plan,
        [
            {"ref": old.ref, "name": "新名", "shape": None},
            {
                "ref": "",
                "name": "骨科诊区",
                "number": "101",
                "use": "clinic",
                "departments": ["X1", "没有"],
                "main": ["X1"],
                "shape": {"kind": "rect", "points": [[10, 10], [90, 60]]},
            },
        ],
        version=plan.version,
    )
    # Then both are there, and patients find the department
    assert [room.name for room in rooms] == ["新名", "骨科诊区"]
    assert place_queries.spots_of([department.pk])[department.pk][0].words.endswith("101 骨科诊区")
    # And who saves on top of an older state is told
    with pytest.raises(PortalError) as stale:
        places.save_rooms(plan, [], version=plan.version)
    assert stale.value.code == "plan_stale"


def test_what_the_editor_sends_wrong_is_named_by_row_and_nothing_is_written() -> None:
    floor = below(building(), "一层")
    plan = plan_of(floor)
    with pytest.raises(SeveralInvalid) as wrong:
        places.save_rooms(
            plan,
            [
                {"name": "好"},
                {"name": "", "shape": {"kind": "point", "points": [[5000, 1]]}},
                "胡闹",
                {"ref": "没有这个", "name": "x" * 99},
            ],
            version=plan.version,
        )
    assert {e.field for e in wrong.value.errors} == {"1.name", "1.shape", "2.name", "3.name"}
    assert not places.rooms_of(floor).exists()


def test_a_new_plan_of_another_size_keeps_the_shapes_in_proportion() -> None:
    floor = below(building(), "一层")
    plan = plan_of(floor)
    places.save_rooms(
        plan, [{"name": "诊区", "shape": {"kind": "point", "points": [[500, 320]]}}], version=plan.version
    )
    places.put_plan(floor, plans.Drawing(2000, 320, svg="<svg/>"))
    assert places.rooms_of(floor).get().shape["points"] == [[1000.0, 160.0]]


def test_a_closed_floor_hides_its_rooms() -> None:
    house = building()
    floor = below(house, "一层")
    room = below(floor, "诊区")
    department = DepartmentFactory(campus=house.campus)
    places.assign(room, [department])
    places.change(floor, is_active=False)
    assert place_queries.floor_view(floor.ref) is None
    assert place_queries.spots_of([department.pk]) == {}
    assert place_queries.room(room.ref) is None
    assert [node.children for node in place_queries.buildings()] == [[]]


def test_reading_costs_the_same_however_many_rooms() -> None:
    house = building()
    floor = below(house, "一层", number="1F")
    departments = [DepartmentFactory(campus=house.campus) for _ in range(6)]
    counts = []
    for some in (departments[:1], departments):
        for department in some:
            places.assign(below(floor, f"诊区 {department.name}"), [department])
        with CaptureQueriesContext(connection) as captured:
            view = place_queries.floor_view(floor.ref)
            assert view
            assert all(link.department.name for room in view.rooms for link in room.links.all())
            place_queries.buildings()
            place_queries.tree()
            place_queries.spots_of([d.pk for d in departments])
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("text", ["%", "_", "'", '" OR 1=1 --', "\\", "。"])
def test_signs_of_the_database_find_nothing(text: str) -> None:
    below(below(building(), "一层"), "药房", number="101")
    assert place_queries.find_rooms(text) == []


def test_a_room_is_found_by_name_number_and_initials() -> None:
    room = below(below(building(), "一层"), "西药房", number="101")
    for text in ("药房", "xyf", "101"):
        assert [spot.room for spot in place_queries.find_rooms(text)] == [room]
