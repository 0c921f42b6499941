"""Telling a patient something: remembered with the business transaction, delivered afterwards by the outbox."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from business.integration import outbox
from business.messaging import events
from business.messaging.models import Message


def notify(
    *,
    account_ref: str,
    openid: str,
    event: str,
    facts: dict[str, str],
    key: str,
    path: str = "",
    subject: str = "",
    due_at: datetime | None = None,
) -> Message:
    """Write a message in the caller's transaction; the same ``key`` is one message, however often it is asked for.

    ``facts`` are what templates may use (patient, department, visit_time …); ``path`` opens when it is tapped. With
    ``due_at`` it waits for that moment, and :func:`withdraw` takes it back by its ``subject`` until then. An account
    without a WeChat identity finds the message on its messages page.
    """
    now = timezone.now()
    due = due_at or now
    known = events.get(event)
    row: dict[str, Any] = {
        "account_ref": account_ref,
        "openid": openid,
        "event": event,
        "title": str(known.title) if known else "就医通知",
        "facts": facts,
        "path": path,
        "subject": subject,
        "due_at": due,
    }
    message, created = Message.objects.get_or_create(key=key, defaults=row)
    if created:
        outbox.enqueue(
            "messaging.deliver",
            {"message": message.ref},
            key=delivery_key(message),
            delay_seconds=max((due - now).total_seconds(), 0),
        )
    return message


def delivery_key(message: Message) -> str:
    """Return the outbox key under which a message is delivered."""
    return f"messaging.deliver:{message.ref}"


def withdraw(subject: str, only: Iterable[str] | None = None) -> int:
    """Take back what has not been sent about a thing that is over (of these events only); return how many; 1 SQL.

    What is due already stays: it tells of something that has happened.
    """
    waiting = Message.objects.filter(subject=subject, state=Message.State.PENDING, due_at__gt=timezone.now())
    if only is not None:
        waiting = waiting.filter(event__in=list(only))
    return waiting.update(state=Message.State.WITHDRAWN)
