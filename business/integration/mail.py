"""Letters to staff (password resets, what waits for review): queued with the deed they tell of, sent by the worker.

What is queued is kept for months and shown in the desk: words and addresses are ciphertext there, for the link of a
password reset opens an account.
"""

import json
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
from business.security import crypto

TOPIC = "mail.send"
SYSTEM = "mail"
CONTEXT = "integration.mail"
MAX_ATTEMPTS = 8  # a letter that is hours late tells nobody anything


def is_configured() -> bool:
    """Whether the hospital named a mail server; without one staff are told in the desk alone."""
    return bool(settings.EMAIL_HOST) and SYSTEM not in settings.OUTSIDE_OFF


def queue(*, subject: str, body: str, sender: str, to: list[str]) -> None:
    """Remember a letter in the caller's transaction; nothing where no mail server is configured."""
    if is_configured() and to:
        # One line: what ends a line in a subject begins another header, and the letter could never be sent.
        letter = json.dumps({"subject": " ".join(subject.split()), "body": body, "to": to}, ensure_ascii=False)
        payload = {"sender": sender, "letter": crypto.encrypt(letter, context=CONTEXT)}
        outbox.enqueue(TOPIC, payload, key=f"mail:{uuid.uuid4()}")


def opened(payload: dict[str, Any]) -> dict[str, Any]:
    """Return subject, words and addresses of a queued letter."""
    if "letter" not in payload:  # queued before letters were encrypted
        return payload
    written: dict[str, Any] = json.loads(crypto.decrypt(payload["letter"], context=CONTEXT))
    return written


@outbox.handler(TOPIC, max_attempts=MAX_ATTEMPTS)
def send(payload: dict[str, Any]) -> None:
    """Hand a letter to the mail server; each try is logged, without the words and the addresses."""
    if not is_configured():
        raise outbox.GiveUp("no mail server is configured")
    written = opened(payload)
    letter = EmailMessage(written["subject"], written["body"], payload["sender"], written["to"])
    started = time.monotonic()
    refused = ""
    outcome = CallLog.Outcome.OK
    try:
        letter.connection = EmailBackend(fail_silently=False)
        letter.send()
    except (
        ValueError,  # an address or a header that no letter can have
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPSenderRefused,
        smtplib.SMTPAuthenticationError,
    ) as error:
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
