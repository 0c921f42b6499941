"""``manage.py check_portal``: does every step of the portal have its page?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from wagtail.models import Site

from cms.pages.checks import check_site


class Command(BaseCommand):
    """Print what patients would stumble over; exit code 1 where there is anything."""

    help = "检查门户：缺少的页面、缺少的组件、重复的用途"

    def handle(self, *args: Any, **options: Any) -> None:
        """Check every site."""
        if Site._meta.db_table not in connection.introspection.table_names():
            raise CommandError("数据库还没有建立，请先运行 make run 或 manage.py migrate。", returncode=1)
        count = 0
        for site in Site.objects.select_related("root_page"):
            for problem in check_site(site):
                self.stdout.write(f"[{site.site_name or site.hostname}] {problem.sentence}")
                count += 1
        if count:
            raise CommandError(f"共 {count} 处需要处理。", returncode=1)
        self.stdout.write(self.style.SUCCESS("没有发现问题。"))
