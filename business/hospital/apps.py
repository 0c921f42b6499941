"""Django app: hospital."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HospitalConfig(AppConfig):
    """Configuration of the hospital app."""

    name = "business.hospital"
    label = "hospital"
    verbose_name = _("医院基础数据")

    def ready(self) -> None:
        """Register what the worker calls."""
        from business.hospital import sync  # noqa: F401
