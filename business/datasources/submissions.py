"""Forms on their way to a source: remembered first, then handed over until the source says yes or no."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from business.datasources import calls, parameters
from business.datasources.models import DataSource, Submission
from business.datasources.parameters import Given
from business.integration import outbox
from business.integration.outcomes import Refused
from business.security.errors import NotFoundError

TOPIC = "datasources.submit"
MAX_ATTEMPTS = 30


@transaction.atomic
def submit(source: DataSource, given: Given, *, request_key: str, account_ref: str) -> Submission:
    """Keep a form and the work of handing it over in one transaction; the same ``request_key`` is the same form.

    Raises MissingParameter. The worker does the rest: nobody waits for the source, and nothing is lost with it.
    """
    values = parameters.values_for(source, given)
    facts: dict[str, Any] = {"source": source, "account_ref": account_ref, "values": values}
    submission, created = Submission.objects.get_or_create(request_key=request_key, defaults=facts)
    if created:
        outbox.enqueue(TOPIC, {"submission": submission.ref}, key=f"submission:{submission.ref}")
    return submission


def get_submission(ref: str, account_ref: str) -> Submission:
    """Return one of the account's own submissions; raise NotFoundError."""
    found = Submission.objects.filter(ref=ref, account_ref=account_ref).exclude(account_ref="").first()
    if found is None:
        raise NotFoundError("没有找到这次提交")
    return found


@outbox.handler(TOPIC, max_attempts=MAX_ATTEMPTS)
def deliver(payload: Mapping[str, Any]) -> None:
    """Hand one form over; an unknown outcome is tried again with the same number, a refusal is final."""
    submission = Submission.objects.select_related("source").filter(ref=payload["submission"]).first()
    if submission is None or submission.state != Submission.State.PENDING:
        return
    try:
        number = calls.submit(submission.source, dict(submission.values), request_no=submission.ref)
    except Refused as refusal:
        _finish(submission, Submission.State.REFUSED, reason=refusal.message or refusal.code)
    else:
        _finish(submission, Submission.State.DONE, answer_no=number)


@outbox.on_dead(TOPIC)
def gave_up(payload: dict[str, Any], reason: str) -> None:
    """Tell the patient that it did not arrive; the dead letter is in the staff's list."""
    submission = Submission.objects.filter(ref=payload["submission"]).first()
    if submission is not None:
        _finish(submission, Submission.State.REFUSED, reason="多次提交没有得到答复，请拨打医院服务热线")


def _finish(submission: Submission, state: str, *, answer_no: str = "", reason: str = "") -> None:
    Submission.objects.filter(pk=submission.pk, state=Submission.State.PENDING).update(
        state=state, answer_no=answer_no[:64], reason=reason[:200]
    )
