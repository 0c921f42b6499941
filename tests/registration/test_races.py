"""Fifty clients for the last slot: exactly one gets it, every loser is told why (I1, ASVS 2.3.4)."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from business.integration import outbox
from business.integration.models import OutboxItem
from business.payments import services as payments
from business.payments.audit_ledger import problems
from business.payments.models import Order
from business.registration import services
from business.registration.models import Appointment
from business.security.errors import PortalError
from tests.factories import PatientFactory, ScheduleFactory, SlotFactory
from tests.payments.fakes import FakeChannel
from tests.registration.fake_his import FakeHis

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.three_databases]


def clients() -> int:
    """Return how many clients at once: SQLite has one writer at a time, so fewer."""
    return 12 if connection.vendor == "sqlite" else 50


def at_once(jobs: list) -> list:
    """Run the jobs at the same moment, each on a connection of its own; return results or errors in order."""
    barrier = Barrier(len(jobs))

    def run(job):
        barrier.wait()
        try:
            return job()
        except PortalError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def holding(patient, slot, key: str):
    return lambda: services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key=key)


@pytest.mark.req("1.2", "10.8", "G5.4")
def test_the_last_slot_goes_to_exactly_one(fake_his: FakeHis, merchant) -> None:
    slot = SlotFactory()
    patients = [PatientFactory() for _ in range(clients())]

    results = at_once([holding(p, slot, f"form-{p.pk}") for p in patients])

    winners = [r for r in results if isinstance(r, Appointment)]
    losers = [r for r in results if isinstance(r, PortalError)]
    assert (len(winners), len(losers)) == (1, clients() - 1)
    assert {loser.code for loser in losers} == {"slot_taken"}
    assert all("请选择其他时间" in loser.sentence for loser in losers)
    assert Appointment.objects.filter(claimed_slot=slot).count() == 1
    assert sum(r["state"] == "locked" for r in fake_his.registrations.values()) == 1


@pytest.mark.req("16.1")
def test_one_form_sent_many_times_at_once_is_one_booking(fake_his: FakeHis, merchant) -> None:
    patient, slot = PatientFactory(), SlotFactory()

    results = at_once([holding(patient, slot, "form-1")] * (clients() // 2))

    assert {r.pk for r in results} == {Appointment.objects.get().pk}


@pytest.mark.req("16.1")
def test_one_patient_on_many_slots_at_once_keeps_one(fake_his: FakeHis, merchant) -> None:
    patient, schedule = PatientFactory(), ScheduleFactory()
    slots = [SlotFactory(schedule=schedule, number=n) for n in range(1, clients() // 2 + 1)]

    results = at_once([holding(patient, slot, f"form-{slot.pk}") for slot in slots])

    assert sum(isinstance(r, Appointment) for r in results) == 1
    assert {r.code for r in results if isinstance(r, PortalError)} == {"already_booked"}
    assert Appointment.objects.filter(patient_claim__isnull=False).count() == 1


@pytest.mark.req("G5.6", "G1.1")
def test_many_patients_for_many_slots_all_get_one_and_none_is_sold_twice(fake_his: FakeHis, merchant) -> None:
    schedule = ScheduleFactory()
    slots = [SlotFactory(schedule=schedule, number=n) for n in range(1, 5)]
    patients = [PatientFactory() for _ in range(clients())]

    results = at_once([holding(p, slots[i % len(slots)], f"form-{p.pk}") for i, p in enumerate(patients)])

    claimed = Appointment.objects.filter(claimed_slot__isnull=False).values_list("claimed_slot", flat=True)
    assert sorted(claimed) == sorted(s.pk for s in slots)
    assert sum(isinstance(r, Appointment) for r in results) == len(slots)


@pytest.mark.req("38.1", "G5.4")
def test_paying_expiring_cancelling_and_settling_at_once_leave_no_money_and_no_slot_behind(
    fake_his: FakeHis, merchant, channel: FakeChannel
) -> None:
    channel.refund_state = "SUCCESS"
    rows = []
    for n in range(clients() // 4):
        patient, slot = PatientFactory(), SlotFactory(schedule__fee_fen=5000)
        row = services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key=f"f{n}")
        order = Order.objects.get(subject_ref=row.ref)
        payments.begin_payment(order_ref=order.ref, account=row.account, client_ip="203.0.113.9")
        rows.append((row, order))
    # Half are over by now, half are not; two of three are paid.
    for row, _order in rows[::2]:
        Appointment.objects.filter(pk=row.pk).update(hold_expires_at=timezone.now())
    facts = [channel.pay(order.out_trade_no) for n, (_row, order) in enumerate(rows) if n % 3]

    jobs = [partial(payments.post_payment, fact, "callback") for fact in facts for _ in range(2)]
    jobs += [partial(services.cancel, account=row.account, appointment_ref=row.ref) for row, _order in rows[::4]]
    jobs += [partial(payments.check_order, order) for _row, order in rows]
    jobs += [services.expire_due, outbox.run_due] * 3
    at_once(jobs)
    for _ in range(8):
        Appointment.objects.filter(state="releasing").update(next_check_at=timezone.now())
        OutboxItem.objects.filter(state="pending").update(due_at=timezone.now())
        services.expire_due()
        outbox.run_due()

    assert list(problems()) == []
    for row, order in rows:
        row.refresh_from_db()
        order.refresh_from_db()
        kept = {"booked": "settled", "held": "paying"}.get(row.state)
        assert order.state == kept if kept else order.state in {"closed", "refunded"}, (row.state, order.state)
        assert bool(row.claimed_slot_id) == bool(kept)
        assert (fake_his.registrations[row.trade_no]["state"] == "confirmed") == (row.state == "booked")
    assert not OutboxItem.objects.filter(state="dead").exists()
