"""Write ``tokens.css``, the present look's tokens, from the reference palette."""

from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand

from themes.design.sheet import sheet
from themes.design.spec import ThemeSpec

TOKENS: Final = Path(__file__).resolve().parents[2] / "static/themes/css/tokens.css"
HEAD: Final = """\
/* Written by `manage.py make_tokens` from themes/design: change it there. Every colour, size and distance of the portal
   is named here and nowhere else. data-mode on <html>: light | dark, else the device decides; data-care: 关怀版. */

"""


def text() -> str:
    """Return what the file must hold."""
    return HEAD + sheet(ThemeSpec())


class Command(BaseCommand):
    """Write the file."""

    help = "Write themes/static/themes/css/tokens.css from the reference palette."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        TOKENS.write_text(text(), encoding="utf-8")
