"""接口调用记录, 发件箱, 操作记录."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from business.integration.models import OutboxItem
from business.security import audit
from business.security.models import AuditEvent
from cms.backoffice.roles import ADMINISTRATOR
from tests.backoffice import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_role):
    return as_role(ADMINISTRATOR)


@pytest.mark.req("45.1", "46.28")
class TestCalls:
    """What was said outside."""

    @pytest.mark.parametrize("q", ["T1", "registrations.lock", "REQ-7"])
    def test_found_by_number_operation_and_request_id(self, client, q):
        wanted = builders.call(trade_no="T1", operation="registrations.lock", request_id="REQ-7")
        builders.call(trade_no="T2")
        answer = client.get(reverse("desk_calls:index"), {"q": q})
        assert [row.pk for row in answer.context["object_list"]] == [wanted.pk]

    @pytest.mark.parametrize(
        ("key", "value"),
        [("system", "wechatpay"), ("outcome", "unknown"), ("direction", "in"), ("at_from", "2026-01-01")],
    )
    def test_filters(self, client, key, value):
        from datetime import UTC, datetime

        old = datetime(2020, 1, 1, tzinfo=UTC)
        wanted = builders.call(system="wechatpay", outcome="unknown", direction="in")
        builders.call(at=old)
        answer = client.get(reverse("desk_calls:index"), {key: value})
        assert [row.pk for row in answer.context["object_list"]] == [wanted.pk]

    def test_json_is_laid_out(self, client):
        row = builders.call(answer='{"code":"OK","data":{"his_order_no":"H1"}}')
        text = client.get(reverse("desk_calls:inspect", args=[row.pk])).content.decode()
        assert "&quot;his_order_no&quot;: &quot;H1&quot;" in text

    def test_an_answer_cannot_inject_html(self, client):
        row = builders.call(answer="<script>alert(1)</script>", code="<b>")
        text = client.get(reverse("desk_calls:inspect", args=[row.pk])).content.decode()
        assert "<script>alert(1)" not in text


class TestOutbox:
    """Dead work is started again by a person."""

    def test_revive(self, client):
        item = builders.outbox_item()
        client.post(reverse("desk_outbox:act", args=[item.pk, "revive"]), {"reason": "HIS 已恢复"})
        item.refresh_from_db()
        assert (item.state, item.attempts) == (OutboxItem.State.PENDING, 0)
        assert AuditEvent.objects.get(event="outbox.revived").detail["reason"] == "HIS 已恢复"

    @pytest.mark.parametrize("state", ["pending", "done"])
    def test_only_the_dead(self, client, state):
        item = builders.outbox_item(state)
        answer = client.post(reverse("desk_outbox:act", args=[item.pk, "revive"]), {"reason": "HIS 已恢复"})
        assert answer.status_code == 422
        item.refresh_from_db()
        assert item.attempts == 40

    def test_late_work_is_found(self, client):
        wanted = builders.outbox_item("pending")
        builders.outbox_item("dead")
        answer = client.get(reverse("desk_outbox:index"), {"late": "true"})
        assert [row.pk for row in answer.context["object_list"]] == [wanted.pk]


@pytest.mark.req("G2.1")
class TestChain:
    """The trail notices what was done to it behind our back."""

    @pytest.fixture
    def trail(self, roles):
        for number in range(5):
            audit.record("staff.request", program="test", detail={"number": number})

    def command(self):
        out = StringIO()
        call_command("check_audit", stdout=out, stderr=out)
        return out.getvalue()

    def test_whole(self, trail):
        assert "全部完整" in self.command()

    @pytest.mark.parametrize(
        "harm",
        [
            "UPDATE security_auditevent SET actor = 'x' WHERE id = {middle}",
            "DELETE FROM security_auditevent WHERE id = {middle}",
            "DELETE FROM security_auditevent WHERE id = {last}",
        ],
    )
    def test_harmed(self, trail, harm):
        keys = list(AuditEvent.objects.order_by("pk").values_list("pk", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(harm.format(middle=keys[-3], last=keys[-1]))
        with pytest.raises(CommandError):
            self.command()

    def test_the_button_says_so(self, client, trail):
        answer = client.post(reverse("desk_audit:check"), follow=True)
        assert "全部完整" in answer.content.decode()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE security_auditevent SET actor = 'x' WHERE event = 'audit.checked'")
        answer = client.post(reverse("desk_audit:check"), follow=True)
        assert "校验不通过" in answer.content.decode()
        assert AuditEvent.objects.filter(event="audit.checked", result="failed").exists()
