"""Django app: visits."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitsConfig(AppConfig):
    """Configuration of the visits app."""

    name = "business.visits"
    label = "visits"
    verbose_name = _("就诊")

    def ready(self) -> None:
        """Register what patients are told."""
        from business.visits import messages  # noqa: F401
