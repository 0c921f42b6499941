"""Builders: shared content, and the place of it on a page."""

from typing import Any

from cms.shared.models import SharedBlock
from tests.pages.building import block


def make_shared(name: str, blocks: list[dict[str, Any]], *, live: bool = True) -> SharedBlock:
    """Make shared content, published unless told otherwise."""
    shared = SharedBlock(name=name, body=blocks, live=False)
    shared.save()
    revision = shared.save_revision()
    if live:
        revision.publish()
    return SharedBlock.objects.get(pk=shared.pk)


def words(text: str) -> dict[str, Any]:
    """Return a block of words."""
    return block("rich_text", {"text": f"<p>{text}</p>"})


def place(shared: SharedBlock, **settings: Any) -> dict[str, Any]:
    """Return the block of a page that stands for shared content."""
    return block("shared", {"content": shared.pk}, settings=settings)


def say(shared: SharedBlock, *texts: str) -> None:
    """Publish other words."""
    shared = SharedBlock.objects.get(pk=shared.pk)
    shared.body = [words(text) for text in texts]
    shared.save_revision().publish()
