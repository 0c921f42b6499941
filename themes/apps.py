"""The theme: tokens, page shell, parts, icons and pictures. Imports nothing of the layers beside it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ThemesConfig(AppConfig):
    """Registers templates, static files and template tags of the portal's look."""

    name = "themes"
    label = "themes"
    verbose_name = _("外观")
