"""``manage.py payment_states``: write docs/payment-states.md from the tables that guard every move of money."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db.models import TextChoices

from business.payments import states
from business.payments.models import Attempt, Order, Refund, Reversal

HEAD = """# States of money

Written by `manage.py payment_states` from `business/payments/states.py`; a test holds both to each other. Any move
that is not in these tables raises; each move writes one line of history with who and why. How they work together:
[How a booking stays right](booking-chain.md).
"""
MACHINES: tuple[tuple[str, type[TextChoices], states.Moves, str], ...] = (
    (
        "Order",
        Order.State,
        states.ORDER_MOVES,
        "A sum for one thing. It is closed only after every attempt is closed at its channel.",
    ),
    (
        "Attempt",
        Attempt.State,
        states.ATTEMPT_MOVES,
        "One number at one channel for one payer. Of several paid ones the first pays the order, the others go back.",
    ),
    ("Refund", Refund.State, states.REFUND_MOVES, "One number for ever, however often it is tried."),
    (
        "Reversal",
        Reversal.State,
        states.REVERSAL_MOVES,
        "Undone where it was delivered, then refunded; a definite no blocks it for finance.",
    ),
)


def written() -> str:
    """Return the document."""
    parts = [HEAD]
    for name, words, moves, sentence in MACHINES:
        names = dict(words.choices)
        parts.append(f"\n## {name}\n\n{sentence}\n\n| from | may become |\n|---|---|\n")
        for before, after in moves.items():
            targets = ", ".join(f"`{one}` {names[one]}" for one in words.values if one in after) or "– (final)"
            parts.append(f"| `{before}` {names[before]} | {targets} |\n")
    return "".join(parts)


class Command(BaseCommand):
    """Write the tables of states, or check that they are up to date."""

    help = "由代码生成 docs/payment-states.md；--check 只检查是否最新"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--check``."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file; with ``--check`` exit with 1 where it is stale."""
        path = Path(settings.BASE_DIR) / "docs" / "payment-states.md"
        if options["check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != written():
                self.stderr.write("docs/payment-states.md 已过时，请运行 manage.py payment_states")
                sys.exit(1)
            return
        path.write_text(written(), encoding="utf-8")
