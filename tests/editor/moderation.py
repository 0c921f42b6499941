"""Builders for the tests of reviewing: a department's secretary, a publicity officer, what each posts."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import TaskState
from wagtail.test.utils.form_data import nested_form_data, streamfield

from business.hospital.models import Department
from cms.backoffice.roles import EDITOR, setup_roles
from cms.pages import department_staff
from cms.pages.models import DepartmentPage, PortalPage
from tests.editor.test_checklist import rich
from tests.factories import DepartmentFactory
from tests.pages.building import block
from tests.pages.test_checks import to_role

__all__ = ["department", "introduction", "officer", "secretary"]


def signed_in(user: Any) -> Client:
    """Return a browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    client.user = user  # type: ignore[attr-defined]
    return client


@pytest.fixture
def department(db: Any) -> Department:
    """Give a department with a code of its own."""
    return DepartmentFactory(name="消化内科", code="XH")


@pytest.fixture
def introduction(home: PortalPage, site: Any, department: Department) -> DepartmentPage:
    """Give its introduction, live."""
    setup_roles()
    page = DepartmentPage(title="消化内科", slug="xh", department=department)
    page.body = [block("rich_text", {"title": "", "text": "<p>周一到周五看诊</p>"})]
    home.add_child(instance=page)
    page.save_revision().publish()
    return DepartmentPage.objects.get(pk=page.pk)


@pytest.fixture
def secretary(introduction: DepartmentPage, department: Department) -> Client:
    """Sign in the department's secretary."""
    user = get_user_model().objects.create_user("secretary", first_name="王秘书")
    department_staff.put(department, [user])
    return signed_in(user)


@pytest.fixture
def officer(introduction: DepartmentPage) -> Client:
    """Sign in a publicity officer."""
    user = get_user_model().objects.create_user("officer", first_name="林小宣", email="officer@hospital.example")
    user.groups.add(Group.objects.get(name=EDITOR))
    return signed_in(user)


def posted(page: DepartmentPage, words: str, *, action: str = "action-submit", **extra: Any) -> dict[str, Any]:
    """Return what the editor's form of an introduction posts."""
    first = page.get_latest_revision_as_object().body[0]
    fields = {
        "title": page.title,
        "slug": page.slug,
        "seo_title": "",
        "search_description": "",
        "department": page.department_id,
        "photo": "",
        "show_title_bar": "on",
        "body": streamfield([("rich_text", rich(f"<p>{words}</p>"))]),
        "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 0},
        action: action,
        **extra,
    }
    return {**nested_form_data(fields), "body-0-id": first.id}


def submit(client: Client, page: DepartmentPage, words: str, **extra: Any) -> Any:
    """Write and submit."""
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), posted(page, words, **extra))


def waiting(page: DepartmentPage) -> TaskState:
    """Return the one decision that is asked for."""
    return TaskState.objects.for_instance(page).get(status=TaskState.STATUS_IN_PROGRESS)


def decide(client: Client, page: DepartmentPage, decision: str, comment: str = "", **extra: Any) -> Any:
    """Decide on the review page."""
    page.refresh_from_db()
    data = {"decision": decision, "comment": comment, "revision": page.latest_revision_id, **extra}
    return client.post(reverse("editor_review", args=[waiting(page).pk]), data)


__all__ += ["decide", "posted", "signed_in", "submit", "to_role", "waiting"]
