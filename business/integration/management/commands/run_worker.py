"""manage.py run_worker: deliver what waits in the outbox and run the periodic looks."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from business.integration import worker


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT; what is in hand is finished first."""

    help = "处理发件箱与定时核对（有 Redis 时只负责通知 RQ）；Ctrl-C 或 SIGTERM 会先做完手上的事再停。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options."""
        parser.add_argument("--once", action="store_true", help="只处理一轮到期事项后退出")
        parser.add_argument("--threads", type=int, default=4, help="同时处理的事项数（默认 4）")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        if options["once"]:
            tried = worker.run_once()
            self.stdout.write(f"处理了 {tried} 项")
            return
        at_work = worker.Worker(max(options["threads"], 1))

        def stop(number: int, frame: FrameType | None) -> None:
            at_work.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write(f"后台任务已启动（{at_work.name}）")
        at_work.run()
        self.stdout.write("后台任务已停止")
