"""Publicity staff write notices."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from business.notices import queries
from business.notices.models import Notice
from business.security.models import AuditEvent
from cms.backoffice.roles import EDITOR
from tests.backoffice.conftest import as_role, roles
from tests.factories import DepartmentFactory, NoticeFactory

__all__ = ["as_role", "roles"]

pytestmark = pytest.mark.django_db
ADD = "desk_notices:add"


@pytest.fixture
def editor(as_role):
    return as_role(EDITOR)


def typed(**changes):
    now = timezone.localtime().replace(second=0, microsecond=0)
    data = {
        "title": "12月1日起冬季门诊时间调整",
        "body": "",
        "kind": "outpatient",
        "scope": "hospital",
        "priority": "0",
        "on_home": "on",
        "starts_at": now.strftime("%Y-%m-%d %H:%M"),
        "ends_at": "",
        "url": "",
        "is_published": "on",
    }
    return {**data, **changes}


@pytest.mark.req("7.1", "7.2")
def test_an_editor_sends_a_notice_out_and_takes_it_down(editor) -> None:
    editor.post(reverse(ADD), typed())
    notice = Notice.objects.get()
    assert queries.on_home() == [notice]
    assert AuditEvent.objects.filter(event="record.created", object_ref=notice.ref).exists()

    down = typed()
    down.pop("is_published")
    editor.post(reverse("desk_notices:edit", args=[notice.pk]), down)

    assert queries.on_home() == []


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"scope": "department"}, "department", "哪个科室"),
        ({"scope": "doctor"}, "doctor", "哪位医生"),
        ({"ends_at": "2020-01-01 00:00"}, "ends_at", "晚于"),
        ({"url": "javascript:alert(1)"}, "url", "https://"),
        ({"title": ""}, "title", "请填写"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_lost(editor, wrong, field, sentence) -> None:
    answer = editor.post(reverse(ADD), typed(body="已经写好的正文", **wrong))
    assert sentence in str(answer.context["form"].errors[field])
    assert "已经写好的正文" in answer.content.decode()
    assert not Notice.objects.exists()


def test_a_scope_that_was_changed_back_forgets_its_department(editor) -> None:
    editor.post(reverse(ADD), typed(department=DepartmentFactory().pk))
    assert Notice.objects.get().department is None


def test_the_list_says_what_patients_see_now(editor) -> None:
    now = timezone.now()
    NoticeFactory(title="甲", ends_at=now - timedelta(minutes=1))
    NoticeFactory(title="乙", starts_at=now + timedelta(days=1))
    NoticeFactory(title="丙", is_published=False)
    html = editor.get(reverse("desk_notices:index")).content.decode()
    for word in ("已结束", "未到时间", "未发布"):
        assert word in html
    assert "乙" not in editor.get(reverse("desk_notices:index") + "?q=甲").context["object_list"].values_list(
        "title", flat=True
    )
