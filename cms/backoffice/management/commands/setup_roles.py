"""Bring the roles of staff to what cms.backoffice.roles says."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.backoffice.roles import MissingPermission, setup_roles


class Command(BaseCommand):
    """`manage.py setup_roles`."""

    help = "创建或更新工作人员角色：编辑、管理员、财务"

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up and name the roles."""
        try:
            groups = setup_roles()
        except MissingPermission as missing:
            raise CommandError(f"缺少权限 {missing}：请先运行 manage.py migrate") from missing
        self.stdout.write("角色已就绪：" + "、".join(groups))
