"""Django app: guide."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GuideConfig(AppConfig):
    """Configuration of the guide app."""

    name = "cms.guide"
    label = "guide"
    verbose_name = _("使用指南")
