"""Any order of booking, paying, expiring, cancelling, stopping, reopening and waiting keeps the invariants (I1–I4)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from business.integration import his, outbox
from business.integration.models import OutboxItem
from business.payments import channels
from business.payments import services as payments
from business.payments.audit_ledger import problems
from business.payments.models import Order, Payment, Refund
from business.payments.services import paying
from business.registration import services, states
from business.registration.models import AffectedBooking, Appointment, Schedule, WaitingEntry
from business.registration.planning import clinics
from business.registration.services import changes, line, offers
from business.security.errors import PortalError
from tests.factories import MerchantFactory, PatientFactory, ScheduleFactory, SlotFactory
from tests.payments.fakes import FakeChannel
from tests.registration.fake_his import FakeHis

pytestmark = pytest.mark.django_db
State = Appointment.State
PEOPLE = st.integers(0, 5)
NUMBERS = st.integers(0, 2)


class Clinic(RuleBasedStateMachine):
    """One clinic of three numbers, six patients, a worker that comes when it likes."""

    is_own = False

    def __init__(self) -> None:
        super().__init__()
        self.before = transaction.savepoint()
        self.start = timezone.now()
        self.clock = time_machine.travel(self.start, tick=False)
        self.traveller = self.clock.start()
        self.his, self.channel = FakeHis(), FakeChannel()
        self.channel.refund_state = "SUCCESS"
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(his, "client", lambda: self.his)
        self.patch.setitem(channels._factories, "wechatpay", lambda mchid: self.channel)
        self.patch.setattr(paying, "_openid", lambda account: f"o{account.pk}")
        self.patch.setitem(outbox._handlers, "messaging.deliver", outbox.Handler(lambda payload: None, 1))
        MerchantFactory()
        origin = Schedule.Origin.OWN if self.is_own else Schedule.Origin.HIS
        day = timezone.localdate() + timedelta(days=3)
        self.schedule = ScheduleFactory(date=day, origin=origin)
        for number in range(1, 4):
            SlotFactory(schedule=self.schedule, number=number)
        self.people = [PatientFactory() for _ in range(6)]
        self.forms = 0

    def teardown(self) -> None:
        try:
            self.work(minutes=200)
            self.everything_has_ended_well()
        finally:
            self.patch.undo()
            self.clock.stop()
            transaction.savepoint_rollback(self.before)

    def work(self, minutes: int = 0) -> None:
        for minute in (0, minutes) if minutes else (0,):
            self.traveller.shift(timedelta(minutes=minute))
            for _ in range(12):
                Appointment.objects.filter(state="releasing").update(next_check_at=timezone.now())
                OutboxItem.objects.filter(state="pending").update(due_at=timezone.now())
                services.expire_due()
                changes.find_stragglers()
                offers.sweep()
                if not outbox.run_due():
                    break

    @rule(who=PEOPLE, number=NUMBERS)
    def hold(self, who: int, number: int) -> None:
        self.forms += 1
        slot = self.schedule.slots.order_by("number")[number]
        person = self.people[who]
        self.softly(
            lambda: services.hold(
                account=person.account, patient_ref=person.ref, slot_ref=slot.ref, request_key=str(self.forms)
            )
        )

    @rule(who=PEOPLE)
    def pay(self, who: int) -> None:
        row = Appointment.objects.filter(patient=self.people[who], state=State.HELD).first()
        if row is None:
            return
        order = Order.objects.get(subject_ref=row.ref)
        try:
            payments.begin_payment(order_ref=order.ref, account=row.account, client_ip="203.0.113.9")
        except PortalError:
            return
        payments.post_payment(self.channel.pay(order.out_trade_no), Payment.LearnedBy.CALLBACK)

    @rule(who=PEOPLE)
    def cancel(self, who: int) -> None:
        row = Appointment.objects.filter(patient=self.people[who]).exclude(state__in=states.ENDED).first()
        if row is not None:
            self.softly(lambda: services.cancel(account=row.account, appointment_ref=row.ref))

    @rule(who=PEOPLE)
    def wait(self, who: int) -> None:
        person = self.people[who]
        self.softly(lambda: line.join(account=person.account, patient_ref=person.ref, schedule_ref=self.schedule.ref))

    @rule(who=PEOPLE)
    def leave(self, who: int) -> None:
        entry = WaitingEntry.objects.filter(patient=self.people[who], claim__isnull=False).first()
        if entry is not None:
            self.softly(lambda: offers.leave(account=entry.account, entry_ref=entry.ref))

    @rule(partial=st.booleans())
    def stop(self, partial: bool) -> None:
        moment: datetime | None = self.schedule.slots.order_by("number")[1].starts_at if partial else None
        self.softly(lambda: changes.stop(self.schedule, actor="staff", from_at=moment))

    @rule()
    def reopen(self) -> None:
        self.softly(lambda: changes.reopen(self.schedule, actor="staff"))

    @precondition(lambda self: self.is_own)
    @rule()
    def add(self) -> None:
        if self.schedule.slots.count() < 5:
            self.softly(lambda: clinics.add_extra(self.schedule, 1))

    @rule(minutes=st.sampled_from([0, 0, 5, 16, 31]))
    def let_the_worker_come(self, minutes: int) -> None:
        self.work(minutes)

    def softly(self, what) -> None:
        try:
            with transaction.atomic():
                what()
        except PortalError as refusal:
            assert refusal.sentence

    @invariant()
    def a_number_belongs_to_one_and_an_offer_to_one(self) -> None:
        living = Appointment.objects.exclude(state__in=states.ENDED)
        slots = list(living.values_list("slot_id", flat=True))
        assert len(slots) == len(set(slots))
        assert set(living.values_list("claimed_slot_id", flat=True)) == set(slots)
        assert not Appointment.objects.filter(state__in=states.ENDED, claimed_slot__isnull=False).exists()
        waiting = WaitingEntry.objects.filter(state=WaitingEntry.State.WAITING)
        self.schedule.refresh_from_db()
        assert self.schedule.waiting == waiting.count()
        assert list(problems()) == []

    def everything_has_ended_well(self) -> None:
        """After the worker had its time nothing is half-way, and everybody's money is where it belongs."""
        assert not OutboxItem.objects.exclude(state="done").exists()
        assert not Appointment.objects.exclude(state__in=[*states.ENDED, State.BOOKED]).exists()
        assert not AffectedBooking.objects.exclude(state="done").exists()
        paid = sum(Payment.objects.values_list("amount_fen", flat=True))
        back = sum(Refund.objects.filter(state="succeeded").values_list("amount_fen", flat=True))
        booked = Appointment.objects.filter(state=State.BOOKED)
        assert paid - back == sum(booked.values_list("fee_fen", flat=True))
        for row in booked:
            assert not self.schedule.is_stopped_at(row.slot.starts_at)
            assert self.is_own or self.his.registrations[row.trade_no]["state"] == "confirmed"
        offered = WaitingEntry.objects.filter(state=WaitingEntry.State.OFFERED)
        assert not offered.exists()


class OwnClinic(Clinic):
    """The same with a clinic made here."""

    is_own = True


@pytest.mark.req("1.2", "10.8", "46.13", "G5.4")
@pytest.mark.parametrize("machine", [Clinic, OwnClinic])
def test_any_order_keeps_the_invariants(machine: type[Clinic]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
