"""Every kind of document: its form, its checksum, what it tells, and a sentence for each mistake."""

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from business.patients import documents, identity
from business.patients.documents import IdType
from business.security.errors import InvalidInput
from tests.factories import resident_id

pytestmark = pytest.mark.req("3.1")

# The first two are examples of the standard.
GOOD = [
    (IdType.RESIDENT_ID, "34052419800101001X", date(1980, 1, 1), "male"),
    (IdType.RESIDENT_ID, "11010519491231002x", date(1949, 12, 31), "female"),
    (IdType.RESIDENCE_PERMIT, "810000199408230021", date(1994, 8, 23), "female"),
    (IdType.RESIDENCE_PERMIT, "830000199201300022", date(1992, 1, 30), "female"),
    (IdType.FOREIGN_PERMANENT, "911124198108030024", date(1981, 8, 3), "female"),
    (IdType.FOREIGN_PERMANENT, "usa310182032103", None, ""),
    (IdType.HK_MACAO_PERMIT, "h12345678", None, ""),
    (IdType.HK_MACAO_PERMIT, "M1234567801", None, ""),
    (IdType.TAIWAN_PERMIT, "12345678", None, ""),
    (IdType.TAIWAN_PERMIT, "1234567801(B)", None, ""),
    (IdType.PASSPORT, "E 1234 5678", None, ""),
    (IdType.PASSPORT, "AB12345", None, ""),
    (IdType.E_HEALTH_CARD, "0a" * 32 + ":1", None, ""),
    (IdType.E_INSURANCE, "420100D15600000500ABCDEF1234", None, ""),
    (IdType.BIRTH_CERTIFICATE, "u420123456", None, ""),
]
BAD = [
    # The number that WeChat's documents of medical insurance payment hash has no valid check digit.
    (IdType.RESIDENT_ID, "44030019000101123X", "校验不通过"),
    (IdType.RESIDENT_ID, "810000199408230021", "港澳台居民居住证"),
    (IdType.RESIDENT_ID, "911124198108030024", "外国人永久居留身份证"),
    (IdType.RESIDENCE_PERMIT, "44030019000101123X", "810000（香港）"),
    (IdType.RESIDENCE_PERMIT, "810000199408230022", "校验不通过"),
    (IdType.RESIDENCE_PERMIT, "81000019940823", "您填写了 14 位"),
    (IdType.HK_MACAO_PERMIT, "C12345678", "H 或 M"),
    (IdType.HK_MACAO_PERMIT, "H1234567", "H 或 M"),
    (IdType.TAIWAN_PERMIT, "1234567", "8 位数字"),
    (IdType.PASSPORT, "E123", "您填写了 4 位"),
    (IdType.PASSPORT, "护照12345", "字母和数字"),
    (IdType.FOREIGN_PERMANENT, "US3101820321034", "3 位字母"),
    (IdType.FOREIGN_PERMANENT, "811124198108030024", "以 9 开头"),
    (IdType.FOREIGN_PERMANENT, "911124198108030025", "校验不通过"),
    (IdType.E_HEALTH_CARD, "1234", "64 位"),
    (IdType.E_INSURANCE, "1234", "15–32 位"),
    (IdType.BIRTH_CERTIFICATE, "42012345", "1 位字母"),
]


@pytest.mark.parametrize(("kind", "typed", "born", "gender"), GOOD)
def test_a_right_number_passes_and_tells_what_it_can(kind, typed, born, gender) -> None:
    found = documents.check(kind, typed)

    assert (found.birth_date, found.gender) == (born, gender)
    assert found.number == found.number.upper()
    assert " " not in found.number
    assert found.tells_all == (born is not None)


@pytest.mark.parametrize(("kind", "typed", "says"), BAD)
def test_a_wrong_number_is_told_what_is_wrong_with_it(kind, typed, says) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        documents.check(kind, typed)

    assert caught.value.field == "id_number"


@pytest.mark.parametrize("kind", IdType.values)
def test_an_empty_number_is_asked_for(kind) -> None:
    with pytest.raises(InvalidInput, match="请填写"):
        documents.check(kind, " 　")


def test_an_unknown_kind_is_asked_for() -> None:
    with pytest.raises(InvalidInput, match="证件类型") as caught:
        documents.check("library_card", "1")
    assert caught.value.field == "id_type"


@given(st.sampled_from(IdType.values), st.text(max_size=70))
def test_whatever_is_typed_gets_a_document_or_a_sentence(kind, typed) -> None:
    try:
        found = documents.check(kind, typed)
    except InvalidInput as problem:
        assert problem.sentence
    else:
        # What passed is kept as it will be typed again: checking it once more changes nothing.
        assert documents.check(kind, found.number) == found


@given(st.integers(0, 20_000), st.sampled_from([8, 9]), st.integers(0, 17), st.integers(1, 9))
def test_checksums_notice_one_wrong_digit_in_every_number_of_the_resident_family(number, first, place, shift) -> None:
    kind = IdType.RESIDENCE_PERMIT if first == 8 else IdType.FOREIGN_PERMANENT
    good = resident_id(number, region="810000" if first == 8 else "911124")
    assert documents.check(kind, good).birth_date

    digit = str((int(good[place]) + shift) % 10) if good[place].isdigit() else str(shift)
    with pytest.raises(InvalidInput):
        documents.check(kind, good[:place] + digit + good[place + 1 :])


@given(st.integers(0, 9_999_999))
def test_equal_numbers_of_different_kinds_are_different_people(number) -> None:
    text = f"1{number:07d}"
    keys = {documents.check(kind, text).person_key for kind in (IdType.TAIWAN_PERMIT, IdType.PASSPORT)}

    assert len(keys) == 2


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("passport", "smith  john", "smith john"),
        ("passport", "O’Brien-Müller , Seán", "O'Brien-Müller, Seán"),
        ("passport", "Иванов Иван", "Иванов Иван"),
        ("passport", "金・正洙", "金·正洙"),
        ("passport", "Martin Luther King Jr.", "Martin Luther King Jr."),
        ("resident_id", "阿卜杜拉 • 买买提", "阿卜杜拉·买买提"),
        ("resident_id", "　林 晓雯 ", "林晓雯"),
    ],
)
def test_names_are_kept_as_the_document_writes_them(kind, typed, kept) -> None:
    assert documents.check_name(kind, typed) == kept
    assert documents.check_name(kind, kept) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        *(("passport", name) for name in ("J0hn", "-", "<b>", "A", "x" * 61)),
        *(("resident_id", name) for name in ("Müller", "·林", "林", "林" * 31)),
    ],
)
def test_what_is_no_name_gets_a_sentence(kind, typed) -> None:
    with pytest.raises(InvalidInput) as caught:
        documents.check_name(kind, typed)
    assert caught.value.field == "name"


@given(st.text(max_size=70))
def test_foreign_names_never_crash_and_stay_what_they_are(typed) -> None:
    try:
        kept = identity.check_foreign_name(typed)
    except InvalidInput:
        return
    assert identity.check_foreign_name(kept) == kept


@time_machine.travel("2026-11-23T09:00:00+08:00")
def test_birthdays_that_had_to_be_asked_are_checked() -> None:
    today = date(2026, 11, 23)
    assert documents.check_birth_date(today) == today
    for wrong in (None, today + timedelta(days=1), date(1870, 1, 1)):
        with pytest.raises(InvalidInput):
            documents.check_birth_date(wrong)
    assert documents.years_between(date(2020, 11, 24), today) == 5
    assert documents.years_between(date(2020, 11, 23), today) == 6
