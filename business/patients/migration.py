"""Taking over the accounts of the official account that this portal replaces (G1.2): openids and bound cards.

The openid stays the same where the official account stays, so whoever opens the portal is recognised at once and finds
their patients. Reading, comparing and writing are three steps: a dry run does the first two. What is there already is
never changed; each line stands alone, and a line that fails leaves nothing behind.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from business.patients import documents, identity, queries
from business.patients.accounts import account_of_openid, open_for_openid
from business.patients.documents import IdType
from business.patients.models import Account, Patient, VisitCard
from business.patients.services import bindings, people
from business.patients.services.cards import check_card_no
from business.patients.services.typed import CheckedPerson
from business.security import audit
from business.security.errors import PortalError
from business.security.masking import mask_id_number, mask_name, mask_tail

NEEDED = ("openid",)
PERSON = ("name", "id_number", "phone")
KNOWN = (*NEEDED, "unionid", *PERSON, "id_type", "gender", "birth_date", "relation", "card_no", "his_patient_id")
OPENID_LENGTHS = range(6, 129)


class WrongFile(Exception):
    """The file as a whole cannot be read; the text says why."""


class WrongLine(Exception):
    """A line cannot be taken over; the text says why, without personal data."""


@dataclass
class Report:
    """What would change, or has changed."""

    lines: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[int, str]] = field(default_factory=list)
    differences: list[tuple[int, str]] = field(default_factory=list)


def rows_of(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line's number and its values; raise WrongFile where columns are missing or unknown."""
    reader = csv.DictReader(lines)
    columns = [name.strip().lstrip("\ufeff") for name in reader.fieldnames or ()]
    if missing := [name for name in NEEDED if name not in columns]:
        raise WrongFile(f"缺少列：{'、'.join(missing)}（第一行应为列名）")
    if unknown := [name for name in columns if name not in KNOWN]:
        raise WrongFile(f"不认识的列：{'、'.join(unknown)}；可用的列：{'、'.join(KNOWN)}")
    reader.fieldnames = columns
    for row in reader:
        if None in row:
            yield reader.line_num, {"_broken": "1"}
            continue
        yield reader.line_num, {name: (value or "").strip() for name, value in row.items()}


def take_over(lines: Iterable[str], *, app_id: str, write: bool) -> Report:
    """Compare every line with what is there and, with ``write``, make what is missing."""
    report = Report()
    for number, row in rows_of(lines):
        report.lines += 1
        try:
            with transaction.atomic():
                _take(row, report, number, app_id=app_id, write=write)
        except (WrongLine, PortalError) as problem:
            # Sentences of the checks quote at most the place of a wrong character, and are masked all the same.
            sentence = problem.sentence if isinstance(problem, PortalError) else str(problem)
            report.problems.append((number, sentence))
    return report


def _take(row: Mapping[str, str], report: Report, number: int, *, app_id: str, write: bool) -> None:
    if "_broken" in row:
        raise WrongLine("列数与第一行不一致")
    openid = row["openid"]
    if len(openid) not in OPENID_LENGTHS or not openid.isascii() or not openid.isprintable() or " " in openid:
        raise WrongLine("openid 不正确")
    # Everything that can be wrong with the line is found before anything is made.
    person = _person(row) if any(row.get(name) for name in PERSON) else None
    card_no = check_card_no(row["card_no"]) if row.get("card_no") else ""
    if card_no and person is None:
        raise WrongLine("有卡号而没有就诊人（姓名、证件号码、手机号）")
    account = account_of_openid(app_id, openid)
    report.counts["account_new" if account is None else "account_known"] += 1
    if account is None and write:
        account = open_for_openid(app_id, openid, row.get("unionid", ""))
        audit.record("patients.migrated", program="command", object_type="patients.Account", object_ref=account.ref)
    if person is not None:
        _take_person(account, person, card_no, row, report, number, write=write)


def _person(row: Mapping[str, str]) -> CheckedPerson:
    kind = row.get("id_type") or str(IdType.RESIDENT_ID)
    document = documents.check(kind, row.get("id_number", ""))
    gender, born = row.get("gender", ""), row.get("birth_date", "")
    if not document.tells_all:
        if gender not in documents.Gender.values:
            raise WrongLine("这种证件需要 gender（male 或 female）")
        try:
            born = documents.check_birth_date(date.fromisoformat(born)).isoformat()
        except ValueError:
            raise WrongLine("这种证件需要 birth_date（YYYY-MM-DD）") from None
    relation = row.get("relation") or str(Patient.Relation.OTHER)
    if relation not in Patient.Relation.values:
        raise WrongLine(f"relation 应为 {'、'.join(Patient.Relation.values)} 之一")
    return CheckedPerson(
        name=documents.check_name(kind, row.get("name", "")),
        document=document,
        told_gender="" if document.tells_all else gender,
        told_birth_date="" if document.tells_all else born,
        phone=identity.check_phone(row.get("phone", "")),
        relation=relation,
        guardian=None,
    )


def _take_person(
    account: Account | None,
    person: CheckedPerson,
    card_no: str,
    row: Mapping[str, str],
    report: Report,
    number: int,
    *,
    write: bool,
) -> None:
    index = people.index_of(person.document)
    known = queries.patients_of(account).filter(id_index=index).first() if account else None
    report.counts["patient_new" if known is None else "patient_known"] += 1
    if known is not None and known.name != person.name:
        report.differences.append(
            (number, f"就诊人 {mask_id_number(person.document.number)} 姓名不同："
             f"文件 {mask_name(person.name)}，系统 {mask_name(known.name)}，保留系统的")
        )  # fmt: skip
    if known is None and write and account is not None:
        known = people.take_over(account, person, his_patient_id=row.get("his_patient_id", ""), card_no=card_no)
    if card_no:
        _take_card(known, card_no, report, number, write=write)


def _take_card(patient: Patient | None, card_no: str, report: Report, number: int, *, write: bool) -> None:
    index = bindings.card_index(card_no)
    held = VisitCard.objects.select_related("patient").filter(claim=index).first()
    if held is None:
        report.counts["card_new"] += 1
        if write and patient is not None:
            bindings.claim_card(patient, card_no, index, event="cards.bind_file")
    elif patient is not None and held.patient_id == patient.pk:
        report.counts["card_known"] += 1
    else:
        report.counts["card_elsewhere"] += 1
        report.differences.append((number, f"就诊卡 {mask_tail(card_no)} 已绑定在其他账户，未改动"))
