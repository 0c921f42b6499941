"""Every list and detail page opens with data."""

import pytest
from django.urls import reverse

from tests.backoffice import builders

pytestmark = pytest.mark.django_db

LISTS = [
    "desk_appointments", "desk_patients", "desk_accounts", "desk_messages", "desk_orders", "desk_payments",
    "desk_refunds", "desk_incidents", "desk_ledger", "desk_merchants", "desk_campuses", "desk_departments",
    "desk_doctors", "desk_schedules", "desk_slots", "desk_clinic_changes", "desk_affected", "desk_waiting",
    "desk_sync_runs", "desk_release_rules", "desk_title_fees", "desk_holidays", "desk_clinic_templates",
    "desk_booking_rules", "desk_message_templates", "desk_calls", "desk_outbox", "desk_audit",
]  # fmt: skip


def test_lists_answer_a_search_that_finds_nothing(as_role):
    client = as_role("superuser")
    builders.whole_day(2)
    for name in LISTS:
        answer = client.get(reverse(f"{name}:index_results"), {"q": "x"})
        assert answer.status_code == 200, name


def test_details_open(as_role):
    from wagtail.admin.viewsets import viewsets

    client = as_role("superuser")
    builders.whole_day(3)
    builders.standing()
    reverse("wagtailadmin_home")  # the addresses of the desk fill the registry
    seen = 0
    for viewset in viewsets.viewsets:
        if str(viewset.name).startswith("desk_") and getattr(viewset, "inspect_view_enabled", False):
            row = viewset.model._default_manager.first()
            assert row is not None, f"no row of {viewset.name} to open"
            answer = client.get(reverse(f"{viewset.name}:inspect", args=[row.pk]))
            assert answer.status_code == 200, viewset.name
            seen += 1
    assert seen == 22


def test_home(as_role):
    builders.whole_day(1)
    answer = as_role("superuser").get(reverse("wagtailadmin_home"))
    assert "今日概况" in answer.content.decode()
