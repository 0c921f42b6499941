"""Adding, removing and choosing patients, and their files in HIS."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from business.integration import his, outbox
from business.integration.his import PatientFile
from business.integration.outcomes import Refused, Unknown
from business.patients import identity, queries
from business.patients.errors import FileRefused, PatientBusy, TooMany
from business.patients.models import Account, Patient
from business.security import audit, crypto
from business.security.errors import InvalidInput, SeveralInvalid
from business.security.models import AuditEvent
from business.security.refs import new_ref

logger = logging.getLogger(__name__)

MOST_PATIENTS = 8
MOST_REFUSALS = 10  # an account may be wrong about this many people a day; more looks like guessing
DUPLICATE = "该就诊人已在您的名下"
NAME_MISMATCH = "姓名与医院已有档案不一致，请按身份证填写；如确认无误，请携带证件到服务台核对档案"

RemovalGuard = Callable[[Patient], str | None]
_removal_guards: list[RemovalGuard] = []


def removal_guard(guard: RemovalGuard) -> RemovalGuard:
    """Register a check of a higher layer: it returns why the patient must stay (a sentence), or None."""
    _removal_guards.append(guard)
    return guard


@dataclass(frozen=True)
class _Typed:
    name: str
    resident: identity.ResidentId
    phone: str
    relation: str


def _check(name: str, id_number: str, phone: str, relation: str) -> _Typed:
    problems: list[InvalidInput] = []
    tidy_name, resident, tidy_phone = "", None, ""
    try:
        tidy_name = identity.check_name(name)
    except InvalidInput as problem:
        problems.append(problem)
    try:
        resident = identity.check_resident_id(id_number)
    except InvalidInput as problem:
        problems.append(problem)
    try:
        tidy_phone = identity.check_phone(phone)
    except InvalidInput as problem:
        problems.append(problem)
    if relation not in Patient.Relation.values:
        problems.append(InvalidInput("请选择与您的关系", field="relation", code="relation"))
    if resident is None or problems:
        raise SeveralInvalid(problems) if len(problems) > 1 else problems[0]
    return _Typed(tidy_name, resident, tidy_phone, relation)


def _check_place(account: Account, id_index: str, relation: str) -> None:
    listed = list(queries.patients_of(account).values_list("id_index", "relation"))
    if any(index == id_index for index, _ in listed):
        raise InvalidInput(DUPLICATE, field="id_number", code="duplicate")
    if len(listed) >= MOST_PATIENTS:
        raise TooMany(f"最多可以添加 {MOST_PATIENTS} 位就诊人，请先移除不再使用的就诊人")
    if relation == Patient.Relation.SELF and any(other == relation for _, other in listed):
        raise InvalidInput("您已添加过“本人”，请选择其他关系", field="relation", code="self_twice")


def _check_refusals(account: Account) -> None:
    since = timezone.now() - timedelta(days=1)
    refusals = AuditEvent.objects.filter(event="patients.add", actor=account.ref, result="denied", at__gt=since)
    if refusals.count() >= MOST_REFUSALS:
        raise TooMany("今天姓名与档案不一致的次数过多，请明天再试，或到服务台办理")


def add_patient(*, account: Account, name: str, id_number: str, phone: str, relation: str) -> Patient:
    """Put a person on the account's list and see to their file in HIS; works while HIS is silent.

    Raises InvalidInput or SeveralInvalid for what was typed, TooMany for a limit. A name that HIS knows differently is
    refused at once, before anything is stored. Must not be called inside a transaction.
    """
    typed = _check(name, id_number, phone, relation)
    id_index = crypto.blind_index("patient.id_number", typed.resident.number)
    _check_place(account, id_index, typed.relation)
    _check_refusals(account)
    patient = Patient(
        ref=new_ref(),
        account=account,
        name=typed.name,
        name_index=crypto.blind_index("patient.name", typed.name),
        id_number=typed.resident.number,
        id_index=id_index,
        phone=typed.phone,
        phone_index=crypto.blind_index("patient.phone", typed.phone),
        relation=typed.relation,
        account_claim=f"{account.pk}:{id_index}",
    )
    try:
        _take_file(patient, _ask_his(patient))
    except Refused as refusal:
        if refusal.code == "NAME_MISMATCH":
            audit.record("patients.add", account_ref=account.ref, result="denied", detail={"reason": refusal.code})
            raise InvalidInput(NAME_MISMATCH, field="name", code="name_mismatch") from refusal
        patient.file_state, patient.file_problem = Patient.FileState.REFUSED, _problem(refusal)
    except Unknown as reason:
        logger.warning("patients: HIS is silent about a new patient's file: %s", reason)
    return _store(patient)


def _store(patient: Patient) -> Patient:
    account = patient.account
    try:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=account.pk)
            _check_place(account, patient.id_index, patient.relation)
            patient.is_default = not queries.patients_of(account).exists()
            patient.save(force_insert=True)
            audit.record(
                "patients.add", account_ref=account.ref, object_type="patients.Patient", object_ref=patient.ref
            )
            if patient.file_state == Patient.FileState.PENDING:
                outbox.enqueue(
                    "patients.file", {"patient": patient.ref}, key=f"patients.file:{patient.ref}", delay_seconds=5
                )
    except IntegrityError as error:
        raise InvalidInput(DUPLICATE, field="id_number", code="duplicate") from error
    return patient


def _ask_his(patient: Patient) -> PatientFile:
    """Find this person's file or open one; safe to repeat, for HIS knows the request and the document again."""
    port = his.client()
    found = port.find_patient(id_type=patient.id_type, id_number=patient.id_number, name=patient.name)
    if found is not None:
        return found
    return port.create_patient(
        request_no=patient.ref,
        id_type=patient.id_type,
        id_number=patient.id_number,
        name=patient.name,
        phone=patient.phone,
        gender=patient.gender,
        birth_date=patient.birth_date,
    )


def _take_file(patient: Patient, file: PatientFile) -> None:
    patient.his_patient_id, patient.card_no = file.patient_id, file.card_no
    patient.file_state, patient.file_problem = Patient.FileState.READY, ""


def _problem(refusal: Refused) -> str:
    if refusal.code == "NAME_MISMATCH":
        return NAME_MISMATCH
    return f"医院暂时无法为该就诊人建档（{refusal.message or refusal.code}），请到服务台办理"[:200]


def ensure_file(patient: Patient) -> Patient:
    """Return the patient with a file in HIS, asking HIS where we do not know of one yet.

    Raises FileRefused with HIS's reason, or ``outcomes.Unknown`` (the outbox asks again). Not inside a transaction.
    """
    if patient.file_state == Patient.FileState.READY:
        return patient
    try:
        _take_file(patient, _ask_his(patient))
    except Refused as refusal:
        patient.file_state, patient.file_problem = Patient.FileState.REFUSED, _problem(refusal)
        patient.save(update_fields=["file_state", "file_problem"])
        raise FileRefused(patient.file_problem) from refusal
    with transaction.atomic():
        patient.save(update_fields=["his_patient_id", "card_no", "file_state", "file_problem"])
        audit.record("patients.file", program="patients", object_type="patients.Patient", object_ref=patient.ref)
    return patient


@transaction.atomic
def remove_patient(*, account: Account, ref: str) -> None:
    """Take a patient off the account's list; bookings and payments keep their record of them.

    Raises NotFoundError, or PatientBusy with the reason of a higher layer (a booking that still stands).
    """
    Account.objects.select_for_update().get(pk=account.pk)
    patient = queries.get_patient(account, ref)
    for guard in _removal_guards:
        if reason := guard(patient):
            raise PatientBusy(reason)
    was_default, patient.is_default = patient.is_default, False
    patient.removed_at, patient.account_claim = timezone.now(), None
    patient.save(update_fields=["removed_at", "account_claim", "is_default"])
    following = queries.patients_of(account).first() if was_default else None
    if following is not None:
        Patient.objects.filter(pk=following.pk).update(is_default=True)
    audit.record("patients.remove", account_ref=account.ref, object_type="patients.Patient", object_ref=patient.ref)


@transaction.atomic
def set_default(*, account: Account, ref: str) -> Patient:
    """Make this the patient that is preselected; raise NotFoundError for a stranger's."""
    Account.objects.select_for_update().get(pk=account.pk)
    patient = queries.get_patient(account, ref)
    Patient.objects.filter(account=account, is_default=True).exclude(pk=patient.pk).update(is_default=False)
    patient.is_default = True
    patient.save(update_fields=["is_default"])
    return patient
