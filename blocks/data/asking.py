"""From a visitor's request to a source's answer, and to words where there is none."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blocks.patients.here import account_in, parameters, sign_in_url
from blocks.visitor import visitor_of
from business.datasources import reading
from business.datasources.models import DataSource
from business.datasources.parameters import Given
from business.integration.outcomes import OutsideError
from business.patients import queries as patients

logger = logging.getLogger("portal.data")


@dataclass(frozen=True)
class Answer:
    """What a block shows: the data, or why there is none."""

    data: Any = None
    source: DataSource | None = None
    sign_in_url: str = ""
    needs_patient: bool = False
    failed: bool = False


def given_by(context: Mapping[str, Any], *, needs_patient: bool) -> Given | None:
    """Return what the request offers; None where a patient is needed and the account has none with a file.

    The patient the address names counts only if it is one of the account's own.
    """
    request = context.get("request")
    campus = visitor_of(request).campus if request is not None else ""
    asked = parameters(context)
    if not needs_patient:
        return Given(query=asked, campus=campus)
    account = account_in(context)
    if account is None:
        return None
    mine = list(patients.patients_of(account))
    chosen = next((one for one in mine if one.ref == asked.get("patient")), mine[0] if mine else None)
    if chosen is None or not chosen.his_patient_id:
        return None
    return Given(query=asked, campus=campus, patient_number=chosen.his_patient_id)


def ask(code: str, context: Mapping[str, Any]) -> Answer:
    """Ask a source for a block. Raises SourceClosed and MissingParameter, whose sentences the page shows."""
    source = reading.get_source(code, DataSource.Purpose.READ)
    if source.needs_patient and account_in(context) is None:
        return Answer(source=source, sign_in_url=sign_in_url(context))
    given = given_by(context, needs_patient=source.needs_patient)
    if given is None:
        return Answer(source=source, needs_patient=True)
    try:
        return Answer(data=reading.read(source, given), source=source)
    except OutsideError as error:
        logger.warning("data source %s: %s", code, type(error).__name__)
        return Answer(source=source, failed=True)
