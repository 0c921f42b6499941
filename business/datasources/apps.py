"""Django app: datasources."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DataSourcesConfig(AppConfig):
    """Configuration of the datasources app."""

    name = "business.datasources"
    label = "datasources"
    verbose_name = _("数据源")

    def ready(self) -> None:
        """Register what the outbox calls."""
        from business.datasources import submissions  # noqa: F401
