"""`manage.py load_demo`: the demonstration hospital."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from business.integration.outcomes import OutsideError
from fixtures.demo.load import load


class Command(BaseCommand):
    """Load the demonstration hospital; running it again changes nothing that is there."""

    help = "载入演示医院（可重复运行；需要 HIS 在线）"

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or say in one sentence why not."""
        try:
            load(self.stdout.write)
        except OutsideError as error:
            raise CommandError(f"HIS 没有正常应答，演示医院没有载入完整，可以再次运行：{error}") from error
        self.stdout.write(self.style.SUCCESS("演示医院已就绪"))
