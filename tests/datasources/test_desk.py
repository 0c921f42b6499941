"""Administrators declare sources; editors choose fields from samples."""

import pytest
from django.urls import reverse

from business.datasources.models import DataSource
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, EDITOR, FINANCE
from tests.backoffice.conftest import as_role, roles
from tests.factories import DataSourceFactory

__all__ = ["as_role", "roles"]

pytestmark = [pytest.mark.django_db, pytest.mark.req("G5.5")]

FORM = {
    "name": "床位余量",
    "code": "beds",
    "note": "",
    "kind": "his",
    "purpose": "read",
    "target": "bed-availability",
    "items_path": "wards",
    "cache_seconds": "60",
    "deadline_seconds": "3",
    "is_active": "on",
    "parameters-0-name": "campus",
    "parameters-0-origin": "campus",
    "parameters-0-value": "",
}


@pytest.fixture
def admin(as_role):
    return as_role(ADMINISTRATOR)


def test_a_source_is_declared_tried_and_offered_to_editors(admin, as_role, sandbox) -> None:
    admin.post(reverse("desk_data_sources:add"), FORM)
    source = DataSource.objects.get()
    assert source.parameters == [{"name": "campus", "origin": "campus", "value": "", "required": False}]

    answer = admin.post(reverse("desk_data_sources:try", args=[source.pk]), {"campus": ""})

    assert "已取得样例" in answer.content.decode()
    assert AuditEvent.objects.filter(event="datasource.tried").exists()
    offered = as_role(EDITOR).get(reverse("desk_data_source_fields"), {"source": "beds", "inside": "list"}).json()
    assert "free" in [field["path"] for field in offered["fields"]]


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"kind": "http", "target": "http://169.254.169.254/x"}, "target", "PH_DATA_HOSTS"),
        ({"kind": "http", "target": "nonsense"}, "target", "完整网址"),
        ({"target": "../patients"}, "target", "小写字母"),
        ({"parameters-0-name": "1x"}, "parameters", "不能作参数名"),
        ({"parameters-0-origin": "fixed"}, "parameters", "固定值"),
        ({"parameters-0-origin": "form"}, "parameters", "只用于提交"),
        ({"deadline_seconds": "60"}, "deadline_seconds", "10"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(admin, wrong, field, sentence) -> None:
    answer = admin.post(reverse("desk_data_sources:add"), {**FORM, **wrong})
    assert sentence in str(answer.context["form"].errors[field])
    assert 'value="床位余量"' in answer.content.decode()


def test_a_try_that_fails_says_why_and_keeps_the_old_sample(admin, sandbox) -> None:
    source = DataSourceFactory(target="nonsense", sample=[{"kept": 1}])
    answer = admin.post(reverse("desk_data_sources:try", args=[source.pk]), {})
    assert "没有这个服务" in answer.content.decode()
    source.refresh_from_db()
    assert source.sample == [{"kept": 1}]


def test_a_form_is_never_tried(admin, sandbox) -> None:
    source = DataSourceFactory(purpose="submit", target="home-nursing")
    assert admin.post(reverse("desk_data_sources:try", args=[source.pk]), {}).status_code == 302


def test_fields_are_for_those_who_compose_pages(as_role, db) -> None:
    source = DataSourceFactory()
    url = reverse("desk_data_source_fields")
    assert as_role(FINANCE).get(url, {"source": source.code}).status_code == 302
    assert "先选择" in as_role(EDITOR).get(url, {"source": "gone"}).json()["sentence"]
