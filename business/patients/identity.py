"""What a person types of themselves, checked: name, resident ID number (GB 11643), phone number.

Every mistake has a sentence of its own that says what to do. Each check returns the tidied value or raises
``InvalidInput``.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from business.security.errors import InvalidInput

ID_LENGTH = 18
OLD_ID_LENGTH = 15
FIRST_YEAR = 1900
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
NAME_SHORTEST, NAME_LONGEST = 2, 30
FOREIGN_LONGEST = 60
PHONE_LENGTH = 11
# GB/T 2260, first two digits; 81–83 are residence permits of Hong Kong, Macao and Taiwan residents. Codes change and a
# person born under an old one keeps it, so an unknown prefix is a warning and never a refusal.
REGIONS = frozenset(
    str(code)
    for block in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84))
    for code in range(*block)
)

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_FOREIGN_DOTS = re.compile(r"[•・･\u2022\u2027\u30fb]")
_DOTS = re.compile(r"[•・･.\u2022\u2027\u30fb]")
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NAME = re.compile(f"[{_HAN}A-Za-z]+(?:[· ][{_HAN}A-Za-z]+)*")
_LETTER = r"[^\W\d_]"
_FOREIGN_NAME = re.compile(rf"{_LETTER}+(?:(?:[ '·\-]|, ?|\. ?){_LETTER}+)*\.?")
_HAN_CHARACTER = re.compile(f"[{_HAN}]")


@dataclass(frozen=True)
class ResidentId:
    """A resident ID number that passed every check, and what it tells."""

    number: str
    birth_date: date
    gender: str
    region_known: bool


def tidy(text: str) -> str:
    """Turn full-width characters into half-width ones; drop what cannot be seen, and blanks at the ends."""
    return _INVISIBLE.sub("", text.translate(_FULL_WIDTH)).strip()


def check_digit(first_seventeen: str) -> str:
    """Return the 18th character of a number."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11]


def from_old(fifteen: str) -> str:
    """Return the 18 digits of an old 15-digit number, which left out the century."""
    seventeen = f"{fifteen[:6]}19{fifteen[6:]}"
    return seventeen + check_digit(seventeen)


def birth_date_of(number: str) -> date:
    """Return the birthday inside a checked number."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def gender_of(number: str) -> str:
    """Return ``male`` or ``female`` from a checked number."""
    return "male" if int(number[16]) % 2 else "female"


def _wrong_id(code: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field="id_number", code=code)


def check_resident_id(text: str) -> ResidentId:
    """Check a resident ID number as typed (GB 11643-1999)."""
    number = re.sub(r"[\s\-]", "", tidy(text)).upper()
    if not number:
        raise _wrong_id("id_empty", "请填写身份证号")
    _check_characters(number)
    if len(number) == OLD_ID_LENGTH:
        _refuse_old(number)
    if len(number) != ID_LENGTH:
        raise _wrong_id("id_length", f"身份证号应为 18 位，您填写了 {len(number)} 位")
    birthday = _check_birthday(number)
    expected = check_digit(number[:17])
    if number[17] != expected:
        raise _wrong_id("id_check_digit", "身份证号校验不通过，可能有一位填错了，请对照证件逐位核对")
    return ResidentId(number, birthday, gender_of(number), number[:2] in REGIONS)


def _check_characters(number: str) -> None:
    for place, character in enumerate(number, start=1):
        if character.isascii() and character.isdigit():
            continue
        if character == "X" and place == len(number):
            continue
        if character == "X":
            raise _wrong_id("id_character", f"身份证号中的 X 只能是最后一位，您填写在第 {place} 位")
        raise _wrong_id("id_character", f"身份证号只能由数字和末位的 X 组成，第 {place} 位是“{character}”")


def _refuse_old(number: str) -> None:
    try:
        date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    except ValueError:
        return  # not an old number either: the sentence about its length helps more
    if not number.isdigit():
        return
    raise _wrong_id(
        "id_old", f"这是 15 位的旧身份证号，请填写 18 位号码（按旧号推算为 {from_old(number)}，请与现用身份证核对）"
    )


def _check_birthday(number: str) -> date:
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    words = f"{year}年{month}月{day}日"
    if year < FIRST_YEAR:
        raise _wrong_id("id_too_early", f"身份证号中的出生日期是 {words}，早于 1900 年，请核对第 7–10 位")
    try:
        birthday = date(year, month, day)
    except ValueError:
        raise _wrong_id("id_birthday", f"身份证号中的出生日期 {words}不存在，请核对第 7–14 位") from None
    if birthday > timezone.localdate():
        raise _wrong_id("id_future", f"身份证号中的出生日期是 {words}，还没有到，请核对第 7–14 位")
    return birthday


def region_warning(number: str) -> str:
    """Return a sentence for an unusual region prefix, empty for a usual one; never a reason to refuse."""
    return "" if number[:2] in REGIONS else "身份证号开头的地区代码不常见，请再核对一遍"


def check_name(text: str) -> str:
    """Check a name as on the ID card: 2–30 Chinese characters or letters, with a middle dot where it has one."""
    name = re.sub(r"\s+", " ", _DOTS.sub("·", tidy(text)))
    name = re.sub(r" ?· ?", "·", name)
    if _HAN_CHARACTER.search(name):
        name = name.replace(" ", "")
    if not name:
        raise InvalidInput("请填写姓名", field="name", code="name_empty")
    if any(character.isdigit() for character in name):
        raise InvalidInput("姓名中不能有数字，请按证件上的姓名填写", field="name", code="name_digit")
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "姓名只能由汉字、字母和中间的“·”组成，请按证件上的姓名填写", field="name", code="name_character"
        )
    if not NAME_SHORTEST <= len(name) <= NAME_LONGEST:
        raise InvalidInput(f"姓名应为 2–30 个字，您填写了 {len(name)} 个字", field="name", code="name_length")
    return name


def check_foreign_name(text: str) -> str:
    """Check a name as a passport writes it: letters of any script, with blank, hyphen, apostrophe, comma or dot."""
    name = re.sub(r"\s+", " ", re.sub("[‘’ʼ`´]", "'", re.sub("[‐‑–—－]", "-", _FOREIGN_DOTS.sub("·", tidy(text)))))
    name = re.sub(r" ?([·,\-]) ?", lambda found: ", " if found[1] == "," else found[1], name)
    if not name:
        raise InvalidInput("请填写姓名", field="name", code="name_empty")
    if any(character.isdigit() for character in name):
        raise InvalidInput("姓名中不能有数字，请按证件上的姓名填写", field="name", code="name_digit")
    if not _FOREIGN_NAME.fullmatch(name):
        raise InvalidInput(
            "姓名只能由文字、空格和 - ' , . · 组成，请按证件上的顺序填写，例如 SMITH JOHN",
            field="name",
            code="name_character",
        )
    if not NAME_SHORTEST <= len(name) <= FOREIGN_LONGEST:
        raise InvalidInput(f"姓名应为 2–60 个字符，您填写了 {len(name)} 个", field="name", code="name_length")
    return name


def check_phone(text: str) -> str:
    """Check a mainland mobile number; a prefix +86 and separators are dropped."""
    phone = re.sub(r"[\s\-()]", "", tidy(text))
    phone = re.sub(r"^(?:\+|00)86", "", phone)
    if len(phone) == PHONE_LENGTH + 2 and phone.startswith("86"):
        phone = phone[2:]
    if not phone:
        raise InvalidInput("请填写手机号", field="phone", code="phone_empty")
    if not (phone.isascii() and phone.isdigit()):
        raise InvalidInput("手机号只能是数字", field="phone", code="phone_character")
    if len(phone) != PHONE_LENGTH:
        raise InvalidInput(f"手机号应为 11 位，您填写了 {len(phone)} 位", field="phone", code="phone_length")
    if not re.match(r"1[3-9]", phone):
        raise InvalidInput("手机号应以 13–19 开头，请核对", field="phone", code="phone_prefix")
    return phone
