"""Everything staff do leaves a trace: sign-in, users, roles, pages, and every other POST (T12)."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from wagtail.models import Page

from blocks.client_address import source_ip
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR
from tests.backoffice import builders

pytestmark = [pytest.mark.django_db, pytest.mark.req("T12")]


def last(event: str) -> AuditEvent:
    return AuditEvent.objects.filter(event=event).latest("pk")


class TestSigningIn:
    """In, out, and in vain."""

    def sign_in(self, name, password):
        client = Client()
        client.post(reverse("wagtailadmin_login"), {"username": name, "password": password})
        return client

    def test_in_and_out(self, roles):
        user = builders.staff(EDITOR)
        client = self.sign_in(user.username, "Correct-Horse-9")
        event = last("staff.signed_in")
        assert (event.actor, event.source_ip, event.result) == (user.username, "127.0.0.1", "ok")
        client.post(reverse("wagtailadmin_logout"))
        assert last("staff.signed_out").actor == user.username

    def test_in_vain(self, roles):
        user = builders.staff(EDITOR)
        self.sign_in(user.username, "wrong")
        event = last("staff.sign_in_failed")
        assert (event.object_ref, event.result, event.source_ip) == (user.username, "failed", "127.0.0.1")
        assert "wrong" not in str(event.detail)

    def test_a_name_nobody_has_is_not_kept(self, roles):
        self.sign_in("Correct-Horse-9", "typed-into-the-wrong-field")
        event = last("staff.sign_in_failed")
        assert event.object_ref == ""
        assert "Horse" not in str(event.detail)


class TestUsersAndRoles:
    """Who gave whom what."""

    def test_a_user_is_made_changed_and_given_a_role(self, as_role, roles):
        client = as_role(ADMINISTRATOR)
        facts = {"username": "xiaozhang", "email": "z@example.com", "first_name": "小", "last_name": "张"}
        secret = "Long-Enough-77"
        client.post(
            reverse("wagtailusers_users:add"),
            {**facts, "password1": secret, "password2": secret, "groups": [roles[EDITOR].pk]},
        )
        made, given = last("user.created"), last("user.groups")
        assert (made.actor, made.object_ref) == (client.user.username, "xiaozhang")
        assert given.detail["what"] == [EDITOR]
        user = type(client.user).objects.get(username="xiaozhang")
        client.post(
            reverse("wagtailusers_users:edit", args=[user.pk]),
            {**facts, "email": "new@example.com", "password1": secret + "8", "password2": secret + "8"},
        )
        changed = last("user.changed")
        assert changed.detail["before"]["email"] == "z@example.com"
        assert changed.detail["after"]["is_active"] is False
        assert changed.detail["password_changed"] is True
        assert secret not in str(changed.detail)

    def test_a_role_is_widened(self, roles):
        from django.contrib.auth.models import Permission

        roles[EDITOR].permissions.add(Permission.objects.get(codename="view_order"))
        event = last("group.permissions")
        assert event.object_ref == EDITOR
        assert event.actor_kind == AuditEvent.ActorKind.SYSTEM

    def test_signing_in_is_not_a_change_of_the_user(self, as_role):
        as_role(EDITOR)
        count = AuditEvent.objects.filter(event="user.changed").count()
        as_role(EDITOR)
        assert AuditEvent.objects.filter(event="user.changed").count() == count


class TestPages:
    """Publish, take down, move, delete."""

    @pytest.fixture
    def page(self, roles):
        root = Page.get_first_root_node()
        return root.add_child(instance=Page(title="就医指南", slug="guide", live=False))

    def test_publish_and_take_down(self, page):
        page.save_revision().publish()
        assert last("page.published").detail["title"] == "就医指南"
        page.refresh_from_db()
        page.unpublish()
        assert last("page.unpublished").object_ref == str(page.pk)

    def test_a_page_is_told_with_its_address_and_in_chinese(self, as_role, page):
        # Given a page that went live by a program
        page.save_revision().publish()
        event = last("page.published")
        assert event.detail["path"] == page.url_path
        # When the auditor looks
        client = as_role(ADMINISTRATOR)
        lines = client.get(reverse("desk_audit:index")).content.decode()
        detail = client.get(reverse("desk_audit:inspect", args=[event.pk])).content.decode()
        # Then neither program nor page is named in English
        for text in (lines, detail):
            assert "维护命令" in text
            assert "页面" in text
            assert "command" not in text
        assert "<title>" in lines
        assert "Wagtail</title>" not in lines

    def test_delete_by_an_editor(self, as_role, page):
        page.live = True
        page.save()
        client = as_role(ADMINISTRATOR)
        client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
        event = last("page.deleted")
        assert (event.actor, event.object_ref) == (client.user.username, str(page.pk))
        assert event.source_ip == "127.0.0.1"
        assert AuditEvent.objects.filter(event="page.deleted").count() == 1


class TestEverythingElse:
    """What no view writes down, the middleware does."""

    def test_a_post_to_wagtail(self, as_role):
        client = as_role(ADMINISTRATOR)
        client.post(reverse("wagtailadmin_collections:add"), {"name": "宣传图片"})
        event = last("staff.request")
        assert event.actor == client.user.username
        assert event.object_type == "wagtailadmin_collections:add"

    def test_what_wagtail_refuses(self, as_role):
        client = as_role(EDITOR)
        client.get(reverse("wagtailusers_users:index"))
        event = last("staff.denied")
        assert (event.actor, event.object_type) == (client.user.username, "wagtailusers_users:index")

    def test_reading_leaves_no_trace(self, as_role):
        client = as_role(ADMINISTRATOR)
        count = AuditEvent.objects.count()
        client.get(reverse("desk_appointments:index"))
        assert AuditEvent.objects.count() == count

    def test_one_deed_is_one_event(self, as_role):
        client = as_role(ADMINISTRATOR)
        item = builders.outbox_item()
        count = AuditEvent.objects.count()
        client.post(reverse("desk_outbox:act", args=[item.pk, "revive"]), {"reason": "HIS 已恢复"})
        assert AuditEvent.objects.count() == count + 1


class TestAddress:
    """X-Forwarded-For is believed only as far as our own proxies wrote it."""

    @pytest.mark.parametrize(
        ("proxies", "peer", "forwarded", "expected"),
        [
            ([], "9.9.9.9", "1.1.1.1", "9.9.9.9"),
            (["10.0.0.0/8"], "10.0.0.2", "1.1.1.1", "1.1.1.1"),
            (["10.0.0.0/8"], "10.0.0.2", "6.6.6.6, 1.1.1.1", "1.1.1.1"),
            (["10.0.0.0/8"], "10.0.0.2", "6.6.6.6, 1.1.1.1, 10.0.0.3", "1.1.1.1"),
            (["10.0.0.0/8"], "9.9.9.9", "1.1.1.1", "9.9.9.9"),
            (["10.0.0.0/8"], "10.0.0.2", "", "10.0.0.2"),
            (["10.0.0.0/8"], "10.0.0.2", "<script>", None),
            (["::1"], "::1", "2001:db8::7", "2001:db8::7"),
        ],
    )
    def test_behind_proxies(self, settings, proxies, peer, forwarded, expected):
        settings.TRUSTED_PROXIES = proxies
        request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded})
        assert source_ip(request) == expected
