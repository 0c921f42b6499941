"""What was typed about a person, checked together so that every mistake is told at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.utils import timezone

from business.patients import documents, identity
from business.patients.documents import Document, IdType
from business.patients.models import Guardian, Patient, PatientRule
from business.security.errors import InvalidInput, SeveralInvalid

T = TypeVar("T")
ADULT = 18


@dataclass(frozen=True)
class GuardianInput:
    """What was typed about a child's guardian; an empty phone is the patient's own contact number."""

    relation: str
    name: str
    id_type: str
    id_number: str
    phone: str = ""
    birth_date: date | None = None


@dataclass(frozen=True)
class CheckedGuardian:
    """A guardian who passed every check."""

    relation: str
    name: str
    document: Document
    phone: str


@dataclass(frozen=True)
class CheckedPerson:
    """A person who passed every check; ``told_…`` is empty where the number tells it."""

    name: str
    document: Document
    told_gender: str
    told_birth_date: str
    phone: str
    relation: str
    guardian: CheckedGuardian | None


class _Problems:
    """Collects what is wrong instead of stopping at the first."""

    def __init__(self) -> None:
        self.found: list[InvalidInput] = []

    def run(self, check: Callable[[], T], field: str = "") -> T | None:
        """Return what a check returns, None where it complained; ``field`` renames the field complained about."""
        try:
            return check()
        except InvalidInput as problem:
            self.found.append(
                InvalidInput(problem.sentence, field=field or problem.field, code=problem.code) if field else problem
            )
            return None

    def add(self, sentence: str, field: str) -> None:
        self.found.append(InvalidInput(sentence, field=field, code=field))

    def tell(self) -> None:
        if self.found:
            raise SeveralInvalid(self.found) if len(self.found) > 1 else self.found[0]


def check_person(
    *,
    rule: PatientRule,
    name: str,
    id_type: str,
    id_number: str,
    gender: str,
    birth_date: date | None,
    phone: str,
    relation: str,
    guardian: GuardianInput | None,
) -> CheckedPerson:
    """Check everything; raise InvalidInput or SeveralInvalid."""
    wrong = _Problems()
    tidy_name = wrong.run(lambda: documents.check_name(id_type, name))
    document = wrong.run(lambda: _accepted(rule, id_type, id_number))
    told_gender, born = "", None
    if document is not None and document.tells_all:
        born = document.birth_date
    elif document is not None:
        born = wrong.run(lambda: documents.check_birth_date(birth_date))
        told_gender = gender
        if gender not in documents.Gender.values:
            wrong.add("请选择性别", "gender")
    tidy_phone = wrong.run(lambda: identity.check_phone(phone))
    if relation not in Patient.Relation.values:
        wrong.add("请选择与您的关系", "relation")
    checked_guardian = None
    if document is not None and born is not None:
        checked_guardian = _guardian_where_needed(wrong, rule, document, born, guardian, tidy_phone or "")
    wrong.tell()
    assert tidy_name and document and tidy_phone and born  # noqa: S101  # else wrong.tell() has raised
    return CheckedPerson(
        name=tidy_name,
        document=document,
        told_gender=told_gender,
        told_birth_date="" if document.tells_all else born.isoformat(),
        phone=tidy_phone,
        relation=relation,
        guardian=checked_guardian,
    )


def _accepted(rule: PatientRule, id_type: str, id_number: str) -> Document:
    if id_type in IdType.values and id_type not in rule.documents:
        raise InvalidInput("本院暂不接受这种证件在线登记，请换一种证件或到服务台办理", field="id_type", code="id_type")
    return documents.check(id_type, id_number)


def needs_guardian(rule: PatientRule, id_type: str, born: date | None) -> bool:
    """Tell whether a patient of this document and birthday must have a guardian."""
    if id_type == IdType.BIRTH_CERTIFICATE:
        return True
    return born is not None and documents.years_between(born, timezone.localdate()) < rule.guardian_until_age


def _guardian_where_needed(
    wrong: _Problems, rule: PatientRule, document: Document, born: date, given: GuardianInput | None, phone: str
) -> CheckedGuardian | None:
    age = documents.years_between(born, timezone.localdate())
    if document.kind == IdType.BIRTH_CERTIFICATE and age >= rule.birth_certificate_until_age:
        limit = rule.birth_certificate_until_age
        wrong.add(f"出生医学证明只用于 {limit} 岁以下儿童，请改用身份证等证件", "id_type")
        return None
    if not needs_guardian(rule, document.kind, born):
        return None
    if given is None or not (given.name or given.id_number or given.relation):
        wrong.add("请填写监护人姓名：儿童就诊须登记监护人", "guardian_name")
        return None
    return _check_guardian(wrong, given, phone)


def _check_guardian(wrong: _Problems, given: GuardianInput, phone: str) -> CheckedGuardian | None:
    before = len(wrong.found)
    if given.relation not in Guardian.Relation.values:
        wrong.add("请选择监护人与儿童的关系", "guardian_relation")
    name = wrong.run(lambda: documents.check_name(given.id_type, given.name), "guardian_name")
    document = None
    if given.id_type == IdType.BIRTH_CERTIFICATE or given.id_type not in IdType.values:
        wrong.add("请选择监护人的证件类型", "guardian_id_type")
    else:
        document = wrong.run(lambda: documents.check(given.id_type, given.id_number), "guardian_id_number")
    own = wrong.run(lambda: identity.check_phone(given.phone), "guardian_phone") if given.phone else phone
    if document is not None:
        born = document.birth_date or wrong.run(
            lambda: documents.check_birth_date(given.birth_date, field="guardian_birth_date")
        )
        if born is not None and documents.years_between(born, timezone.localdate()) < ADULT:
            wrong.add(f"监护人应年满 {ADULT} 周岁", "guardian_id_number")
    if len(wrong.found) > before or name is None or document is None:
        return None
    return CheckedGuardian(given.relation, name, document, own or "")
