"""Where things are. Everything a run makes lives under VAR, everything installed under VENV."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VAR = Path(os.environ.get("PH_VAR_DIR") or ROOT / "var").resolve()
LOGS = VAR / "log"
SANDBOX_STATE = VAR / "sandbox"
CREDENTIALS = SANDBOX_STATE / "keys" / "credentials.json"
REQUIREMENTS = ROOT / "requirements"


def python() -> str:
    """Return the interpreter of the virtual environment."""
    return str(VENV / "bin" / "python")


def display(path: Path) -> str:
    """Show a path as the reader types it: relative to the project where possible."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
