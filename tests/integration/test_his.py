"""The HIS adapter against the sandbox's HIS, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from business.integration import his
from business.integration.his import SlotFact
from business.integration.models import CallLog
from business.integration.outcomes import NotSent, Refused, Unknown
from business.security.refs import new_ref
from tests.factories import resident_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient_id(sandbox: Any) -> str:
    return (
        his.client()
        .create_patient(
            request_no=new_ref(),
            id_type="resident_id",
            id_number=resident_id(77_000),
            name="周晓",
            phone="13871326620",
            gender="female",
            birth_date=timezone.localdate() - timedelta(days=9000),
        )
        .patient_id
    )


def free_slot(place: int) -> tuple[SlotFact, int]:
    day = timezone.localdate() + timedelta(days=3)
    fees = {s.code: s.fee_fen for s in his.client().schedules(day, day) if s.state == "open"}
    slots = [s for s in his.client().slots(day, day) if s.state == "free" and s.schedule_code in fees]
    slot = slots[place]
    return slot, fees[slot.schedule_code]


@pytest.mark.req("1.2")
def test_base_data_is_typed(sandbox: Any) -> None:
    port = his.client()
    day = timezone.localdate() + timedelta(days=2)

    assert {c.name for c in port.campuses()} and all(d.code for d in port.departments())
    assert all(d.gender in {"male", "female"} and d.department_codes for d in port.doctors())
    schedules = port.schedules(day, day)
    assert schedules
    assert all(s.date == day and s.fee_fen >= 0 and s.updated_at.tzinfo for s in schedules)
    one = schedules[0]
    assert all(s.schedule_code == one.code and s.start < s.end for s in port.slots(day, day, one.code))
    assert {s.department_code for s in port.schedules(day, day, one.department_code)} == {one.department_code}


@pytest.mark.req("1.2")
def test_a_registration_from_lock_to_cancel_and_every_step_twice(sandbox: Any, patient_id: str) -> None:
    port = his.client()
    slot, fee = free_slot(0)
    trade_no = new_ref()
    lock = {
        "trade_no": trade_no,
        "slot_code": slot.code,
        "patient_id": patient_id,
        "fee_fen": fee,
        "hold_seconds": 900,
    }
    assert port.query_registration(trade_no=trade_no) is None

    locked = port.lock_slot(**lock)
    assert port.lock_slot(**lock) == locked
    assert locked.expires_at > timezone.now()
    with pytest.raises(Refused) as taken:
        port.lock_slot(**{**lock, "trade_no": new_ref()})
    assert taken.value.code == "SLOT_TAKEN"

    confirm = {
        "trade_no": trade_no,
        "lock_id": locked.lock_id,
        "paid_fen": fee,
        "pay_channel": "wechatpay",
        "pay_transaction_id": "4200001",
        "paid_at": timezone.now(),
    }
    confirmed = port.confirm_registration(**confirm)
    assert port.confirm_registration(**confirm) == confirmed
    fact = port.query_registration(trade_no=trade_no)
    assert fact is not None
    assert (fact.state, fact.his_order_no, fact.paid_fen) == ("confirmed", confirmed.his_order_no, fee)
    with pytest.raises(Refused) as refused:
        port.unlock_slot(trade_no=trade_no)
    assert refused.value.code == "ALREADY_CONFIRMED"

    cancelled = port.cancel_registration(trade_no=trade_no, reason="患者退号", refund_no="R1")
    assert port.cancel_registration(trade_no=trade_no, reason="患者退号", refund_no="R1") == cancelled
    mine = [t for t in port.trades(timezone.localdate()) if t.trade_no == trade_no]
    assert [(t.direction, t.amount_fen, t.reference) for t in mine] == [("pay", fee, "4200001"), ("refund", fee, "R1")]


def test_an_unlock_of_nothing_is_fine_and_makes_a_late_lock_impossible(sandbox: Any, patient_id: str) -> None:
    port, trade_no = his.client(), new_ref()
    slot, fee = free_slot(5)

    port.unlock_slot(trade_no=trade_no)

    with pytest.raises(Refused):
        port.lock_slot(trade_no=trade_no, slot_code=slot.code, patient_id=patient_id, fee_fen=fee, hold_seconds=900)
    fact = port.query_registration(trade_no=trade_no)
    assert fact is not None
    assert (fact.state, fact.lock_id, fact.number) == ("unlocked", "", None)


def test_patients_are_found_or_not_or_called_otherwise(sandbox: Any, patient_id: str) -> None:
    port, known = his.client(), resident_id(77_000)

    found = port.find_patient(id_type="resident_id", id_number=known, name="周晓")
    assert found is not None
    assert found.patient_id == patient_id
    assert port.find_patient(id_type="resident_id", id_number=resident_id(77_001), name="周晓") is None
    with pytest.raises(Refused) as refused:
        port.find_patient(id_type="resident_id", id_number=known, name="王小明")
    assert refused.value.code == "NAME_MISMATCH"


@pytest.mark.parametrize("fault", ["http", "http_after", "drop_before", "drop_after", "garbage"])
def test_a_broken_answer_to_a_write_is_unknown_and_asking_tells(sandbox: Any, patient_id: str, fault: str) -> None:
    port, trade_no = his.client(), new_ref()
    slot, fee = free_slot(10 + len(fault) * 7)
    sandbox.fault("his.lock", fault)

    with pytest.raises(Unknown):
        port.lock_slot(trade_no=trade_no, slot_code=slot.code, patient_id=patient_id, fee_fen=fee, hold_seconds=900)

    happened = port.query_registration(trade_no=trade_no)
    assert (happened is not None) == (fault in {"http_after", "drop_after", "garbage"})
    assert CallLog.objects.filter(operation="lock_slot", trade_no=trade_no).get().outcome == "unknown"
    port.unlock_slot(trade_no=trade_no)


def test_a_wrong_secret_is_never_taken_for_a_business_answer(sandbox: Any, settings: Any) -> None:
    settings.HIS = {**settings.HIS, "SECRET": "wrong"}

    with pytest.raises(NotSent) as caught:
        his.client().confirm_registration(
            trade_no="T", lock_id="L", paid_fen=1, pay_channel="wechatpay", pay_transaction_id="1",
            paid_at=timezone.now(),
        )  # fmt: skip

    assert "SIGN_ERROR" in str(caught.value)


def test_a_missing_setting_is_named(settings: Any) -> None:
    settings.HIS = {**settings.HIS, "URL": "http://127.0.0.1:1", "APP_ID": "", "SECRET": "x"}

    with pytest.raises(ImproperlyConfigured, match="PH_HIS_APP_ID"):
        his.client()
