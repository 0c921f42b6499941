"""What the outbox calls."""

from typing import Any

from business.integration import outbox
from business.messaging import services
from business.messaging.models import Message

MAX_ATTEMPTS = 15  # some four hours: older news would only confuse


@outbox.handler("messaging.deliver", max_attempts=MAX_ATTEMPTS)
def deliver(payload: dict[str, Any]) -> None:
    """Send one message."""
    message = Message.objects.filter(ref=payload["message"]).first()
    if message is not None:
        services.deliver(message)


@outbox.on_dead("messaging.deliver")
def gave_up(payload: dict[str, Any], reason: str) -> None:
    """Show on the message that it will not be sent again."""
    Message.objects.filter(ref=payload["message"], state=Message.State.PENDING).update(
        state=Message.State.FAILED, problem=f"多次发送未成功：{reason}"[:300]
    )
