"""Check that the audit trail is whole; for cron and for the auditor."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.backoffice.audit.chain import check_chain


class Command(BaseCommand):
    """`manage.py check_audit`: exit code 1 and the rows' numbers if anything was changed, removed or put in."""

    help = "校验操作记录是否被改动、删除或插入"

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and report."""
        report = check_chain()
        if report.broken:
            self.stderr.write("以下记录或其前一条被改动、删除或插入：" + "、".join(str(pk) for pk in report.broken))
        if report.tail_missing:
            self.stderr.write("最后的记录缺失")
        if report.is_broken:
            raise CommandError(f"校验不通过（共 {report.rows} 条）")
        self.stdout.write(f"共校验 {report.rows} 条，全部完整，未被改动")
