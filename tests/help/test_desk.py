"""The help centre's desk: answers with their counts, categories, votes with reasons."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from business.security.models import AuditEvent
from cms.backoffice.roles import EDITOR, setup_roles
from cms.help import reads
from cms.help.models import HelpCategory, HelpPage, HelpVote
from tests.backoffice import builders

pytestmark = [pytest.mark.django_db, pytest.mark.req("30.1")]


@pytest.fixture
def editor(db: Any) -> Client:
    """Give a signed-in editor."""
    setup_roles()
    client = Client()
    client.force_login(builders.staff(EDITOR))
    return client


def vote(page: HelpPage, number: int, *, helpful: bool, reason: str = "") -> None:
    HelpVote.objects.create(answer=page, visitor=f"{number:064d}", is_helpful=helpful, reason=reason)


def test_the_list_shows_reads_and_votes_of_each_answer(editor: Client, make_answer: Any):
    page = make_answer()
    reads.ANSWERS.add({page.pk: 12034})
    for number in range(5):
        vote(page, number, helpful=number > 1)
    html = editor.get(reverse("help_answers:index")).content.decode()
    for words in ("怎么退号", "挂号与退号", "1.2万", ">3<", ">2<"):
        assert words in "".join(html.split()) or words in html
    assert f"/pages/add/help/helppage/{page.get_parent().pk}/" in html


@pytest.mark.parametrize("name", ["help_answers:index", "desk_help_votes:index", "desk_help_categories:index"])
def test_lists_ask_the_same_however_long(editor: Client, make_answer: Any, name: str):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert editor.get(reverse(name)).status_code == 200
        return len(queries)

    vote(make_answer(), 0, helpful=False, reason="不清楚")
    asked()
    few = asked()
    for number in range(1, 7):
        vote(make_answer(f"又{number}"), number, helpful=False, reason="不清楚")
    assert asked() <= few + 1


def test_votes_are_filtered_to_those_with_reasons(editor: Client, make_answer: Any):
    page = make_answer()
    vote(page, 1, helpful=True)
    vote(page, 2, helpful=False, reason="窗口搬了")
    url = reverse("desk_help_votes:index")
    everything = editor.get(url).content.decode()
    assert "窗口搬了" in everything and "有帮助" in everything
    assert "窗口搬了" not in editor.get(url, {"is_helpful": "True"}).content.decode()
    assert "窗口搬了" in editor.get(url, {"with_reason": "yes"}).content.decode()


def test_a_category_is_made_and_changed_with_a_trace(editor: Client):
    facts = {"name": "住院", "icon": "bed", "tone": "blue", "order": "3", "is_active": "on"}
    assert editor.post(reverse("desk_help_categories:add"), facts).status_code == 302
    made = HelpCategory.objects.get()
    assert (made.slug, made.icon) == ("zhuyuan", "bed")
    url = reverse("desk_help_categories:edit", args=[made.pk])
    assert editor.post(url, {**facts, "name": "住院与探视"}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.slug) == ("住院与探视", "zhuyuan"), "its address stays"
    assert {"record.created", "record.changed"} <= set(AuditEvent.objects.values_list("event", flat=True))


@pytest.mark.parametrize(("name", "sentence"), [("😀", "请填写分类的名称"), ("挂号与退号", "已存在")])
def test_a_category_needs_a_name_of_its_own(editor: Client, booking: HelpCategory, name: str, sentence: str):
    facts = {"name": name, "icon": "bed", "tone": "blue", "order": "3", "is_active": "on"}
    answer = editor.post(reverse("desk_help_categories:add"), facts)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()


def test_an_answer_is_written_in_one_form(editor: Client, centre: Any, booking: HelpCategory):
    form = editor.get(reverse("wagtailadmin_pages:add", args=["help", "helppage", centre.pk])).content.decode()
    for words in ("问题", "患者还会怎么问", "挂号与退号", "回答"):
        assert words in form


def test_the_preview_shows_a_form_that_leads_nowhere(make_answer: Any, rf: Any):
    page = make_answer()
    html = page.make_preview_request(rf.get("/"), "").render().content.decode()
    assert "有帮助吗" in html
    assert f"/-/help/{page.pk}/vote/" not in html
