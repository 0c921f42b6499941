"""Every label of the desk: what the sources, and Wagtail's own translation, hold between quotes or tags."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import wagtail
import wagtailmedia

ROOT = Path(__file__).resolve().parents[2]
OURS = ("cms", "blocks", "business", "themes", "fixtures")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
_QUOTED = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`")
_PO_TEXT = re.compile(r'^msgstr(?:\[0\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.M)


@cache
def labels() -> frozenset[str]:
    """Return them, without the space around."""
    found = {text.strip() for text in _all()}
    return frozenset(text for text in found if CHINESE.search(text))


def _all() -> Iterator[str]:
    for folder in OURS:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix not in {".py", ".html", ".js"} or "vendor" in file.parts:
                continue
            text = file.read_text(encoding="utf-8")
            yield from _python(text) if file.suffix == ".py" else _quoted(text)
            if file.suffix == ".html":
                yield from re.split(r"[<>{}%]+", text)
    packages = [Path(package.__file__).parent for package in (wagtail, wagtailmedia)]
    for folder in (*packages, ROOT / "cms" / "locale"):
        for file in folder.rglob("zh_Hans/LC_MESSAGES/*.po"):
            yield from _translated(file.read_text(encoding="utf-8"))


def _python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _quoted(text: str) -> Iterator[str]:
    for match in _QUOTED.finditer(text):
        yield next(part for part in match.groups() if part is not None)


def _translated(text: str) -> Iterator[str]:
    for match in _PO_TEXT.finditer(text):
        yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[1]))
