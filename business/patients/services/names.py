"""The real-name check: an authority says whether name and number belong together; its silence is never a refusal."""

import logging

from business.integration import outbox, realname
from business.integration.outcomes import OutsideError
from business.integration.realname import Verdict
from business.patients import documents, rules
from business.patients.models import Patient, PatientRule
from business.security import audit
from business.security.errors import InvalidInput

logger = logging.getLogger(__name__)

MISMATCH = "姓名与身份证号不一致，请对照身份证逐字核对；如确认无误，请携带证件到服务台办理"
STATES = {
    Verdict.MATCH: Patient.NameState.MATCH,
    Verdict.MISMATCH: Patient.NameState.MISMATCH,
    Verdict.NO_RECORD: Patient.NameState.NO_RECORD,
}


def applies(rule: PatientRule, id_type: str) -> bool:
    """Tell whether an authority is asked: it knows mainland residents only."""
    return rule.name_check != PatientRule.NameCheck.OFF and id_type == documents.MAINLAND and realname.is_configured()


def ask(rule: PatientRule, patient: Patient) -> None:
    """Ask about a patient and put the answer on them, not saved; raise InvalidInput on a mismatch.

    A phone number is asked about for the account's holder only: parents and children often have one in another's name.
    """
    if not applies(rule, patient.id_type):
        patient.name_state = Patient.NameState.UNCHECKED
        return
    try:
        verdict = _verdict(rule, patient)
    except OutsideError as silence:
        logger.warning("patients: the real-name check does not answer: %s", silence)
        patient.name_state = Patient.NameState.PENDING
        return
    if verdict is Verdict.MISMATCH:
        raise InvalidInput(MISMATCH, field="name", code="real_name")
    patient.name_state = STATES[verdict]


def _verdict(rule: PatientRule, patient: Patient) -> Verdict:
    with_phone = rule.name_check == PatientRule.NameCheck.PHONE and patient.relation == Patient.Relation.SELF
    return realname.client().check(
        name=patient.name,
        id_number=patient.id_number,
        phone=patient.phone if with_phone else "",
        reference=patient.ref,
    )


def later(patient: Patient) -> None:
    """Have the worker ask where nobody could tell; in the transaction that stores the patient."""
    if patient.name_state == Patient.NameState.PENDING:
        outbox.enqueue(
            "patients.name",
            {"patient": patient.ref},
            key=f"name:{patient.ref}:{patient.id_index[:12]}",
            delay_seconds=30,
        )


def ask_again(patient: Patient) -> None:
    """Ask for the worker about a stored patient; raise ``outcomes.Unknown`` while nobody can tell."""
    if patient.name_state != Patient.NameState.PENDING:
        return
    state = STATES[_verdict(rules.current(), patient)]
    changed = Patient.objects.filter(
        pk=patient.pk, id_index=patient.id_index, name_state=Patient.NameState.PENDING
    ).update(name_state=state)
    if changed:
        audit.record(
            "patients.name_checked",
            program="patients",
            object_type="patients.Patient",
            object_ref=patient.ref,
            result="denied" if state == Patient.NameState.MISMATCH else "ok",
        )
