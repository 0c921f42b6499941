"""预约, 就诊人: what is shown, what is hidden, how it is found."""

import re

import pytest
from django.urls import reverse

from business.security.crypto import blind_index
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR
from tests.backoffice import builders

pytestmark = pytest.mark.django_db
NAME, ID, PHONE = "欧阳明月", "420111199003074526", "13800006620"


@pytest.fixture
def client(as_role):
    return as_role(ADMINISTRATOR)


@pytest.fixture
def booking(db):
    row = builders.appointment(who=builders.patient(NAME, ID, PHONE))
    builders.paid(row)
    return row


def refs(answer) -> list[str]:
    return [row.ref for row in answer.context["object_list"]]


@pytest.mark.req("46.28")
@pytest.mark.parametrize("name", ["desk_appointments", "desk_patients", "desk_messages", "desk_calls", "desk_outbox"])
def test_lists_and_details_hide_personal_data(client, booking, name):
    builders.outbox_item(payload={"name": NAME, "phone": PHONE, "id_number": ID}, last_error=f"no answer for {PHONE}")
    builders.call(request=f'{{"name":"{NAME}","id_number":"{ID}","phone":"{PHONE}"}}', answer=f"text {ID} {PHONE}")
    text = client.get(reverse(f"{name}:index")).content.decode()
    for row in client.get(reverse(f"{name}:index")).context["object_list"]:
        text += client.get(reverse(f"{name}:inspect", args=[row.pk])).content.decode()
    for secret in (NAME, ID, PHONE):
        assert secret not in text


@pytest.mark.req("46.18")
def test_the_detail_tells_the_whole_story(client, booking):
    text = client.get(reverse("desk_appointments:inspect", args=[booking.pk])).content.decode()
    order = booking.account.orders.get()
    for expected in ("锁号中", "HIS 已确认", order.out_trade_no, order.payments.get().transaction_id, "预约成功通知"):
        assert expected in text
    assert "registrations.confirm" in text
    assert "患者看到的" in text


class TestFinding:
    """By whole numbers in the address, by personal data through POST only."""

    @pytest.mark.parametrize("number", ["ref", "trade_no", "his_order_no"])
    def test_by_its_numbers(self, client, booking, number):
        builders.appointment()
        answer = client.get(reverse("desk_appointments:index"), {"q": getattr(booking, number)})
        assert refs(answer) == [booking.ref]

    def test_by_the_order_number(self, client, booking):
        builders.paid(builders.appointment())
        answer = client.get(reverse("desk_appointments:index"), {"q": booking.account.orders.get().out_trade_no})
        assert refs(answer) == [booking.ref]

    @pytest.mark.parametrize("typed", [NAME, ID, PHONE, f" {ID.lower()} ", "138 0000 6620", "+8613800006620"])
    def test_by_a_person(self, client, booking, typed):
        # Given another person's booking
        builders.appointment(who=builders.patient("李娜", "110101198001010010", "13900000000"))
        # When somebody looks the person up
        answer = client.post(reverse("desk_appointments:find"), {"person": typed}, follow=True)
        # Then only that person's booking is shown, and no name or number stands in an address or in the trail
        assert refs(answer) == [booking.ref]
        url = answer.redirect_chain[-1][0]
        assert re.search(r"person=[0-9a-f]{64}$", url)
        event = AuditEvent.objects.get(event="patient.searched")
        assert typed.strip() not in str(event.detail)

    def test_a_patient_too(self, client, booking):
        builders.patient("李娜", "110101198001010010", "13900000000")
        answer = client.post(reverse("desk_patients:find"), {"person": PHONE}, follow=True)
        assert refs(answer) == [booking.patient.ref]

    def test_the_three_kinds_of_index_stay_apart(self, client, booking):
        index = blind_index("patient.phone", NAME)
        assert refs(client.get(reverse("desk_appointments:index"), {"person": index})) == []

    def test_by_state_day_department_and_campus(self, client, booking):
        other = builders.appointment("failed")
        base = builders.hospital()
        schedule = booking.slot.schedule
        url = reverse("desk_appointments:index")
        assert refs(client.get(url, {"state": "failed"})) == [other.ref]
        day = schedule.date.isoformat()
        assert set(refs(client.get(url, {"day_from": day, "day_to": day}))) == {booking.ref, other.ref}
        assert refs(client.get(url, {"day_from": "2020-01-01", "day_to": "2020-01-02"})) == []
        assert len(refs(client.get(url, {"department": base["department"].pk, "campus": base["campus"].pk}))) == 2


@pytest.mark.req("G5.1")
class TestUnmasking:
    """Seeing the whole name is a deed."""

    @pytest.mark.parametrize("desk", ["desk_appointments", "desk_patients"])
    def test_with_a_reason_once_and_written_down(self, client, booking, desk):
        pk = booking.pk if desk == "desk_appointments" else booking.patient_id
        # When an administrator gives a reason
        answer = client.post(reverse(f"{desk}:act", args=[pk, "unmask"]), {"reason": "核对患者来电"})
        # Then this answer shows the data, is kept by no cache, and the next one hides it again
        text = answer.content.decode()
        for secret in (NAME, ID, PHONE):
            assert secret in text
        assert "no-store" in answer["Cache-Control"]
        assert NAME not in client.get(reverse(f"{desk}:inspect", args=[pk])).content.decode()
        event = AuditEvent.objects.get(event="patient.unmasked")
        assert event.actor == client.user.username
        assert event.detail["reason"] == "核对患者来电"
        assert event.source_ip == "127.0.0.1"

    @pytest.mark.parametrize("reason", ["", "看", "   "])
    def test_without_a_reason_nothing_is_shown(self, client, booking, reason):
        answer = client.post(reverse("desk_appointments:act", args=[booking.pk, "unmask"]), {"reason": reason})
        assert answer.status_code == 422
        assert NAME not in answer.content.decode()
        assert not AuditEvent.objects.filter(event="patient.unmasked").exists()

    def test_what_cannot_be_written_down_is_not_shown(self, client, booking, monkeypatch):
        # Given a trail that takes nothing (T15)
        def broken(*args, **kwargs):
            raise OSError("disk full")

        monkeypatch.setattr("business.security.audit.record", broken)
        client.raise_request_exception = False
        # When somebody asks
        answer = client.post(reverse("desk_appointments:act", args=[booking.pk, "unmask"]), {"reason": "核对患者来电"})
        # Then they get nothing
        assert answer.status_code == 500
        assert NAME not in answer.content.decode()

    def test_get_is_no_deed(self, client, booking):
        answer = client.get(reverse("desk_appointments:act", args=[booking.pk, "unmask"]))
        assert answer.status_code == 405
