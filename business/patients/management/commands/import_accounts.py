"""``manage.py import_accounts FILE``: take over openids and bound cards of the former system (G1.2)."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from business.patients import migration
from business.security.masking import mask_text

WORDS = {
    "account_new": "新账户",
    "account_known": "已有账户",
    "patient_new": "新就诊人",
    "patient_known": "已有就诊人",
    "card_new": "新绑定就诊卡",
    "card_known": "已绑定就诊卡",
    "card_elsewhere": "绑定在其他账户的卡",
}
MOST_SHOWN = 200


class Command(BaseCommand):
    """Read a CSV of the former system; show what would change, and change it when told to."""

    help = "导入原公众号的 openid 与就诊卡绑定（CSV，UTF-8）；默认只比较，--write 才写入。见 docs/migrating-accounts.md"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and whether to write."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--write", action="store_true", help="写入；不加则只比较并报告差异")
        parser.add_argument("--app-id", default="", help="openid 所属公众号，默认本门户的公众号")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare or write, and report; exit with 1 where lines failed."""
        app_id = options["app_id"] or settings.WECHAT["APP_ID"]
        if not app_id:
            raise CommandError("没有公众号 AppID：请设置 PH_WECHAT_APP_ID 或用 --app-id")
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                report = migration.take_over(file, app_id=app_id, write=options["write"])
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"文件读不了（应为 UTF-8 编码的 CSV）：{error}") from error
        except migration.WrongFile as error:
            raise CommandError(str(error)) from error
        self._tell(report, wrote=options["write"])
        if report.problems:
            raise CommandError(f"{len(report.problems)} 行未导入，其余已{'写入' if options['write'] else '比较'}")

    def _tell(self, report: migration.Report, *, wrote: bool) -> None:
        say = self.stdout.write
        say(f"{'已写入' if wrote else '试运行，没有写入'}：共 {report.lines} 行")
        for code, word in WORDS.items():
            if report.counts[code]:
                say(f"  {word} {report.counts[code]}")
        for title, found in (("差异", report.differences), ("问题", report.problems)):
            if found:
                say(f"{title} {len(found)} 处：")
            for number, sentence in found[:MOST_SHOWN]:
                say(f"  第 {number} 行：{mask_text(sentence)}")
            if len(found) > MOST_SHOWN:
                say(f"  …… 另有 {len(found) - MOST_SHOWN} 处")
