"""Messages: written with the business, delivered by the outbox, their fate visible."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from business.integration import outbox
from business.integration.models import OutboxItem
from business.messaging import catalogue, defaults, events, queries, services, windows
from business.messaging.models import ChatWindow, Message, MessageRule, MessageTemplate, WeChatTemplate
from business.security.errors import NotFoundError
from sandbox.wechat import push, users
from tests.factories import PatientFactory

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
    "queue_no": "A007",
    "ahead": "3",
    "deadline": "2026-11-30 18:30",
}


@pytest.fixture(autouse=True)
def templates(settings: Any) -> None:
    settings.PORTAL_URL = "http://testserver"
    defaults.load_default_templates()
    MessageRule.objects.update(quiet_from="00:00", quiet_to="00:00")


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
    assert events.get(event) is not None, "an app registers it"
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
    ("code", "says", "ends"),
    [
        ("43101", "用户拒收此类消息", "done"),
        ("40037", "模板编号无效", "dead"),
        ("47003", "不符合微信的格式要求", "dead"),
    ],
)
def test_what_never_passes_is_given_up_and_staff_read_why(sandbox: Any, code: str, says: str, ends: str) -> None:
    message = tell(sandbox)
    sandbox.fault("wechat.template", "refuse", code=code)

    item = work()

    message.refresh_from_db()
    assert (item.state, message.state) == (ends, "failed")  # only what staff can put right calls for staff
    assert says in message.problem
    assert code in message.problem


def test_after_many_tries_the_message_is_shown_as_failed(sandbox: Any) -> None:
    message = tell(sandbox)
    sandbox.fault("wechat.template", "http", times=40)

    work(times=20)

    message.refresh_from_db()
    assert message.state == "failed"
    assert "多次没有应答" in message.problem


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
    assert message.state == "portal"
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


def chat(sandbox: Any, user: str = "zhangwei") -> list[str]:
    return [row["content"] for row in sandbox.control("GET", f"chats?user={user}") if row["sender"] == "account"]


def the_person_wrote(sandbox: Any, message: Message) -> None:
    """The person writes to the account; the portal is told, as WeChat would."""
    from sandbox.wechat import chats

    chats.write(sandbox.app.extensions["sandbox"], message.openid, "你好")
    windows.open_window(message.openid, ChatWindow.Kind.WROTE)


@pytest.mark.req("14.1", "15.1")
def test_who_refuses_templates_but_wrote_lately_gets_a_customer_service_message(sandbox: Any) -> None:
    message = tell(sandbox, user="guest-771")
    the_person_wrote(sandbox, message)
    sandbox.fault("wechat.template", "refuse", code="43101")

    assert work().state == "done"

    message.refresh_from_db()
    assert (message.state, message.way) == ("sent", "chat")
    (text,) = chat(sandbox, "guest-771")
    assert text.startswith("【预约挂号成功】林晓雯 已约 消化内科 周明远 2026-12-01 09:00 7号")
    assert '<a href="http://testserver/go/?x=1">查看详情</a>' in text
    assert [(one.way, one.outcome) for one in message.tries.all()] == [("template", "refused"), ("chat", "sent")]


def test_without_a_conversation_nothing_is_sent_that_wechat_would_refuse(sandbox: Any) -> None:
    message = tell(sandbox, user="guest-772")
    sandbox.fault("wechat.template", "refuse", code="43101")
    work()

    message.refresh_from_db()
    assert (message.state, chat(sandbox, "guest-772")) == ("failed", [])
    assert "48 小时" in message.problem


def test_a_text_message_is_the_last_way_and_only_where_staff_gave_it_a_template(sandbox: Any) -> None:
    MessageRule.objects.update(use_sms=True)
    MessageTemplate.objects.filter(event="registration.booked").update(
        sms_template="1000002", sms_facts=["patient", "visit_time"]
    )
    person = PatientFactory(phone="13800009911")
    first = tell(sandbox, account_ref=person.account.ref)
    second = tell(sandbox, "registration.cancelled", key="other", account_ref=person.account.ref)
    sandbox.fault("wechat.template", "refuse", code="43004", times=2)
    outbox.run_due()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.way, bool(first.outside_id)) == ("sent", "sms", True)
    (text,) = sandbox.control("GET", "sms?phone=13800009911")
    assert text["params"] == ["林晓雯", "2026-12-01 09:00"]
    assert second.state == "failed"


def told_by_wechat(client: Any, sandbox: Any, inner: str, *, twist: str = "", openid: str = "o-1") -> int:
    box = sandbox.app.extensions["sandbox"]
    xml = f"<xml><FromUserName>{openid}</FromUserName><CreateTime>1</CreateTime>{inner}</xml>"
    query, body = push.compose(box, xml, twist)
    answer = client.post(f"/-/notify/wechat/?{query}", data=body, content_type="text/xml")
    return int(answer.status_code)


def job(message: Message, status: str) -> str:
    return (
        "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event>"
        f"<MsgID>{message.outside_id}</MsgID><Status>{status}</Status>"
    )


@pytest.mark.req("14.1")
def test_wechat_tells_that_it_arrived(sandbox: Any, client: Any) -> None:
    message = tell(sandbox)
    work()
    message.refresh_from_db()

    assert told_by_wechat(client, sandbox, job(message, "success")) == 200
    assert told_by_wechat(client, sandbox, job(message, "success")) == 200
    outbox.run_due()

    message.refresh_from_db()
    assert (message.state, message.delivered_at is not None) == ("delivered", True)


def test_what_wechat_could_not_deliver_goes_the_next_way_once(sandbox: Any, client: Any) -> None:
    message = tell(sandbox, user="guest-773")
    the_person_wrote(sandbox, message)
    work()
    message.refresh_from_db()

    for _again in range(2):
        assert told_by_wechat(client, sandbox, job(message, "failed:user block")) == 200
    for _round in range(3):
        outbox.run_due()

    message.refresh_from_db()
    assert (message.state, message.way) == ("sent", "chat")
    assert len(chat(sandbox, "guest-773")) == 1
    assert "拒收" in message.tries.get(way="template").problem


def test_a_forged_notice_changes_nothing(sandbox: Any, client: Any) -> None:
    message = tell(sandbox)
    work()
    message.refresh_from_db()

    assert told_by_wechat(client, sandbox, job(message, "success"), twist="x") == 403
    assert client.get("/-/notify/wechat/?signature=x&timestamp=1&nonce=2&echostr=3").status_code == 403
    assert OutboxItem.objects.count() == 1


def test_writing_to_the_account_opens_the_window_wechat_grants(sandbox: Any, client: Any) -> None:
    hello = "<MsgType>text</MsgType><Content>你好</Content>"
    assert told_by_wechat(client, sandbox, hello, openid="o-42") == 200

    assert [windows.take("o-42") for _n in range(6)] == [True] * 5 + [False]
    with time_machine.travel(timezone.now() + timedelta(hours=49)):
        assert not windows.take("o-42")
        assert windows.forget_old() == 1


@pytest.mark.req("15.1")
@pytest.mark.parametrize(("event", "state"), [("registration.booked", "pending"), ("visits.your_turn", "done")])
def test_at_night_only_what_cannot_wait_is_sent(sandbox: Any, event: str, state: str) -> None:
    MessageRule.objects.update(quiet_from="22:00", quiet_to="07:00")
    night = timezone.make_aware(datetime(2026, 12, 1, 23, 30))
    with time_machine.travel(night, tick=False):
        message = tell(sandbox, event)
        outbox.run_due()
        item = OutboxItem.objects.get()
        assert item.state == state
        if state == "pending":
            assert timezone.localtime(item.due_at).strftime("%d %H:%M") == "02 07:00"
    if state == "pending":
        work()
        message.refresh_from_db()
        assert message.state == "sent"


@pytest.mark.req("15.1")
def test_a_reminder_waits_for_its_day_and_is_taken_back_with_the_thing_it_reminds_of(sandbox: Any) -> None:
    later = timezone.now() + timedelta(days=1)
    kept = tell(sandbox, key="kept", due_at=later, subject="booking-1")
    gone = tell(sandbox, key="gone", due_at=later, subject="booking-2")
    outbox.run_due()
    assert list(queries.messages_of("account-1")) == []

    assert services.withdraw("booking-2") == 1
    with time_machine.travel(later + timedelta(seconds=1)):
        outbox.run_due()
        assert list(queries.messages_of("account-1")) == [kept]

    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (kept.state, gone.state) == ("sent", "withdrawn")
    assert sent_to(sandbox, gone) == []


def test_the_accounts_own_templates_are_read_and_a_mapping_suggested(sandbox: Any) -> None:
    assert catalogue.fetch_templates() == 9
    row = WeChatTemplate.objects.get(template_id=defaults.BOOKED)
    assert row.keywords == {
        "name1": "就诊人",
        "thing2": "就诊科室",
        "name3": "就诊医生",
        "time4": "就诊时间",
        "thing5": "就诊地点",
    }
    event = events.get("registration.booked")
    assert event is not None
    assert catalogue.suggestion(event, row.keywords) == defaults.DEFAULTS["registration.booked"][1]
    (line,) = catalogue.preview(event, {"amount1": "department"}, {"amount1": "金额"})
    assert "¥50.00" in line.problem

    WeChatTemplate.objects.create(template_id="old", title="旧", fetched_at=row.fetched_at)
    catalogue.fetch_templates()
    assert not WeChatTemplate.objects.get(template_id="old").is_listed
