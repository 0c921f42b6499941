"""The official account over HTTP with the sandbox: one shared token, deadlines, endings."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from business.integration import wechat
from business.integration.models import CallLog, SharedValue
from business.integration.outcomes import Refused, Unknown
from business.integration.wechat import store
from business.security.refs import new_ref
from sandbox.wechat import users

pytestmark = pytest.mark.django_db

BOOKED = "tplBooked0000000000000000000000000000000001"
GOOD = {
    "name1": "林晓雯",
    "thing2": "消化内科",
    "name3": "周明远",
    "time4": "2026-12-01 09:00",
    "thing5": "门诊楼 3 层",
}


def openid_of(sandbox: Any, user: str = "zhangwei") -> str:
    row = users.get_or_make(sandbox.app.extensions["sandbox"].store, user)
    return str(row["openid"])


def send(sandbox: Any, **changes: Any) -> str:
    values: dict[str, Any] = {
        "openid": openid_of(sandbox),
        "template_id": BOOKED,
        "data": GOOD,
        "url": "http://testserver/x",
        "client_msg_id": new_ref(),
    }
    return wechat.client().send_template(**{**values, **changes})


@pytest.mark.req("14.1")
def test_a_message_is_sent_once_however_often_it_is_tried(sandbox: Any) -> None:
    same = new_ref()

    first = send(sandbox, client_msg_id=same)

    assert first
    assert send(sandbox, client_msg_id=same) == first
    log = CallLog.objects.filter(operation="message.template.send", trade_no=same)
    assert log.count() == 2
    for row in log:
        assert "林晓雯" not in row.request
        assert openid_of(sandbox) not in row.request


@pytest.mark.req("45.1")
def test_the_token_is_asked_for_once_and_kept_encrypted(sandbox: Any) -> None:
    for _ in range(3):
        send(sandbox)

    asked = CallLog.objects.filter(operation="stable_token")
    assert asked.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM integration_sharedvalue")
        (stored,) = cursor.fetchone()
    token = SharedValue.objects.get().value
    assert len(token) > 20
    for place in (stored, *(row.request + row.answer for row in CallLog.objects.all())):
        assert token not in place
    assert sandbox.credentials.app_secret not in asked.get().request


def test_a_token_about_to_end_is_renewed_in_time(sandbox: Any) -> None:
    send(sandbox)
    SharedValue.objects.update(expires_at=timezone.now() + timedelta(minutes=3))

    send(sandbox)

    assert CallLog.objects.filter(operation="stable_token").count() == 2


def test_a_token_that_wechat_no_longer_takes_is_replaced_once(sandbox: Any) -> None:
    send(sandbox)
    SharedValue.objects.update(fetched_at=timezone.now() - timedelta(minutes=5))
    sandbox.fault("wechat.template", "refuse", code="40001")

    assert send(sandbox)

    assert '"force_refresh": true' in CallLog.objects.filter(operation="stable_token").first().request  # type: ignore[union-attr]

    sandbox.fault("wechat.template", "refuse", code="40001", times=2)
    with pytest.raises(Refused) as caught:
        send(sandbox)
    assert caught.value.code == "40001"


def test_while_wechat_is_silent_a_living_token_still_serves(sandbox: Any) -> None:
    send(sandbox)
    SharedValue.objects.update(expires_at=timezone.now() + timedelta(minutes=3))
    sandbox.fault("wechat.stable_token", "http")

    assert send(sandbox)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"template_id": "nonsense"}, "40037"),
        ({"openid": "o-nobody"}, "40003"),
        ({"data": {**GOOD, "thing2": "x" * 21}}, "47003"),
    ],
)
def test_a_definite_no_keeps_wechats_code(sandbox: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        send(sandbox, **changes)

    assert caught.value.code == code
    row = CallLog.objects.filter(operation="message.template.send").get()
    assert (row.outcome, row.code) == ("refused", code)


@pytest.mark.parametrize(
    ("fault", "fields"),
    [("http", {}), ("drop_after", {}), ("garbage", {}), ("refuse", {"code": "-1"})],
)
def test_what_wechat_leaves_open_is_unknown(sandbox: Any, fault: str, fields: dict[str, str]) -> None:
    sandbox.fault("wechat.template", fault, **fields)

    with pytest.raises(Unknown):
        send(sandbox)

    assert CallLog.objects.filter(operation="message.template.send").get().outcome == "unknown"


def test_a_slow_wechat_does_not_hold_us(sandbox: Any, settings: Any) -> None:
    settings.WECHAT = {**settings.WECHAT, "TIMEOUT": 0.5}
    send(sandbox)
    sandbox.fault("wechat.template", "timeout_before", seconds=5)

    with pytest.raises(Unknown):
        send(sandbox)

    assert CallLog.objects.filter(code="TIMEOUT").get().duration_ms < 2000


def test_the_js_sdk_ticket_is_kept_too(sandbox: Any) -> None:
    first = wechat.client().js_config("http://testserver/page?x=1#part")
    second = wechat.client().js_config("http://testserver/page?x=1")

    assert first["appId"] == sandbox.credentials.appid
    assert len(str(first["signature"])) == 40
    assert first["nonceStr"] != second["nonceStr"]
    assert CallLog.objects.filter(operation="ticket.getticket").count() == 1


def test_a_token_whose_key_is_gone_is_fetched_anew(sandbox: Any, settings: Any) -> None:
    send(sandbox)
    settings.FIELD_KEYS = "new:ZmVkY2JhOTg3NjU0MzIxMA=="

    assert send(sandbox)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert SharedValue.objects.get().value


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_many_processes_at_once_ask_for_one_token(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine the one who asks may take long; nobody is to lose patience here.
    monkeypatch.setattr(store, "WAIT_SECONDS", 60.0)
    tokens: list[str] = []

    def ask() -> None:
        try:
            tokens.append(wechat.client().access_token)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tokens) == 6
    assert len(set(tokens)) == 1
    assert CallLog.objects.filter(operation="stable_token").count() == 1
