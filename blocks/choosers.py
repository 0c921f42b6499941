"""Choices and choosers that cost little when a page is read: no list of choices is built, no row is fetched twice."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from wagtail import blocks
from wagtail.blocks.field_block import BaseChoiceBlock, ChooserBlock

from blocks import freshness


def quicken(block: blocks.Block) -> None:
    """Give the choices and choosers inside a block ways of reading stored values that cost less than Wagtail's own.

    Wagtail builds the whole list of choices, with translations, for every stored choice (16 % of an uncached page), to
    find the key of the same text; a text that is not a number is its own key. And it asks the database once for
    each kind of chooser, where a row may have been read a moment ago.
    """
    if isinstance(block, BaseChoiceBlock):
        block.normalize_choice = _Choice(block)
    elif isinstance(block, ChooserBlock):
        block.bulk_to_python = _Rows(block)
    children: Iterable[blocks.Block] = getattr(block, "child_blocks", {}).values()
    for child in [*children, *filter(None, [getattr(block, "child_block", None)])]:
        quicken(child)


class _Choice:
    """Stands for ``BaseChoiceBlock.normalize_choice``; a class, so that blocks can still be copied."""

    def __init__(self, block: BaseChoiceBlock) -> None:
        """Remember the block."""
        self._block = block

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str) and not value.lstrip("-").isdigit() and value not in {"True", "False", "None"}:
            return value
        return type(self._block).normalize_choice(self._block, value)


class _Rows:
    """Stands for ``ChooserBlock.bulk_to_python``."""

    def __init__(self, block: ChooserBlock) -> None:
        """Remember the block."""
        self._block = block

    def __call__(self, values: Iterable[Any]) -> list[Any]:
        values = list(values)
        found, used, result = freshness.rows(self._block.model_class, values), set(), []
        for value in values:
            instance = found.get(value)
            # One row wanted twice is two objects, as Wagtail has it.
            result.append(copy(instance) if value in used else instance)
            used.add(value)
        return result
