"""When WeChat lets us write to a person freely: 48 hours after a message of theirs, a minute after a touch."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from business.messaging.models import ChatWindow
from business.security import crypto

Kind = ChatWindow.Kind
# How long and how many (protocols.md §1.1); of a payment WeChat names no number, so we take the lower one.
LIMITS: dict[str, tuple[timedelta, int]] = {
    Kind.WROTE: (timedelta(hours=48), 5),
    Kind.TOUCHED: (timedelta(minutes=1), 3),
    Kind.PAID: (timedelta(hours=48), 5),
}


def _index(openid: str) -> str:
    return crypto.blind_index("messaging.chat_window", openid)


def open_window(openid: str, kind: str) -> None:
    """Note that a person did something that lets us write to them; in the caller's transaction."""
    if not openid:
        return
    lasts, count = LIMITS[kind]
    ChatWindow.objects.update_or_create(
        openid_index=_index(openid), kind=kind, defaults={"until": timezone.now() + lasts, "left": count}
    )


def take(openid: str) -> bool:
    """Use one message of an open window, the one that ends first; False where none is open."""
    now = timezone.now()
    for window in ChatWindow.objects.filter(openid_index=_index(openid), until__gt=now, left__gt=0).order_by("until"):
        if ChatWindow.objects.filter(pk=window.pk, left__gt=0).update(left=F("left") - 1):
            return True
    return False


def close(openid: str) -> None:
    """Believe WeChat that nothing may be written to this person now."""
    ChatWindow.objects.filter(openid_index=_index(openid)).update(left=0)


def forget_old() -> int:
    """Delete windows that are over; return how many."""
    return ChatWindow.objects.filter(until__lt=timezone.now()).delete()[0]
