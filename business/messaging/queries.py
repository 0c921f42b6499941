"""Reading messages; every look-up is scoped to the signed-in account."""

from django.db.models import QuerySet
from django.utils import timezone

from business.messaging.models import Message
from business.security.errors import NotFoundError


def messages_of(account_ref: str) -> QuerySet[Message]:
    """Return what the account has been told, newest first; neither what waits for its day nor what was withdrawn."""
    told = Message.objects.filter(account_ref=account_ref, due_at__lte=timezone.now())
    return told.exclude(state=Message.State.WITHDRAWN)


def get_message(account_ref: str, ref: str) -> Message:
    """Return one of the account's messages; raise NotFoundError for any other reference."""
    message = messages_of(account_ref).filter(ref=ref).first()
    if message is None:
        raise NotFoundError("没有找到这条消息")
    return message
