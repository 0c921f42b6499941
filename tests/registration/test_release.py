"""Numbers come out when the rules say, on pages and in booking alike (requirements 10.1, 21.3)."""

from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from business.registration import queries, services
from business.registration.errors import SlotClosed
from business.registration.models import ReleaseRule, Schedule
from business.registration.release import Release, Releases
from tests.factories import CampusFactory, DepartmentFactory, PatientFactory, ScheduleFactory, SlotFactory
from tests.registration.fake_his import FakeHis

pytestmark = pytest.mark.django_db


def at(day, clock: str) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))


def book(slot, key="f"):
    patient = PatientFactory()
    return services.hold(account=patient.account, patient_ref=patient.ref, slot_ref=slot.ref, request_key=key)


def test_a_department_inherits_field_by_field_from_group_campus_and_hospital(django_assert_num_queries) -> None:
    campus = CampusFactory()
    group = DepartmentFactory(campus=campus)
    leaf, other = DepartmentFactory(campus=campus, parent=group), DepartmentFactory()
    ReleaseRule.objects.create(days_ahead=21, release_at=time(7))
    ReleaseRule.objects.create(campus=campus, release_at=time(8))
    ReleaseRule.objects.create(department=group, days_ahead=7)
    ReleaseRule.objects.create(department=leaf, same_day=False)

    with django_assert_num_queries(2):
        rules = Releases()
        found = rules.at(leaf)

    assert (found.days_ahead, found.release_at, found.same_day) == (7, time(8), False)
    assert (rules.at(other).days_ahead, rules.at(other).release_at) == (21, time(7))
    assert rules.longest() == 21


def test_before_the_release_no_address_books_and_afterwards_any_does(fake_his: FakeHis, merchant) -> None:
    ReleaseRule.objects.create(days_ahead=7, release_at=time(7, 30))
    day = timezone.localdate() + timedelta(days=20)
    slot = SlotFactory(schedule__date=day)
    out = at(day - timedelta(days=7), "07:30")

    with time_machine.travel(out - timedelta(seconds=1), tick=False):
        with pytest.raises(SlotClosed, match="07:30 放号"):
            book(slot)
        clinic = queries.doctors_on(slot.schedule.department, day)[0].clinics[0]
        assert (clinic.level, clinic.free, clinic.opens_at) == ("soon", 0, out)
        strip = queries.clinic_days(slot.schedule.department)[-1]
        assert (strip.date, strip.level, strip.opens_at) == (day, "soon", out)
        assert queries.slots_of(slot.schedule)[0].opens_at == out
        assert queries.availability(queries.get_slot(slot.ref), None) == (False, None)
    with time_machine.travel(out, tick=False):
        assert queries.doctors_on(slot.schedule.department, day)[0].free == 1
        assert queries.availability(queries.get_slot(slot.ref), None) == (True, None)
        assert book(slot).claimed_slot_id == slot.pk
    assert len(fake_his.calls) == 1


def test_a_gradual_release_keeps_its_share_back_and_page_and_booking_agree(fake_his: FakeHis, merchant) -> None:
    ReleaseRule.objects.create(days_ahead=14, first_percent=60, rest_days_ahead=7)
    schedule = ScheduleFactory(date=timezone.localdate() + timedelta(days=10))
    slots = [SlotFactory(schedule=schedule, number=n) for n in range(1, 21)]
    extra = SlotFactory(schedule=schedule, number=21, is_extra=True)

    views = queries.slots_of(schedule)
    free = [view.slot for view in views if view.is_free]
    kept = next(view for view in views if not view.is_free)

    assert len(free) == 12 + 1
    assert extra in free
    assert queries.doctors_on(schedule.department, schedule.date)[0].free == len(free)
    assert kept.opens_at == at(schedule.date - timedelta(days=7), "00:00")
    with pytest.raises(SlotClosed, match="放号"):
        book(kept.slot)
    with time_machine.travel(kept.opens_at, tick=False):
        assert sum(view.is_free for view in queries.slots_of(schedule)) == len(slots) + 1


@pytest.mark.parametrize(
    ("rule", "now", "sentence"),
    [
        ({"same_day": False}, "07:00", "不接受当日预约"),
        ({"same_day_from": time(6)}, "05:59", "还没有开始预约"),
        ({"same_day_until_minutes": 30}, "11:30", "已停止预约"),
        ({"same_day_until_minutes": 30}, "11:29", ""),
    ],
)
def test_registration_on_the_day_itself_has_rules_of_its_own(fake_his, merchant, rule, now, sentence) -> None:
    ReleaseRule.objects.create(**rule)
    day = timezone.localdate() + timedelta(days=1)
    schedule = ScheduleFactory(date=day, ends_at=at(day, "12:00"))
    slot = SlotFactory(schedule=schedule, starts_at=at(day, "11:45"), ends_at=at(day, "12:00"))

    with time_machine.travel(at(day, now), tick=False):
        free = queries.doctors_on(schedule.department, day)[0].free
        if sentence:
            with pytest.raises(SlotClosed, match=sentence):
                book(slot)
            assert (free, queries.slots_of(schedule)) == (0, [])
        else:
            assert book(slot).fee_fen == schedule.fee_fen
            assert free == 1


def test_numbers_of_other_channels_are_none_of_the_patients_business(fake_his, merchant) -> None:
    schedule = ScheduleFactory()
    SlotFactory(schedule=schedule, number=1)
    window = SlotFactory(schedule=schedule, number=2, channel="window")

    day = queries.doctors_on(schedule.department, schedule.date)[0]

    assert (day.free, day.total, len(queries.slots_of(schedule))) == (1, 1, 1)
    with pytest.raises(SlotClosed):
        book(window)


def test_departments_of_different_rules_are_asked_for_at_once() -> None:
    early, late = ScheduleFactory(), ScheduleFactory()
    far = timezone.localdate() + timedelta(days=10)
    Schedule.objects.update(date=far)
    ReleaseRule.objects.create(department=late.department, days_ahead=3)
    for schedule in Schedule.objects.all():
        SlotFactory(schedule=schedule)

    places = [(row.department_id, row.campus_id) for row in (early, late)]
    out = Releases().released(places, timezone.now())

    assert [slot.schedule_id for slot in SlotFactory._meta.model.objects.filter(out)] == [early.pk]


def test_both_batches_together_are_everything() -> None:
    for percent in (1, 33, 60, 99):
        rule = Release(first_percent=percent)
        first = [number for number in range(1, 101) if rule.is_first(number)]
        assert len(first) == percent
