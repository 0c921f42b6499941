"""The codes of clinics made here: who, when and where, so that the database refuses the same clinic twice."""

import zlib
from datetime import date

OWN_PREFIX = "OWN:"


def code_of(day: date, session: str, department_id: int, doctor_id: int | None, clinic_name: str) -> str:
    """Return the code of a clinic."""
    who = str(doctor_id) if doctor_id else f"c{zlib.crc32(clinic_name.encode()):08x}"
    return f"{OWN_PREFIX}{day:%Y%m%d}:{department_id}:{who}:{session[:1].upper()}"


def slot_code(schedule_code: str, number: int) -> str:
    """Return the code of a number."""
    return f"{schedule_code}:{number:03}"
