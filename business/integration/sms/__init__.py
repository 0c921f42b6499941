"""Text messages to a phone number: what the portal asks (port) and how (adapter)."""

from business.integration.sms.factory import client, is_configured
from business.integration.sms.port import SmsPort

__all__ = ["SmsPort", "client", "is_configured"]
