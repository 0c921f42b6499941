"""Choices and choosers that cost little when a page is read: no list of choices is built, no row is fetched twice."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelChoiceField
from wagtail import blocks
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.blocks.field_block import BaseChoiceBlock, ChooserBlock
from wagtail.models import Page

from blocks import freshness

KEY_DIGITS: Final = 18


def quicken(block: blocks.Block) -> None:
    """Give the choices and choosers inside a block ways of reading stored values that cost less than Wagtail's own.

    Wagtail builds the whole list of choices, with translations, for every stored choice (16 % of an uncached page), to
    find the key of the same text; a text that is not a number is its own key. And it asks the database once for
    each kind of chooser, where a row may have been read a moment ago.
    """
    if isinstance(block, BaseChoiceBlock):
        block.normalize_choice = _Choice(block)
    elif isinstance(block, ChooserBlock):
        chooser = _Chooser(block)
        block.bulk_to_python, block.value_from_form = chooser.bulk_to_python, chooser.value_from_form
        block.clean = chooser.clean
        if isinstance(block, blocks.PageChooserBlock):
            block.get_form_state = chooser.page_form_state
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


class _Chooser:
    """Stands for a chooser's ways of reading what is stored and what a form sends."""

    def __init__(self, block: ChooserBlock) -> None:
        """Remember the block."""
        self._block = block

    def bulk_to_python(self, values: Iterable[Any]) -> list[Any]:
        """Return an instance for every key."""
        values = list(values)
        found, used, result = freshness.rows(self._block.model_class, values), set(), []
        for value in values:
            instance = found.get(value)
            # One row wanted twice is two objects, as Wagtail has it.
            result.append(copy(instance) if value in used else instance)
            used.add(value)
        return result

    def value_from_form(self, value: Any) -> Any:
        """Return the instance a form names; those of a whole page were fetched together (:func:`prefetch_form`)."""
        model = self._block.model_class
        if value is None or isinstance(value, model):
            return value
        if len(str(value)) > KEY_DIGITS:  # no database has such a key, and not every database says so politely
            return None
        try:
            pk = model._meta.pk.to_python(value)
        except ValidationError:
            return None
        return freshness.rows(model, [pk]).get(pk)

    def clean(self, value: Any) -> Any:
        """Validate as the form field does, without fetching the instance again."""
        block = self._block
        if not isinstance(value, block.model_class) or type(block.field) is not ModelChoiceField:
            return type(block).clean(block, value)
        block.field.validate(value)
        block.field.run_validators(value)
        return value

    def page_form_state(self, page: Any) -> dict[str, Any] | None:
        """Return what the editor's script needs of a chosen page: Wagtail's answer without three queries a page."""
        if not isinstance(page, Page):
            return type(self._block).get_form_state(self._block, page)
        parents = freshness.remember("parents", _parents)
        return {
            "id": page.pk,
            "parentId": parents.get(page.path[: -page.steplen]),
            "adminTitle": page.get_admin_display_title(),
            "editUrl": AdminURLFinder().get_edit_url(page),
        }


def _parents() -> dict[str, int]:
    """Return the pages that have pages below them, by path."""
    return dict(Page.objects.filter(numchild__gt=0).values_list("path", "pk"))


def chooser_models(block: blocks.Block, name: str = "") -> dict[str, type[Model]]:
    """Return the models of the choosers inside a block, by the last part of their fields' names."""
    found = {name: block.model_class} if isinstance(block, ChooserBlock) else {}
    for child_name, child in getattr(block, "child_blocks", {}).items():
        found |= chooser_models(child, child_name)
    if (item := getattr(block, "child_block", None)) is not None:
        found |= chooser_models(item, "value")
    return found


def prefetch_form(models: Mapping[str, type[Model]], data: Mapping[str, Any]) -> None:
    """Fetch everything that the choosers of a form name, one query a model; what is too much is just not used."""
    wanted: dict[type[Model], set[int]] = {}
    for key in data:
        model, value = models.get(key.rpartition("-")[2]), data[key]
        if model is not None and value.isascii() and value.isdigit() and len(value) <= KEY_DIGITS:
            wanted.setdefault(model, set()).add(int(value))
    for model, pks in wanted.items():
        freshness.rows(model, pks)
