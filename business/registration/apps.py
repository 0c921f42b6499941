"""Django app: registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    """Configuration of the registration app."""

    name = "business.registration"
    label = "registration"
    verbose_name = _("预约挂号")

    def ready(self) -> None:
        """Register the order kind, the outbox handlers and the sweeps."""
        from business.registration import handlers  # noqa: F401
