"""Theme packs: ``packs/<name>/`` with ``theme.json`` and, where wanted, ``theme.css`` and ``templates/`` (README)."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from themes.design.transfer import Parcel, load

FOLDER: Final = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}")
_RULE = re.compile(r":root ([^{}]+)\{([^{}]*)\}")


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the packs that are installed."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/theme.json") if _NAME.fullmatch(path.parent.name)))


@lru_cache(maxsize=32)
def parcel(name: str) -> Parcel:
    """Return the theme a pack comes with; KeyError where there is no such pack."""
    if name not in names():
        raise KeyError(name)
    return load((FOLDER / name / "theme.json").read_bytes())


@lru_cache(maxsize=32)
def own_rules(name: str) -> tuple[tuple[str, str], ...]:
    """Return the rules of a pack's ``theme.css``; each begins with ``:root``, which becomes the theme's scope."""
    path = FOLDER / name / "theme.css"
    if name not in names() or not path.exists():
        return ()
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    left = _RULE.sub("", css).strip()
    if left:
        raise ValueError(f"{name}/theme.css: every rule must read `:root selector {{ … }}`, found {left[:60]!r}")
    return tuple((selector.strip(), " ".join(body.split())) for selector, body in _RULE.findall(css))


@lru_cache(maxsize=32)
def templates(name: str) -> Path | None:
    """Return the folder of a pack's templates, None where it has none."""
    folder = FOLDER / name / "templates"
    return folder if name in names() and folder.is_dir() else None


def any_templates() -> bool:
    """Whether an installed pack has templates at all."""
    return any(templates(name) for name in names())
