"""Django app: shared_blocks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SharedConfig(AppConfig):
    """Configuration of the shared_blocks app."""

    name = "cms.shared"
    label = "shared_blocks"
    verbose_name = _("共享组件")
