"""What a department writes waits for the publicity office: submit, compare, approve or return."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Page, Task, TaskState, Workflow, WorkflowPage, WorkflowState

from business.integration import mail as letters_out
from business.integration.models import OutboxItem
from business.security.models import AuditEvent
from cms.articles.models import ArticleIndexPage, ArticlePage, Category
from cms.backoffice.roles import setup_roles
from cms.editor.changes.body import entries
from cms.editor.moderation import services
from cms.editor.moderation.models import ReviewTask
from cms.editor.moderation.setup import NAME, NOT_OURS, setup_workflow
from cms.pages import department_staff
from cms.pages.models import DepartmentPage, PortalPage
from cms.pages.scheduled import keep_schedules
from tests.editor.moderation import *  # noqa: F403
from tests.editor.moderation import decide, posted, submit, waiting
from tests.pages.building import block, make_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.16")]


def desk_of(client: Client) -> str:
    return client.get(reverse("wagtailadmin_home")).content.decode()


def edit_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def patients_see(page: Page, words: str) -> bool:
    return words in Client().get(page.url).content.decode()


def test_a_department_submits_the_office_returns_it_and_then_publishes(
    introduction: DepartmentPage, secretary: Client, officer: Client
) -> None:
    # Given a secretary who changes the introduction and submits it
    submit(secretary, introduction, "周六上午也看诊")
    assert "等待审核" in desk_of(secretary)
    assert not patients_see(introduction, "周六上午也看诊")
    # Then the office sees it on its first page, with what changed
    first = desk_of(officer)
    assert "等您审核（1）" in first
    assert "王秘书" in first
    html = officer.get(reverse("editor_review", args=[waiting(introduction).pk])).content.decode()
    assert '<span class="addition">周六上午也看诊</span>' in html
    assert '<span class="deletion">周一到周五看诊</span>' in html
    # When it is returned without a word, the officer is asked for one; with one the author reads it
    assert "请写一句要改哪里" in decide(officer, introduction, "return").content.decode()
    assert decide(officer, introduction, "return", "请写明几点到几点").status_code == 302
    assert "请写明几点到几点" in desk_of(secretary)
    assert "请写明几点到几点" in secretary.get(edit_url(introduction)).content.decode()
    assert "等您审核" not in desk_of(officer)
    # And when it is mended, submitted and approved, patients see it at the next request
    submit(secretary, introduction, "周六 8 点到 12 点看诊")
    again = officer.get(reverse("editor_review", args=[waiting(introduction).pk])).content.decode()
    assert "第 2 次送审" in again
    assert "请写明几点到几点" in again
    assert decide(officer, introduction, "approve").status_code == 302
    assert patients_see(introduction, "周六 8 点到 12 点看诊")
    assert "已发布" in desk_of(secretary)
    # And every deed is written down with who did it
    events = ("page.submitted", "page.returned", "page.approved", "page.published")
    deeds = AuditEvent.objects.filter(event__in=events, staff__isnull=False, object_ref=str(introduction.pk))
    assert list(deeds.order_by("pk").values_list("event", "staff__username")) == [
        ("page.submitted", "secretary"),
        ("page.returned", "officer"),
        ("page.submitted", "secretary"),
        ("page.published", "officer"),
        ("page.approved", "officer"),
    ]


def test_what_patients_would_stumble_over_is_asked_about_before_submitting(
    introduction: DepartmentPage, secretary: Client, officer: Client
) -> None:
    # Given a draft with a title that says nothing
    html = submit(secretary, introduction, "周六看诊", title="🎉").content.decode()
    # Then it is saved, and asked about before anybody waits for it
    assert "送审前请确认" in html
    assert "仍然送审" in html
    assert not WorkflowState.objects.active().exists()
    introduction.refresh_from_db()
    assert "周六看诊" in introduction.get_latest_revision_as_object().body[0].value["text"].source
    # And it can be submitted all the same; the office is shown the same
    secretary.post(reverse("editor_submit_anyway", args=[introduction.pk]))
    review = officer.get(reverse("editor_review", args=[waiting(introduction).pk])).content.decode()
    assert "必须改" in review


def test_what_the_form_refuses_is_not_submitted_and_stays_in_the_form(
    introduction: DepartmentPage, secretary: Client
) -> None:
    answer = submit(secretary, introduction, "新的", slug="不行的 地址")
    assert "填写有误" in answer.content.decode()
    assert "新的" in answer.context["form"]["body"].value()[0].value["text"].source
    assert not WorkflowState.objects.exists()


def test_an_author_can_change_nothing_while_it_waits_but_take_it_back(
    introduction: DepartmentPage, secretary: Client, officer: Client
) -> None:
    submit(secretary, introduction, "第一版")
    html = secretary.get(edit_url(introduction)).content.decode()
    assert "撤回送审" in html
    assert "action-submit" not in html
    submit(secretary, introduction, "第二版")
    introduction.refresh_from_db()
    assert "第二版" not in introduction.get_latest_revision_as_object().body[0].value["text"].source
    secretary.post(edit_url(introduction), posted(introduction, "第一版", action="action-cancel-workflow"))
    assert not WorkflowState.objects.active().exists()
    assert "等您审核" not in desk_of(officer)
    assert AuditEvent.objects.filter(event="page.withdrawn", staff__username="secretary").exists()


def test_publicity_publishes_without_ceremony_and_reviewers_review_on_one_page(
    introduction: DepartmentPage, secretary: Client, officer: Client
) -> None:
    html = officer.get(edit_url(introduction)).content.decode()
    assert 'name="action-publish"' in html
    assert 'name="action-submit"' not in html
    submit(secretary, introduction, "周六看诊")
    html = officer.get(edit_url(introduction)).content.decode()
    assert reverse("editor_review", args=[waiting(introduction).pk]) in html
    assert 'name="action-publish"' not in html
    mine = secretary.get(edit_url(introduction)).content.decode()
    assert "editor_review" not in mine


def test_only_reviewers_decide(introduction: DepartmentPage, secretary: Client, officer: Client, home: Any) -> None:
    submit(secretary, introduction, "周六看诊")
    state = waiting(introduction)
    for address in (
        reverse("editor_review", args=[state.pk]),
        reverse("editor_review_seen", args=[state.pk, "new"]),
    ):
        assert secretary.get(address, HTTP_X_REQUESTED_WITH="XMLHttpRequest").status_code == 403
    secretary.post(reverse("editor_review", args=[state.pk]), {"decision": "approve", "revision": 1})
    with pytest.raises(services.CannotDecide):
        services.approve(state.pk, secretary.user, revision_pk=state.revision_id)
    # And Wagtail's own way to decide leads to the review page and decides nothing
    own = reverse("wagtailadmin_pages:workflow_action", args=[introduction.pk, "approve", state.pk])
    assert secretary.post(own, HTTP_X_REQUESTED_WITH="XMLHttpRequest").status_code == 403
    assert officer.post(own).url == reverse("editor_review", args=[state.pk])
    assert waiting(introduction) == state
    # And a department's secretary cannot submit somebody else's page
    assert secretary.post(reverse("editor_submit_anyway", args=[home.pk])).status_code in {302, 403}
    assert WorkflowState.objects.count() == 1


def test_what_changed_meanwhile_is_not_published_unseen(
    introduction: DepartmentPage, secretary: Client, officer: Client
) -> None:
    submit(secretary, introduction, "周六看诊")
    seen = waiting(introduction).revision_id
    draft = introduction.get_latest_revision_as_object()
    draft.title = "消化内科门诊"
    draft.save_revision()
    html = decide(officer, introduction, "approve", revision=seen).content.decode()
    assert "又有新的修改" in html
    assert not patients_see(introduction, "周六看诊")
    # And what was looked at again is what goes live
    decide(officer, introduction, "approve")
    assert patients_see(introduction, "消化内科门诊")


def test_two_officers_at_once_decide_once(introduction: DepartmentPage, secretary: Client, officer: Client) -> None:
    submit(secretary, introduction, "周六看诊")
    state = waiting(introduction)
    address = reverse("editor_review", args=[state.pk])
    decide(officer, introduction, "return", "改一下")
    late = officer.post(address, {"decision": "approve", "revision": state.revision_id}, follow=True)
    assert "已经由林小宣处理了" in late.content.decode()
    assert not patients_see(introduction, "周六看诊")


@pytest.mark.req("46.17")
def test_an_approved_page_waits_for_its_date(introduction: DepartmentPage, secretary: Client, officer: Client) -> None:
    # Given a draft that is to go live tomorrow and off again the day after
    start, end = timezone.localtime() + dt.timedelta(days=1), timezone.localtime() + dt.timedelta(days=2)
    dates = {"go_live_at": f"{start:%Y-%m-%d %H:%M}", "expire_at": f"{end:%Y-%m-%d %H:%M}"}
    submit(secretary, introduction, "义诊安排", **dates)
    html = officer.get(reverse("editor_review", args=[waiting(introduction).pk])).content.decode()
    assert "通过，按时上线" in html
    assert f"定于 {start.month}月{start.day}日" in desk_of(officer)
    # When it is approved, patients see it from its date on
    decide(officer, introduction, "approve")
    assert not patients_see(introduction, "义诊安排")
    assert "已通过，按时上线" in desk_of(secretary)
    revision = introduction.get_latest_revision()
    type(revision).objects.filter(pk=revision.pk).update(approved_go_live_at=timezone.now() - dt.timedelta(minutes=1))
    content = revision.content | {"go_live_at": (timezone.now() - dt.timedelta(minutes=1)).isoformat()}
    type(revision).objects.filter(pk=revision.pk).update(content=content)
    keep_schedules()
    assert patients_see(introduction, "义诊安排")
    Page.objects.filter(pk=introduction.pk).update(expire_at=timezone.now() - dt.timedelta(minutes=1))
    keep_schedules()
    assert Client().get(introduction.url).status_code == 404


def test_a_page_whose_end_has_passed_is_not_approved(
    introduction: DepartmentPage, secretary: Client, officer: Client
) -> None:
    submit(secretary, introduction, "义诊安排")
    draft = introduction.get_latest_revision_as_object()
    draft.expire_at = timezone.now() - dt.timedelta(hours=1)
    draft.save_revision()
    assert "下线时间已经过去" in decide(officer, introduction, "approve").content.decode()
    assert not patients_see(introduction, "义诊安排")


def test_a_page_that_cannot_go_live_waits_on_with_the_reason(
    home: PortalPage, introduction: DepartmentPage, officer: Client
) -> None:
    # Given a submitted page for a role that another page took meanwhile
    author = get_user_model().objects.create_superuser("author")
    page = make_page(
        home, "新的消息页", [block("rich_text", {"text": "<p>好</p>"})], service_role="messages", live=False
    )
    page.save_revision()
    services.submit(page, author)
    make_page(home, "消息", service_role="messages")
    html = decide(officer, page, "approve").content.decode()
    assert "已经是「消息」页" in html
    assert waiting(page)


def test_letters_are_queued_where_there_is_a_mail_server_and_nothing_fails_without(
    introduction: DepartmentPage, secretary: Client, officer: Client, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "cms.mail.QueuedBackend"
    settings.EMAIL_HOST = ""
    submit(secretary, introduction, "第一版")
    assert not OutboxItem.objects.filter(topic="mail.send").exists()
    decide(officer, introduction, "return", "改一下")
    settings.EMAIL_HOST = "127.0.0.1"
    submit(secretary, introduction, "第二版")
    letters = [letters_out.opened(item.payload) for item in OutboxItem.objects.filter(topic="mail.send")]
    assert "officer@hospital.example" in [address for letter in letters for address in letter["to"]]
    assert all("消化内科" in letter["subject"] for letter in letters)
    assert not mail.outbox


def test_the_first_page_asks_the_same_however_much_waits(
    home: PortalPage, introduction: DepartmentPage, secretary: Client, officer: Client
) -> None:
    def queries(client: Client) -> int:
        client.get(reverse("wagtailadmin_home"))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("wagtailadmin_home"))
        return len(captured)

    submit(secretary, introduction, "周六看诊")
    before = queries(officer), queries(secretary)
    for number in range(4):
        page = make_page(home, f"页{number}", [block("rich_text", {"text": "<p>好</p>"})])
        page.save_revision()
        services.submit(page, secretary.user)
    assert (queries(officer), queries(secretary)) == before


def test_a_department_writes_articles_where_the_hospital_lets_it(
    home: PortalPage, introduction: DepartmentPage, secretary: Client, department: Any
) -> None:
    index = ArticleIndexPage(title="健康科普", slug="articles")
    home.add_child(instance=index)
    other = ArticlePage(title="别人的文章", category=Category.objects.create(name="科普"))
    index.add_child(instance=other)
    new = reverse("wagtailadmin_pages:add", args=["articles", "articlepage", index.pk])
    assert "写文章" not in desk_of(secretary)
    assert secretary.get(new, HTTP_X_REQUESTED_WITH="XMLHttpRequest").status_code == 403
    department_staff.put(department, [secretary.user], may_write_articles=True)
    assert "写文章" in desk_of(secretary)
    html = secretary.get(new).content.decode()
    assert 'name="action-submit"' in html
    assert 'name="action-publish"' not in html
    # And what others wrote stays theirs
    assert secretary.get(edit_url(other), HTTP_X_REQUESTED_WITH="XMLHttpRequest").status_code == 403
    department_staff.put(department, [secretary.user])
    assert secretary.get(new, HTTP_X_REQUESTED_WITH="XMLHttpRequest").status_code == 403


class TestSetup:
    def test_roles_bring_the_workflow_and_again_change_nothing(self, home: PortalPage) -> None:
        for _run in range(2):
            setup_roles()
        workflow = Workflow.objects.get()
        assert workflow.name == NAME
        assert home.get_workflow() == workflow
        task = ReviewTask.objects.get()
        assert sorted(task.groups.values_list("name", flat=True)) == ["管理员", "编辑"]
        assert not Task.objects.filter(name=NOT_OURS).exists()

    def test_what_a_hospital_arranged_stays(self, home: PortalPage) -> None:
        groups = list(setup_roles().values())
        # Given a hospital whose departments' heads look first
        own = Workflow.objects.create(name="两级审核")
        WorkflowPage.objects.filter(page__depth=1).update(workflow=own)
        GroupApprovalTask.objects.create(name="科主任")
        setup_workflow(groups[:2])
        assert home.get_workflow() == own
        # And one that switched ours off
        WorkflowPage.objects.all().delete()
        Workflow.objects.filter(name=NAME).update(active=False)
        setup_workflow(groups[:2])
        assert home.get_workflow() is None


def test_submitting_twice_asks_once(introduction: DepartmentPage, secretary: Client) -> None:
    draft = introduction.get_latest_revision_as_object()
    draft.save_revision()
    states = {services.submit(introduction, secretary.user).pk for _again in range(2)}
    assert len(states) == 1
    assert TaskState.objects.count() == 1


def test_a_choice_that_an_older_page_does_not_hold_is_no_change(introduction: DepartmentPage) -> None:
    # Given a block made before its settings had a choice, and the same as the editor's form sends it
    text = {"title": "", "text": "<p>周一到周五看诊</p>"}
    old, new, other = (
        PortalPage(body=[{"type": "rich_text", "id": "1", "value": {**text, "settings": settings}}]).body
        for settings in ({}, {"schedule": "always"}, {"schedule": "timed"})
    )
    # Then only a choice somebody made is called a change
    assert [entry.kind for entry in entries(old, new)] == ["same"]
    assert [entry.kind for entry in entries(old, other)] == ["changed"]
