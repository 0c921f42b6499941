"""Adding a patient as the page does it: documents, the code, a child with a guardian, the authority's answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from business.integration import realname, sms
from business.integration.outcomes import Unknown
from business.integration.realname import Verdict
from business.patients.handlers import name as ask_name_again
from business.patients.models import Guardian, Patient, PatientRule
from tests.factories import PatientFactory, resident_id
from tests.flow.conftest import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("1.1", "3.1")]
GOOD = {"name": "林晓雯", "phone": "13800138000", "relation": "other", "consent": "on", "id_type": "resident_id"}
GUARDIAN = {
    "guardian_relation": "mother",
    "guardian_name": "林晓雯",
    "guardian_id_type": "resident_id",
    "guardian_id_number": resident_id(3),
}


class FakeSms:
    """A gateway in memory."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, *, phone: str, template: str, params: Any, reference: str) -> str:
        self.sent.append((phone, params[0]))
        return "s-1"


class FakeAuthority:
    """Knows what the test says."""

    answer: Any = Verdict.MATCH
    asked: list[dict[str, str]]

    def __init__(self) -> None:
        self.asked = []

    def check(self, **question: str) -> Verdict:
        self.asked.append(question)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def gateway(monkeypatch) -> FakeSms:
    fake = FakeSms()
    monkeypatch.setattr(sms, "client", lambda: fake)
    monkeypatch.setattr(sms, "is_configured", lambda: True)
    return fake


@pytest.fixture
def authority(monkeypatch) -> FakeAuthority:
    fake = FakeAuthority()
    monkeypatch.setattr(realname, "client", lambda: fake)
    monkeypatch.setattr(realname, "is_configured", lambda: True)
    return fake


@pytest.fixture
def add(flow, mine, fake_his) -> Any:
    def send(action: str = "add", **typed: Any) -> Any:
        data = {**GOOD, "id_number": resident_id(1), **typed}
        return flow("patients.add").post(mine, action, {k: v for k, v in data.items() if v is not None}, htmx=True)

    return send


def child_id() -> str:
    return resident_id(2, born=timezone.localdate() - timedelta(days=700))


def test_the_code_is_sent_typed_and_asked_for_once(add, gateway) -> None:
    first = add()
    assert "请先获取短信验证码" in text_of(first)

    sent = add(step="code")
    html = sent.content.decode()
    assert sent.status_code == 200
    assert "验证码已发送到 138****8000" in text_of(sent)
    assert 'data-wait="60"' in html
    assert 'value="13800138000"' in html
    assert "checked" in html.split('name="consent"')[1].split(">")[0]
    assert not Patient.objects.exists()

    wrong = add(code="000000" if gateway.sent[0][1] != "000000" else "000001")
    assert "还可以再试 4 次" in text_of(wrong)

    assert add(code=gateway.sent[0][1]).status_code == 200
    patient = Patient.objects.get()
    assert patient.phone_proved_at is not None
    # The same phone for somebody else of the family needs no second code.
    assert add(id_number=resident_id(9)).status_code == 200
    assert (Patient.objects.count(), len(gateway.sent)) == (2, 1)


def test_a_wrong_name_after_a_right_code_does_not_cost_another_code(add, gateway, authority) -> None:
    authority.answer = Verdict.MISMATCH
    add(step="code")

    refused = add(code=gateway.sent[0][1])

    assert refused.status_code == 422
    assert "姓名与身份证号不一致" in text_of(refused)
    assert "这个手机号已验证" in text_of(refused)
    assert 'name="code"' not in refused.content.decode()
    authority.answer = Verdict.MATCH
    add()
    assert Patient.objects.get().name_state == "match"


def test_a_number_that_cannot_get_a_code_is_told_so_at_the_number(add, gateway) -> None:
    assert "手机号应为 11 位" in text_of(add(step="code", phone="1380013"))
    add(step="code")
    again = add(step="code")
    assert "秒后再获取" in text_of(again)
    assert len(gateway.sent) == 1


def test_a_passport_asks_for_what_it_does_not_tell(add) -> None:
    shaped = add("shape", id_type="passport", id_number="E12345678")
    html = shaped.content.decode()
    assert shaped.status_code == 200
    assert 'name="gender"' in html
    assert 'name="birth_date"' in html
    assert 'value="E12345678"' in html
    assert "请选择" not in text_of(shaped).split("证件号码")[0].replace("请选择证件", "")

    missing = add(id_type="passport", id_number="E12345678", name="SMITH JOHN")
    assert "请选择性别" in text_of(missing)
    assert "请填写出生日期" in text_of(missing)

    add(id_type="passport", id_number="e12345678", name="SMITH JOHN", gender="male", birth_date="1988-02-29")
    patient = Patient.objects.get()
    assert (patient.id_number, patient.gender, patient.birth_date.isoformat()) == ("E12345678", "male", "1988-02-29")
    assert patient.name == "SMITH JOHN"


def test_documents_the_hospital_does_not_take_are_neither_offered_nor_taken(add, flow, mine) -> None:
    PatientRule.objects.create(documents=["resident_id", "passport"])

    offered = flow("patients.add").island(mine).content.decode()
    refused = add(id_type="taiwan_permit", id_number="12345678", gender="male", birth_date="1988-02-29")

    assert 'value="passport"' in offered
    assert 'value="taiwan_permit"' not in offered
    assert refused.status_code == 422
    assert not Patient.objects.exists()


def test_a_child_without_a_number_is_added_with_a_guardian(add) -> None:
    born = (timezone.localdate() - timedelta(days=400)).isoformat()
    child = {"id_type": "birth_certificate", "id_number": "U420123456", "gender": "female", "birth_date": born}

    alone = add(**child)
    assert "请填写监护人姓名" in text_of(alone)
    assert 'name="guardian_id_number"' in alone.content.decode()
    young = add(**child, **{**GUARDIAN, "guardian_id_number": resident_id(3, born=timezone.localdate())})
    assert "监护人应年满 18 周岁" in text_of(young)
    assert add(**child, **GUARDIAN).status_code == 200

    guardian = Guardian.objects.get()
    assert (guardian.name, guardian.relation, guardian.phone) == ("林晓雯", "mother", "13800138000")
    assert guardian.patient.age == 1


def test_a_small_child_with_a_number_needs_a_guardian_too_and_an_old_certificate_is_refused(add) -> None:
    assert "监护人" in text_of(add(id_number=child_id()))
    assert add(id_number=child_id(), **GUARDIAN).status_code == 200
    assert Guardian.objects.count() == 1

    old = (timezone.localdate() - timedelta(days=3000)).isoformat()
    certificate = {"id_type": "birth_certificate", "id_number": "U420123457", "gender": "male", "birth_date": old}
    assert "只用于 6 岁以下" in text_of(add(**certificate, **GUARDIAN))


def test_a_guardian_with_a_passport_is_asked_for_a_birthday(add) -> None:
    guardian = {**GUARDIAN, "guardian_id_type": "passport", "guardian_id_number": "E87654321"}

    assert "请填写监护人出生日期" in text_of(add(id_number=child_id(), **guardian))
    assert add(id_number=child_id(), **guardian, guardian_birth_date="1990-01-01").status_code == 200


@pytest.mark.parametrize(
    ("answer", "state"),
    [(Verdict.MATCH, "match"), (Verdict.NO_RECORD, "no_record"), (Unknown("busy"), "pending")],
    ids=["match", "no record", "silence"],
)
def test_only_a_definite_no_of_the_authority_is_a_refusal(add, authority, answer, state) -> None:
    authority.answer = answer

    assert add().status_code == 200

    patient = Patient.objects.get()
    assert patient.name_state == state
    if state == "pending":
        authority.answer = Verdict.MISMATCH
        ask_name_again({"patient": patient.ref})
        patient.refresh_from_db()
        assert patient.name_state == "mismatch"


def test_the_authority_is_asked_about_residents_and_about_ones_own_phone_only(add, authority) -> None:
    PatientRule.objects.create(name_check="phone", phone_code=False)

    add(relation="self")
    add(relation="parent", id_number=resident_id(8))
    add(id_type="passport", id_number="E12345678", name="SMITH JOHN", gender="male", birth_date="1988-02-29")

    assert [question["phone"] for question in authority.asked] == ["13800138000", ""]


def test_the_limit_of_patients_is_the_hospitals(add, account) -> None:
    PatientRule.objects.create(most_patients=2)
    PatientFactory.create_batch(2, account=account, relation="other")

    assert "最多可以添加 2 位就诊人" in text_of(add())


def test_the_form_takes_a_constant_number_of_queries(flow, mine, gateway, count_queries) -> None:
    assert count_queries(lambda: flow("patients.add").island(mine)) <= 8


def test_a_code_of_a_guest_is_not_sent(flow, guest, gateway) -> None:
    answer = flow("patients.add").post(guest, "add", {**GOOD, "step": "code"})

    assert "/-/signin/" in answer["Location"]
    assert gateway.sent == []
