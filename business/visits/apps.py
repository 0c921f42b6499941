"""Django app: visits."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitsConfig(AppConfig):
    """Configuration of the visits app."""

    name = "business.visits"
    label = "visits"
    verbose_name = _("就诊")

    def ready(self) -> None:
        """Register what patients are told, what follows a booking, and the sweeps."""
        from business.visits import devices, handlers, messages, reminders  # noqa: F401
