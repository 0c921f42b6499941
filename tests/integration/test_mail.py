"""Letters to staff: what waits in the outbox tells nobody anything, and a letter that cannot be sent stops nothing."""

import json
from typing import Any

import pytest

from business.integration import mail, outbox
from business.integration.models import CallLog, OutboxItem

pytestmark = pytest.mark.django_db

LINK = "https://portal.example/staff/password_reset/confirm/MQ/abc-123/"


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    """Name a mail server at which nobody listens."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def queued(subject: str = "重置密码", to: str = "officer@hospital.example") -> OutboxItem:
    mail.queue(subject=subject, body=LINK, sender="portal@hospital.example", to=[to])
    return OutboxItem.objects.get(topic=mail.TOPIC)


def test_neither_the_words_nor_the_addresses_of_a_letter_lie_open() -> None:
    item = queued()
    kept = json.dumps(item.payload, ensure_ascii=False)
    assert LINK not in kept
    assert "officer@" not in kept
    assert mail.opened(item.payload) == {"subject": "重置密码", "body": LINK, "to": ["officer@hospital.example"]}


def test_a_title_of_two_lines_adds_no_header(monkeypatch: Any) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(mail.EmailMessage, "send", lambda self: sent.append(self.message()))
    item = queued("「须知\r\nBcc: everybody@example.org」等您审核")
    assert outbox.run(item.pk)
    assert sent[0]["Bcc"] is None
    assert CallLog.objects.get(system=mail.SYSTEM).outcome == CallLog.Outcome.OK


def test_an_address_that_no_letter_can_have_is_given_up_and_logged_as_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(mail.EmailMessage, "send", lambda self: self.message())
    item = queued(to="officer@hospital.example\nBcc: everybody@example.org")
    assert not outbox.run(item.pk)
    item.refresh_from_db()
    assert item.state == OutboxItem.State.DEAD
    assert CallLog.objects.get(system=mail.SYSTEM).outcome == CallLog.Outcome.REFUSED


def test_a_server_that_is_away_is_tried_again() -> None:
    item = queued()
    assert not outbox.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.attempts) == (OutboxItem.State.PENDING, 1)
    assert CallLog.objects.get(system=mail.SYSTEM).outcome == CallLog.Outcome.UNKNOWN
