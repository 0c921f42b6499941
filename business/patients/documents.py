"""Identity documents: what each number looks like, what it tells of its holder, and a sentence for each mistake.

Strict where the number checks itself (GB 11643 and its kin), lenient elsewhere: a foreigner who is wrongly refused
cannot see a doctor (protocols of the field agree). Each check returns a :class:`Document` or raises ``InvalidInput``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from business.patients import identity
from business.security.errors import InvalidInput

MALE, FEMALE = "male", "female"
OLDEST_YEARS = 150
RESIDENCE_PREFIXES = {"810000": "香港", "820000": "澳门", "830000": "台湾"}
MAINLAND = "resident_id"


class IdType(models.TextChoices):
    """Kinds of identity document, the usual one first."""

    RESIDENT_ID = MAINLAND, _("居民身份证")
    RESIDENCE_PERMIT = "residence_permit", _("港澳台居民居住证")
    HK_MACAO_PERMIT = "hk_macao_permit", _("港澳居民来往内地通行证")
    TAIWAN_PERMIT = "taiwan_permit", _("台湾居民来往大陆通行证")
    PASSPORT = "passport", _("护照")
    FOREIGN_PERMANENT = "foreign_permanent", _("外国人永久居留身份证")
    E_HEALTH_CARD = "e_health_card", _("电子健康卡")
    E_INSURANCE = "e_insurance", _("医保电子凭证")
    BIRTH_CERTIFICATE = "birth_certificate", _("出生医学证明（儿童无证件号）")


class Gender(models.TextChoices):
    """What documents tell."""

    MALE = MALE, _("男")
    FEMALE = FEMALE, _("女")


@dataclass(frozen=True)
class Document:
    """A number that passed its checks; birthday and sex where the number tells them."""

    kind: str
    number: str
    birth_date: date | None = None
    gender: str = ""

    @property
    def tells_all(self) -> bool:
        """Whether nothing needs to be asked besides."""
        return self.birth_date is not None and bool(self.gender)

    @property
    def person_key(self) -> str:
        """What identifies the holder: equal numbers of different kinds are different people.

        The three kinds that share one numbering (GB 11643) share one key, so that a person stays the same.
        """
        return self.number if self.tells_all else f"{self.kind}:{self.number}"


def _wrong(code: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field="id_number", code=code)


def tidy_number(text: str) -> str:
    """Return a number as it is kept: half width, upper case, without blanks and dashes."""
    return re.sub(r"[\s\-－—]", "", identity.tidy(text)).upper()


def _filled(text: str, name: str) -> str:
    number = tidy_number(text)
    if not number:
        raise _wrong("id_empty", f"请填写{name}号码")
    return number


def _gb11643(kind: str, number: str) -> Document:
    """Check the 18 digits of a number of the resident family."""
    checked = identity.check_resident_id(number)
    return Document(kind, checked.number, checked.birth_date, checked.gender)


def _resident(text: str) -> Document:
    document = _gb11643(IdType.RESIDENT_ID, tidy_number(text))
    if document.number[:6] in RESIDENCE_PREFIXES:
        raise _wrong("id_other_kind", "这是港澳台居民居住证的号码，请把证件类型改为“港澳台居民居住证”")
    if document.number.startswith("9"):
        raise _wrong("id_other_kind", "这是外国人永久居留身份证的号码，请把证件类型改为“外国人永久居留身份证”")
    return document


def _residence_permit(text: str) -> Document:
    number = _filled(text, "居住证")
    if len(number) == identity.ID_LENGTH and number[:-1].isdigit():
        if number[:6] not in RESIDENCE_PREFIXES:
            raise _wrong("id_prefix", "居住证号码应以 810000（香港）、820000（澳门）或 830000（台湾）开头，请核对")
        return _gb11643(IdType.RESIDENCE_PERMIT, number)
    raise _wrong("id_length", f"居住证号码应为 18 位，末位可以是 X，您填写了 {len(number)} 位")


def _hk_macao(text: str) -> Document:
    number = _filled(text, "通行证")
    if not re.fullmatch(r"[HM]\d{8}(?:\d{2})?", number):
        raise _wrong("id_format", "港澳居民来往内地通行证号码应为 H 或 M 加 8 位数字（旧证 10 位），请核对")
    return Document(IdType.HK_MACAO_PERMIT, number)


def _taiwan(text: str) -> Document:
    # Old permits print a letter in brackets behind the number; it is not part of it.
    number = re.sub(r"[(（][A-Z][)）]$", "", _filled(text, "通行证"))
    if not re.fullmatch(r"\d{8}(?:\d{2})?", number):
        raise _wrong("id_format", "台湾居民来往大陆通行证号码应为 8 位数字（旧证 10 位），请核对")
    return Document(IdType.TAIWAN_PERMIT, number)


def _passport(text: str) -> Document:
    number = _filled(text, "护照")
    if not re.fullmatch(r"[A-Z0-9]+", number):
        raise _wrong("id_character", "护照号码只能由字母和数字组成，请核对")
    if not 5 <= len(number) <= 18:  # noqa: PLR2004  # what passports of the world have
        raise _wrong("id_length", f"护照号码应为 5–18 位，您填写了 {len(number)} 位")
    return Document(IdType.PASSPORT, number)


def _foreign_permanent(text: str) -> Document:
    number = _filled(text, "永久居留身份证")
    if number[:1].isalpha():
        if not re.fullmatch(r"[A-Z]{3}\d{12}", number):
            raise _wrong("id_format", "旧版永久居留证号码应为 3 位字母加 12 位数字，请核对")
        return Document(IdType.FOREIGN_PERMANENT, number)
    if not number.startswith("9"):
        raise _wrong("id_format", "新版永久居留身份证号码是以 9 开头的 18 位，旧版是 3 位字母加 12 位数字，请核对")
    return _gb11643(IdType.FOREIGN_PERMANENT, number)


def _e_health_card(text: str) -> Document:
    # A scanned code has ":" and a mark behind the 64 digits.
    number = re.sub(r":[01].*$", "", _filled(text, "电子健康卡"))
    if not re.fullmatch(r"[0-9A-F]{64}", number):
        raise _wrong("id_format", "电子健康卡号应为 64 位数字和字母 A–F，可在健康卡页面长按复制后粘贴")
    return Document(IdType.E_HEALTH_CARD, number)


def _e_insurance(text: str) -> Document:
    number = _filled(text, "医保电子凭证")
    if not re.fullmatch(r"[0-9A-Z]{15,32}", number):
        raise _wrong("id_format", "医保电子凭证号应为 15–32 位数字和字母，可在医保凭证页面查看")
    return Document(IdType.E_INSURANCE, number)


def _birth_certificate(text: str) -> Document:
    number = _filled(text, "出生医学证明")
    if not re.fullmatch(r"[A-Z]\d{9}", number):
        raise _wrong("id_format", "出生医学证明编号应为 1 位字母加 9 位数字，例如 U420123456，请核对")
    return Document(IdType.BIRTH_CERTIFICATE, number)


_CHECKS: dict[str, Callable[[str], Document]] = {
    IdType.RESIDENT_ID: _resident,
    IdType.RESIDENCE_PERMIT: _residence_permit,
    IdType.HK_MACAO_PERMIT: _hk_macao,
    IdType.TAIWAN_PERMIT: _taiwan,
    IdType.PASSPORT: _passport,
    IdType.FOREIGN_PERMANENT: _foreign_permanent,
    IdType.E_HEALTH_CARD: _e_health_card,
    IdType.E_INSURANCE: _e_insurance,
    IdType.BIRTH_CERTIFICATE: _birth_certificate,
}
# Kinds whose number tells birthday and sex; of the permanent residence card only the new numbers do.
SELF_TELLING = frozenset({IdType.RESIDENT_ID.value, IdType.RESIDENCE_PERMIT.value})
# Kinds on which a name is written in the letters of another country.
FOREIGN_NAMES = frozenset({IdType.PASSPORT.value, IdType.FOREIGN_PERMANENT.value})


def check(kind: str, text: str) -> Document:
    """Check a number as typed, by the rules of its kind."""
    if kind not in _CHECKS:
        raise InvalidInput("请选择证件类型", field="id_type", code="id_type")
    return _CHECKS[kind](text)


def check_name(kind: str, text: str) -> str:
    """Check a name as the document of this kind writes it."""
    return identity.check_foreign_name(text) if kind in FOREIGN_NAMES else identity.check_name(text)


def check_birth_date(value: date | None, *, field: str = "birth_date") -> date:
    """Check a birthday that had to be asked for."""
    if value is None:
        raise InvalidInput("请填写出生日期", field=field, code="birth_empty")
    today = timezone.localdate()
    if value > today:
        raise InvalidInput("出生日期还没有到，请核对", field=field, code="birth_future")
    if years_between(value, today) > OLDEST_YEARS:
        raise InvalidInput(f"出生日期早于 {OLDEST_YEARS} 年前，请核对", field=field, code="birth_early")
    return value


def years_between(born: date, day: date) -> int:
    """Return the full years from a birthday to a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
