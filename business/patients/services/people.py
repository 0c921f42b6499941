"""Adding, editing, removing and choosing the patients of an account."""

import logging
from collections.abc import Callable
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from business.integration import outbox
from business.integration.his import CardFile
from business.integration.outcomes import Refused, Unknown
from business.patients import documents, queries, rules
from business.patients.documents import Document
from business.patients.errors import PatientBusy, TooMany
from business.patients.models import Account, Guardian, Patient, PatientRule
from business.patients.services import bindings, files, names, phones
from business.patients.services.typed import CheckedGuardian, CheckedPerson, GuardianInput, check_person
from business.security import audit, crypto
from business.security.errors import InvalidInput
from business.security.models import AuditEvent
from business.security.refs import new_ref

logger = logging.getLogger(__name__)

MOST_REFUSALS = 10  # an account may be wrong about this many people a day; more looks like guessing
DUPLICATE = "该就诊人已在您的名下"
WRONG_PEOPLE = ("patients.add", "patients.edit", "cards.bind")

RemovalGuard = Callable[[Patient], str | None]
_removal_guards: list[RemovalGuard] = []


def removal_guard(guard: RemovalGuard) -> RemovalGuard:
    """Register a check of a higher layer: it returns why the patient must stay (a sentence), or None."""
    _removal_guards.append(guard)
    return guard


def _check_place(account: Account, id_index: str, relation: str, *, most: int, besides: Patient | None = None) -> None:
    others = queries.patients_of(account)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    listed = list(others.values_list("id_index", "relation"))
    if any(index == id_index for index, _ in listed):
        raise InvalidInput(DUPLICATE, field="id_number", code="duplicate")
    if besides is None and len(listed) >= most:
        raise TooMany(f"最多可以添加 {most} 位就诊人，请先移除不再使用的就诊人")
    if relation == Patient.Relation.SELF and any(other == relation for _, other in listed):
        raise InvalidInput("您已添加过“本人”，请选择其他关系", field="relation", code="self_twice")


def check_refusals(account: Account) -> None:
    """Raise TooMany where an account was wrong about too many people today."""
    since = timezone.now() - timedelta(days=1)
    refusals = AuditEvent.objects.filter(event__in=WRONG_PEOPLE, actor=account.ref, result="denied", at__gt=since)
    if refusals.count() >= MOST_REFUSALS:
        raise TooMany("今天姓名与档案不一致的次数过多，请明天再试，或到服务台办理")


def add_patient(
    *,
    account: Account,
    name: str,
    id_number: str,
    phone: str,
    relation: str,
    id_type: str = Patient.IdType.RESIDENT_ID,
    gender: str = "",
    birth_date: date | None = None,
    guardian: GuardianInput | None = None,
    code: str = "",
) -> Patient:
    """Put a person on the account's list and see to their file in HIS; works while HIS is silent.

    Raises InvalidInput or SeveralInvalid for what was typed, TooMany for a limit. A name that HIS or the authority
    knows differently is refused at once, before anything is stored. Must not be called inside a transaction.
    """
    rule = rules.current()
    typed = check_person(
        rule=rule,
        name=name,
        id_type=id_type,
        id_number=id_number,
        gender=gender,
        birth_date=birth_date,
        phone=phone,
        relation=relation,
        guardian=guardian,
    )
    patient = Patient(ref=new_ref(), account=account)
    _fill(patient, typed)
    _check_place(account, patient.id_index, typed.relation, most=rule.most_patients)
    check_refusals(account)
    proved = phones.must_be_proved(rule=rule, account=account, phone=typed.phone, code=code)
    patient.phone_proved_at = timezone.now() if proved else None
    _ask_outside(rule, patient, typed.guardian, event="patients.add")
    return _store(rule, patient, typed.guardian)


def index_of(document: Document) -> str:
    """Return the blind index of the person a document belongs to."""
    return crypto.blind_index("patient.id_number", document.person_key)


def _fill(patient: Patient, typed: CheckedPerson) -> None:
    """Put what was typed on a patient; not saved."""
    document = typed.document
    patient.name, patient.name_index = typed.name, crypto.blind_index("patient.name", typed.name)
    patient.id_type, patient.id_number = document.kind, document.number
    patient.id_index = index_of(document)
    patient.document_index = crypto.blind_index("patient.id_number", document.number)
    patient.told_gender, patient.told_birth_date = typed.told_gender, typed.told_birth_date
    patient.phone, patient.phone_index = typed.phone, phones.phone_index(typed.phone)
    patient.relation = typed.relation
    patient.account_claim = f"{patient.account_id}:{patient.id_index}"


def _ask_outside(rule: PatientRule, patient: Patient, guardian: CheckedGuardian | None, *, event: str) -> None:
    """Ask the authority and HIS; raise InvalidInput where one of them knows another name."""
    try:
        names.ask(rule, patient)
        files.take_file(patient, files.ask_his(patient, _guardian_row(patient, guardian)))
    except InvalidInput as problem:
        audit.record(event, account_ref=patient.account.ref, result="denied", detail={"reason": problem.code})
        raise
    except Refused as refusal:
        if refusal.code == "NAME_MISMATCH":
            audit.record(event, account_ref=patient.account.ref, result="denied", detail={"reason": refusal.code})
            raise InvalidInput(files.NAME_MISMATCH, field="name", code="name_mismatch") from refusal
        patient.file_state, patient.file_problem = Patient.FileState.REFUSED, files.problem(refusal)
    except Unknown as reason:
        patient.file_state = Patient.FileState.PENDING
        logger.warning("patients: HIS is silent about a patient's file: %s", reason)


def _guardian_row(patient: Patient, guardian: CheckedGuardian | None) -> Guardian | None:
    if guardian is None:
        return None
    return Guardian(
        patient=patient,
        relation=guardian.relation,
        name=guardian.name,
        id_type=guardian.document.kind,
        id_number=guardian.document.number,
        phone=guardian.phone,
    )


def _keep_guardian(patient: Patient, guardian: CheckedGuardian | None) -> None:
    Guardian.objects.filter(patient=patient).delete()
    if (row := _guardian_row(patient, guardian)) is not None:
        row.save()


def _ask_later(patient: Patient) -> None:
    names.later(patient)
    if patient.file_state == Patient.FileState.PENDING:
        key = f"patients.file:{patient.ref}:{patient.id_index[:12]}"
        outbox.enqueue("patients.file", {"patient": patient.ref}, key=key, delay_seconds=5)


def _store(rule: PatientRule, patient: Patient, guardian: CheckedGuardian | None) -> Patient:
    account = patient.account
    try:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=account.pk)
            _check_place(account, patient.id_index, patient.relation, most=rule.most_patients)
            patient.is_default = not queries.patients_of(account).exists()
            patient.save(force_insert=True)
            _keep_guardian(patient, guardian)
            bindings.claim_of_file(patient)
            audit.record(
                "patients.add", account_ref=account.ref, object_type="patients.Patient", object_ref=patient.ref
            )
            _ask_later(patient)
    except IntegrityError as error:
        raise InvalidInput(DUPLICATE, field="id_number", code="duplicate") from error
    return patient


def put_on_list(
    account: Account,
    rule: PatientRule,
    *,
    card: CardFile,
    name: str,
    phone: str,
    relation: str,
    phone_proved: bool,
) -> Patient:
    """Put the holder of a card on the account's list, as HIS knows them; in the caller's transaction.

    The account is locked. Raises what :func:`add_patient` raises about the list and the relation.
    """
    if relation not in Patient.Relation.values:
        raise InvalidInput("请选择与您的关系", field="relation", code="relation")
    document = documents.check(card.id_type, card.id_number)
    typed = CheckedPerson(
        name=name,
        document=document,
        told_gender="" if document.tells_all else card.gender,
        told_birth_date="" if document.tells_all else card.birth_date.isoformat(),
        phone=phone,
        relation=relation,
        guardian=None,
    )
    patient = Patient(ref=new_ref(), account=account)
    _fill(patient, typed)
    _check_place(account, patient.id_index, relation, most=rule.most_patients)
    patient.phone_proved_at = timezone.now() if phone_proved else None
    patient.his_patient_id, patient.card_no = card.patient_id, card.card_no
    patient.file_state = Patient.FileState.READY
    patient.is_default = not queries.patients_of(account).exists()
    patient.save(force_insert=True)
    audit.record("patients.add", account_ref=account.ref, object_type="patients.Patient", object_ref=patient.ref)
    return patient


def take_over(account: Account, typed: CheckedPerson, *, his_patient_id: str, card_no: str) -> Patient:
    """Put a patient of the former system on an account's list; in the caller's transaction.

    The file in HIS is looked up by the worker where the former system did not know its number. Nothing is proved:
    neither the phone nor the name.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    patient = Patient(ref=new_ref(), account=account)
    _fill(patient, typed)
    _check_place(account, patient.id_index, typed.relation, most=rules.current().most_patients)
    patient.is_default = not queries.patients_of(account).exists()
    if his_patient_id:
        patient.his_patient_id, patient.card_no = his_patient_id, card_no
        patient.file_state = Patient.FileState.READY
    patient.save(force_insert=True)
    audit.record("patients.migrated", program="command", object_type="patients.Patient", object_ref=patient.ref)
    _ask_later(patient)
    return patient


def edit_patient(
    *,
    account: Account,
    ref: str,
    name: str,
    id_number: str,
    phone: str,
    relation: str,
    id_type: str = Patient.IdType.RESIDENT_ID,
    gender: str = "",
    birth_date: date | None = None,
    guardian: GuardianInput | None = None,
    code: str = "",
) -> Patient:
    """Change what is known of a patient; another name or document is checked as a new person's would be.

    Raises what :func:`add_patient` raises, NotFoundError, and PatientBusy where a booking under the old identity still
    stands. Must not be called inside a transaction.
    """
    patient, rule = queries.get_patient(account, ref), rules.current()
    typed = check_person(
        rule=rule,
        name=name,
        id_type=id_type,
        id_number=id_number,
        gender=gender,
        birth_date=birth_date,
        phone=phone,
        relation=relation,
        guardian=guardian,
    )
    before = (patient.name, patient.id_index)
    old_phone = patient.phone
    _fill(patient, typed)
    is_other = (patient.name, patient.id_index) != before
    _check_place(account, patient.id_index, typed.relation, most=rule.most_patients, besides=patient)
    if typed.phone != old_phone:
        proved = phones.must_be_proved(rule=rule, account=account, phone=typed.phone, code=code)
        patient.phone_proved_at = timezone.now() if proved else None
    if is_other:
        must_be_free(patient, "请先处理后再修改姓名或证件")
        check_refusals(account)
        _ask_outside(rule, patient, typed.guardian, event="patients.edit")
    return _update(patient, typed.guardian, is_other=is_other, new_phone=typed.phone != old_phone)


def must_be_free(patient: Patient, then: str) -> None:
    """Raise PatientBusy with a higher layer's reason why this patient must stay as they are."""
    for guard in _removal_guards:
        if reason := guard(patient):
            raise PatientBusy(f"{reason}{then}" if then else reason)


def _update(patient: Patient, guardian: CheckedGuardian | None, *, is_other: bool, new_phone: bool) -> Patient:
    account = patient.account
    try:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=account.pk)
            stored = queries.get_patient(account, patient.ref)
            if is_other:
                must_be_free(stored, "")
            patient.is_default = stored.is_default
            patient.save(force_update=True)
            _keep_guardian(patient, guardian)
            changed = [
                word for word, did in (("identity", is_other), ("phone", new_phone), ("rest", not is_other)) if did
            ]
            audit.record(
                "patients.edit",
                account_ref=account.ref,
                object_type="patients.Patient",
                object_ref=patient.ref,
                detail={"changed": changed},
            )
            if is_other:
                bindings.end_all(patient)
                bindings.claim_of_file(patient)
                _ask_later(patient)
    except IntegrityError as error:
        raise InvalidInput(DUPLICATE, field="id_number", code="duplicate") from error
    return patient


@transaction.atomic
def remove_patient(*, account: Account, ref: str) -> None:
    """Take a patient off the account's list; bookings and payments keep their record of them.

    Raises NotFoundError, or PatientBusy with the reason of a higher layer (a booking that still stands).
    """
    Account.objects.select_for_update().get(pk=account.pk)
    patient = queries.get_patient(account, ref)
    must_be_free(patient, "")
    was_default, patient.is_default = patient.is_default, False
    patient.removed_at, patient.account_claim = timezone.now(), None
    patient.save(update_fields=["removed_at", "account_claim", "is_default"])
    bindings.end_all(patient)
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
