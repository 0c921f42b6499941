"""Two people on one page, and mistakes at publishing: told in Chinese, nothing lost."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cms.pages.models import PortalPage
from tests.editor.test_checklist import form, rich, text
from tests.pages.building import make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(home: PortalPage) -> PortalPage:
    page = make_page(home, "指南", [text("<p>旧</p>")])
    page.save_revision()
    page.refresh_from_db()
    return page


def save(client: Client, page: PortalPage, words: str, revision: Any, **more: Any) -> Any:
    data = form(("rich_text", rich(f"<p>{words}</p>")))
    data |= {"loaded_revision_id": revision.pk, "loaded_revision_created_at": revision.created_at.isoformat(), **more}
    headers = {} if "action-publish" in more else {"accept": "application/json"}
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data, headers=headers)


@pytest.mark.req("46.10")
def test_the_second_editor_is_told_and_nothing_is_lost(page: PortalPage, desk: Client, django_user_model: Any) -> None:
    # Given two editors who opened the same page
    second = Client()
    second.force_login(django_user_model.objects.create_superuser("second", first_name="王芳"))
    opened = page.latest_revision
    # When the first saves
    assert save(desk, page, "甲的文字", opened).json()["success"]
    # Then the second's automatic saving is refused in Chinese
    refused = save(second, page, "乙的文字", opened)
    assert refused.status_code == 400
    assert refused.json()["error_code"] == "invalid_revision"
    assert "别人刚刚保存了新版本，您的修改还没有保存" in refused.json()["error_message"]
    # And the second hears of it while writing
    ping = reverse("wagtailadmin_editing_sessions:ping", args=["wagtailcore", "page", page.pk, 999999])
    news = second.post(ping, {"revision_id": opened.pk, "revision_created_at": opened.created_at.isoformat()}).json()
    assert [bool(one["revision_id"]) for one in news["other_sessions"]] == [True]
    assert "保存了新版本" in news["html"]
    assert "saved a new" not in news["html"]
    # And when the second decides to publish, both texts are kept
    save(second, page, "乙的文字", opened, **{"action-publish": "1"})
    kept = "".join(revision.as_object().body[0].value["text"].source for revision in page.revisions.all())
    assert "甲的文字" in kept
    assert "乙的文字" in kept


def test_a_refused_publication_keeps_what_was_typed_and_marks_the_field(page: PortalPage, desk: Client) -> None:
    # Given a half-filled block that was saved as a draft
    data = form(("rich_text", rich("<p>写好的</p>")), ("notice", {"kind": "notice", "text": "", "link": {}}))
    assert desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data).status_code == 302
    # When the page is published
    data["action-publish"] = "1"
    answer = desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)
    # Then it is refused with a Chinese sentence, and everything typed is still in the form
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "填写有误，页面没有保存" in html
    assert "写好的" in answer.context["form"]["body"].value()[0].value["text"].source
    assert "editor/errors" in html
