"""Base data from HIS, over HTTP with the sandbox."""

from typing import Any

import pytest

from business.hospital import sync
from business.hospital.models import Campus, Department, Doctor
from business.integration import his
from business.integration.his import CampusFact, DepartmentFact, DoctorFact
from business.integration.outcomes import Unknown

pytestmark = pytest.mark.django_db


class FakeHis:
    """Lists what it is given."""

    def __init__(self, departments: list[DepartmentFact], doctors: list[DoctorFact] | None = None) -> None:
        self._departments = departments
        self._doctors = doctors if doctors is not None else [doctor("D1", ["A1"])]

    def campuses(self) -> list[CampusFact]:
        return [CampusFact("C1", "本部", "解放大道 1 号", "", None, None)]

    def departments(self) -> list[DepartmentFact]:
        return self._departments

    def doctors(self) -> list[DoctorFact]:
        return self._doctors


def department(code: str, parent: str = "", sort: int = 0, name: str = "", active: bool = True) -> DepartmentFact:
    return DepartmentFact(code, parent, name or f"科室{code}", "C1", "", "", sort, active)


def doctor(code: str, departments: list[str], name: str = "周明远") -> DoctorFact:
    return DoctorFact(code, name, "male", "主任医师", tuple(departments), "", 0, active=True)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(his, "client", lambda: FakeHis(*args, **kwargs))

    return put


def tree_as_mptt_builds_it() -> dict[str, tuple[int, ...]]:
    Department.objects.rebuild()
    return tree()


def tree() -> dict[str, tuple[int, ...]]:
    return {row.code: (row.tree_id, row.level, row.lft, row.rght) for row in Department.objects.all()}


@pytest.mark.req("1.2")
def test_the_whole_hospital_comes_over_http_and_a_second_time_changes_nothing(
    sandbox: Any, django_assert_max_num_queries: Any
) -> None:
    first = sync.sync_base()

    assert (first.campuses, first.departments, first.doctors) == (
        Campus.objects.count(),
        Department.objects.count(),
        Doctor.objects.count(),
    )
    assert first.campuses == 2
    assert first.departments >= 20
    assert first.doctors >= 60
    assert tree() == tree_as_mptt_builds_it()
    assert not Doctor.objects.filter(departments=None).exists()
    assert not Department.objects.filter(pinyin="").exists()
    with django_assert_max_num_queries(26):
        assert sync.sync_base() == sync.BaseSync(0, 0, 0)


def test_the_number_of_queries_does_not_grow_with_the_hospital(use: Any, django_assert_max_num_queries: Any) -> None:
    many = [department("G", sort=1)] + [department(f"A{n}", "G", n) for n in range(200)]
    use(many, [doctor(f"D{n}", [f"A{n}"]) for n in range(200)])

    with django_assert_max_num_queries(36):
        sync.sync_base()

    assert tree() == tree_as_mptt_builds_it()


def test_what_his_no_longer_lists_is_switched_off_and_kept(use: Any) -> None:
    use([department("A1"), department("A2")], [doctor("D1", ["A1"]), doctor("D2", ["A2"])])
    sync.sync_base()

    use([department("A1")], [doctor("D1", ["A1"])])
    result = sync.sync_base()

    assert result == sync.BaseSync(0, 1, 1)
    assert not Department.objects.get(code="A2").is_active
    gone = Doctor.objects.get(code="D2")
    assert not gone.is_active
    assert [d.code for d in gone.departments.all()] == ["A2"]


def test_a_department_that_moves_below_a_new_group_stays_the_same_row(use: Any) -> None:
    use([department("A1", sort=1), department("A2", sort=2)])
    sync.sync_base()
    before = Department.objects.get(code="A2")

    use([department("A1", sort=1), department("N", sort=3, name="新中心"), department("A2", "N", 2)])
    sync.sync_base()

    after = Department.objects.get(code="A2")
    assert (after.pk, after.ref) == (before.pk, before.ref)
    assert after.parent is not None
    assert after.parent.code == "N"
    assert tree() == tree_as_mptt_builds_it()


def test_a_doctor_changes_departments(use: Any) -> None:
    use([department("A1"), department("A2")], [doctor("D1", ["A1"])])
    sync.sync_base()

    use([department("A1"), department("A2")], [doctor("D1", ["A2"])])
    assert sync.sync_base().doctors == 1

    assert [d.code for d in Doctor.objects.get(code="D1").departments.all()] == ["A2"]


def test_a_changed_name_changes_the_pinyin(use: Any) -> None:
    use([department("A1", name="内科")])
    sync.sync_base()

    use([department("A1", name="消化内科")])
    sync.sync_base()

    assert Department.objects.get(code="A1").initials == "xhnk"


@pytest.mark.parametrize(
    "facts",
    [
        [department("A", "B", 1), department("B", "A", 2), department("A1", sort=3)],
        [department("A", "A", 1), department("A1", "nowhere", 2)],
    ],
    ids=["a circle", "its own parent, an unknown one"],
)
def test_a_strange_tree_loses_no_department(use: Any, facts: list[DepartmentFact]) -> None:
    use(facts)

    sync.sync_base()

    assert Department.objects.filter(is_active=True).count() == len(facts)
    assert tree() == tree_as_mptt_builds_it()


def test_an_empty_answer_is_not_believed(use: Any) -> None:
    use([department("A1")])
    sync.sync_base()

    use([])
    with pytest.raises(Unknown):
        sync.sync_base()

    assert Department.objects.get(code="A1").is_active
