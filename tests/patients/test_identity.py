"""GB 11643 and its neighbours: a sentence for each mistake."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from business.patients import identity
from business.security.errors import InvalidInput
from tests.factories import resident_id


def code_of(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        identity.check_resident_id(text)
    assert caught.value.field == "id_number"
    assert caught.value.sentence
    return caught.value.code


def sentence_of(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        identity.check_resident_id(text)
    return caught.value.sentence


@pytest.fixture(scope="module")
def good() -> str:
    return resident_id(7)


@pytest.mark.req("3.1")
@pytest.mark.parametrize("number", ["11010519491231002X", "34052419800101001X"])
def test_published_examples_of_the_standard_pass(number: str) -> None:
    found = identity.check_resident_id(number)

    assert found.number == number
    assert found.birth_date == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


@given(st.integers(0, 20_000), st.sampled_from(["male", "female"]))
def test_every_number_made_by_the_rule_passes_and_tells_gender(number: int, gender: str) -> None:
    text = resident_id(number, born=date(1930, 1, 1), gender=gender)

    assert identity.check_resident_id(text).gender == gender


@given(st.integers(0, 20_000), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: int, place: int, shift: int) -> None:
    text = resident_id(number)
    old = text[place]
    new = str((int(old) + shift) % 10) if old.isdigit() else str(shift)

    with pytest.raises(InvalidInput):
        identity.check_resident_id(text[:place] + new + text[place + 1 :])


@given(st.text(max_size=25))
def test_whatever_is_typed_gets_an_answer_and_never_a_crash(text: str) -> None:
    for check in (identity.check_resident_id, identity.check_name, identity.check_phone):
        try:
            check(text)
        except InvalidInput as problem:
            assert problem.sentence


@pytest.mark.req("3.1")
@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "id_empty", "请填写"),
        ("   ", "id_empty", "请填写"),
        ("4201061990030700", "id_length", "您填写了 16 位"),
        ("4201061990030700223", "id_length", "您填写了 19 位"),
        ("42010619900307O021", "id_character", "第 15 位是“O”"),
        ("4201061990030X0021", "id_character", "X 只能是最后一位"),
        ("420106199002300021", "id_birthday", "1990年2月30日不存在"),
        ("420106199013010021", "id_birthday", "1990年13月1日不存在"),
        ("420106189912310021", "id_too_early", "早于 1900 年"),
        ("420106299901010021", "id_future", "还没有到"),
        ("420106900307002", "id_old", "18 位"),
        ("420106901307002", "id_length", "您填写了 15 位"),
    ],
)
def test_each_mistake_has_its_own_sentence(text: str, code: str, says: str) -> None:
    assert code_of(text) == code
    assert says in sentence_of(text)


def test_a_wrong_check_digit_is_told_apart(good: str) -> None:
    wrong = good[:17] + ("1" if good[17] != "1" else "2")

    assert code_of(wrong) == "id_check_digit"


def test_tomorrow_is_the_future_and_today_is_not() -> None:
    today = timezone.localdate()

    assert identity.check_resident_id(resident_id(0, born=today)).birth_date == today
    assert code_of(resident_id(0, born=today + timedelta(days=1))) == "id_future"


def test_full_width_characters_blanks_and_a_small_x_are_taken() -> None:
    number = next(n for n in (resident_id(i) for i in range(100)) if n.endswith("X"))
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in number)

    for typed in (number.lower(), full_width, f" {number[:6]} {number[6:14]} {number[14:]} ", f"{number}\u200b"):
        assert identity.check_resident_id(typed).number == number


def test_an_old_number_is_answered_with_the_new_one() -> None:
    new = resident_id(3)
    old = new[:6] + new[8:17]

    assert identity.from_old(old) == new
    assert new in sentence_of(old)


def test_an_unusual_region_is_a_warning_only() -> None:
    strange = resident_id(1, region="990101")

    assert identity.check_resident_id(strange).region_known is False
    assert identity.region_warning(strange)
    assert identity.check_resident_id(resident_id(1, region="810000")).region_known is True


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("林晓雯", "林晓雯"),
        (" 林 晓雯 ", "林晓雯"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提"),
        ("John  Smith", "John Smith"),
        ("𠮷田", "𠮷田"),
        ("〇一", "〇一"),
    ],
)
def test_names_are_tidied(typed: str, name: str) -> None:
    assert identity.check_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name_empty"),
        ("林", "name_length"),
        ("林" * 31, "name_length"),
        ("林2", "name_digit"),
        ("林２", "name_digit"),
        ("林晓雯!", "name_character"),
        ("<b>林</b>", "name_character"),
        ("·林晓", "name_character"),
    ],
)
def test_names_that_no_card_has_are_refused(typed: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        identity.check_name(typed)
    assert (caught.value.code, caught.value.field) == (code, "name")


@pytest.mark.parametrize(
    "typed", ["13871326620", "+86 138 7132 6620", "0086-13871326620", "8613871326620", "１３８７１３２６６２０"]
)
def test_phones_are_tidied(typed: str) -> None:
    assert identity.check_phone(typed) == "13871326620"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "phone_empty"),
        ("1387132662", "phone_length"),
        ("12871326620", "phone_prefix"),
        ("1387132662a", "phone_character"),
        ("138713266201", "phone_length"),
    ],
)
def test_phones_that_do_not_ring_are_refused(typed: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        identity.check_phone(typed)
    assert (caught.value.code, caught.value.field) == (code, "phone")
