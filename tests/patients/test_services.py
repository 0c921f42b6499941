"""Adding, removing and choosing patients; their files come from the sandbox's HIS over HTTP."""

import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from business.integration import his, outbox
from business.integration.models import CallLog, OutboxItem
from business.integration.outcomes import Unknown
from business.patients import queries, services
from business.patients.errors import FileRefused, NotFoundError, PatientBusy, TooMany
from business.patients.models import Account, Patient, PatientRule
from business.patients.services import files, people
from business.security.errors import InvalidInput, SeveralInvalid
from business.security.models import AuditEvent
from tests.factories import AccountFactory, PatientFactory, resident_id

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rule(db: None) -> PatientRule:
    """No codes and no authority here: they have their own tests."""
    return PatientRule.objects.create(phone_code=False, name_check="off")


def add(account: Account, number: int = 0, **values: str) -> Patient:
    typed = {"name": "林晓雯", "id_number": resident_id(number), "phone": "13871326620", "relation": "other"}
    return services.add_patient(account=account, **{**typed, **values})


def due_now() -> None:
    OutboxItem.objects.filter(state="pending").update(due_at="2020-01-01T00:00:00Z")


@pytest.fixture
def person(request: pytest.FixtureRequest) -> int:
    """A person HIS has not met in this session."""
    return 50_000 + zlib.crc32(request.node.nodeid.encode()) % 1_000_000


@pytest.mark.req("1.1")
def test_a_new_person_gets_a_file_and_becomes_the_default(sandbox: Any, person: int) -> None:
    account = AccountFactory()

    patient = add(account, person, relation="self")

    assert patient.file_state == Patient.FileState.READY
    assert patient.his_patient_id
    assert patient.is_default
    found = his.client().find_patient(id_type="resident_id", id_number=patient.id_number, name="林晓雯")
    assert found is not None
    assert found.patient_id == patient.his_patient_id
    assert AuditEvent.objects.filter(event="patients.add", actor=account.ref, object_ref=patient.ref).exists()


@pytest.mark.req("G5.1")
def test_nothing_personal_is_readable_in_the_database_or_the_call_log(sandbox: Any, person: int) -> None:
    patient = add(AccountFactory(), person)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM patients_patient WHERE id = %s", [patient.pk])
        raw = str(cursor.fetchone())
    logged = "".join(f"{call.request}{call.answer}" for call in CallLog.objects.all())
    assert CallLog.objects.filter(system="his", operation="create_patient", outcome="ok").count() == 1
    for secret in (patient.id_number, "林晓雯", patient.phone, patient.id_number[6:14]):
        assert secret not in raw
        assert secret not in logged
    assert Patient.objects.get(pk=patient.pk).id_number == patient.id_number


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(SeveralInvalid) as caught:
        services.add_patient(account=AccountFactory(), name="1", id_number="123", phone="", relation="friend")

    assert [problem.field for problem in caught.value.errors] == ["name", "id_number", "phone", "relation"]
    assert Patient.objects.count() == 0


def test_the_same_person_twice_is_refused_in_a_sentence(sandbox: Any, person: int) -> None:
    account = AccountFactory()
    add(account, person)

    with pytest.raises(InvalidInput, match="该就诊人已在您的名下") as caught:
        add(account, person)

    assert (caught.value.field, Patient.objects.count()) == ("id_number", 1)


def test_two_accounts_may_care_for_the_same_person(sandbox: Any, person: int) -> None:
    one, two = add(AccountFactory(), person), add(AccountFactory(), person)

    assert one.his_patient_id == two.his_patient_id
    assert one.id_index == two.id_index


def test_an_account_has_eight_patients_and_one_self(sandbox: Any) -> None:
    account = AccountFactory()
    PatientFactory(account=account, relation="self")
    with pytest.raises(InvalidInput) as caught:
        add(account, 90_000, relation="self")
    assert caught.value.field == "relation"
    PatientFactory.create_batch(7, account=account, relation="other", is_default=False)

    with pytest.raises(TooMany, match="最多可以添加 8 位"):
        add(account, 90_000)


@pytest.mark.req("1.1")
def test_a_name_that_his_knows_differently_is_refused_before_anything_is_stored(sandbox: Any, person: int) -> None:
    add(AccountFactory(), person)
    account = AccountFactory()

    with pytest.raises(InvalidInput, match="姓名与医院已有档案不一致") as caught:
        add(account, person, name="王小明")

    assert caught.value.field == "name"
    assert not queries.patients_of(account).exists()
    assert AuditEvent.objects.filter(event="patients.add", actor=account.ref, result="denied").count() == 1


def test_guessing_names_is_stopped_for_the_day(sandbox: Any, person: int) -> None:
    add(AccountFactory(), person)
    account = AccountFactory()
    for _ in range(people.MOST_REFUSALS):
        with pytest.raises(InvalidInput):
            add(account, person, name="王小明")

    with pytest.raises(TooMany):
        add(account, person, name="王小明")

    with time_machine.travel(timezone.now() + timedelta(hours=25)), pytest.raises(InvalidInput):
        add(account, person, name="王小明")


@pytest.mark.req("1.1")
@pytest.mark.parametrize("fault", ["http", "drop_before", "drop_after", "garbage"])
def test_while_his_is_silent_the_patient_is_added_and_the_file_follows(sandbox: Any, fault: str) -> None:
    number = 40_000 + sum(map(ord, fault)) * 25
    sandbox.fault("his.find_patient", fault, times=2)  # one repetition of a read is our own
    sandbox.fault("his.create_patient", fault)
    account = AccountFactory()

    patient = add(account, number)

    assert patient.file_state == Patient.FileState.PENDING
    assert [p.ref for p in queries.patients_of(account)] == [patient.ref]
    sandbox.clear_faults()
    due_now()
    outbox.run_due()
    patient.refresh_from_db()
    assert patient.file_state == Patient.FileState.READY
    assert patient.his_patient_id
    assert OutboxItem.objects.get().state == OutboxItem.State.DONE


def test_a_file_opened_behind_a_lost_answer_is_found_again_not_opened_twice(sandbox: Any, person: int) -> None:
    sandbox.fault("his.create_patient", "drop_after")
    patient = add(AccountFactory(), person)
    assert patient.file_state == Patient.FileState.PENDING

    first = services.ensure_file(patient)

    again = his.client().create_patient(
        request_no="another",
        id_type="resident_id",
        id_number=patient.id_number,
        name=patient.name,
        phone=patient.phone,
        gender=patient.gender,
        birth_date=patient.birth_date,
    )
    assert again.patient_id == first.his_patient_id


def test_ensure_file_says_why_there_is_none_and_asks_again_later(sandbox: Any, person: int) -> None:
    sandbox.fault("his.find_patient", "http", times=1)
    patient = add(AccountFactory(), person)

    sandbox.fault("his.find_patient", "refuse", code="NAME_MISMATCH")
    with pytest.raises(FileRefused, match="姓名与医院已有档案不一致"):
        services.ensure_file(patient)
    assert Patient.objects.get(pk=patient.pk).file_state == Patient.FileState.REFUSED

    sandbox.fault("his.find_patient", "http", times=1)
    with pytest.raises(Unknown):
        services.ensure_file(patient)
    assert services.ensure_file(patient).file_state == Patient.FileState.READY


def test_removing_keeps_the_row_and_names_another_default(sandbox: Any) -> None:
    account = AccountFactory()
    first = PatientFactory(account=account)
    second = PatientFactory(account=account, is_default=False, relation="child")

    services.remove_patient(account=account, ref=first.ref)

    first.refresh_from_db()
    assert first.account_claim is None
    assert first.removed_at is not None
    assert [p.ref for p in queries.patients_of(account)] == [second.ref]
    assert queries.default_patient(account).is_default  # type: ignore[union-attr]
    with pytest.raises(NotFoundError):
        queries.get_patient(account, first.ref)
    assert services.add_patient(
        account=account, name=first.name, id_number=first.id_number, phone=first.phone, relation="self"
    )


def test_a_guard_of_a_higher_layer_keeps_a_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_removal_guards", [lambda patient: "还有未完成的预约，请先退号"])
    patient = PatientFactory()

    with pytest.raises(PatientBusy, match="还有未完成的预约"):
        services.remove_patient(account=patient.account, ref=patient.ref)

    assert queries.patients_of(patient.account).exists()


def test_nobody_touches_a_strangers_patient() -> None:
    patient, stranger = PatientFactory(), AccountFactory()

    for attempt in (
        lambda: queries.get_patient(stranger, patient.ref),
        lambda: services.remove_patient(account=stranger, ref=patient.ref),
        lambda: services.set_default(account=stranger, ref=patient.ref),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    assert queries.get_patient(patient.account, patient.ref) == patient


def test_there_is_one_default() -> None:
    account = AccountFactory()
    first = PatientFactory(account=account)
    second = PatientFactory(account=account, is_default=False, relation="child")

    services.set_default(account=account, ref=second.ref)

    assert list(queries.patients_of(account)) == [second, first]
    assert [p.is_default for p in queries.patients_of(account)] == [True, False]


def test_masked_properties_show_ends_only() -> None:
    patient = PatientFactory(name="林晓雯", id_number="11010519491231002X", phone="13871326620")

    assert (patient.masked_name, patient.masked_phone) == ("**雯", "138****6620")
    assert patient.masked_id_number == "1101**********002X"
    with time_machine.travel("2026-12-30T12:00:00+08:00"):
        assert patient.age == 76
    with time_machine.travel("2026-12-31T00:30:00+08:00"):
        assert (patient.age, patient.gender) == (77, "female")


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_a_double_tap_adds_one_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    account = AccountFactory()
    monkeypatch.setattr(files, "ask_his", lambda patient, guardian: his.PatientFile("P1", "C1"))

    def tap(_: int) -> str:
        try:
            return add(account, 5).ref
        except InvalidInput as problem:
            return problem.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as taps:
        answers = list(taps.map(tap, range(8)))

    assert answers.count("duplicate") == 7
    assert Patient.objects.filter(account=account).count() == 1
