"""Django app: studio."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudioConfig(AppConfig):
    """Configuration of the studio app."""

    name = "cms.studio"
    label = "studio"
    verbose_name = _("主题与菜单")
