"""Django app: backoffice."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    """Configuration of the backoffice app."""

    name = "cms.backoffice"
    label = "backoffice"
    verbose_name = _("业务后台")

    def ready(self) -> None:
        """Listen to what must be written down."""
        from cms.backoffice.audit import signals  # noqa: F401
