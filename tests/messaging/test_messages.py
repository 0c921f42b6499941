"""Messages: written with the business, delivered by the outbox, their fate visible."""

from typing import Any

import pytest
from django.db import connection, transaction

from business.integration import outbox
from business.integration.models import OutboxItem
from business.messaging import defaults, queries, services
from business.messaging.models import Message, MessageTemplate
from business.security.errors import NotFoundError
from sandbox.wechat import users

pytestmark = pytest.mark.django_db

FACTS = {
    "patient": "林晓雯",
    "department": "消化内科",
    "doctor": "周明远",
    "visit_time": "2026-12-01 09:00",
    "number": "7号",
    "place": "门诊楼 3 层 305 诊室",
    "amount": "¥50.00",
    "record_no": "GH20261130000001",
    "reason": "",
    "hospital": "本部",
}


@pytest.fixture(autouse=True)
def templates(settings: Any) -> None:
    settings.PORTAL_URL = "http://testserver"
    defaults.load_default_templates()


def tell(
    sandbox: Any, event: str = "registration.booked", key: str = "k", user: str = "zhangwei", **more: Any
) -> Message:
    store = sandbox.app.extensions["sandbox"].store
    row = users.get_or_make(store, user)
    values: dict[str, Any] = {"account_ref": "account-1", "openid": row["openid"], "facts": FACTS, "path": "/go/?x=1"}
    return services.notify(event=event, key=key, **{**values, **more})


def work(times: int = 1) -> OutboxItem:
    for _ in range(times):
        OutboxItem.objects.filter(state="pending").update(due_at="2020-01-01T00:00:00Z")
        outbox.run_due()
    return OutboxItem.objects.get()


def sent_to(sandbox: Any, message: Message) -> list[dict[str, Any]]:
    store = sandbox.app.extensions["sandbox"].store
    rows = store.all("SELECT * FROM template_messages WHERE client_msg_id = ?", (message.ref,))
    return [dict(row) for row in rows]


@pytest.mark.req("14.1")
@pytest.mark.parametrize("event", list(defaults.DEFAULTS))
def test_every_event_reaches_the_phone(sandbox: Any, event: str) -> None:
    message = tell(sandbox, event)

    assert work().state == "done"

    message.refresh_from_db()
    assert (message.state, message.problem) == ("sent", "")
    assert message.sent_at is not None
    (shown,) = sent_to(sandbox, message)
    assert shown["url"] == "http://testserver/go/?x=1"
    assert "林晓雯" in shown["data"]
    assert str(shown["id"] if "id" in shown else shown["msgid"]) == message.outside_id


def test_the_same_key_is_one_message(sandbox: Any) -> None:
    first, second = tell(sandbox), tell(sandbox)

    assert first.pk == second.pk
    assert work().state == "done"
    assert len(sent_to(sandbox, first)) == 1


def test_a_business_that_failed_told_nobody(sandbox: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(sandbox)
        raise ZeroDivisionError

    assert (Message.objects.count(), OutboxItem.objects.count()) == (0, 0)


@pytest.mark.parametrize(("fault", "code"), [("refuse", "-1"), ("refuse", "45009"), ("http", ""), ("drop_after", "")])
def test_what_may_pass_is_tried_again_and_shown_once(sandbox: Any, fault: str, code: str) -> None:
    message = tell(sandbox)
    sandbox.fault("wechat.template", fault, code=code)

    assert work().state == "pending"
    message.refresh_from_db()
    assert message.state == "pending"
    assert message.problem

    assert work().state == "done"
    message.refresh_from_db()
    assert (message.state, message.problem) == ("sent", "")
    assert len(sent_to(sandbox, message)) == 1


@pytest.mark.parametrize(
    ("code", "says"), [("43101", "用户拒收此类消息"), ("40037", "模板编号无效"), ("47003", "不符合微信的格式要求")]
)
def test_what_never_passes_is_given_up_and_staff_read_why(sandbox: Any, code: str, says: str) -> None:
    message = tell(sandbox)
    sandbox.fault("wechat.template", "refuse", code=code)

    item = work()

    message.refresh_from_db()
    assert (item.state, message.state) == ("dead", "failed")
    assert says in message.problem
    assert code in message.problem


def test_after_many_tries_the_message_is_shown_as_failed(sandbox: Any) -> None:
    message = tell(sandbox)
    sandbox.fault("wechat.template", "http", times=40)

    item = work(times=20)

    message.refresh_from_db()
    assert (item.state, message.state) == ("dead", "failed")
    assert "多次发送未成功" in message.problem


def test_a_mapping_that_cannot_work_is_told_in_words(sandbox: Any) -> None:
    MessageTemplate.objects.filter(event="registration.booked").update(mapping={"amount1": "department"})
    message = tell(sandbox)

    assert work().state == "dead"
    message.refresh_from_db()
    assert "amount1" in message.problem
    assert sent_to(sandbox, message) == []


@pytest.mark.parametrize("missing", ["template", "openid"])
def test_without_a_way_the_message_stays_in_the_portal(sandbox: Any, missing: str) -> None:
    if missing == "template":
        MessageTemplate.objects.update(is_active=False)
    message = tell(sandbox, **({"openid": ""} if missing == "openid" else {}))

    assert work().state == "done"
    message.refresh_from_db()
    assert message.state == "failed"
    assert "只在门户内显示" in message.problem
    assert list(queries.messages_of("account-1")) == [message]


def test_another_site_is_never_linked(sandbox: Any) -> None:
    message = tell(sandbox, path="//evil.example/x")
    work()

    assert sent_to(sandbox, message)[0]["url"] == ""


@pytest.mark.req("G5.1")
def test_messages_are_the_accounts_own_and_unreadable_in_the_database(sandbox: Any) -> None:
    message = tell(sandbox)

    assert queries.get_message("account-1", message.ref).facts == FACTS
    with pytest.raises(NotFoundError):
        queries.get_message("account-2", message.ref)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM messaging_message")
        assert "林晓雯" not in str(cursor.fetchall())


def test_loading_the_templates_again_keeps_what_staff_set() -> None:
    MessageTemplate.objects.filter(event="registration.booked").update(template_id="ours")

    assert defaults.load_default_templates() == 0
    assert MessageTemplate.objects.get(event="registration.booked").template_id == "ours"
