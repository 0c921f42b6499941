"""Blocks as pages hold them: what they show, what they refuse."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from blocks.base import PortalBlock, complete
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

TAG = re.compile(r"<(/?)h([1-6])[ >]")


def bound(name: str) -> PortalBlock:
    """Return a block as the pages' field has it."""
    return PortalPage._meta.get_field("body").stream_block.child_blocks[name]


def cleaned(name: str, value: dict[str, Any]) -> Any:
    """Return what the form makes of a value."""
    kind = bound(name)
    return kind.clean(complete(kind, value))


def refusals(name: str, value: dict[str, Any]) -> dict[str, str]:
    """Return the sentence at each field of a block that is refused; nested fields are joined by dots."""
    with pytest.raises(ValidationError) as failure:
        cleaned(name, value)
    return dict(_flat("", failure.value))


def _flat(path: str, error: Any) -> Any:
    nested = getattr(error, "block_errors", None)
    if nested is None:
        yield path, str(error.messages[0])
        return
    pairs = nested.items() if isinstance(nested, dict) else enumerate(nested)
    for name, inner in pairs:
        if inner is not None:
            yield from _flat(f"{path}.{name}".lstrip("."), inner)
    for inner in getattr(error, "non_block_errors", ()):
        yield path or "block", str(inner.message if hasattr(inner, "message") else inner)


def item(value: dict[str, Any], pk: str = "") -> dict[str, Any]:
    """Return an item of a list as a page stores it."""
    return {"type": "item", "value": value, "id": pk or "item"}


def shown(client: Client, home: PortalPage, *blocks: tuple[str, dict[str, Any]]) -> str:
    """Return the main part of a page with these blocks."""
    page = make_page(home, "一页", [block(kind, value) for kind, value in blocks])
    response = client.get(page.url)
    assert response.status_code == 200
    return response.content.decode().split('id="main"')[1].split("</main>")[0]


def outline_of(html: str) -> list[int]:
    """Return the levels of the headings in order."""
    return [int(level) for closing, level in TAG.findall(html) if not closing]


def assert_outline_has_no_gaps(html: str) -> None:
    """Hold a page's main part to an outline that goes down one level at a time."""
    before = 1
    for level in outline_of(html):
        assert level <= before + 1, outline_of(html)
        before = level
