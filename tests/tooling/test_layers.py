"""What import-linter cannot see: business neither answers requests nor draws pages."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = ("django.http", "django.shortcuts", "django.template", "django.views", "django.urls", "django.forms")


def test_business_imports_neither_requests_nor_templates() -> None:
    found = []
    for file in (ROOT / "business").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            found += [f"{file.relative_to(ROOT)}: {name}" for name in names if name.startswith(FORBIDDEN)]

    assert not found
