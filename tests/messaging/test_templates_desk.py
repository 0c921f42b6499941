"""Staff map our facts to the templates their own official account has; what WeChat would refuse is said at once."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from business.messaging import catalogue, defaults
from business.messaging.models import MessageTemplate
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, setup_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Any, sandbox: Any) -> Any:
    user = User.objects.create_user("admin-1", password="x", is_staff=True)
    user.groups.add(setup_roles()[ADMINISTRATOR])
    client.force_login(user)
    return client


def rows(mapping: dict[str, str]) -> dict[str, str]:
    form: dict[str, str] = {}
    for index, (keyword, source) in enumerate(mapping.items()):
        is_text = source.startswith("=")
        form[f"mapping-{index}-keyword"] = keyword
        form[f"mapping-{index}-fact"] = "=" if is_text else source
        form[f"mapping-{index}-text"] = source[1:] if is_text else ""
    return form


@pytest.mark.req("14.1", "G5.2")
def test_templates_are_read_chosen_mapped_looked_at_and_saved(desk: Any) -> None:
    fetched = desk.post(reverse("desk_message_templates:fetch"), follow=True)
    assert "已读取 9 个模板" in fetched.content.decode()

    add = reverse("desk_message_templates:add")
    chosen = {"event": "registration.booked", "template_id": defaults.BOOKED, "is_active": "on"}
    page = desk.post(add, {**chosen, "pick": "1"}).content.decode()
    assert "就诊科室" in page
    assert "门诊楼 3 层 305 诊室" in page, "the preview shows an example"
    assert not MessageTemplate.objects.exists()

    mapping = defaults.DEFAULTS["registration.booked"][1]
    saved = desk.post(add, {**chosen, **rows(mapping)})
    assert saved.status_code == 302, saved.content.decode()[-3000:]
    row = MessageTemplate.objects.get()
    assert (row.mapping, row.name) == (mapping, "预约成功")
    assert AuditEvent.objects.filter(event="messaging.templates_fetched").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"time4": "department"}, "“就诊时间”（time4）要求时间"),
        ({"name3": "=12345"}, "“就诊医生”（name3）要求10 个以内汉字"),
        ({"thing5": ""}, "只填了一半"),
        ({"thing5": "queue_no"}, "这个事件没有“queue_no”"),
    ],
)
def test_what_wechat_would_refuse_is_refused_here_and_keeps_what_was_typed(
    desk: Any, change: dict[str, str], says: str
) -> None:
    catalogue.fetch_templates()
    mapping = {**defaults.DEFAULTS["registration.booked"][1], **change}
    form = {"event": "registration.booked", "template_id": defaults.BOOKED, "sms_template": "77", **rows(mapping)}

    page = desk.post(reverse("desk_message_templates:add"), form)

    assert page.status_code == 200
    assert says in page.content.decode()
    assert 'value="77"' in page.content.decode()
    assert not MessageTemplate.objects.exists()


def test_text_message_places_are_filled_in_order(desk: Any) -> None:
    base = {"event": "registration.booked", "template_id": "", "sms_template": "77", "is_active": "on"}
    add = reverse("desk_message_templates:add")
    holes = desk.post(add, {**base, "sms_facts_0": "patient", "sms_facts_2": "place"})
    assert "中间不要空着" in holes.content.decode()

    desk.post(add, {**base, "sms_facts_0": "patient", "sms_facts_1": "place"})
    assert MessageTemplate.objects.get().sms_facts == ["patient", "place"]


def test_a_silent_wechat_is_said_and_changes_nothing(desk: Any, sandbox: Any) -> None:
    sandbox.fault("wechat.templates", "http")
    page = desk.post(reverse("desk_message_templates:fetch"), follow=True).content.decode()
    assert "微信没有应答" in page
