"""A patient's own pages: the graphic card, the code, binding a card, editing, a block on bookings and its appeal."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from business.integration.his import CardFile
from business.integration.outcomes import Refused
from business.patients import codes
from business.patients.models import Appeal, Block, Guardian, Patient, VisitCard
from business.patients.services import bindings, standing
from tests.factories import AppointmentFactory, PatientFactory, SlotFactory, resident_id
from tests.flow.conftest import text_of
from tests.registration.fake_his import FakeHis

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin(account) -> Patient:
    patient = PatientFactory(account=account, card_no="360110000001", relation="self")
    bindings.claim_of_file(patient)
    return patient


def block_of(patient: Patient) -> Block:
    return standing.close_by_staff(
        patient=patient, reason="多次预约未就诊", ends_at=timezone.now() + timedelta(days=30)
    )


@pytest.mark.req("1.1")
def test_the_card_hides_its_numbers_until_touched(flow, mine, lin) -> None:
    step, query = flow("patients.detail"), f"?patient={lin.ref}"
    hidden = step.island(mine, query).content.decode()
    shown = step.post(mine, "reveal", {}, query=query, htmx=True)

    for number in (lin.id_number, lin.card_no, lin.phone):
        assert number not in hidden
        assert number in shown.content.decode()
    assert shown.status_code == 200
    assert "3601 **** 0001" in hidden
    assert flow("patients.code").url in hidden


@pytest.mark.req("2.1")
def test_the_code_on_the_page_is_the_patients_and_renews_itself(flow, mine, lin, monkeypatch) -> None:
    issued = []
    issue = codes.issue
    monkeypatch.setattr(codes, "issue", lambda patient: issued.append(issue(patient)) or issued[-1])

    answer = flow("patients.code").island(mine)

    assert codes.verify(issued[0]) == lin
    assert "<svg" in answer.content.decode()
    assert "data-countdown=" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert lin.card_no not in answer.content.decode()


def test_strangers_and_guests_see_nothing_of_a_patient(flow, stranger, guest, lin) -> None:
    query = f"?patient={lin.ref}"
    card = VisitCard.objects.get()

    for role in ("patients.detail", "patients.edit", "patients.code"):
        for client in (stranger, guest):
            answer = flow(role).island(client, query)
            assert lin.name not in answer.content.decode()
    for role, action, data in (
        ("patients.detail", "reveal", {}),
        ("patients.detail", "remove", {}),
        ("patients.detail", "unbind", {"card": card.ref}),
        ("patients.edit", "save", {"name": "王小明"}),
    ):
        answer = flow(role).post(stranger, action, data, query=query)
        assert answer.status_code == 422
        assert "没有找到" in text_of(answer)
    card.refresh_from_db()
    assert card.is_bound


def test_a_card_is_unbound_after_asking_and_not_while_a_visit_is_ahead(flow, mine, lin) -> None:
    step, query, card = flow("patients.detail"), f"?patient={lin.ref}", VisitCard.objects.get()
    visit = AppointmentFactory(patient=lin)
    assert "预约" in text_of(step.post(mine, "unbind", {"card": card.ref}, query=query))
    visit.delete()

    answer = step.post(mine, "unbind", {"card": card.ref}, query=query)

    assert answer["Location"].endswith(f"{query}&unbound=1")
    assert "就诊卡已解绑" in text_of(step.island(mine, f"{query}&unbound=1"))
    assert "还没有绑定就诊卡" in text_of(step.island(mine, query))


def test_a_card_is_bound_and_taken_over_on_the_page(flow, mine, account, fake_his: FakeHis, monkeypatch) -> None:
    card = CardFile("P77", "360177", "resident_id", resident_id(77), "female", date(1990, 3, 7))
    monkeypatch.setattr(fake_his, "find_card", lambda **_: card, raising=False)
    typed = {"card_no": "360177", "name": "林晓雯", "phone": "13800000001", "relation": "self"}
    step = flow("patients.bind")
    other = PatientFactory(card_no="360177", his_patient_id="P77", id_number=resident_id(77))
    bindings.claim_of_file(other)
    VisitCard.objects.update(bound_at=timezone.now() - timedelta(days=30))

    asked = step.post(mine, "bind", typed, htmx=True)
    done = step.post(mine, "bind", {**typed, "takes_over": "yes"})

    assert asked.status_code == 422
    assert "确认换绑到我的账户" in text_of(asked)
    assert 'value="360177"' in asked.content.decode()
    mine_now = Patient.objects.get(account=account)
    assert f"patient={mine_now.ref}&bound=1" in done["Location"]


def test_mistakes_about_a_card_stand_at_their_field(flow, mine, fake_his: FakeHis, monkeypatch) -> None:
    def unknown(**_facts):
        raise Refused("PHONE_MISMATCH")

    monkeypatch.setattr(fake_his, "find_card", unknown, raising=False)
    step = flow("patients.bind")

    empty = text_of(step.post(mine, "bind", {}))
    wrong = step.post(mine, "bind", {"card_no": "1234", "name": "林晓雯", "phone": "13800000001", "relation": "self"})

    for sentence in ("请填写就诊卡号", "请填写姓名", "请填写 11 位手机号", "请选择与您的关系"):
        assert sentence in empty
    assert 'id="card_card_no_error"' in wrong.content.decode()
    assert 'value="1234"' in wrong.content.decode()


def test_editing_keeps_what_is_left_empty_and_checks_what_is_new(flow, mine, lin, fake_his: FakeHis) -> None:
    step, query = flow("patients.edit"), f"?patient={lin.ref}"
    same = {"id_type": "resident_id", "name": lin.name, "relation": "parent"}
    shown = step.island(mine, query).content.decode()
    saved = step.post(mine, "save", same, query=query)

    assert lin.id_number not in shown
    assert lin.phone not in shown
    assert f"patient={lin.ref}&saved=1" in saved["Location"]
    before = lin.id_number, lin.phone
    lin.refresh_from_db()
    assert (lin.id_number, lin.phone, lin.relation) == (*before, "parent")

    wrong = step.post(mine, "save", {**same, "id_number": "123"}, query=query)
    assert "您填写了 3 位" in text_of(wrong)
    step.post(mine, "save", {**same, "id_number": resident_id(500), "name": "林晓文"}, query=query)
    lin.refresh_from_db()
    assert (lin.id_number, lin.name, lin.his_patient_id) == (resident_id(500), "林晓文", "P1")
    assert not VisitCard.objects.filter(claim=bindings.card_index("360110000001")).exists()


def test_who_has_a_visit_ahead_cannot_become_somebody_else(flow, mine, lin, fake_his: FakeHis) -> None:
    AppointmentFactory(patient=lin)
    typed = {"id_type": "resident_id", "name": "王小明", "relation": "self"}

    answer = flow("patients.edit").post(mine, "save", typed, query=f"?patient={lin.ref}")

    assert answer.status_code == 422
    assert "预约" in text_of(answer)
    lin.refresh_from_db()
    assert lin.name == "林晓雯"


def test_a_childs_guardian_stays_when_nothing_new_is_typed(flow, mine, account, fake_his: FakeHis) -> None:
    born = timezone.localdate() - timedelta(days=700)
    child = PatientFactory(account=account, id_number=resident_id(2, born=born), relation="child")
    guardian = {"relation": "mother", "name": "林晓雯", "id_type": "resident_id", "id_number": resident_id(3)}
    Guardian.objects.create(patient=child, phone="13800138000", **guardian)
    typed = {
        "id_type": "resident_id",
        "name": child.name,
        "relation": "child",
        "guardian_relation": "father",
        "guardian_name": "林大雯",
        "guardian_id_type": "resident_id",
    }

    answer = flow("patients.edit").post(mine, "save", typed, query=f"?patient={child.ref}")

    assert answer.status_code == 303
    kept = Guardian.objects.get(patient=child)
    assert (kept.name, kept.relation, kept.id_number) == ("林大雯", "father", resident_id(3))


@pytest.mark.req("46.21")
def test_a_blocked_patient_reads_why_and_until_when_and_appeals_once(flow, mine, lin, fake_his: FakeHis) -> None:
    closed = block_of(lin)
    slot = SlotFactory()
    booking = flow("registration.confirm").post(
        mine, "hold", {"patient": lin.ref, "slot": slot.ref, "request_key": "k"}, query=f"?slot={slot.ref}"
    )
    step, query = flow("patients.detail"), f"?patient={lin.ref}"

    assert "因多次预约未就诊，暂停预约至" in text_of(booking)
    assert f"{step.url}?patient={lin.ref}" in booking.content.decode()
    assert "多次预约未就诊" in text_of(step.island(mine, query))
    short = step.post(mine, "appeal", {"block": closed.ref, "text": "不对"}, query=query)
    assert "5–500 字" in text_of(short)
    assert ">不对</textarea>" in short.content.decode()
    step.post(mine, "appeal", {"block": closed.ref, "text": "当天急诊住院，有病历"}, query=query)
    again = step.post(mine, "appeal", {"block": closed.ref, "text": "当天急诊住院，有病历"}, query=query)
    assert "已经提交过申诉" in text_of(again)
    assert Appeal.objects.get().text == "当天急诊住院，有病历"
    assert "待处理" in text_of(step.island(mine, query))


def test_a_page_takes_as_many_queries_for_eight_as_for_one(flow, mine, account, lin, count_queries) -> None:
    pages = [flow(role) for role in ("patients.detail", "patients.code", "patients.list", "patients.edit")]
    query = f"?patient={lin.ref}"
    one = [count_queries(lambda step=step: step.island(mine, query)) for step in pages]
    for number in range(6):
        bindings.claim_of_file(PatientFactory(account=account, is_default=False, card_no=f"36019{number}"))

    eight = [count_queries(lambda step=step: step.island(mine, query)) for step in pages]

    assert one == eight
    assert max(one) <= 12
