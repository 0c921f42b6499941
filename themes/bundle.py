"""One style sheet and one script for the whole portal, put together from the sources; these, the look script and the
icon sprites are compressed beforehand.

A finder of Django's static files: `collectstatic` finds the bundles like any other file (and hashes them), the
demonstration serves them from where they lie. ``.gz`` and ``.br`` lie beside each bundle; WhiteNoise sends them.
"""

import gzip
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import brotli
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from themes.design.sheet import squeezed

SOURCES: Final = Path(__file__).parent / "static"
STYLES: Final = "themes/bundle/portal.css"
SCRIPTS: Final = "themes/bundle/portal.js"
# These come first and in this order; any other file of the folder follows by name.
CSS_ORDER: Final = ("tokens.css", "base.css", "shell.css", "parts.css", "flow.css")
# The last word: care mode must win over whatever a part says.
CSS_LAST: Final = ("care.css",)


def css_sources() -> list[Path]:
    """Return the style sheets in the order of the cascade."""
    found = {path.name: path for path in (SOURCES / "themes/css").glob("*.css")}
    others = sorted(set(found) - {*CSS_ORDER, *CSS_LAST})
    return [found[name] for name in (*CSS_ORDER, *others, *CSS_LAST) if name in found]


def js_sources() -> list[Path]:
    """Return the deferred scripts in the order they run."""
    return [SOURCES / "themes/js/portal.js", SOURCES / "themes/vendor/htmx/htmx.min.js"]


# Served as they are, but compressed beforehand too.
ALONE: Final = ("themes/js/look.js", "themes/icons/actions.svg", "themes/icons/medical.svg")


def _css() -> str:
    return "".join(squeezed(path.read_text(encoding="utf-8")) for path in css_sources())


def _js() -> str:
    return "".join(path.read_text(encoding="utf-8").rstrip() + "\n;\n" for path in js_sources())


def _alone(name: str) -> tuple[Callable[[], list[Path]], Callable[[], str]]:
    path = SOURCES / name
    return (lambda: [path]), (lambda: path.read_text(encoding="utf-8"))


BUNDLES: Final[dict[str, tuple[Callable[[], list[Path]], Callable[[], str]]]] = {
    STYLES: (css_sources, _css),
    SCRIPTS: (js_sources, _js),
    **{name: _alone(name) for name in ALONE},
}


def folder() -> Path:
    """Return where this working copy's bundles lie."""
    mark = f"{zlib.crc32(str(SOURCES).encode()):08x}"
    return Path(settings.VAR_DIR) / f"bundle-{mark}"


def built(name: str) -> Path:
    """Return a bundle's file; put together anew when one of its sources is newer."""
    sources, write = BUNDLES[name]
    target = folder() / name
    newest = max(path.stat().st_mtime_ns for path in [*sources(), SOURCES / "themes/css", Path(__file__)])
    compressed = target.with_name(f"{target.name}.br")
    if not compressed.exists() or compressed.stat().st_mtime_ns < newest:
        data = write().encode()
        target.parent.mkdir(parents=True, exist_ok=True)
        for path, content in (
            (target, data),
            (target.with_name(f"{target.name}.gz"), gzip.compress(data, 9, mtime=0)),
            (compressed, brotli.compress(data)),
        ):
            _put(path, content)
    return target


def _put(path: Path, content: bytes) -> None:
    """Write a file in one step: other processes read it at the same time."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(name, 0o644)
    os.replace(name, path)


class BundleFinder(BaseFinder):
    """Finds the bundles; makes them first."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing can be misconfigured."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the bundle's place, or nothing for any other path."""
        plain = path.removesuffix(".gz").removesuffix(".br")
        if plain not in BUNDLES:
            return [] if find_all else None
        found = built(plain).with_name(Path(path).name)
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Iterable[str] | None) -> Any:
        """Yield every bundle with the storage that reads it; the compressed ones only where nobody hashes names."""
        storage = FileSystemStorage(location=str(folder()))
        for name in BUNDLES:
            built(name)
            yield name, storage
            if ignore_patterns is None:  # WhiteNoise looks through the finders itself
                yield f"{name}.gz", storage
                yield f"{name}.br", storage
