"""From a patient's words to departments, and the table behind it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from business.hospital import conditions
from business.hospital.models import Condition, Department
from business.security.errors import InvalidInput, PortalError
from tests.factories import DepartmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("6.2")]


def condition(name: str, words: str = "", part: str = "whole", *departments: Department, **facts: object) -> Condition:
    members = list(departments) or [DepartmentFactory()]
    return conditions.save(Condition(name=name, part=part, **facts), members, conditions.words_of(words))


@pytest.fixture
def table() -> dict[str, Condition]:
    """Give three conditions."""
    return {
        "胸痛": condition("胸痛", "胸口痛、心口疼，胸闷", "chest", is_emergency=True),
        "发热": condition("发热", "发烧 、体温高", "whole"),
        "头痛": condition("头痛", "头疼", "head"),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("胸痛", ["胸痛"]),
        ("昨天晚上开始胸口痛，还有点发烧", ["胸痛", "发热"]),
        ("xt", ["胸痛"]),
        ("toutong", ["头痛"]),
        ("头", ["头痛"]),
        ("脚崴了", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("", []),
    ],
)
def test_a_word_in_a_sentence_pinyin_or_initials_find_it(
    table: dict[str, Condition], text: str, expected: list[str]
) -> None:
    assert [found.condition.name for found in conditions.find(text)] == expected


def test_the_word_by_which_it_was_found_is_told(table: dict[str, Condition]) -> None:
    assert conditions.find("我心口疼")[0].word == "心口疼"


def test_a_part_of_the_body_lists_its_conditions(table: dict[str, Condition]) -> None:
    assert [found.condition.name for found in conditions.find("", part="chest")] == ["胸痛"]
    assert conditions.find("", part="nowhere") == []


def test_only_open_departments_of_the_campus_are_named() -> None:
    here, there, closed = DepartmentFactory(), DepartmentFactory(), DepartmentFactory(is_active=False)
    condition("胃痛", "", "belly", here, there, closed)
    assert conditions.find("胃痛")[0].departments == [here, there]
    assert conditions.find("胃痛", campus_id=there.campus_id)[0].departments == [there]


def test_finding_costs_three_queries_however_many_conditions() -> None:
    counts = []
    for batch in (range(2), range(2, 12)):
        for n in batch:
            condition(f"疼{n}")
        with CaptureQueriesContext(connection) as captured:
            assert conditions.find("疼")
        counts.append(len(captured))
    assert counts == [3, 3]


def test_a_condition_needs_a_department() -> None:
    with pytest.raises(PortalError):
        conditions.save(Condition(name="无处可去"), [], [])


HEADER = "病症,其他说法,部位,科室,急症,就诊建议\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_spreadsheet_adds_and_changes_by_name(encoding: str) -> None:
    # Given one of two conditions already there
    bones, children = DepartmentFactory(name="骨科"), DepartmentFactory(name="儿内科", code="EK1")
    condition("骨折", "断骨")
    text = HEADER + "骨折,骨头断了、骨裂,四肢关节,骨科,是,不要移动伤处\n小儿发热,宝宝发烧,儿童,EK1,,\n"
    # When the file is imported
    done = conditions.import_csv(text.encode(encoding))
    # Then one is changed and one added
    assert (done.added, done.changed) == (1, 1)
    broken = Condition.objects.get(name="骨折")
    assert broken.is_emergency
    assert broken.part == "limbs"
    assert list(broken.departments.all()) == [bones]
    assert set(broken.words.values_list("word", flat=True)) == {"骨折", "骨头断了", "骨裂"}
    assert conditions.find("宝宝发烧")[0].departments == [children]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "列名"),
        ("名称,科室\n骨折,骨科\n".encode(), "缺少“病症”"),
        ((HEADER + "骨折,,,没有这科,,\n").encode(), "第 2 行：没有叫“没有这科”的科室"),
        ((HEADER + "骨折,,尾巴,骨科,,\n").encode(), "第 2 行：不认识部位“尾巴”"),
        ((HEADER + ",,,骨科,,\n").encode(), "第 2 行：没有写病症名称"),
        ((HEADER + "骨折,,,,,\n").encode(), "没有写科室"),
        (HEADER.encode(), "没有内容"),
        (b"\x00\x01\xff\xfe", "不是 CSV"),
        (b"PK\x03\x04\x00\x00", "不是 CSV"),
        (b"x" * (conditions.LONGEST_CSV + 1), "1 MB"),
    ],
)
def test_a_wrong_file_is_refused_whole_with_the_line(data: bytes, says: str) -> None:
    DepartmentFactory(name="骨科")
    with pytest.raises(InvalidInput) as refused:
        conditions.import_csv(data)
    assert says in refused.value.sentence
    assert not Condition.objects.exists()
