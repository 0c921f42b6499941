"""What others ask: list, rewrite, find what is lost, make a value fit for this place."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ListBlock, RichTextBlock

from cms.library.travel.terms import GONE, PRIMARY_KEY, Change, Loss, Reference, Unknown
from cms.library.travel.walking import Walker


def rewrite(block: Block, raw: Any, change: Change, *, wash: Callable[[str], str] = str) -> Any:
    """Return a stored value with every reference replaced by what ``change`` returns for it.

    The new key itself keeps the reference when it equals the old one; :data:`GONE` takes it out: a chooser becomes
    empty, a link leaves its words, a picture inside a text disappears. ``raw`` is left as it was. ``wash`` is what
    every rich text goes through.
    """
    return Walker(change, wash=wash).visit(block, raw, "", "")


def renew_ids(block: Block, raw: Any) -> Any:
    """Return a stored value whose blocks and list items have new ids, as a copy beside the original needs them."""
    return Walker(_same, new_ids=True).visit(block, raw, "", "")


def references(block: Block, raw: Any) -> list[Reference]:
    """Return every reference of a stored value, in the order of the page."""
    found: list[Reference] = []

    def note(reference: Reference) -> Any:
        found.append(reference)
        return reference.key

    rewrite(block, raw, note)
    return found


def unknown_blocks(block: Block, raw: Any) -> list[Unknown]:
    """Return the blocks of a stored value whose type does not exist here, children of known blocks included."""
    walker = Walker(_same)
    walker.visit(block, raw, "", "")
    return walker.unknown


def without_unknown(block: Block, raw: Any) -> Any:
    """Return a stored value without the blocks whose type does not exist here."""
    if isinstance(block, BaseStreamBlock) and isinstance(raw, list):
        return [
            {**item, "value": without_unknown(block.child_blocks[item["type"]], item.get("value"))}
            for item in raw
            if isinstance(item, Mapping) and item.get("type") in block.child_blocks
        ]
    if isinstance(block, ListBlock) and isinstance(raw, list):
        return [
            {**item, "value": without_unknown(block.child_block, item["value"])}
            if block._item_is_in_block_format(item)
            else without_unknown(block.child_block, item)
            for item in raw
        ]
    if isinstance(block, BaseStructBlock) and isinstance(raw, Mapping):
        children = block.child_blocks
        return {
            name: without_unknown(children[name], value) if name in children else value for name, value in raw.items()
        }
    return raw


def losses(found: Iterable[Reference]) -> list[Loss]:
    """Return the references whose target does not exist in this database: one query for each kind of thing."""
    found = list(found)
    wanted: dict[tuple[str, str], set[Any]] = defaultdict(set)
    for reference in found:
        wanted[reference.kind, reference.by].add(reference.key)
    there = {(kind, by, str(value)) for (kind, by), keys in wanted.items() for value in _existing(kind, by, keys)}
    return [Loss(reference) for reference in found if reference.target not in there]


def _existing(kind: str, by: str, keys: set[Any]) -> Iterator[Any]:
    try:
        model = apps.get_model(kind)
        field = model._meta.pk if by == PRIMARY_KEY else model._meta.get_field(by)
    except (LookupError, ValueError):
        return
    valid = []
    for key in keys:
        try:
            valid.append(field.to_python(key))
        except ValidationError:
            continue
    yield from model._base_manager.filter(**{f"{by}__in": valid}).values_list(by, flat=True)


def without(block: Block, raw: Any, lost: Iterable[Loss]) -> Any:
    """Return a stored value with the lost references taken out."""
    targets = {loss.reference.target for loss in lost}
    return rewrite(block, raw, lambda reference: GONE if reference.target in targets else reference.key)


@dataclass(frozen=True)
class Arrival:
    """A value that came from elsewhere, made fit for this place: ``raw`` to store, ``sentences`` to show staff."""

    raw: Any
    sentences: tuple[str, ...]


def arrive(block: Block, raw: Any, *, from_here: bool = True) -> Arrival:
    """Make a pasted value fit for this place: new ids, blocks that do not exist and lost references taken out.

    ``from_here`` says whether it was copied in this installation; if not, a primary key says nothing here, whatever
    stands under that number, and only references by code are looked up.
    """
    unknown = unknown_blocks(block, raw)
    raw = without_unknown(block, raw)
    found = references(block, raw)
    foreign = [] if from_here else [Loss(one) for one in found if not one.is_portable]
    lost = [*foreign, *losses(one for one in found if from_here or one.is_portable)]
    sentences = [*(one.sentence for one in unknown), *(one.sentence for one in lost)]
    return Arrival(renew_ids(block, without(block, raw, lost)), tuple(dict.fromkeys(sentences)))


def _same(reference: Reference) -> Any:
    return reference.key


def rewrite_rich_text(html: str, change: Change, *, wash: Callable[[str], str] = str) -> str:
    """Return a rich text that stands outside blocks with every reference replaced."""
    return str(rewrite(RichTextBlock(), html, change, wash=wash))
