"""Django app: finance."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FinanceConfig(AppConfig):
    """Configuration of the finance app."""

    name = "business.finance"
    label = "finance"
    verbose_name = _("财务与对账")

    def ready(self) -> None:
        """Register the outbox handlers and the sweeps."""
        from business.finance import handlers  # noqa: F401
