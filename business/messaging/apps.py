"""Django app: messaging."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    """Configuration of the messaging app."""

    name = "business.messaging"
    label = "messaging"
    verbose_name = _("消息")

    def ready(self) -> None:
        """Register what the outbox and the sweeper call."""
        from business.messaging import handlers  # noqa: F401
