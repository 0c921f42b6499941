"""What patients see of places, departments, doctors and conditions, and what it costs."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blocks import search
from blocks.registry import block_classes
from business.hospital import conditions, places, plans
from business.hospital.models import Condition, Department, Place
from cms.pages.models import PortalPage
from tests.factories import CampusFactory, DepartmentFactory, DoctorFactory
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor(home: PortalPage) -> Place:
    """Give a drawn floor with one department on it."""
    campus = CampusFactory(name="主院区", code="A")
    building = places.add(campus=campus, parent=None, name="门诊楼")
    floor = places.add(campus=campus, parent=building, name="三层", number="3F")
    DepartmentFactory(name="消化内科", code="XH", campus=campus, location="门诊楼 3 层")
    plan = places.put_plan(floor, plans.blank())
    room = {
        "name": "消化内科",
        "number": "A 区",
        "way": "出电梯左转",
        "departments": ["XH"],
        "shape": {"kind": "rect", "points": [[10, 10], [200, 120]]},
    }
    toilet = {"name": "卫生间", "use": "toilet", "shape": {"kind": "point", "points": [[300, 50]]}}
    places.save_rooms(plan, [room, toilet], version=plan.version)
    make_page(home, "楼层导航", [block("floor_map")], slug="map", service_role="places.map")
    make_page(home, "选择医生", [], slug="doctors", service_role="registration.doctors")
    return floor


def xh() -> Department:
    return Department.objects.get(code="XH")


@pytest.mark.req("9.2")
class TestFloorMap:
    def test_a_department_is_marked_on_its_floor_and_told_in_words(self, floor: Place, client: Client) -> None:
        # When a patient comes from a booking of the department
        html = client.get("/map/", {"department": xh().ref}).content.decode()
        # Then its room is marked, in the drawing and in the list, with the way in words
        assert html.count("is-here") >= 2
        for words in ("门诊楼 3F A 区 消化内科", "出电梯左转", f"/doctors/?department={xh().ref}"):
            assert words in html

    def test_it_works_without_a_script(self, floor: Place, client: Client) -> None:
        html = client.get("/map/", {"q": "xhnk"}).content.decode()
        assert f"/map/?department={xh().ref}" in html
        assert "卫生间" in html
        assert "<polygon" in html

    @pytest.mark.parametrize(
        "query", ["floor=nobody", "room=nobody", "department=nobody", "campus=%00", "q=%25", "room="]
    )
    def test_what_nobody_has_shows_the_first_floor(self, floor: Place, client: Client, query: str) -> None:
        response = client.get(f"/map/?{query}")
        assert response.status_code in {200, 400}
        if response.status_code == 200:
            assert "主院区 门诊楼 3F" in response.content.decode()
            assert "is-here" not in response.content.decode()

    def test_a_floor_comes_as_a_public_fragment(self, floor: Place, client: Client) -> None:
        toilet = Place.objects.get(name="卫生间")
        response = client.get(f"/-/places/floor/{floor.ref}/", {"room": toilet.ref, "at": "/map/"})
        assert response.status_code == 200
        assert "public" in response["Cache-Control"]
        assert not response.cookies
        assert "is-here" in response.content.decode()
        assert client.get("/-/places/floor/nobody/").status_code == 404

    @pytest.mark.parametrize(
        "at", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
    )
    def test_a_fragment_leads_nowhere_else(self, floor: Place, client: Client, at: str) -> None:
        for url in (f"/-/places/floor/{floor.ref}/", "/-/places/find/"):
            html = client.get(url, {"at": at, "q": "消化"}).content.decode()
            assert "evil" not in html
            assert "javascript" not in html

    def test_a_department_without_a_room_says_where_his_knows_it(self, floor: Place, client: Client) -> None:
        other = DepartmentFactory(name="骨科", campus=floor.campus, location="门诊楼 2 层 B 区")
        html = client.get("/map/", {"department": other.ref}).content.decode()
        assert "门诊楼 2 层 B 区" in html
        assert "询问导诊台" in html

    def test_an_empty_hospital_says_so(self, home: PortalPage, client: Client) -> None:
        make_page(home, "楼层导航", [block("floor_map", {"empty_text": "正在绘制"})], slug="map")
        assert "正在绘制" in client.get("/map/").content.decode()

    def test_it_costs_the_same_however_many_rooms(self, floor: Place, client: Client) -> None:
        counts = []
        for batch in (1, 2, 12):  # the first fills what the process keeps
            for number in range(batch):
                room = places.add(campus=floor.campus, parent=floor, name=f"诊室 {batch}-{number}")
                places.assign(room, [DepartmentFactory(campus=floor.campus)])
            with CaptureQueriesContext(connection) as captured:
                client.get(f"/-/places/floor/{floor.ref}/")
                client.get("/-/places/find/", {"q": "消化"})
            counts.append(len(captured))
        assert counts[1] == counts[2]


class TestDirectory:
    @pytest.mark.req("6.1", "46.14")
    def test_departments_lead_to_booking_and_place_and_are_narrowed_by_campus(
        self, home: PortalPage, floor: Place, client: Client
    ) -> None:
        DepartmentFactory(name="骨科", campus=CampusFactory(name="滨江院区", code="B"))
        make_page(home, "科室", [block("department_directory")], slug="directory")
        html = client.get("/directory/").content.decode()
        assert "消化内科" in html
        assert "骨科" in html
        assert f"/map/?department={xh().ref}" in html
        narrowed = client.get("/directory/", {"campus": "A"}).content.decode()
        assert "骨科" not in narrowed
        found = client.get("/-/places/departments/", {"q": "gk"}).content.decode()
        assert "骨科" in found

    def test_it_costs_the_same_however_many_departments(self, home: PortalPage, floor: Place, client: Client) -> None:
        make_page(home, "科室", [block("department_directory"), block("doctor_showcase")], slug="directory")
        counts = []
        for number in (1, 2, 9):  # the first fills what the process keeps
            for _ in range(number):
                DoctorFactory(departments=[DepartmentFactory(campus=floor.campus)])
            client.get("/directory/")
            with CaptureQueriesContext(connection) as captured:
                client.get("/directory/", {"whole": "1"})
            counts.append(len(captured))
        assert counts[1] == counts[2]


class TestShowcase:
    @pytest.fixture
    def doctors(self, home: PortalPage) -> Any:
        group = DepartmentFactory(name="内科", code="NK", campus=None)
        inner = DepartmentFactory(name="消化内科", code="XH", parent=group)
        return [
            DoctorFactory(name="陈立群", code="D1", departments=[inner]),
            DoctorFactory(name="周雅琴", code="D2", departments=[inner, group]),
            DoctorFactory(name="赵启明", code="D3", departments=[DepartmentFactory(name="骨科", code="GK")]),
        ]

    @pytest.mark.req("6.1", "46.16")
    @pytest.mark.parametrize(
        ("value", "names"),
        [
            ({"source": "chosen", "doctors": ["D3", "D1", "gone"]}, ["赵启明", "陈立群"]),
            ({"source": "department", "department": "NK"}, ["陈立群", "周雅琴"]),
            ({"source": "department", "department": "gone"}, []),
            ({"source": "all", "limit": 2}, ["陈立群", "周雅琴"]),
        ],
    )
    def test_the_chosen_doctors_are_shown(
        self, home: PortalPage, doctors: Any, client: Client, value: dict[str, Any], names: list[str]
    ) -> None:
        make_page(home, "专家", [block("doctor_showcase", {"limit": 30, **value})], slug="experts")
        html = client.get("/experts/").content.decode()
        assert [name for name in ("陈立群", "周雅琴", "赵启明") if name in html] == sorted(
            names, key=["陈立群", "周雅琴", "赵启明"].index
        )
        if names:
            assert html.index(names[0]) < html.index(names[-1]) or len(names) == 1


class TestFinder:
    @pytest.fixture
    def page(self, home: PortalPage, floor: Place) -> PortalPage:
        conditions.save(Condition(name="胸痛", part="chest", is_emergency=True), [xh()], ["胸口痛"])
        conditions.save(Condition(name="胃痛", part="belly", advice="空腹来"), [xh()], ["胃胀"])
        return make_page(home, "症状", [block("condition_finder")], slug="symptoms", service_role="places.conditions")

    @pytest.mark.req("6.2")
    def test_a_sentence_leads_to_booking(self, page: PortalPage, client: Client) -> None:
        html = client.get("/symptoms/", {"symptom": "吃完饭胃胀", "whole": "1"}).content.decode()
        assert "空腹来" in html
        assert f"/doctors/?department={xh().ref}" in html
        assert "拨打 120" not in html

    @pytest.mark.req("6.2")
    def test_an_emergency_is_told_first(self, page: PortalPage, client: Client) -> None:
        html = client.get("/symptoms/", {"symptom": "突然胸口痛", "whole": "1"}).content.decode()
        assert html.index("拨打 120") < html.index("胸痛</h3>" if "胸痛</h3>" in html else "去挂号")
        assert 'role="alert"' in html

    def test_a_part_lists_its_conditions_and_nothing_found_says_so(self, page: PortalPage, client: Client) -> None:
        assert "胃痛" in client.get("/symptoms/", {"part": "belly", "whole": "1"}).content.decode()
        assert "没有找到对应的科室" in client.get("/symptoms/", {"symptom": "%_'", "whole": "1"}).content.decode()
        assert client.get("/symptoms/", {"symptom": "<script>x" * 50, "whole": "1"}).status_code == 200

    def test_the_fragment_is_public(self, page: PortalPage, client: Client) -> None:
        block_id = page.body[0].id
        response = client.get(f"/-/island/{page.pk}/{block_id}/", {"symptom": "胃痛"})
        assert "public" in response["Cache-Control"]


class TestSearch:
    @pytest.fixture
    def page(self, home: PortalPage, floor: Place) -> PortalPage:
        make_page(home, "核磁共振检查须知", [], slug="mri", search_description="检查前要摘掉金属")
        make_page(home, "确认", [], slug="confirm", service_role="registration.confirm")
        conditions.save(Condition(name="胃痛", part="belly"), [xh()], [])
        make_page(home, "症状", [block("condition_finder")], slug="symptoms", service_role="places.conditions")
        return make_page(home, "搜索", [block("search_results")], slug="search", service_role="search")

    def ask(self, client: Client, text: str) -> str:
        return client.get("/search/", {"q": text, "whole": "1"}).content.decode()

    @pytest.mark.req("G1.4")
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("消化", "消化内科"),
            ("xhnk", "消化内科"),
            ("我胃痛", "胃痛"),
            ("核磁", "/mri/"),
            ("金属", "/mri/"),
            ("核磁共振", "/mri/"),
        ],
    )
    def test_one_box_finds_departments_conditions_and_pages(
        self, page: PortalPage, client: Client, text: str, found: str
    ) -> None:
        assert found in self.ask(client, text)

    def test_part_of_what_was_typed_finds_a_page_too(self, page: PortalPage, client: Client) -> None:
        assert "/mri/" in self.ask(client, "核磁共振要多少钱")

    @pytest.mark.parametrize(
        "text", ["%", "_", "%%", "' OR '1'='1", "\\", "；--", "<script>alert(1)</script>", "\u202e"]
    )
    def test_signs_find_nothing_and_break_nothing(self, page: PortalPage, client: Client, text: str) -> None:
        html = self.ask(client, text)
        assert "/mri/" not in html
        assert "<script>alert" not in html

    def test_the_box_leads_to_the_results_and_hides_without_them(self, home: PortalPage, client: Client) -> None:
        make_page(home, "有搜索", [block("search_box", {"words": ["体检"]})], slug="box")
        assert "体检" not in client.get("/box/").content.decode()
        make_page(home, "搜索", [block("search_results")], slug="search", service_role="search")
        html = client.get("/box/", {"v": "2"}).content.decode()
        assert 'action="/search/"' in html
        assert "/search/?q=%E4%BD%93%E6%A3%80" in html

    def test_it_costs_the_same_however_much_is_found(self, page: PortalPage, home: PortalPage, client: Client) -> None:
        counts = []
        for batch in (1, 2, 6):  # the first fills what the process keeps
            for number in range(batch):
                DepartmentFactory(name=f"消化{batch}-{number}科")
                make_page(home, f"消化科普{batch}-{number}", [])
            self.ask(client, "消化")
            with CaptureQueriesContext(connection) as captured:
                self.ask(client, "消化")
            counts.append(len(captured))
        assert counts[1] == counts[2]

    def test_words_are_cleaned(self) -> None:
        assert search.cleaned("  核磁\x00 \n 共振  " + "长" * 99).startswith("核磁 共振 长")
        assert len(search.cleaned("长" * 99)) == search.LONGEST
        assert search.bigrams("腹部彩超") == ["腹部", "部彩", "彩超"]


def test_blocks_that_name_doctors_and_departments_say_so_for_bundles() -> None:
    showcase = block_classes()["doctor_showcase"]().child_blocks
    assert showcase["department"].refers_to == "hospital.Department"
    assert showcase["doctors"].child_block.refers_to == "hospital.Doctor"
