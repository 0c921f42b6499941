"""Department, doctor, slot: what a patient sees on the way to a booking, guests included."""

from datetime import timedelta

import pytest
from django.utils import timezone

from business.registration.models import Schedule, Slot
from tests.factories import (
    AppointmentFactory,
    CampusFactory,
    DepartmentFactory,
    DoctorFactory,
    ScheduleFactory,
    SlotFactory,
    tomorrow,
)
from tests.flow.conftest import text_of

pytestmark = pytest.mark.django_db


def clinic(department, doctor=None, *, free=5, taken=0, **fields) -> Schedule:
    """A clinic with so many free and taken numbers."""
    schedule = ScheduleFactory(department=department, **({"doctor": doctor} if doctor else {}), **fields)
    for n in range(1, free + taken + 1):
        state = Slot.State.TAKEN if n > free else Slot.State.OPEN
        SlotFactory(schedule=schedule, number=n, state=state)
    return schedule


@pytest.fixture
def stomach():
    inner = DepartmentFactory(name="内科")
    return DepartmentFactory(name="消化内科", parent=inner, campus=inner.campus)


# --- departments -----------------------------------------------------------------------------------------------------


@pytest.mark.req("10.1", "10.5")
def test_the_picker_groups_departments_and_leads_to_their_doctors(flow, guest, stomach) -> None:
    page = guest.get(flow("registration.departments").url)

    html = page.content.decode()
    assert "内科" in text_of(page)
    assert f"{flow('registration.doctors').url}?department={stomach.ref}" in html
    assert page.status_code == 200


@pytest.mark.parametrize("typed", ["消化", "xiaohua", "xhnk", "XHNK"])
def test_the_search_finds_a_department_by_name_pinyin_and_initials(flow, guest, stomach, typed) -> None:
    found = guest.get("/-/departments/", {"q": typed})

    assert "消化内科" in text_of(found)
    assert f"department={stomach.ref}" in found.content.decode()


def test_the_search_finds_a_doctor_and_leads_to_that_doctor(flow, guest, stomach) -> None:
    doctor = DoctorFactory(name="陈立群", departments=[stomach])

    found = guest.get("/-/departments/", {"q": "clq"})

    assert "陈立群 主任医师" in text_of(found)
    html = found.content.decode().replace("&amp;", "&")
    assert f"department={stomach.ref}&doctor={doctor.ref}" in html


def test_a_search_without_javascript_shows_the_results_on_the_page(flow, guest, stomach) -> None:
    page = guest.get(flow("registration.departments").url, {"q": "消化", "whole": "1"})

    assert "找到 1 个结果" in text_of(page)


def test_a_search_that_finds_nothing_says_so_and_names_a_way_on(flow, guest, stomach) -> None:
    found = guest.get("/-/departments/", {"q": "<b>zzz"})

    assert "没有找到「<b>zzz」" in text_of(found)
    assert "<b>zzz" not in found.content.decode()
    assert "从下面的科室列表中选择" in text_of(found)


def test_campuses_are_tabs_where_there_is_more_than_one(flow, guest) -> None:
    first, second = CampusFactory(name="主院区"), CampusFactory(name="滨江院区")
    for campus, name in ((first, "骨科"), (second, "产科")):
        DepartmentFactory(name=name, campus=campus, parent=DepartmentFactory(name=f"{name}组", campus=campus))
    step = flow("registration.departments")

    shown = text_of(guest.get(step.url, {"campus": second.code}))

    assert "主院区" in shown
    assert "产科" in shown
    assert "骨科" not in shown


def test_the_search_takes_as_many_queries_for_many_results(flow, guest, stomach, count_queries) -> None:
    def results(n: int) -> int:
        for i in range(n):
            DoctorFactory(name=f"周消化{i}", departments=[stomach])
        return count_queries(lambda: guest.get("/-/departments/", {"q": "消化"}))

    assert results(2) == results(20)


# --- doctors ---------------------------------------------------------------------------------------------------------


@pytest.mark.req("21.1", "21.2")
def test_a_day_shows_who_sees_patients_with_words_for_what_is_left(flow, guest, stomach) -> None:
    clinic(stomach, DoctorFactory(name="陈立群"), free=8)
    clinic(stomach, DoctorFactory(name="周敏"), free=2, taken=3)
    clinic(stomach, DoctorFactory(name="许文涛"), free=0, taken=4)
    clinic(stomach, DoctorFactory(name="赵启明"), free=4, state=Schedule.State.STOPPED)

    shown = text_of(flow("registration.doctors").island(guest, f"?department={stomach.ref}"))

    assert "余 8 号" in shown
    assert "仅剩 2 号" in shown
    assert "已约满" in shown
    assert "已停诊" in shown
    assert shown.index("陈立群") < shown.index("许文涛") < shown.index("赵启明")


def test_the_strip_has_today_and_fourteen_days_and_begins_at_the_first_with_free_numbers(flow, guest, stomach) -> None:
    clinic(stomach, date=tomorrow() + timedelta(days=2), free=7)

    fragment = flow("registration.doctors").island(guest, f"?department={stomach.ref}")

    html = fragment.content.decode()
    assert html.count('class="ph-day"') == 15
    assert html.count('aria-current="date"') == 1
    assert "余 7" in text_of(fragment)
    assert "选择时段" in text_of(fragment)


@pytest.mark.parametrize("bad", ["2020-01-01", "yesterday", "2999-12-31", "'"])
def test_a_date_nobody_can_book_falls_back_to_one_that_can(flow, guest, stomach, bad) -> None:
    clinic(stomach, free=7)

    fragment = flow("registration.doctors").island(guest, f"?department={stomach.ref}&date={bad}")

    assert fragment.status_code == 200
    assert "选择时段" in text_of(fragment)


def test_filters_are_links_that_keep_the_rest(flow, guest, stomach) -> None:
    clinic(stomach, DoctorFactory(name="早医生"), free=4)
    clinic(stomach, DoctorFactory(name="晚医生"), free=0, taken=4, session=Schedule.Session.AFTERNOON)
    step = flow("registration.doctors")

    morning = step.island(guest, f"?department={stomach.ref}&session=morning")
    afternoon_free = step.island(guest, f"?department={stomach.ref}&session=afternoon&free=1")

    assert "早医生" in text_of(morning)
    assert "晚医生" not in text_of(morning)
    assert f"department={stomach.ref}&amp;session=afternoon" in morning.content.decode()
    assert "没有符合筛选条件的医生" in text_of(afternoon_free)
    assert "清除筛选" in text_of(afternoon_free)


def test_a_doctor_with_two_sessions_is_one_card(flow, guest, stomach) -> None:
    doctor = DoctorFactory(name="周敏")
    first = clinic(stomach, doctor, free=4, fee_fen=3000)
    second = clinic(stomach, doctor, free=5, session=Schedule.Session.AFTERNOON, fee_fen=3000)

    html = flow("registration.doctors").island(guest, f"?department={stomach.ref}").content.decode()

    assert html.count('class="ph-card ph-doctor"') == 1
    assert f"schedule={first.ref}" in html
    assert f"schedule={second.ref}" in html


def test_a_search_hit_shows_only_that_doctor_and_a_way_to_all(flow, guest, stomach) -> None:
    doctor = DoctorFactory(name="周敏")
    clinic(stomach, doctor)
    clinic(stomach, DoctorFactory(name="许文涛"))

    shown = text_of(flow("registration.doctors").island(guest, f"?department={stomach.ref}&doctor={doctor.ref}"))

    assert "只显示 周敏" in shown
    assert "许文涛" not in shown
    assert "显示全部医生" in shown


def test_the_strip_of_one_doctor_begins_where_that_doctor_has_free_numbers(flow, guest, stomach) -> None:
    doctor = DoctorFactory(name="周敏")
    clinic(stomach, doctor, date=tomorrow() + timedelta(days=3), free=6)
    clinic(stomach, DoctorFactory(name="许文涛"), free=9)

    shown = text_of(flow("registration.doctors").island(guest, f"?department={stomach.ref}&doctor={doctor.ref}"))

    assert "周敏 主任医师" in shown
    assert "余 6" in shown
    assert "余 9" not in shown


def test_without_a_department_the_list_says_where_to_begin(flow, guest) -> None:
    for query in ("", "?department=nosuchdepartment"):
        fragment = flow("registration.doctors").island(guest, query)
        assert "请先选择科室" in text_of(fragment)
        assert flow("registration.departments").url in fragment.content.decode()


@pytest.mark.req("21.1")
def test_a_day_of_fifty_doctors_takes_as_many_queries_as_one_of_five(flow, guest, stomach, count_queries) -> None:
    step = flow("registration.doctors")

    def with_more(n: int) -> int:
        for _ in range(n):
            clinic(stomach, free=2)
        return count_queries(lambda: step.island(guest, f"?department={stomach.ref}"))

    five, fifty = with_more(5), with_more(45)

    assert five == fifty
    assert five <= 12


# --- slots -----------------------------------------------------------------------------------------------------------


@pytest.mark.req("21.3")
def test_slots_stand_in_order_with_time_and_number_and_taken_ones_cannot_be_chosen(flow, guest, stomach) -> None:
    schedule = clinic(stomach, free=2, taken=1)
    first = schedule.slots.get(number=1)
    held = AppointmentFactory(slot=schedule.slots.get(number=2))

    fragment = flow("registration.slots").island(guest, f"?schedule={schedule.ref}")

    shown = text_of(fragment).replace(" ", "")
    assert "08:10-08:20【1号】" in shown
    assert shown.index("【1号】") < shown.index("【2号】") < shown.index("【3号】")
    html = fragment.content.decode()
    assert f"slot={first.ref}" in html
    assert f"slot={held.slot.ref}" not in html
    assert html.count('aria-disabled="true"') == 2
    assert shown.count("已约") == 2


@pytest.mark.req("21.3")
def test_today_only_what_is_still_free_is_shown(flow, guest, stomach) -> None:
    schedule = ScheduleFactory(department=stomach, date=timezone.localdate())
    soon = timezone.now() + timedelta(hours=1)
    gone = timezone.now() - timedelta(hours=1)
    SlotFactory(schedule=schedule, number=1, starts_at=gone, ends_at=gone + timedelta(minutes=10))
    SlotFactory(schedule=schedule, number=2, starts_at=soon, ends_at=soon + timedelta(minutes=10))
    SlotFactory(
        schedule=schedule, number=3, state=Slot.State.TAKEN, starts_at=soon, ends_at=soon + timedelta(minutes=10)
    )

    shown = text_of(flow("registration.slots").island(guest, f"?schedule={schedule.ref}"))

    assert "【2号】" in shown
    assert "【1号】" not in shown
    assert "【3号】" not in shown


def test_a_stopped_clinic_offers_no_slot_but_other_doctors(flow, guest, stomach) -> None:
    schedule = clinic(stomach, state=Schedule.State.STOPPED)

    fragment = flow("registration.slots").island(guest, f"?schedule={schedule.ref}")

    assert "已停诊" in text_of(fragment)
    assert "ph-slot" not in fragment.content.decode()
    assert f"department={stomach.ref}" in fragment.content.decode()


def test_a_full_clinic_says_so(flow, guest, stomach) -> None:
    schedule = clinic(stomach, free=0, taken=3)

    shown = text_of(flow("registration.slots").island(guest, f"?schedule={schedule.ref}"))

    assert "这个门诊已约满" in shown
    assert "选择其他医生" in shown


def test_an_unknown_clinic_is_a_sentence_not_a_fault(flow, guest) -> None:
    fragment = flow("registration.slots").island(guest, "?schedule=nosuch")

    assert fragment.status_code == 200
    assert "没有找到这个门诊" in text_of(fragment)


@pytest.mark.req("21.3")
def test_fifty_slots_take_as_many_queries_as_five(flow, guest, stomach, count_queries) -> None:
    step = flow("registration.slots")
    small, large = clinic(stomach, free=3, taken=2), clinic(stomach, free=30, taken=20)

    five = count_queries(lambda: step.island(guest, f"?schedule={small.ref}"))
    fifty = count_queries(lambda: step.island(guest, f"?schedule={large.ref}"))

    assert five == fifty
    assert five <= 8
