"""`manage.py block_catalogue`: write docs/blocks.md from the registry."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks.catalogue import catalogue


class Command(BaseCommand):
    """Write the catalogue of blocks, or say that it is stale."""

    help = "Write docs/blocks.md: every block by family, what it does, its fields and defaults."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or check."""
        file = Path(settings.BASE_DIR) / "docs" / "blocks.md"
        text = catalogue()
        if not options["check"]:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            raise CommandError("docs/blocks.md is stale: run manage.py block_catalogue")
