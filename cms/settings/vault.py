"""The demonstration's own secrets: generated at first use, kept in var/, never in the repository.

Standard library only: the launcher calls this before anything is installed.
"""

import base64
import json
import os
import secrets
from pathlib import Path

# No look-alikes (0/o, 1/l): these are read off a screen and typed on a phone.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def open_vault(folder: Path) -> dict[str, str]:
    """Return the secrets kept in `folder` as environment variables, adding those that a newer version needs.

    Raises OSError or ValueError when the file is there but cannot be read.
    """
    file = folder / "secrets.json"
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    complete = {**_fresh(), **known}
    if complete != known:
        write_private(file, json.dumps(complete, indent=2))
    return complete


def write_private(file: Path, text: str) -> None:
    """Replace a file in one step; only its owner may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        output.write(text)
    draft.replace(file)


def _fresh() -> dict[str, str]:
    return {
        "PH_SECRET_KEY": secrets.token_urlsafe(50),
        # "id:base64 of a 16-byte SM4 key"; and base64 of the 32-byte key of the blind index.
        "PH_FIELD_KEYS": f"k1:{_base64(16)}",
        "PH_BLIND_INDEX_KEY": _base64(32),
        "PH_DEMO_EDITOR_PASSWORD": _password(),
        "PH_DEMO_SECRETARY_PASSWORD": _password(),
        "PH_DEMO_ADMIN_PASSWORD": _password(),
        "PH_DEMO_FINANCE_PASSWORD": _password(),
    }


def _base64(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()


def _password() -> str:
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(3))
