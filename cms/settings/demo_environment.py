"""Fill the environment for the demonstration before any setting is read.

`make run` hands everything over and leaves var/demo.env behind; a `manage.py` command typed beside it finds the same
keys and addresses there. What is set already stays as it is.
"""

import os
from pathlib import Path

from cms.settings.vault import open_vault

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(os.environ.get("PH_VAR_DIR") or BASE_DIR / "var").resolve()
HANDED_OVER = VAR_DIR / "demo.env"


def fill() -> None:
    """Set what is not set yet, from var/demo.env and var/secrets.json."""
    if HANDED_OVER.exists():
        for line in HANDED_OVER.read_text(encoding="utf-8").splitlines():
            name, separator, value = line.partition("=")
            if separator and name.startswith("PH_"):
                os.environ.setdefault(name, value)
    if not os.environ.get("PH_SECRET_KEY"):
        for name, value in open_vault(VAR_DIR).items():
            os.environ.setdefault(name, value)


fill()
