"""Bring an installation up to the code it runs: after installing it, and after each upgrade."""

from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand

STEPS: Final[tuple[tuple[str, list[str]], ...]] = (
    ("数据库", ["migrate", "--noinput"]),
    ("工作人员角色", ["setup_roles"]),
    ("页面模板", ["load_page_templates"]),
    ("组件使用统计", ["rebuild_block_usage"]),
)


class Command(BaseCommand):
    """`manage.py upgrade_portal`; running it again changes nothing."""

    help = "安装和每次升级后运行：迁移数据库，更新工作人员角色、随产品提供的页面模板和组件使用统计"

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the steps one by one; the first that fails ends it with its own sentence."""
        for label, command in STEPS:
            self.stdout.write(f"{label}……")
            call_command(*command, stdout=self.stdout)
