"""Every role × every address of the back office, beside a table that says who may (ASVS 8.2.1, T10)."""

import io

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from wagtail.admin.viewsets import viewsets

from business.messaging.models import MessageRule
from business.security.models import AuditEvent
from business.visits.models import CheckPoint, Visit, VisitRule
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE, setup_roles
from cms.bundles.exporting import export
from cms.bundles.models import Upload
from cms.help.models import HelpCategory
from tests.backoffice import builders
from tests.factories import DataSourceFactory, NoticeFactory

pytestmark = pytest.mark.django_db

E, A, F = EDITOR, ADMINISTRATOR, FINANCE
ROLES = [(), (E,), (A,), (F,), ("superuser",)]
# Who may open an address; the superuser may open every one. Lists, their results, details and forms of one desk go
# together unless a line of its own says otherwise.
MAY = {
    "desk_notices": {E, A},
    "desk_data_sources": {A},
    "desk_appointments": {A},
    "desk_patients": {A},
    "desk_accounts": {A},
    "desk_cards": {A},
    "desk_blacklist": {A},
    "desk_appeals": {A},
    "desk_codes": {A},
    "desk_scans": {A},
    "desk_devices": {A},
    "desk_patient_rules": {A},
    "desk_blacklist_rules": {A},
    "desk_messages": {A},
    "desk_orders": {A, F},
    "desk_payments": {A, F},
    "desk_refunds": {A, F},
    "desk_incidents": {A, F},
    "desk_ledger": {A, F},
    "desk_merchants": {A, F},
    "desk_merchants:add": {F},
    "desk_merchants:edit": {F},
    "desk_pay_rules": {A, F},
    "desk_pay_rules:add": {F},
    "desk_pay_rules:edit": {F},
    "desk_batches": {A, F},
    "desk_differences": {A, F},
    "desk_refund_requests": {A, F},
    "desk_finance_rules": {A, F},
    "desk_finance_rules:add": {F},
    "desk_finance_rules:edit": {F},
    "desk_campuses": {A},
    "desk_departments": {A},
    "desk_doctors": {A},
    "desk_schedules": {A},
    "desk_slots": {A},
    "desk_clinic_changes": {A},
    "desk_affected": {A},
    "desk_waiting": {A},
    "desk_sync_runs": {A},
    "desk_release_rules": {A},
    "desk_title_fees": {A},
    "desk_holidays": {A},
    "desk_clinic_templates": {A},
    "desk_booking_rules": {A},
    "desk_message_templates": {A},
    "desk_message_rules": {A},
    "desk_visits": {A},
    "desk_visit_rules": {A},
    "desk_check_points": {A},
    "desk_calls": {A},
    "desk_outbox": {A},
    "desk_audit": {A},
    "desk_places": {E, A},
    "desk_plans": {E, A},
    "desk_conditions": {E, A},
    "desk_department_staff": {A},
    "desk_help_categories": {E, A},
    "desk_help_votes": {E, A},
}
# Deeds, by POST.
DEEDS = {
    ("desk_appointments", "unmask"): {A},
    ("desk_appointments", "cancel"): {A},
    ("desk_clinic_changes", "retry"): {A},
    ("desk_affected", "retry"): {A},
    ("desk_patients", "unmask"): {A},
    ("desk_patients", "close"): {A},
    ("desk_cards", "unbind"): {A},
    ("desk_blacklist", "release"): {A},
    ("desk_appeals", "accept"): {A},
    ("desk_refunds", "retry"): {F},
    ("desk_incidents", "resolve"): {F},
    ("desk_batches", "again"): {F},
    ("desk_differences", "write_off"): {F},
    ("desk_refund_requests", "refuse"): {F},
    ("desk_outbox", "revive"): {A},
}
# Wagtail's own desks.
WAGTAIL = {
    "studio_index": {A},
    "studio_use_add": {A},
    "studio_menu_push": {A},
    "wagtailadmin_explore_root": {E, A},
    "wagtailimages:index": {E, A},
    "wagtaildocs:index": {E, A},
    "wagtailmedia:index": {E, A},
    "block_usage": {E, A},
    "block_rules": {A},
    "article_list:index": {E, A},
    "articles_categories": {E, A},
    "articles_category_new": {E, A},
    "help_answers:index": {E, A},
    "wagtailusers_users:index": {A},
    "wagtailusers_users:add": {A},
    "wagtailusers_groups:index": set(),
    "wagtailusers_groups:add": set(),
    "wagtailsites:index": {A},
    "wagtailredirects:index": {A},
    "wagtailadmin_collections:index": {A},
    "wagtailadmin_workflows:index": set(),
    "editor_draft_list": {E, A},
    "library:index": {E, A},
    "wagtailsnippets_shared_sharedblock:list": {E, A},
    "wagtailsnippets_shared_sharedblock:add": {E, A},
    "bundles:index": {A},
    "finance_reports:index": {A, F},
}


def desk_addresses():
    """Return (namespace, view name, URL pattern needs a key) of every GET view that hangs in the menu."""
    for viewset in viewsets.viewsets:
        if str(viewset.name).startswith("desk_"):
            for pattern in viewset.get_urlpatterns():
                if pattern.name not in {"act", "find", "check"}:
                    yield viewset, pattern.name, "pk" in pattern.pattern.converters


@pytest.fixture
def rows(db):
    reverse("wagtailadmin_home")  # Wagtail fills its list of viewsets with the first address it makes
    setup_roles()
    builders.whole_day(2)
    NoticeFactory()
    DataSourceFactory()
    HelpCategory.objects.create(name="挂号与退号")
    booking = builders.appointment()
    builders.refund(builders.paid(booking))
    MessageRule.objects.get_or_create()
    builders.standing()
    VisitRule.objects.create()
    CheckPoint.objects.create(name="三层分诊台", campus=booking.slot.schedule.campus)
    Visit.objects.create(appointment=booking, schedule=booking.slot.schedule)


def key_of(viewset):
    return viewset.model._default_manager.order_by("-pk").values_list("pk", flat=True).first()


def opens(client: Client, url: str) -> bool:
    return client.get(url).status_code == 200


@pytest.mark.parametrize("role", ROLES, ids=lambda role: "+".join(role) or "nobody")
@pytest.mark.req("G3.1")
def test_each_role_opens_what_the_table_says_and_nothing_else(as_role, rows, role):
    # Given somebody with the role
    client = as_role(*role)
    # When they ask for each address of the business desks
    wrong, tried = [], 0
    for viewset, view, needs_key in desk_addresses():
        name = f"{viewset.name}:{view}"
        url = reverse(name, args=[key_of(viewset)] if needs_key else [])
        expected = role == ("superuser",) or bool(set(role) & MAY.get(name, MAY[viewset.name]))
        tried += 1
        if opens(client, url) != expected:
            wrong.append((name, "may not" if expected else "may"))
    # Then exactly those of the table open
    assert not wrong
    assert tried > 50


@pytest.mark.parametrize("role", ROLES, ids=lambda role: "+".join(role) or "nobody")
@pytest.mark.req("G3.1")
def test_each_role_in_wagtails_own_desks(as_role, rows, role):
    client = as_role(*role)
    wrong = [
        name
        for name, allowed in WAGTAIL.items()
        if opens(client, reverse(name)) != (role == ("superuser",) or bool(set(role) & allowed))
    ]
    assert not wrong


@pytest.mark.parametrize("role", ROLES, ids=lambda role: "+".join(role) or "nobody")
@pytest.mark.req("G3.1")
def test_only_administrators_see_what_an_import_would_change(as_role, rows, role, home, settings, tmp_path):
    # Given a bundle that waits to be imported, uploaded by the person themselves
    settings.VAR_DIR = tmp_path
    client = as_role(*role)
    out = io.BytesIO()
    export(home, out, exporter="test")
    waiting = Upload(name="portal.zip", staff=client.user)
    waiting.file.save("portal.zip", ContentFile(out.getvalue()))
    # When they ask for the difference, then only who carries portals sees it
    may = role == ("superuser",) or A in role
    assert opens(client, reverse("bundles:difference", args=[waiting.pk])) == may


@pytest.mark.parametrize("role", ROLES, ids=lambda role: "+".join(role) or "nobody")
@pytest.mark.req("46.4")
def test_each_role_does_only_the_deeds_of_the_table(as_role, rows, role):
    # Given one record a deed applies to
    client = as_role(*role)
    reverse("wagtailadmin_home")  # Wagtail fills the list of desks with the first address it makes
    for (namespace, code), allowed in DEEDS.items():
        viewset = next(one for one in viewsets.viewsets if one.name == namespace)
        before = AuditEvent.objects.exclude(event__in=["staff.denied"]).count()
        # When they post it with a good reason
        answer = client.post(
            reverse(f"{namespace}:act", args=[key_of(viewset), code]),
            {"reason": "核对患者来电", "resolution": "已与渠道核对一致"},
        )
        done = AuditEvent.objects.exclude(event__in=["staff.denied"]).count() > before
        # Then it happens, with a trace, for those of the table only
        if role == ("superuser",) or set(role) & allowed:
            assert done, (namespace, code)
        else:
            assert not done, (namespace, code)
            assert answer.status_code == 302, (namespace, code)


def test_the_table_knows_every_desk(rows):
    assert {str(viewset.name) for viewset, _view, _key in desk_addresses()} == {name for name in MAY if ":" not in name}


def test_a_user_without_a_role_sees_nothing(as_role, rows):
    client = as_role()
    answer = client.get(reverse("wagtailadmin_home"))
    assert answer.status_code == 302
    assert reverse("wagtailadmin_login") in answer["Location"]


def test_nobody_signed_in_is_sent_to_sign_in(rows):
    for viewset, view, needs_key in desk_addresses():
        answer = Client().get(reverse(f"{viewset.name}:{view}", args=[key_of(viewset)] if needs_key else []))
        assert answer.status_code == 302
        assert reverse("wagtailadmin_login") in answer["Location"]


@pytest.mark.req("46.1", "46.2", "46.3")
def test_menu_shows_only_what_opens(as_role, rows):
    # Given each role's first page
    shown = {}
    for role in (E, A, F):
        text = as_role(role).get(reverse("wagtailadmin_home")).content.decode()
        shown[role] = {
            viewset.name
            for viewset, view, _key in desk_addresses()
            if view == "index" and f'"{reverse(f"{viewset.name}:index")}"' in text
        }
    # Then its menu holds the desks of the table
    for role, names in shown.items():
        assert names == {name for name, allowed in MAY.items() if ":" not in name and role in allowed}


def test_a_refusal_is_written_down(as_role, rows):
    client = as_role(E)
    client.get(reverse("desk_orders:index"))
    refused = AuditEvent.objects.filter(event="staff.denied").latest("pk")
    assert refused.actor == client.user.username
    assert refused.result == AuditEvent.Result.DENIED


def test_setting_up_roles_again_changes_nothing(db):
    # Given roles, one of them widened by hand
    groups = setup_roles()
    from django.contrib.auth.models import Permission

    groups[E].permissions.add(Permission.objects.get(codename="view_order"))
    wanted = {name: set(group.permissions.values_list("codename", flat=True)) for name, group in groups.items()}
    # When they are set up again
    again = setup_roles()
    # Then the code wins
    after = {name: set(group.permissions.values_list("codename", flat=True)) for name, group in again.items()}
    assert after[E] == wanted[E] - {"view_order"}
    assert after[A] == wanted[A]
    assert again[E].page_permissions.count() == 5


def test_only_our_roles_are_offered(roles):
    assert set(Group.objects.values_list("name", flat=True)) == {E, A, F}


class TestUsers:
    """Nobody raises themselves."""

    def facts(self, user, **more):
        return {
            "username": user.username,
            "first_name": "小",
            "last_name": "张",
            "email": "a@example.com",
            "is_active": "on",
            "groups": [group.pk for group in user.groups.all()],
            **more,
        }

    def test_the_form_of_an_account_asks_for_one_name(self, as_role, roles):
        client, other = as_role(A), builders.staff(E)
        for address in (
            reverse("wagtailusers_users:add"),
            reverse("wagtailusers_users:edit", args=[other.pk]),
        ):
            html = client.get(address).content.decode()
            assert "姓名" in html and 'name="last_name"' not in html
            assert not [line for line in html.splitlines() if "<li>None</li>" in line]

    def test_an_administrator_makes_no_superuser(self, as_role, roles):
        client, other = as_role(A), builders.staff(E)
        client.post(
            reverse("wagtailusers_users:edit", args=[other.pk]), self.facts(other, is_superuser="on", first_name="改")
        )
        other.refresh_from_db()
        assert other.first_name == "改"
        assert not other.is_superuser

    def test_an_administrator_does_not_touch_a_superuser(self, as_role, roles):
        client, boss = as_role(A), builders.staff(is_superuser=True)
        client.post(reverse("wagtailusers_users:edit", args=[boss.pk]), self.facts(boss, password1="x", password2="x"))
        boss.refresh_from_db()
        assert boss.check_password("Correct-Horse-9")

    def test_own_roles_stay(self, as_role, roles):
        client = as_role(A)
        both = [roles[A].pk, roles[E].pk]
        client.post(reverse("wagtailusers_users:edit", args=[client.user.pk]), self.facts(client.user, groups=both))
        assert set(client.user.groups.values_list("name", flat=True)) == {A}

    def test_an_administrator_does_not_touch_finance(self, as_role, roles):
        client, other = as_role(A), builders.staff(F)
        client.post(
            reverse("wagtailusers_users:edit", args=[other.pk]), self.facts(other, password1="x", password2="x")
        )
        other.refresh_from_db()
        assert other.check_password("Correct-Horse-9")

    def test_an_administrator_makes_nobody_finance(self, as_role, roles):
        client, other = as_role(A), builders.staff(E)
        answer = client.post(
            reverse("wagtailusers_users:edit", args=[other.pk]), self.facts(other, groups=[roles[F].pk])
        )
        assert "财务角色只能由超级用户授予" in answer.content.decode()
        assert set(other.groups.values_list("name", flat=True)) == {E}

    def test_nobody_is_administrator_and_finance(self, as_role, roles):
        client, other = as_role("superuser"), builders.staff(F)
        both = [roles[A].pk, roles[F].pk]
        answer = client.post(reverse("wagtailusers_users:edit", args=[other.pk]), self.facts(other, groups=both))
        assert "不能同时是管理员和财务" in answer.content.decode()
        assert set(other.groups.values_list("name", flat=True)) == {F}

    def test_bulk_forms_switch_nobody_off(self, as_role, roles):
        client, boss = as_role(A), builders.staff(is_superuser=True)
        url = reverse("wagtail_bulk_action", args=["auth", "user", "set_active_state"])
        client.post(f"{url}?id={boss.pk}", {"mark_as_active": "False"})
        boss.refresh_from_db()
        assert boss.is_active

    def test_bulk_forms_give_no_roles(self, as_role, roles):
        client = as_role(A)
        url = reverse("wagtail_bulk_action", args=["auth", "user", "assign_role"])
        client.post(f"{url}?id={client.user.pk}", {"role": roles[F].pk})
        assert set(client.user.groups.values_list("name", flat=True)) == {A}
