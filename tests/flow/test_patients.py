"""Patients of an account: add, choose, remove; what a guest and a stranger see; messages and lasting links."""

import pytest

from business.integration.outcomes import Unknown
from business.messaging import services as messaging
from business.patients.models import AccountSession, Patient
from tests.factories import AppointmentFactory, PatientFactory, resident_id
from tests.flow.conftest import Step, text_of
from tests.pages.building import block, make_page
from tests.registration.fake_his import FakeHis

pytestmark = pytest.mark.django_db
GOOD = {"name": "林晓雯", "phone": "13800138000", "relation": "self", "consent": "on"}


@pytest.fixture
def switcher(home) -> Step:
    """A page with the switcher."""
    stored = block("patient_switcher")
    page = make_page(home, "切换", [stored], slug="switch")
    return Step(page, stored["id"], "/switch/")


def add(flow, client, query="", **typed):
    data = {**GOOD, "id_number": resident_id(), **typed}
    return flow("patients.add").post(client, "add", {k: v for k, v in data.items() if v is not None}, query=query)


def test_a_patient_is_added_and_shown_with_masked_numbers(flow, mine, account, fake_his: FakeHis) -> None:
    answer = add(flow, mine)

    patient = Patient.objects.get()
    assert answer["Location"] == f"{flow('patients.list').url}?added={patient.ref}"
    page = flow("patients.list").island(mine, f"?added={patient.ref}")
    assert "已添加 林晓雯" in text_of(page)
    assert patient.masked_id_number in text_of(page)
    assert patient.id_number not in page.content.decode()
    assert patient.phone not in page.content.decode()


def test_after_adding_the_patient_is_chosen_where_they_were_needed(flow, mine, fake_his: FakeHis) -> None:
    answer = add(flow, mine, next="/registration-confirm/?slot=abc&patient=old")

    assert answer["Location"] == f"/registration-confirm/?slot=abc&patient={Patient.objects.get().ref}"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere_after_adding(flow, mine, fake_his: FakeHis, target) -> None:
    answer = add(flow, mine, next=target)

    assert answer["Location"].startswith(flow("patients.list").url)


def test_each_mistake_stands_at_its_field_and_everything_typed_is_kept(flow, mine, fake_his: FakeHis) -> None:
    answer = add(flow, mine, name="林3", id_number="42010619900307000X", phone="123")

    html = answer.content.decode()
    assert answer.status_code == 422
    for field in ("name", "id_number", "phone"):
        assert f'id="patient_{field}_error"' in html
    assert 'value="林3"' in html
    assert 'value="42010619900307000X"' in html
    assert 'value="123"' in html
    assert 'name="consent" aria-' in html or "checked" in html
    assert not Patient.objects.exists()


def test_consent_is_not_given_beforehand_and_is_asked_for(flow, mine, fake_his: FakeHis) -> None:
    empty = flow("patients.add").island(mine).content.decode()
    answer = add(flow, mine, consent=None)

    box = empty.split('name="consent"')[1].split(">")[0]
    assert "checked" not in box
    assert answer.status_code == 422
    assert "请阅读并勾选同意" in text_of(answer)
    assert "隐私说明" in text_of(answer)
    assert not Patient.objects.exists()


def test_while_his_is_silent_the_patient_is_added_and_told_so(flow, mine, monkeypatch, fake_his: FakeHis) -> None:
    def silent(**_facts):
        raise Unknown("timeout")

    monkeypatch.setattr(fake_his, "find_patient", silent, raising=False)

    answer = add(flow, mine)

    shown = text_of(mine.get(answer["Location"], {"whole": "1", "added": Patient.objects.get().ref}))
    assert "建档中" in shown


def test_the_list_changes_default_and_removes_after_asking(flow, mine, account) -> None:
    first = PatientFactory(account=account)
    second = PatientFactory(account=account, name="周桂兰", is_default=False)
    step = flow("patients.list")
    shown = text_of(step.island(mine))

    step.post(mine, "make_default", {"patient": second.ref})
    step.post(mine, "remove", {"patient": first.ref})

    assert "确认移除 周桂兰" in shown
    second.refresh_from_db()
    first.refresh_from_db()
    assert second.is_default
    assert first.removed_at is not None


def test_a_patient_with_a_booking_to_come_stays_and_the_reason_is_told(flow, mine, account) -> None:
    patient = PatientFactory(account=account)
    AppointmentFactory(patient=patient)

    answer = flow("patients.list").post(mine, "remove", {"patient": patient.ref}, htmx=True)

    assert answer.status_code == 422
    assert "预约" in text_of(answer).split("确认移除")[0]
    patient.refresh_from_db()
    assert patient.removed_at is None


@pytest.mark.parametrize(("role", "action"), [("patients.list", "remove"), ("patients.list", "make_default")])
def test_a_strangers_patient_is_not_found(flow, stranger, account, role, action) -> None:
    patient = PatientFactory(account=account, is_default=False)

    answer = flow(role).post(stranger, action, {"patient": patient.ref})

    assert answer.status_code == 422
    assert "没有找到这位就诊人" in text_of(answer)
    patient.refresh_from_db()
    assert patient.removed_at is None
    assert not patient.is_default


def test_the_switcher_shows_the_default_and_changes_it(switcher, mine, stranger, account) -> None:
    PatientFactory(account=account)
    other = PatientFactory(account=account, name="周桂兰", is_default=False)

    before = text_of(switcher.island(mine))
    answer = switcher.post(mine, "switch", {"patient": other.ref}, query="?patient=old&x=1")
    after = text_of(switcher.island(mine))

    assert before.index("林晓雯") < before.index("周桂兰")
    assert after.index("周桂兰") < after.index("林晓雯")
    assert answer["Location"] == "/switch/?x=1"
    assert switcher.post(stranger, "switch", {"patient": other.ref}).status_code == 422


def test_a_guest_is_invited_and_comes_back_to_the_page(switcher, guest) -> None:
    fragment = switcher.island(guest, "?a=1")

    assert "登录后查看" in text_of(fragment)
    assert "/-/signin/?next=%2Fswitch%2F%3Fa%3D1" in fragment.content.decode()


def test_eight_patients_take_as_many_queries_as_one(switcher, flow, mine, account, count_queries) -> None:
    PatientFactory(account=account)
    one = count_queries(lambda: switcher.island(mine)), count_queries(lambda: flow("patients.list").island(mine))
    for _ in range(7):
        PatientFactory(account=account, is_default=False)

    eight = count_queries(lambda: switcher.island(mine)), count_queries(lambda: flow("patients.list").island(mine))

    assert one == eight
    assert max(one) <= 9


def test_my_page_leads_to_everything_and_signs_out(flow, mine, guest, account) -> None:
    PatientFactory(account=account)

    html = flow("account.me").island(mine).content.decode()
    mine.post("/-/signout/", {"next": "/"})

    for role in ("registration.mine", "patients.list", "messages"):
        assert f'href="{flow(role).url}"' in html
    assert not AccountSession.objects.filter(account=account).exists()
    assert "您还没有登录" in text_of(flow("account.me").island(guest))


def test_messages_are_the_accounts_own_and_lead_on(flow, mine, stranger, account, count_queries) -> None:
    for n in range(3):
        messaging.notify(
            account_ref=account.ref,
            openid="",
            event="registration.booked",
            facts={"department": f"消化内科{n}", "number": "23号"},
            key=f"k{n}",
            path="/-/go/registration.result/?appointment=abc",
        )

    fragment = flow("messages").island(mine)

    assert "预约挂号成功" in text_of(fragment)
    assert "消化内科2" in text_of(fragment)
    assert "/-/go/registration.result/?appointment=abc" in fragment.content.decode()
    assert "还没有消息" in text_of(flow("messages").island(stranger))


def test_a_lasting_link_follows_the_role_and_keeps_the_query(flow, guest) -> None:
    found = guest.get("/-/go/registration.result/?appointment=abc&x=%26")
    unknown = guest.get("/-/go/nonsense/")

    assert found["Location"] == f"{flow('registration.result').url}?appointment=abc&x=%26"
    assert unknown.status_code == 404


def test_a_lasting_link_to_a_role_without_a_page_is_a_page_in_chinese(home, guest) -> None:
    found = guest.get("/-/go/messages/")

    assert found.status_code == 404
    assert "首页" in text_of(found)


def test_a_booking_shows_on_the_card_of_the_next_visit(home, mine, guest, account) -> None:
    stored = block("next_visit")
    page = make_page(home, "就诊", [stored], slug="visit")
    step = Step(page, stored["id"], "/visit/")
    AppointmentFactory(patient=PatientFactory(account=account))

    shown = text_of(step.island(mine))

    assert "明天就诊" in shown
    assert "08:10-08:20" in shown
    assert "1 号" in shown
    assert text_of(step.island(guest)).strip() == ""
