"""Letters to staff (password resets, what waits for review): queued with the deed they tell of, sent by the worker."""

import smtplib
import time
import uuid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone

from business.integration import outbox
from business.integration.models import CallLog

TOPIC = "mail.send"
SYSTEM = "mail"
MAX_ATTEMPTS = 8  # a letter that is hours late tells nobody anything


def is_configured() -> bool:
    """Whether the hospital named a mail server; without one staff are told in the desk alone."""
    return bool(settings.EMAIL_HOST) and SYSTEM not in settings.OUTSIDE_OFF


def queue(*, subject: str, body: str, sender: str, to: list[str]) -> None:
    """Remember a letter in the caller's transaction; nothing where no mail server is configured."""
    if is_configured() and to:
        payload = {"subject": subject, "body": body, "sender": sender, "to": to}
        outbox.enqueue(TOPIC, payload, key=f"mail:{uuid.uuid4()}")


@outbox.handler(TOPIC, max_attempts=MAX_ATTEMPTS)
def send(payload: dict[str, Any]) -> None:
    """Hand a letter to the mail server; each try is logged, without the words and the addresses."""
    if not is_configured():
        raise outbox.GiveUp("no mail server is configured")
    letter = EmailMessage(payload["subject"], payload["body"], payload["sender"], payload["to"])
    started = time.monotonic()
    refused = ""
    outcome = CallLog.Outcome.OK
    try:
        letter.connection = EmailBackend(fail_silently=False)
        letter.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError) as error:
        outcome, refused = CallLog.Outcome.REFUSED, type(error).__name__
        raise outbox.GiveUp(refused) from error
    except (OSError, smtplib.SMTPException) as error:
        outcome, refused = CallLog.Outcome.UNKNOWN, type(error).__name__
        raise outbox.RetryLater(refused) from error
    finally:
        CallLog.objects.create(
            at=timezone.now(),
            system=SYSTEM,
            operation="send",
            code=refused,
            outcome=outcome,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
