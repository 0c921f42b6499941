"""Django app: patients."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    """Configuration of the patients app."""

    name = "business.patients"
    label = "patients"
    verbose_name = _("就诊人")

    def ready(self) -> None:
        """Register what the outbox and the worker call."""
        from business.patients import handlers, messages, texting  # noqa: F401
