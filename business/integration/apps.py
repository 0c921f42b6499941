"""Django app: integration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationConfig(AppConfig):
    """Configuration of the integration app."""

    name = "business.integration"
    label = "integration"
    verbose_name = _("外部系统")

    def ready(self) -> None:
        """Register the periodic clean-up."""
        from business.integration import retention  # noqa: F401
