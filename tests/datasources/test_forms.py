"""Forms on their way to a source: kept first, handed over once, whatever happens in between."""

import pytest

from business.datasources import submissions
from business.datasources.models import Submission
from business.datasources.parameters import Given
from business.integration import outbox
from business.integration.models import OutboxItem
from business.security.errors import NotFoundError
from tests.factories import DataSourceFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("G5.5")]

NAMES = ("patient_id", "service", "wanted_on", "phone", "address")
ANSWERS = {
    "service": "更换胃管",
    "wanted_on": "2026-12-03",
    "phone": "13812345678",
    "address": "江城市江岸区解放大道 1 号",
}
State = Submission.State


@pytest.fixture
def nursing(db):
    return DataSourceFactory(
        purpose="submit",
        target="home-nursing",
        parameters=[
            {"name": name, "origin": "patient" if name == "patient_id" else "form", "value": "", "required": True}
            for name in NAMES
        ],
    )


def send(source, key="form-number-0000001", **changes):
    given = Given(patient_number="P1", form={**ANSWERS, **changes})
    return submissions.submit(source, given, request_key=key, account_ref="a-lin")


def deliver_all() -> None:
    for item in OutboxItem.objects.filter(state=OutboxItem.State.PENDING):
        OutboxItem.objects.filter(pk=item.pk).update(due_at=item.created_at)
        outbox.run(item.pk)


@pytest.mark.three_databases
def test_a_form_is_kept_encrypted_and_taken_by_his(nursing, sandbox) -> None:
    sent = send(nursing)
    assert sent.state == State.PENDING
    deliver_all()
    sent.refresh_from_db()
    assert sent.state == State.DONE
    assert sent.answer_no.startswith("SF")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM datasources_submission")
        assert "13812345678" not in str(cursor.fetchall())


def test_a_form_that_is_sent_twice_is_one_submission(nursing, sandbox) -> None:
    assert send(nursing).pk == send(nursing, service="别的").pk
    assert OutboxItem.objects.count() == 1


@pytest.mark.parametrize("fault", ["timeout_after", "drop_after", "http_after", "garbage"])
def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_number(nursing, sandbox, fault) -> None:
    nursing.deadline_seconds = 1
    nursing.save()
    options = {"seconds": 2} if fault == "timeout_after" else {}
    sandbox.fault("his.submit_service", fault, times=1, **options)
    sent = send(nursing)
    deliver_all()
    sent.refresh_from_db()
    assert sent.state == State.PENDING

    deliver_all()

    sent.refresh_from_db()
    assert sent.state == State.DONE
    assert sent.answer_no.startswith("SF")


def test_a_refusal_is_told_in_his_words(nursing, sandbox) -> None:
    sandbox.fault("his.submit_service", "refuse", code="FULL", message="当天已约满，请改约其他日期")
    sent = send(nursing)
    deliver_all()
    sent.refresh_from_db()
    assert (sent.state, sent.reason) == (State.REFUSED, "当天已约满，请改约其他日期")


def test_nobody_reads_the_submission_of_another(nursing, sandbox) -> None:
    sent = send(nursing)
    assert submissions.get_submission(sent.ref, "a-lin") == sent
    for stranger in ("a-other", ""):
        with pytest.raises(NotFoundError):
            submissions.get_submission(sent.ref, stranger)
