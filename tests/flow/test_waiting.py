"""Waiting, following, the board, what there is instead of a stopped clinic: as patients see them."""

from datetime import time, timedelta

import pytest
import time_machine
from django.utils import timezone

from business.registration.models import Appointment, DoctorFollow, ReleaseRule, Slot, WaitingEntry
from business.registration.services import changes, follows, offers
from tests.factories import (
    AppointmentFactory,
    DepartmentFactory,
    DoctorFactory,
    PatientFactory,
    ScheduleFactory,
    SlotFactory,
    tomorrow,
)
from tests.flow.conftest import Step, text_of
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db
ROLES = {
    "registration.waiting": "waiting_list",
    "registration.board": "slot_board",
    "registration.my_doctors": "my_doctors",
    "stopped": "clinic_alternatives",
}


@pytest.fixture
def steps(flow, home):
    """Give the pages of this file beside those of the flow."""
    made = {}
    for role, kind in ROLES.items():
        stored = block(kind)
        fields = {} if role == "stopped" else {"service_role": role}
        page = make_page(home, role, [stored], slug=role.replace(".", "-"), **fields)
        made[role] = Step(page, stored["id"], page.url_path[len(home.url_path) - 1 :])
    return made.__getitem__


@pytest.fixture
def full():
    """A clinic in three days with one number, booked."""
    day = timezone.localdate() + timedelta(days=3)
    department = DepartmentFactory(name="消化内科")
    doctor = DoctorFactory(name="陈立群", departments=[department])
    schedule = ScheduleFactory(department=department, doctor=doctor, date=day)
    AppointmentFactory(slot=SlotFactory(schedule=schedule))
    return schedule


@pytest.mark.req("10.8")
def test_a_full_clinic_leads_to_the_line_where_one_joins_waits_is_offered_and_pays(
    flow, steps, mine, account, full, fake_his, merchant
) -> None:
    patient = PatientFactory(account=account)
    doctors = flow("registration.doctors").island(mine, f"?department={full.department.ref}&date={full.date}")
    assert f"{steps('registration.waiting').url}?schedule={full.ref}" in doctors.content.decode()
    assert "加入候补" in text_of(flow("registration.slots").island(mine, f"?schedule={full.ref}"))
    form = steps("registration.waiting").island(mine, f"?schedule={full.ref}")
    assert "前面有 0 人候补" in text_of(form)

    sent = {"schedule": full.ref, "patient": patient.ref}
    steps("registration.waiting").post(mine, "join", sent)
    shown = text_of(steps("registration.waiting").island(mine))
    assert "候补中" in shown
    assert "前面还有 0 人" in shown

    Appointment.objects.update(state="cancelled", claimed_slot=None, patient_claim=None)
    offers.sweep()
    page = steps("registration.waiting").island(mine)
    assert "已到号，待确认" in text_of(page)
    assert "去支付" in text_of(page)
    entry = WaitingEntry.objects.get()
    steps("registration.waiting").post(mine, "leave", {"entry": entry.ref})
    assert "已退出" in text_of(steps("registration.waiting").island(mine))


def test_a_line_that_cannot_be_joined_says_why_and_nobody_leaves_for_another(
    steps, mine, stranger, account, full
) -> None:
    patient = PatientFactory(account=account)
    full.slots.update(starts_at=timezone.now() + timedelta(minutes=5))

    refused = steps("registration.waiting").post(mine, "join", {"schedule": full.ref, "patient": patient.ref})
    assert refused.status_code == 422
    assert "快要开始" in text_of(refused)
    entry = WaitingEntry.objects.create(
        account=account, patient=patient, schedule=full, claim="x", until=timezone.now() + timedelta(days=1)
    )
    steps("registration.waiting").post(stranger, "leave", {"entry": entry.ref})
    entry.refresh_from_db()
    assert entry.state == WaitingEntry.State.WAITING


def test_before_the_release_pages_count_down_and_offer_nothing(flow, mine) -> None:
    ReleaseRule.objects.create(days_ahead=7, release_at=time(7, 30))
    day = timezone.localdate() + timedelta(days=20)
    slot = SlotFactory(schedule__date=day)
    before = timezone.make_aware(timezone.datetime.combine(day - timedelta(days=7), time(7, 0)))

    with time_machine.travel(before, tick=False):
        query = f"?department={slot.schedule.department.ref}&date={day}"
        page = flow("registration.doctors").island(mine, query)
        slots = flow("registration.slots").island(mine, f"?schedule={slot.schedule.ref}")
        confirm = flow("registration.confirm").island(mine, f"?slot={slot.ref}")

    for one in (page, slots):
        assert "07:30 放号" in text_of(one)
        assert "data-countdown=" in one.content.decode()
        assert f"slot={slot.ref}" not in one.content.decode()
    assert "待放号" in text_of(page)
    assert "还没有放号" in text_of(slots)
    assert "不能预约" in text_of(confirm)


@pytest.mark.req("21.6")
def test_the_board_shows_every_number_and_closes_the_taken_ones(steps, guest, count_queries) -> None:
    schedule = ScheduleFactory()
    for number in (1, 2, 3):
        SlotFactory(schedule=schedule, number=number, state="taken" if number == 2 else "open")
    step = steps("registration.board")
    query = f"?department={schedule.department.ref}&date={schedule.date}"

    page = step.island(guest, query)
    taken = Slot.objects.get(number=2)
    assert text_of(page).replace(" ", "").count("号】") == 3
    assert page.content.decode().count('aria-disabled="true"') == 1
    assert f"slot={taken.ref}" not in page.content.decode()

    few = count_queries(lambda: step.island(guest, query))
    for _ in range(6):
        SlotFactory(schedule=ScheduleFactory(department=schedule.department))
    assert count_queries(lambda: step.island(guest, query)) == few


@pytest.mark.req("21.1")
def test_all_days_together_and_by_title(flow, guest) -> None:
    department = DepartmentFactory()
    chief, other = DoctorFactory(name="陈立群"), DoctorFactory(name="周敏", title="副主任医师")
    for doctor, days in ((chief, 1), (chief, 3), (other, 2)):
        SlotFactory(schedule__department=department, schedule__doctor=doctor,
                    schedule__date=timezone.localdate() + timedelta(days=days))  # fmt: skip
    step = flow("registration.doctors")

    shown = text_of(step.island(guest, f"?department={department.ref}&date=range"))
    assert "全部日期共余 3 号" in shown
    only = text_of(step.island(guest, f"?department={department.ref}&date=range&title=副主任医师"))
    assert "周敏" in only
    assert "陈立群" not in only


@pytest.mark.req("26.1")
def test_following_my_doctors_and_being_told(flow, steps, mine, account, full, count_queries) -> None:
    doctor = full.doctor
    data = {"doctor": doctor.ref, "schedule": full.ref, "follow": "1"}
    flow("registration.slots").post(mine, "follow", data)
    assert "已关注" in text_of(flow("registration.slots").island(mine, f"?schedule={full.ref}"))
    step = steps("registration.my_doctors")
    step.post(mine, "notify", {"doctor": doctor.ref, "wants": "1"})
    shown = text_of(step.island(mine))
    assert "近期约满" in shown
    assert "已开启有号通知" in shown

    assert follows.tell_followers() == 0
    SlotFactory(schedule=ScheduleFactory(doctor=doctor, date=tomorrow()), number=2)
    assert (follows.tell_followers(), follows.tell_followers()) == (1, 0)
    assert "余 1 号" in text_of(step.island(mine))
    few = count_queries(lambda: step.island(mine))
    for _ in range(5):
        DoctorFollow.objects.create(account=account, doctor=ScheduleFactory().doctor)
    assert count_queries(lambda: step.island(mine)) == few
    step.post(mine, "follow", {"doctor": doctor.ref, "follow": "0"})
    assert not DoctorFollow.objects.filter(doctor=doctor).exists()


@pytest.mark.req("46.13")
def test_after_a_stop_other_days_and_other_doctors_are_offered(steps, mine, stranger, account, full) -> None:
    row = AppointmentFactory(patient=PatientFactory(account=account), slot=SlotFactory(schedule=full, number=5))
    other_day = SlotFactory(schedule=ScheduleFactory(doctor=full.doctor, date=tomorrow())).schedule
    colleague = DoctorFactory(name="周敏")
    SlotFactory(schedule=ScheduleFactory(department=full.department, doctor=colleague, date=full.date))
    step = steps("stopped")
    assert "周敏" not in text_of(step.island(mine, f"?appointment={row.ref}"))

    changes.stop(full, actor="staff")
    Appointment.objects.filter(pk=row.pk).update(state="cancelled", cause="stop", claimed_slot=None)

    page = step.island(mine, f"?appointment={row.ref}")
    assert f"schedule={other_day.ref}" in page.content.decode()
    assert "周敏" in text_of(page)
    assert "周敏" not in text_of(step.island(stranger, f"?appointment={row.ref}"))
