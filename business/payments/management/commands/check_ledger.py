"""``manage.py check_ledger``: check the books; a line per problem, exit code 1 if there is any."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from business.payments.audit_ledger import problems
from business.payments.models import LedgerEntry, Order


class Command(BaseCommand):
    """Check that the ledger is balanced and agrees with orders, payments and refunds."""

    help = "检查账本：每笔分录借贷相等，每个订单的账与收款、退款、状态一致"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the problems; exit with 1 if there are any."""
        count = 0
        for problem in problems():
            count += 1
            self.stderr.write(problem)
        if count:
            self.stderr.write(f"账本有 {count} 处问题")
            sys.exit(1)
        self.stdout.write(f"账本正确：{Order.objects.count()} 个订单，{LedgerEntry.objects.count()} 笔分录")
