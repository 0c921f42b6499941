"""The blacklist: counted from what services tell, closed once, told to the patient, appealed, released."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from business.messaging.models import Message
from business.patients import services
from business.patients.errors import AppealRefused, NotFoundError, PatientBlocked
from business.patients.models import BlacklistRule, Block, ConductEvent, Patient
from business.patients.services import standing
from business.registration import conduct
from business.registration.errors import BookingFailed
from business.registration.models import Appointment
from tests.factories import AccountFactory, AppointmentFactory, PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.21")]
NO_SHOW = "no_show"


def miss(patient: Patient, source: str, days_ago: float = 0) -> Block | None:
    return services.note(kind=NO_SHOW, patient=patient, source=source, at=timezone.now() - timedelta(days=days_ago))


def test_three_misses_in_the_window_close_bookings_to_the_person_in_every_account() -> None:
    patient = PatientFactory()
    twin = PatientFactory(id_number=patient.id_number)

    assert miss(patient, "a", 93) is None
    assert miss(patient, "b", 5) is None
    assert miss(patient, "b", 5) is None, "the same visit is counted once"
    assert miss(twin, "c", 2) is None
    services.must_be_admitted(patient)
    block = miss(patient, "d")

    assert block is not None
    assert block.ends_at - block.starts_at == timedelta(days=30)
    for one in (patient, twin):
        with pytest.raises(PatientBlocked, match=r"90 天内 3 次预约未就诊，暂停预约至\d+年"):
            services.must_be_admitted(one)
    services.must_be_admitted(PatientFactory())
    told = Message.objects.get(event="patients.blocked")
    assert told.account_ref == patient.account.ref
    assert patient.name not in str(told.facts)


def test_a_block_ends_by_itself_and_what_led_to_it_is_not_counted_again() -> None:
    patient = PatientFactory()
    for source in "abc":
        miss(patient, source)

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        services.must_be_admitted(patient)
        assert miss(patient, "d") is None
        assert miss(patient, "e") is None
        assert miss(patient, "f") is not None


def test_a_rule_that_is_switched_off_counts_and_closes_nothing() -> None:
    BlacklistRule.objects.update_or_create(
        kind=NO_SHOW, defaults={"is_active": False, "count": 1, "window_days": 1, "block_days": 1}
    )

    assert miss(PatientFactory(), "a") is None
    assert ConductEvent.objects.count() == 1


def test_a_visit_that_was_not_missed_after_all_is_taken_back() -> None:
    patient = PatientFactory()
    miss(patient, "a")
    miss(patient, "b")
    services.take_back(kind=NO_SHOW, source="a")

    assert miss(patient, "c") is None


def test_registration_tells_of_missed_visits_once() -> None:
    patient = PatientFactory()
    for _ in range(3):
        AppointmentFactory(patient=patient, no_show_at=timezone.now())

    for _ in range(2):
        conduct.count_missed()

    assert Block.objects.count() == 1
    assert ConductEvent.objects.count() == 3


def test_nobody_blocked_takes_a_number(fake_his, merchant) -> None:
    from business.registration import services as registration
    from tests.factories import SlotFactory

    patient, slot = PatientFactory(), SlotFactory()
    standing.close_by_staff(patient=patient, reason="多次占号", ends_at=None)

    with pytest.raises(PatientBlocked, match="暂停预约至另行通知") as caught:
        registration.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key="k")

    assert caught.value.patient_ref == patient.ref
    assert not isinstance(caught.value, BookingFailed)
    assert not Appointment.objects.exists()


def test_an_appeal_is_heard_once_and_only_of_the_persons_own_accounts(django_user_model) -> None:
    patient, staff = PatientFactory(), django_user_model.objects.create_user("staff")
    block = standing.close_by_staff(patient=patient, reason="多次占号", ends_at=None)
    facts = {"patient_ref": patient.ref, "block_ref": block.ref, "text": "当天急诊住院，有病历"}
    with pytest.raises(NotFoundError):
        services.appeal(account=AccountFactory(), **facts)
    other = PatientFactory()
    with pytest.raises(AppealRefused):
        services.appeal(account=other.account, **{**facts, "patient_ref": other.ref})

    made = services.appeal(account=patient.account, **facts)
    with pytest.raises(AppealRefused, match="已经提交过"):
        services.appeal(account=patient.account, **facts)
    standing.decide(made, staff=staff, accepted=True, answer="情况属实，予以解除")

    services.must_be_admitted(patient)
    block.refresh_from_db()
    assert (block.lifted_by, block.lift_reason) == (staff, "情况属实，予以解除")
    assert Message.objects.filter(event="patients.released").count() == 1
    with pytest.raises(AppealRefused, match="已经解除"):
        services.appeal(account=patient.account, **facts)


def test_a_rejected_appeal_leaves_the_block_and_tells_why(django_user_model) -> None:
    patient, staff = PatientFactory(), django_user_model.objects.create_user("staff")
    block = standing.close_by_staff(patient=patient, reason="多次占号", ends_at=None)
    made = services.appeal(account=patient.account, patient_ref=patient.ref, block_ref=block.ref, text="我没有占号")

    standing.decide(made, staff=staff, accepted=False, answer="记录属实，到期自动恢复")

    with pytest.raises(PatientBlocked):
        services.must_be_admitted(patient)
    assert Message.objects.get(event="patients.appeal_rejected").facts["reason"] == "记录属实，到期自动恢复"


class AnyOrder(TestCase):
    """However misses are spread: a person is closed out exactly where the window holds as many as the rule says."""

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(0, 200), min_size=1, max_size=8), st.integers(1, 4), st.integers(1, 120))
    def test_blocks_follow_the_rule(self, days: list[int], count: int, window: int) -> None:
        BlacklistRule.objects.update_or_create(
            kind=NO_SHOW, defaults={"is_active": True, "count": count, "window_days": window, "block_days": 1}
        )
        patient, start = PatientFactory(), timezone.now()
        kept: list[int] = []
        for number, day in enumerate(sorted(days)):
            moment = start + timedelta(days=day)
            with time_machine.travel(moment, tick=False):
                closed = services.note(kind=NO_SHOW, patient=patient, source=f"{patient.ref}-{number}", at=moment)
            kept.append(day)
            inside = [one for one in kept if one > day - window]
            # While a block of the same day still stands, another one would say nothing new.
            if len(inside) >= count and closed is not None:
                kept = []
            elif len(inside) >= count:
                assert Block.objects.filter(claim__isnull=False).exists()
            else:
                assert closed is None


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_misses_told_at_once_are_all_counted_and_close_once() -> None:
    standing.load_default_rules()  # as migrations do; the flush of the test before took them away
    patient = PatientFactory()

    def tell(number: int) -> Any:
        try:
            return miss(patient, f"visit-{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(tell, range(6)))

    assert sum(result is not None for result in results) == 1
    assert ConductEvent.objects.count() == 6
    assert Block.objects.count() == 1
