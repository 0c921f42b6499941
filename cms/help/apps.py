"""Django app: help."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HelpConfig(AppConfig):
    """Configuration of the help app."""

    name = "cms.help"
    label = "help"
    verbose_name = _("帮助中心")
