"""The desks of places, plans, conditions and department staff."""

import io
import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from business.hospital import place_queries, places, plans
from business.hospital.models import Condition, DepartmentGroup, FloorPlan, Place
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from tests.factories import CampusFactory, DepartmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.25", "46.26", "46.27")]

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 500">'
    b'<script>alert(1)</script><rect width="9" height="9"/></svg>'
)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    """Keep uploads out of the way."""
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def floor() -> Place:
    """Give a floor without a plan."""
    building = places.add(campus=CampusFactory(name="主院区"), parent=None, name="门诊楼")
    return places.add(campus=building.campus, parent=building, name="三层", number="3F")


def picture(width: int = 60, height: int = 40) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(buffer, "PNG")
    return buffer.getvalue()


def edit(client: Client, place: Place, **more: Any) -> Any:
    facts = {"name": place.name, "number": place.number, "way": "", "hours": "", "is_active": "on", **more}
    return client.post(reverse("desk_places:edit", args=[place.pk]), facts)


def test_an_editor_adds_building_floor_and_room(as_role: Any) -> None:
    # Given a campus
    campus, client = CampusFactory(), as_role(EDITOR)
    add = reverse("desk_places:add")
    # When an editor adds one below the other
    client.post(add, {"campus": campus.pk, "name": "门诊楼", "number": "", "is_active": "on"})
    building = Place.objects.get()
    client.post(f"{add}?parent={building.pk}", {"name": "三层", "number": "3F", "is_active": "on"})
    floor = Place.objects.get(kind="floor")
    department = DepartmentFactory(campus=campus)
    client.post(
        f"{add}?parent={floor.pk}",
        {"name": "消化内科", "number": "A 区", "use": "clinic", "is_active": "on", "departments": [department.pk]},
    )
    # Then the tree shows all three, and the department is found there
    page = client.get(reverse("desk_places:index")).content.decode()
    for words in ("门诊楼", "3F 三层", "A 区 消化内科"):
        assert words in page
    assert place_queries.spots_of([department.pk])[department.pk][0].is_main
    assert AuditEvent.objects.filter(event="record.created").count() == 3


def test_a_floor_needs_its_label_and_keeps_what_was_typed(as_role: Any, floor: Place) -> None:
    answer = edit(as_role(EDITOR), floor, name="改过的名字", number="")
    assert answer.status_code == 200
    assert "改过的名字" in answer.content.decode()
    floor.refresh_from_db()
    assert floor.name == "三层"


def test_nothing_hangs_below_a_room_or_nowhere(as_role: Any, floor: Place) -> None:
    client = as_role(EDITOR)
    room = places.add(campus=floor.campus, parent=floor, name="药房")
    for asked in (room.pk, 999999, "x", "-1"):
        assert client.get(reverse("desk_places:add"), {"parent": asked}).status_code == 404


@pytest.mark.req("9.2")
@pytest.mark.parametrize(("name", "data"), [("plan.svg", SVG), ("plan.png", picture())])
def test_an_uploaded_plan_is_cleaned_and_shown(as_role: Any, floor: Place, name: str, data: bytes) -> None:
    client = as_role(EDITOR)
    answer = edit(client, floor, plan_file=SimpleUploadedFile(name, data))
    plan = FloorPlan.objects.get(floor=floor)
    # Then the editor of the plan opens, and the drawing is served harmless
    assert answer["Location"] == reverse("desk_plans:inspect", args=[plan.pk])
    drawing = Client().get(reverse("places-plan", args=[floor.ref, plan.version]))
    assert drawing.status_code == 200
    assert b"script" not in drawing.content
    assert "sandbox" in drawing["Content-Security-Policy"]
    assert drawing["Content-Type"].startswith("image/")
    assert "max-age=31536000" in drawing["Cache-Control"]


@pytest.mark.req("9.2")
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.4", "打不开"),
        (b"<svg><script/></svg>", "没有写明大小"),
        (b'<!DOCTYPE s [<!ENTITY a "aaaa">]><svg viewBox="0 0 1 1">&a;</svg>', "实体"),
    ],
)
def test_a_bad_plan_is_refused_at_its_field(as_role: Any, floor: Place, data: bytes, says: str) -> None:
    answer = edit(as_role(EDITOR), floor, plan_file=SimpleUploadedFile("plan.svg", data), way="从南门进")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert says in text
    assert "从南门进" in text
    assert not FloorPlan.objects.exists()


def test_order_changes_by_button_and_by_dragging(as_role: Any, floor: Place) -> None:
    client = as_role(EDITOR)
    one, two, three = (places.add(campus=floor.campus, parent=floor, name=name) for name in "甲乙丙")
    client.post(reverse("desk_places:act", args=[three.pk]), {"direction": "up"})
    assert [room.name for room in places.rooms_of(floor)] == ["甲", "丙", "乙"]
    fetch = {"HTTP_X_REQUESTED_WITH": "fetch"}
    assert client.post(reverse("desk_places:act", args=[two.pk]), {"before": one.pk}, **fetch).json() == {"moved": True}
    assert [room.name for room in places.rooms_of(floor)] == ["乙", "甲", "丙"]
    refused = client.post(reverse("desk_places:act", args=[two.pk]), {"before": floor.pk}, **fetch)
    assert refused.status_code == 422
    assert "同一级别" in refused.json()["error"]
    assert client.post(reverse("desk_places:act", args=[two.pk]), {}).status_code == 302


def test_deleting_warns_and_then_deletes(as_role: Any, floor: Place) -> None:
    client = as_role(EDITOR)
    places.assign(
        places.add(campus=floor.campus, parent=floor, name="诊区"),
        [DepartmentFactory(name="骨科", campus=floor.campus)],
    )
    url = reverse("desk_places:delete", args=[floor.pk])
    assert "骨科" in client.get(url).content.decode()
    client.post(url)
    assert not Place.objects.filter(kind="floor").exists()
    assert AuditEvent.objects.filter(event="record.deleted").exists()


class TestPlan:
    """The editor of a plan."""

    @pytest.fixture
    def plan(self, floor: Place) -> FloorPlan:
        return places.put_plan(floor, plans.blank())

    def save(self, client: Client, plan: FloorPlan, body: Any) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return client.post(reverse("desk_plans:act", args=[plan.pk]), data, content_type="application/json")

    def test_what_is_drawn_is_saved_and_answered(self, as_role: Any, plan: FloorPlan) -> None:
        department = DepartmentFactory(campus=plan.floor.campus)
        room = {
            "ref": "",
            "name": "骨科",
            "shape": {"kind": "rect", "points": [[10, 10], [200, 90]]},
            "departments": [department.code],
        }
        answer = self.save(as_role(EDITOR), plan, {"version": plan.version, "rooms": [room]})
        assert answer.status_code == 200
        assert answer.json()["rooms"][0]["ref"]
        assert answer.json()["version"] != plan.version
        assert AuditEvent.objects.filter(event="record.changed").exists()
        assert place_queries.spots_of([department.pk])

    def test_what_is_wrong_is_named_by_row(self, as_role: Any, plan: FloorPlan) -> None:
        answer = self.save(as_role(EDITOR), plan, {"version": plan.version, "rooms": [{"name": ""}]})
        assert answer.status_code == 422
        assert answer.json()["fields"] == {"0.name": "请填写名称"}

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"version": 1}', b"[" * 100_000, b" " * 1_000_001])
    def test_nonsense_is_refused(self, as_role: Any, plan: FloorPlan, body: bytes) -> None:
        assert self.save(as_role(EDITOR), plan, body).status_code == 400

    def test_two_editors_at_once(self, as_role: Any, plan: FloorPlan) -> None:
        client = as_role(EDITOR)
        self.save(client, plan, {"version": plan.version, "rooms": []})
        second = self.save(client, plan, {"version": plan.version, "rooms": []})
        assert second.status_code == 422
        assert "刚刚" in second.json()["error"]

    def test_finance_saves_nothing(self, as_role: Any, plan: FloorPlan) -> None:
        answer = self.save(as_role(FINANCE), plan, {"version": plan.version, "rooms": [{"name": "x"}]})
        assert answer.status_code == 302
        assert not places.rooms_of(plan.floor).exists()

    def test_names_cannot_break_out_of_the_page(self, as_role: Any, plan: FloorPlan) -> None:
        places.add(campus=plan.floor.campus, parent=plan.floor, name="</script><script>alert(1)</script>")
        html = as_role(EDITOR).get(reverse("desk_plans:inspect", args=[plan.pk])).content.decode()
        assert "<script>alert(1)" not in html
        # And the editor's script waits for the page: it stands in the head
        assert re.search(r'plan-editor[^"]*\.js" defer', html)


class TestConditions:
    """The table of conditions."""

    def facts(self, **more: Any) -> dict[str, Any]:
        return {
            "name": "胸痛",
            "part": "chest",
            "advice": "",
            "sort": "1",
            "is_active": "on",
            "other_words": "",
            **more,
        }

    def test_one_is_added_with_its_words(self, as_role: Any) -> None:
        department = DepartmentFactory()
        facts = self.facts(departments=[department.pk], other_words="心口疼、胸闷")
        as_role(EDITOR).post(reverse("desk_conditions:add"), facts)
        assert set(Condition.objects.get().words.values_list("word", flat=True)) == {"胸痛", "心口疼", "胸闷"}

    def test_one_without_a_department_or_twice_is_refused(self, as_role: Any) -> None:
        client, department = as_role(EDITOR), DepartmentFactory()
        assert "至少选择一个科室" in client.post(reverse("desk_conditions:add"), self.facts()).content.decode()
        for _again in range(2):
            answer = client.post(reverse("desk_conditions:add"), self.facts(departments=[department.pk]))
        assert "已有这个病症" in answer.content.decode()
        assert Condition.objects.count() == 1

    def test_a_spreadsheet_is_imported_or_refused_with_the_line(self, as_role: Any) -> None:
        DepartmentFactory(name="骨科")
        client, url = as_role(EDITOR), reverse("desk_conditions:import")
        bad = SimpleUploadedFile("a.csv", "病症,科室\n骨折,没有\n".encode())
        answer = client.post(url, {"file": bad})
        assert answer.status_code == 422
        assert "第 2 行" in answer.content.decode()
        client.post(url, {"file": SimpleUploadedFile("a.csv", "病症,科室\n骨折,骨科\n".encode())})
        assert Condition.objects.get().name == "骨折"
        assert AuditEvent.objects.filter(object_type="hospital.Condition").exists()


def test_lists_cost_the_same_however_long(as_role: Any) -> None:
    from tests.backoffice import builders

    client = as_role(ADMINISTRATOR)
    for name in ("desk_places", "desk_plans", "desk_conditions", "desk_department_staff"):
        counts = []
        for _more in range(2):
            builders.place()
            builders.place()
            client.get(reverse(f"{name}:index"))
            with CaptureQueriesContext(connection) as captured:
                assert client.get(reverse(f"{name}:index")).status_code == 200
            counts.append(len(captured))
        assert counts[0] == counts[1], name


def test_staff_of_a_department_are_assigned(as_role: Any) -> None:
    from tests.backoffice import builders

    department, user = DepartmentFactory(), builders.staff()
    client = as_role(ADMINISTRATOR)
    client.post(reverse("desk_department_staff:add"), {"department": department.pk, "members": [user.pk]})
    row = DepartmentGroup.objects.get()
    assert list(row.group.user_set.all()) == [user]
    # And taken away again, with a trace of both
    client.post(reverse("desk_department_staff:edit", args=[row.pk]), {"department": department.pk})
    assert not row.group.user_set.exists()
    assert AuditEvent.objects.filter(event="user.groups").count() >= 2
