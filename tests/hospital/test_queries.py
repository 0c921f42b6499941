"""The department tree and search."""

from typing import Any

import pytest

from business.hospital import queries
from business.hospital.models import Department
from business.security.errors import NotFoundError
from tests.factories import CampusFactory, DepartmentFactory, DoctorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital() -> dict[str, Department]:
    here, there = CampusFactory(name="本部"), CampusFactory(name="光谷院区")
    internal = DepartmentFactory(name="内科", campus=None, sort=1)
    surgery = DepartmentFactory(name="外科", campus=None, sort=2)
    gastro = DepartmentFactory(name="消化内科", parent=internal, campus=here, sort=1)
    DepartmentFactory(name="呼吸与危重症医学科", parent=internal, campus=here, sort=2)
    DepartmentFactory(name="骨科", parent=surgery, campus=there, sort=1)
    DepartmentFactory(name="已停科室", parent=surgery, campus=there, sort=2, is_active=False)
    DoctorFactory(name="周明远", specialty="消化道早癌的内镜诊治", departments=[gastro])
    DoctorFactory(name="肖华", specialty="关节置换", departments=[Department.objects.get(name="骨科")])
    return {row.name: row for row in Department.objects.all()}


def names(nodes: list[queries.DepartmentNode]) -> list[Any]:
    return [(node.department.name, names(node.children)) if node.children else node.department.name for node in nodes]


def test_the_tree_has_two_levels_and_takes_one_query(
    hospital: dict[str, Department], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        tree = queries.department_tree()

    assert names(tree) == [("内科", ["消化内科", "呼吸与危重症医学科"]), ("外科", ["骨科"])]


def test_a_campus_shows_only_its_own_departments(hospital: dict[str, Department]) -> None:
    assert names(queries.department_tree(hospital["骨科"].campus)) == [("外科", ["骨科"])]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("消化", "消化内科"),
        ("消化内科", "消化内科"),
        ("xhnk", "消化内科"),
        ("XHNK", "消化内科"),
        ("xh", "消化内科"),
        ("xiaohua", "消化内科"),
        ("xiao hua", "消化内科"),
        ("消化nk", "消化内科"),
        ("消化neike", "消化内科"),
        ("危重", "呼吸与危重症医学科"),
        ("wzz", "呼吸与危重症医学科"),
        ("gk", "骨科"),
        ("古科", "骨科"),
    ],
)
def test_a_department_is_found_by_name_sound_or_initials(
    hospital: dict[str, Department], text: str, first: str
) -> None:
    found = queries.search(text)

    assert [row.name for row in found.departments][:1] == [first]


@pytest.mark.parametrize(
    ("text", "doctor"), [("周明", "周明远"), ("zmy", "周明远"), ("早癌", "周明远"), ("xiaohua", "肖华")]
)
def test_a_doctor_is_found_by_name_sound_initials_or_specialty(
    hospital: dict[str, Department], text: str, doctor: str
) -> None:
    assert doctor in [row.name for row in queries.search(text).doctors]


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "不存在的科", "zzzz", "'; --"])
def test_nothing_is_found_for_nothing(hospital: dict[str, Department], text: str) -> None:
    assert not queries.search(text)


def test_search_leaves_out_what_is_closed_and_keeps_to_the_campus(hospital: dict[str, Department]) -> None:
    assert not queries.search("已停科室")
    there = hospital["骨科"].campus

    found = queries.search("xiaohua", campus=there)

    assert ([d.name for d in found.departments], [d.name for d in found.doctors]) == ([], ["肖华"])


def test_search_takes_three_queries_however_much_it_finds(
    hospital: dict[str, Department], django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        DoctorFactory(name="周明远", departments=[hospital["消化内科"]])

    with django_assert_max_num_queries(3):
        found = queries.search("周明远", limit=10)
        assert [list(doctor.departments.all()) for doctor in found.doctors] == [[hospital["消化内科"]]] * 10


def test_a_closed_department_is_not_given_out(hospital: dict[str, Department]) -> None:
    assert queries.get_department(hospital["骨科"].ref) == hospital["骨科"]
    with pytest.raises(NotFoundError):
        queries.get_department(hospital["已停科室"].ref)
    with pytest.raises(NotFoundError):
        queries.get_doctor("nobody")
