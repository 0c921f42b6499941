"""Every deed that code writes down has a name in the list of deeds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from cms.backoffice.audit.trail import LABELS

CODE = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS = frozenset({"deed", "record", "_remember"})


def written(tree: ast.AST) -> Iterator[str]:
    """Yield the codes that a module hands to the trail, by word or through a variable called ``event``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = node.args if name in WRITERS else []
            if name == "Action":  # of a desk
                given = [word.value for word in node.keywords if word.arg == "event"]
        elif isinstance(node, ast.Assign) and any(getattr(to, "id", "") == "event" for to in node.targets):
            given = [node.value]
        else:
            continue
        for argument in given:
            parts = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
            for part in parts:
                if isinstance(part, ast.Constant) and CODE.fullmatch(str(part.value)):
                    yield part.value


@pytest.mark.req("46.4")
def test_every_deed_has_a_name() -> None:
    found = set()
    for file in Path(settings.BASE_DIR, "cms").rglob("*.py"):
        found |= set(written(ast.parse(file.read_text(encoding="utf-8"))))
    assert len(found) > 30
    assert found - set(LABELS) == set()
