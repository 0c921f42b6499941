"""Lists, details and the first page ask the database as often for fifty rows as for five."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.admin.viewsets import viewsets

from cms.backoffice.roles import ADMINISTRATOR, FINANCE
from tests.backoffice import builders
from tests.backoffice.test_smoke import LISTS

pytestmark = pytest.mark.django_db


def queries(client, url) -> int:
    client.get(url)  # warm what is kept between requests
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_lists(as_role):
    client = as_role("superuser")
    builders.whole_day(5)
    few = {name: queries(client, reverse(f"{name}:index")) for name in LISTS}
    builders.whole_day(25)
    many = {name: queries(client, reverse(f"{name}:index")) for name in LISTS}
    assert many == few
    assert max(many.values()) < 25


@pytest.mark.parametrize("role", [ADMINISTRATOR, FINANCE])
def test_first_page(as_role, role):
    client = as_role(role)
    builders.whole_day(5)
    few = queries(client, reverse("wagtailadmin_home"))
    builders.whole_day(25)
    assert queries(client, reverse("wagtailadmin_home")) == few


def test_a_patient_with_many_bookings(as_role):
    client = as_role("superuser")
    who = builders.patient()
    for _ in range(3):
        builders.paid(builders.appointment(who=who))
    url = reverse("desk_patients:inspect", args=[who.pk])
    few = queries(client, url)
    for _ in range(20):
        builders.paid(builders.appointment(who=who))
    assert queries(client, url) == few


def test_lists_are_paginated():
    for viewset in viewsets.viewsets:
        if str(viewset.name).startswith("desk_"):
            assert 0 < viewset.list_per_page <= 60


class TestFirstPage:
    """Figures for those who may see them, each leading to the rows it counts."""

    def figures(self, client):
        answer = client.get(reverse("wagtailadmin_home"))
        panel = next((one for one in answer.context["panels"] if getattr(one, "name", "") == "today"), None)
        return panel.figures if panel else []

    def test_each_number_is_the_length_of_its_list(self, as_role):
        client = as_role("superuser")
        builders.whole_day(4)
        builders.appointment("confirming")
        builders.outbox_item("pending")
        figures = {str(one.label): one for one in self.figures(client)}
        assert set(figures) == {
            "今日就诊预约", "等待 HIS 确认", "今日收款", "未完成退款", "待处理资金异常", "已放弃的待办", "逾期的待办",
            "后台任务进程",
        }  # fmt: skip
        workers = figures.pop("后台任务进程")
        assert (workers.value, workers.alarm) == ("0", True)
        for label, figure in figures.items():
            rows = client.get(figure.url).context["paginator"].count
            number = figure.note.split()[0] if label == "今日收款" else figure.value
            assert rows == int(number), label
        assert figures["今日收款"].value == "¥200.00"

    def test_finance_sees_money_only(self, as_role):
        assert [str(one.label) for one in self.figures(as_role(FINANCE))] == [
            "今日收款", "未完成退款", "待处理资金异常",
        ]  # fmt: skip

    def test_an_editor_sees_none(self, as_role):
        from cms.backoffice.roles import EDITOR

        assert self.figures(as_role(EDITOR)) == []


def test_no_inline_script_or_style_in_our_templates():
    import re
    from pathlib import Path

    import cms.backoffice

    folder = Path(cms.backoffice.__file__).parent / "templates"
    for file in folder.rglob("*.html"):
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", file.read_text()), file
