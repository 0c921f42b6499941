"""Django app: integration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationConfig(AppConfig):
    """Configuration of the integration app."""

    name = "business.integration"
    label = "integration"
    verbose_name = _("外部系统")

    def ready(self) -> None:
        """Register the periodic clean-up and the sending of letters."""
        from business.integration import mail, retention  # noqa: F401
