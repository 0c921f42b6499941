"""What a ready-made section is."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from blocks.base import PortalBlock, complete
from blocks.registry import block_classes


def leads(role: str, text: str = "") -> dict[str, Any]:
    """Return a link to a step of the portal."""
    return {"kind": "role", "role": role, "text": text}


def card(title: str, summary: str = "", icon: str = "", tone: str = "teal", role: str = "") -> dict[str, Any]:
    """Return a card of a list with icons."""
    link = leads(role) if role else {"kind": "none"}
    return {"title": title, "summary": summary, "icon": icon, "tone": tone, "link": link}


def entrance(icon: str, label: str, tone: str, role: str) -> dict[str, Any]:
    """Return an entrance of an icon grid."""
    return {"icon": icon, "label": label, "tone": tone, "link": leads(role)}


@dataclass(frozen=True)
class Section:
    """Several blocks; what a block leaves out has its default.

    ``sample`` names the types whose example data is shown in the picture, because the section leaves something to
    choose there (a photograph); ``hint`` says so to staff when the section is put on a page.
    """

    code: str
    title: str | Promise
    description: str | Promise
    icon: str
    blocks: tuple[tuple[str, dict[str, Any]], ...]
    hint: str | Promise = ""
    sample: frozenset[str] = field(default_factory=frozenset)

    @property
    def types(self) -> list[str]:
        """The types of its blocks, in order."""
        return [name for name, _raw in self.blocks]

    @property
    def is_whole(self) -> bool:
        """Whether every block of it exists."""
        return set(self.types) <= set(block_classes())

    def values(self) -> Iterator[tuple[PortalBlock, Any]]:
        """Yield each block with its native value."""
        for name, raw in self.blocks:
            block = block_classes()[name]()
            block.set_name(name)
            yield block, complete(block, raw)

    def stored(self) -> list[dict[str, Any]]:
        """Return the blocks as pages store them, each with an id of its own."""
        return [
            {"type": block.name, "value": block.get_prep_value(value), "id": str(uuid.uuid4())}
            for block, value in self.values()
        ]

    def pictured(self) -> Iterator[tuple[PortalBlock, Any, bool]]:
        """Yield block, value and whether its example data is to be shown instead of the value."""
        for block, value in self.values():
            yield block, value, block.delivery == "island" or block.name in self.sample
