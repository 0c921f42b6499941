"""Django's way to the mail server: nothing waits for it, nothing fails with it."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from business.integration import mail


class QueuedBackend(BaseEmailBackend):
    """Queues each letter for the worker; without a mail server letters are dropped, the desk tells the same."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue plain letters; return how many."""
        for message in email_messages:
            sender = message.from_email
            mail.queue(subject=str(message.subject), body=str(message.body), sender=sender, to=message.recipients())
        return len(email_messages)
