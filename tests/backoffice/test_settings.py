"""Rules, templates, merchants: what staff change, with before and after in the trail."""

import pytest
from django.urls import reverse

from business.messaging.models import MessageTemplate
from business.registration.models import BookingRule
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR, FINANCE
from tests.backoffice import builders

pytestmark = pytest.mark.django_db
RULE = {
    "hold_minutes": 20,
    "max_unpaid": 3,
    "offer_minutes": 30,
    "max_waiting": 3,
    "waiting_per_clinic": 20,
    "waiting_until_minutes": 60,
    "cancel_before_minutes": 60,
    "cancels_per_month": 5,
    "max_moves": 2,
    "his_exchanges": "on",
    "max_active": 10,
    "max_per_day": 20,
    "settle_alarm_minutes": 30,
    "notice": "请携带身份证",
}


@pytest.fixture
def client(as_role):
    return as_role(ADMINISTRATOR)


def test_a_rule_is_changed_and_the_change_is_written_down(client):
    rule = builders.hospital()["rule"]
    client.post(reverse("desk_booking_rules:edit", args=[rule.pk]), RULE)
    rule.refresh_from_db()
    assert rule.hold_minutes == 20
    detail = AuditEvent.objects.get(event="record.changed").detail
    assert detail["before"] == {"未支付保留（分钟）": 15, "预约须知": ""}
    assert detail["after"] == {"未支付保留（分钟）": 20, "预约须知": "请携带身份证"}


def test_an_unwritten_change_does_not_happen(client, monkeypatch):
    rule = builders.hospital()["rule"]

    def broken(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("business.security.audit.record", broken)
    client.raise_request_exception = False
    client.post(reverse("desk_booking_rules:edit", args=[rule.pk]), RULE)
    rule.refresh_from_db()
    assert rule.hold_minutes == 15


@pytest.mark.parametrize(("field", "value"), [("hold_minutes", 0), ("hold_minutes", 100000), ("offer_minutes", 200)])
def test_senseless_rules_are_refused(client, field, value):
    rule = builders.hospital()["rule"]
    answer = client.post(reverse("desk_booking_rules:edit", args=[rule.pk]), {**RULE, field: value})
    assert answer.context["form"].errors[field]


def test_one_rule_a_campus_and_one_default(client):
    campus = builders.hospital()["campus"]
    url = reverse("desk_booking_rules:add")
    assert client.post(url, RULE).context["form"].errors["campus"]
    client.post(url, {**RULE, "campus": campus.pk})
    assert client.post(url, {**RULE, "campus": campus.pk}).context["form"].errors["campus"]
    assert BookingRule.objects.count() == 2
    assert AuditEvent.objects.filter(event="record.created").count() == 1


class TestTemplates:
    """Keywords and facts are rows, not JSON."""

    def post(self, client, template, rows):
        data = {"name": "预约成功", "template_id": "T9", "is_active": "on"}
        for index, (keyword, fact, text) in enumerate(rows):
            data |= {
                f"mapping-{index}-keyword": keyword,
                f"mapping-{index}-fact": fact,
                f"mapping-{index}-text": text,
            }
        return client.post(reverse("desk_message_templates:edit", args=[template.pk]), data)

    def test_rows_become_the_mapping(self, client):
        template = builders.template()
        event = template.event
        rows = [("name1", "patient", ""), ("", "", ""), ("thing4", "=", "超时未支付"), ("time2", "visit_time", "")]
        self.post(client, template, rows)
        template.refresh_from_db()
        assert template.mapping == {"name1": "patient", "thing4": "=超时未支付", "time2": "visit_time"}
        assert template.event == event
        detail = AuditEvent.objects.get(event="record.changed").detail
        assert detail["before"]["字段对应"] == {"thing1": "department", "time2": "visit_time"}

    @pytest.mark.parametrize(
        ("rows", "sentence"),
        [
            ([("thing1", "", "")], "只填了一半"),
            ([("", "patient", "")], "只填了一半"),
            ([("thing1", "=", "")], "只填了一半"),
            ([("标题", "patient", "")], "不是微信模板的关键词"),
            ([("thing1", "patient", ""), ("thing1", "doctor", "")], "出现了两次"),
            ([("", "", "")], "请为模板的每个关键词选择内容"),
        ],
    )
    def test_mistakes_have_sentences_and_what_was_typed_stays(self, client, rows, sentence):
        template = builders.template()
        answer = self.post(client, template, rows)
        text = answer.content.decode()
        assert sentence in text
        assert all(f'value="{keyword}"' in text for keyword, _fact, _text in rows if keyword)
        assert MessageTemplate.objects.get(pk=template.pk).mapping == {"thing1": "department", "time2": "visit_time"}

    def test_the_form_shows_literals_and_unknown_facts(self, client):
        template = builders.template()
        template.mapping = {"thing1": "=固定的话", "thing2": "unheard_of"}
        template.save()
        text = client.get(reverse("desk_message_templates:edit", args=[template.pk])).content.decode()
        assert 'value="固定的话"' in text
        assert '<option value="unheard_of" selected>' in text


def test_finance_changes_a_merchants_name_but_not_its_number(as_role):
    merchant = builders.hospital()["merchant"]
    client = as_role(FINANCE)
    client.post(
        reverse("desk_merchants:edit", args=[merchant.pk]),
        {"code": "X", "name": "新名称", "channel": "wechatpay", "mchid": "999", "is_active": "on"},
    )
    merchant.refresh_from_db()
    assert (merchant.name, merchant.mchid, merchant.code) == ("新名称", "1900000001", "M1")
    assert AuditEvent.objects.get(event="record.changed").detail["after"] == {"名称": "新名称"}
