"""Drafts on a phone: for whom, how long, and nothing else than one page's newest draft."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE, setup_roles
from cms.editor.preview import links
from cms.editor.preview.models import DraftLink
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(home: PortalPage) -> PortalPage:
    """Give a page that is not published, with a draft."""
    page = make_page(home, "门诊停诊通知", [block("rich_text", {"text": "<p>旧的文字</p>"})], live=False)
    page.body = [block("rich_text", {"text": "<p>新的草稿</p>"})]
    page.save_revision()
    return page


@pytest.fixture
def staff(home: PortalPage, site: Any) -> Any:
    """Give a function that signs somebody with a role in."""
    groups = setup_roles()

    def sign_in(role: str) -> Client:
        user = get_user_model().objects.create_user(f"u{len(role)}{role}", password="x")
        user.groups.add(groups[role])
        client = Client()
        client.force_login(user)
        client.user = user  # type: ignore[attr-defined]
        return client

    return sign_in


def make(client: Client, page: PortalPage, hours: int = 2) -> str:
    """Make a link as the window does; return the path the phone opens."""
    answer = client.post(reverse("editor_draft_links", args=[page.pk]), {"hours": hours})
    assert answer.status_code == 200
    assert "<svg" in answer.content.decode()
    return "/-/draft/" + answer.context["address"].split("/-/draft/")[1]


@pytest.mark.req("46.9")
def test_a_phone_sees_the_newest_draft_without_signing_in(page: PortalPage, staff: Any) -> None:
    # Given a link
    address = make(staff(EDITOR), page)
    # When a phone that has never been here opens it
    answer = Client().get(address)
    html = answer.content.decode()
    # Then it shows the newest draft under a bar, for no cache and no search engine, and nothing can be sent
    assert answer.status_code == 200
    assert "新的草稿" in html
    assert "旧的文字" not in html
    assert "草稿预览 · 有效至" in html
    assert answer["Cache-Control"] == "private, no-store"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "form-action 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert Client().post(address).status_code == 405
    # And what is saved later is shown by the same link
    page.body = [block("rich_text", {"text": "<p>再改一次</p>"})]
    page.save_revision()
    assert "再改一次" in Client().get(address).content.decode()
    assert DraftLink.objects.get().opened_count == 2


def test_a_draft_on_a_phone_holds_no_personal_data(home: PortalPage, staff: Any) -> None:
    page = make_page(home, "我的", [block("account"), block("patient_list"), block("next_visit")])
    page.save_revision()
    html = Client().get(make(staff(EDITOR), page)).content.decode()
    assert "/-/action/" not in html
    assert "/-/island/" not in html


def test_the_token_is_kept_only_as_a_hash(page: PortalPage, staff: Any) -> None:
    token = make(staff(EDITOR), page).removeprefix("/-/draft/").rstrip("/")
    row = DraftLink.objects.values().get()
    assert token not in str(row)
    assert token.partition(".")[0] not in str(list(AuditEvent.objects.values()))


@pytest.mark.req("46.9")
def test_it_ends_by_itself(page: PortalPage, staff: Any) -> None:
    address = make(staff(EDITOR), page)
    with time_machine.travel(timezone.now() + timedelta(hours=2, minutes=1), tick=False):
        answer = Client().get(address)
    assert answer.status_code == 410
    assert "这个草稿链接已经失效" in answer.content.decode()
    assert "新的草稿" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_it_can_be_revoked_by_whoever_may_edit_the_page(page: PortalPage, staff: Any) -> None:
    address = make(staff(EDITOR), page)
    other = staff(ADMINISTRATOR)
    assert "打开次数" in other.get(reverse("editor_draft_list")).content.decode()
    other.post(reverse("editor_draft_revoke", args=[DraftLink.objects.get().pk]))
    assert Client().get(address).status_code == 410
    told = AuditEvent.objects.filter(event__startswith="draft_link").order_by("pk").values_list("event", flat=True)
    assert list(told) == ["draft_link.made", "draft_link.revoked"]


def test_it_ends_with_the_rights_of_whoever_made_it(page: PortalPage, staff: Any) -> None:
    client = staff(EDITOR)
    address = make(client, page)
    client.user.groups.clear()
    assert Client().get(address).status_code == 410


@pytest.mark.parametrize("token", ["x", "x.y", "a" * 500, "..", "%00"])
def test_a_guessed_token_opens_nothing(page: PortalPage, token: str) -> None:
    answer = Client().get(f"/-/draft/{token}/")
    assert answer.status_code in {400, 404}


def test_finance_and_guests_make_no_links(page: PortalPage, staff: Any) -> None:
    finance, url = staff(FINANCE), reverse("editor_draft_links", args=[page.pk])
    for client in (finance, Client()):
        assert client.get(url).status_code == 302
        assert client.post(url, {"hours": 2}).status_code == 302
    assert not DraftLink.objects.exists()


def test_a_lifetime_nobody_offered_is_refused_in_chinese(page: PortalPage, staff: Any) -> None:
    answer = staff(EDITOR).post(reverse("editor_draft_links", args=[page.pk]), {"hours": 9999})
    assert "请选择有效时间" in answer.content.decode()
    assert not DraftLink.objects.exists()


def test_old_links_are_forgotten(page: PortalPage, staff: Any) -> None:
    client = staff(EDITOR)
    make(client, page)
    DraftLink.objects.update(expires_at=timezone.now() - timedelta(days=links.KEPT_DAYS + 1))
    make(client, page)
    assert DraftLink.objects.count() == 1
