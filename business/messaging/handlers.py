"""What the outbox and the sweeper call."""

from typing import Any

from business.integration import outbox, sweeper
from business.messaging import delivery, windows
from business.messaging.models import Message

MAX_ATTEMPTS = 30  # quiet hours cost one; then six tries on each way
PATIENCE_WITH_NOTICES = 6


@outbox.handler("messaging.deliver", max_attempts=MAX_ATTEMPTS)
def deliver(payload: dict[str, Any]) -> None:
    """Send one message."""
    message = Message.objects.filter(ref=payload["message"]).first()
    if message is not None:
        delivery.deliver(message)


@outbox.on_dead("messaging.deliver")
def gave_up(payload: dict[str, Any], reason: str) -> None:
    """Show on the message that it will not be sent again."""
    Message.objects.filter(ref=payload["message"], state=Message.State.PENDING).update(
        state=Message.State.FAILED, problem=f"多次发送未成功：{reason}"[:300]
    )


@outbox.handler("messaging.finished", max_attempts=PATIENCE_WITH_NOTICES)
def finished(payload: dict[str, Any]) -> None:
    """Apply WeChat's notice; it may be faster than the answer to the sending itself."""
    if not delivery.finished(outside_id=payload["outside_id"], status=payload["status"]):
        raise outbox.RetryLater("the message is not written down yet")


@sweeper.sweep(every_seconds=3600, at_start=False)
def forget_windows() -> None:
    """Delete conversation windows that are over."""
    windows.forget_old()
