"""A patient as pages show them: the name their own family reads, every number masked."""

from typing import Any

from django.utils.translation import gettext as _

from business.patients.models import Patient
from business.security.masking import mask_id_number

FileState = Patient.FileState


def file_problem(patient: Patient) -> str:
    """Return what is to be said about the file in HIS, empty where all is well."""
    if patient.file_state == FileState.PENDING:
        return _("建档中：医院系统正在建立档案，通常几分钟内完成。")
    if patient.file_state == FileState.REFUSED:
        return patient.file_problem or _("建档失败，请到服务台办理。")
    return ""


def shown_number(number: str) -> str:
    """Return a number as a card shows it: its ends, with room between."""
    return f"{number[:4]} **** {number[-4:]}" if len(number) > 8 else mask_id_number(number)  # noqa: PLR2004


def patient_view(patient: Patient) -> dict[str, Any]:
    """Return what the parts ``patient_card`` and ``patient_switcher`` take.

    The account's holder must know for whom they book, so the name stands in full; ID, phone and card number never do.
    """
    return {
        "ref": patient.ref,
        "name": patient.name,
        "relation": patient.get_relation_display(),
        "age": patient.age,
        "id_line": shown_number(patient.id_number),
        "card_line": shown_number(patient.card_no) if patient.card_no else "",
        "lines": f"{patient.masked_id_number} · {patient.masked_phone}",
        "is_default": patient.is_default,
        "is_pending": patient.file_state == FileState.PENDING,
        "is_refused": patient.file_state == FileState.REFUSED,
        "problem": file_problem(patient),
    }
