"""Django app: blocks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BlocksConfig(AppConfig):
    """Configuration of the blocks app."""

    name = "blocks"
    label = "blocks"
    verbose_name = _("页面组件")
