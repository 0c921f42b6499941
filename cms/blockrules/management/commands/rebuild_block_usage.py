"""Count anew which page uses which block: after an upgrade, or after pages were changed beside the portal."""

from typing import Any

from django.core.management.base import BaseCommand

from cms.blockrules.usage import rebuild


class Command(BaseCommand):
    """Make the index behind the report of used blocks."""

    help = "重新统计每个页面用了哪些组件（报表「组件使用」的索引）。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Read every page once."""
        self.stdout.write(f"已统计 {rebuild()} 个页面。")
