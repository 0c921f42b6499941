"""Django app: library."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    """Configuration of the library app."""

    name = "cms.library"
    label = "library"
    verbose_name = _("页面模板")
