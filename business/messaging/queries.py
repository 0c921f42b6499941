"""Reading messages; every look-up is scoped to the signed-in account."""

from django.db.models import QuerySet

from business.messaging.models import Message
from business.security.errors import NotFoundError


def messages_of(account_ref: str) -> QuerySet[Message]:
    """Return the account's messages, newest first."""
    return Message.objects.filter(account_ref=account_ref)


def get_message(account_ref: str, ref: str) -> Message:
    """Return one of the account's messages; raise NotFoundError for any other reference."""
    message = messages_of(account_ref).filter(ref=ref).first()
    if message is None:
        raise NotFoundError("没有找到这条消息")
    return message
