"""Django app: block_rules."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BlockRulesConfig(AppConfig):
    """Configuration of the rules and the usage of blocks."""

    name = "cms.blockrules"
    label = "block_rules"
    verbose_name = _("组件权限与使用")

    def ready(self) -> None:
        """Keep the index of used blocks."""
        from cms.blockrules import usage

        usage.connect()
