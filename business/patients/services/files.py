"""A patient's file in HIS: found, or opened where there is none."""

from django.db import transaction

from business.integration import his
from business.integration.his import GuardianFact, PatientFile
from business.integration.outcomes import Refused
from business.patients.errors import FileRefused
from business.patients.models import Guardian, Patient
from business.patients.services import bindings
from business.security import audit

NAME_MISMATCH = "姓名与医院已有档案不一致，请按身份证填写；如确认无误，请携带证件到服务台核对档案"
DOCUMENT_DIGITS = 12


def ask_his(patient: Patient, guardian: Guardian | None = None) -> PatientFile:
    """Find this person's file or open one; safe to repeat, for HIS knows the request and the document again."""
    port = his.client()
    found = port.find_patient(id_type=patient.id_type, id_number=patient.id_number, name=patient.name)
    if found is not None:
        return found
    return port.create_patient(
        # A corrected document is another request.
        request_no=f"{patient.ref}-{patient.id_index[:DOCUMENT_DIGITS]}",
        id_type=patient.id_type,
        id_number=patient.id_number,
        name=patient.name,
        phone=patient.phone,
        gender=patient.gender,
        birth_date=patient.birth_date,
        guardian=None if guardian is None else fact_of(guardian),
    )


def fact_of(guardian: Guardian) -> GuardianFact:
    """Return a guardian as HIS is told of them."""
    return GuardianFact(
        relation=guardian.relation,
        name=guardian.name,
        id_type=guardian.id_type,
        id_number=guardian.id_number,
        phone=guardian.phone,
    )


def take_file(patient: Patient, file: PatientFile) -> None:
    """Put HIS's numbers on the patient; not saved."""
    patient.his_patient_id, patient.card_no = file.patient_id, file.card_no
    patient.file_state, patient.file_problem = Patient.FileState.READY, ""


def problem(refusal: Refused) -> str:
    """Return the sentence of a refused file."""
    if refusal.code == "NAME_MISMATCH":
        return NAME_MISMATCH
    return f"医院暂时无法为该就诊人建档（{refusal.message or refusal.code}），请到服务台办理"[:200]


def ensure_file(patient: Patient) -> Patient:
    """Return the patient with a file in HIS, asking HIS where we do not know of one yet.

    Raises FileRefused with HIS's reason, or ``outcomes.Unknown`` (the outbox asks again). Not inside a transaction.
    """
    if patient.file_state == Patient.FileState.READY:
        return patient
    guardian = Guardian.objects.filter(patient=patient).first()
    try:
        take_file(patient, ask_his(patient, guardian))
    except Refused as refusal:
        patient.file_state, patient.file_problem = Patient.FileState.REFUSED, problem(refusal)
        patient.save(update_fields=["file_state", "file_problem"])
        raise FileRefused(patient.file_problem) from refusal
    with transaction.atomic():
        patient.save(update_fields=["his_patient_id", "card_no", "file_state", "file_problem"])
        bindings.claim_of_file(patient)
        audit.record("patients.file", program="patients", object_type="patients.Patient", object_ref=patient.ref)
    return patient
