"""Whose notices a patient sees, when, and what a stopped clinic says by itself."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from business.notices import queries
from business.notices.models import Notice
from business.security.errors import NotFoundError
from tests.factories import DepartmentFactory, DoctorFactory, NoticeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def inner():
    return DepartmentFactory(name="内科")


@pytest.fixture
def stomach(inner):
    return DepartmentFactory(name="消化内科", parent=inner, campus=inner.campus)


@pytest.mark.three_databases
@pytest.mark.req("7.1")
def test_on_the_way_to_a_department_its_own_notices_and_those_above_it_are_shown(inner, stomach) -> None:
    eye = DepartmentFactory(name="眼科")
    everyone, group, own = NoticeFactory(), NoticeFactory(department=inner), NoticeFactory(department=stomach)
    NoticeFactory(department=eye)

    found = queries.concerning(department=stomach)

    assert found == [*_newest_first(group, own), everyone]
    assert own not in queries.concerning(department=inner)


def _newest_first(*notices: Notice) -> list[Notice]:
    return sorted(notices, key=lambda notice: (notice.starts_at, notice.pk), reverse=True)


@pytest.mark.three_databases
@pytest.mark.req("7.1")
def test_a_doctors_notice_is_seen_with_the_doctor_and_in_the_department_not_with_a_colleague(stomach) -> None:
    doctor, colleague = DoctorFactory(departments=[stomach]), DoctorFactory(departments=[stomach])
    notice = NoticeFactory(doctor=doctor, department=stomach)

    assert queries.concerning(department=stomach, doctor=doctor) == [notice]
    assert queries.concerning(department=stomach) == [notice]
    assert queries.concerning(department=stomach, doctor=colleague) == []


@pytest.mark.three_databases
@pytest.mark.req("7.2")
def test_what_is_urgent_comes_first_and_what_is_near_before_what_is_general(stomach) -> None:
    general = NoticeFactory(starts_at=timezone.now() - timedelta(minutes=5))
    near = NoticeFactory(department=stomach, starts_at=timezone.now() - timedelta(days=2))
    urgent = NoticeFactory(priority=Notice.Priority.URGENT, starts_at=timezone.now() - timedelta(days=3))

    assert queries.concerning(department=stomach) == [urgent, near, general]
    assert queries.on_home() == [urgent, general, near]


@pytest.mark.req("7.1", "7.2")
def test_a_notice_is_shown_from_its_beginning_until_its_end() -> None:
    now = timezone.now()
    notice = NoticeFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    NoticeFactory(starts_at=now - timedelta(days=1), is_published=False)

    assert queries.on_home(now=now) == []
    assert queries.next_change(now) == notice.starts_at
    assert queries.on_home(now=notice.starts_at) == [notice]
    assert queries.next_change(notice.starts_at) == notice.ends_at
    assert queries.on_home(now=notice.ends_at) == []
    assert queries.next_change(notice.ends_at) is None


def test_a_notice_that_is_over_is_said_to_be_over() -> None:
    notice = NoticeFactory(ends_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(NotFoundError, match="已经结束"):
        queries.get_notice(notice.ref)


def test_the_list_is_read_in_parts_whatever_its_length(django_assert_num_queries) -> None:
    NoticeFactory.create_batch(25)
    with django_assert_num_queries(1):
        first, more = queries.page_of(size=20)
    rest, end = queries.page_of(start=20, size=20)
    assert (len(first), more, len(rest), end) == (20, True, 5, False)
    assert not {n.pk for n in first} & {n.pk for n in rest}


@pytest.mark.three_databases
@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "department"},
        {"scope": "doctor"},
        {"starts_at": timezone.now(), "ends_at": timezone.now() - timedelta(days=1)},
    ],
)
def test_the_database_refuses_a_notice_without_the_name_of_its_scope_or_ending_before_it_begins(wrong) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeFactory(**wrong)
