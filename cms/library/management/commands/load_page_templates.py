"""Bring the shipped page templates into the database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cms.library.shipped import load


class Command(BaseCommand):
    """Run after each upgrade; running it again changes nothing."""

    help = "载入或更新随产品提供的页面模板；员工改过、删过的保持不变"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to undo what staff did to them."""
        parser.add_argument("--restore", action="store_true", help="把改过、删过的也恢复成原样")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many changed."""
        self.stdout.write(f"{load(restore=options['restore'])} 个模板已载入或更新")
