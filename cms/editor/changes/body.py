"""The blocks of two versions of a page compared: added, removed, moved, and inside a block only what changed."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.admin.compare import FieldComparison, register_comparison_class

from blocks.conditions import ChosenBlock
from blocks.registry import PortalStreamField
from cms.editor.changes import words

Kind = Literal["added", "removed", "moved", "changed", "same"]
SETTINGS = "settings"  # of no interest in a block that is new or gone


@dataclass
class Entry:
    """One block of the page, or a run of blocks that stayed as they were (``count``)."""

    kind: Kind
    label: str = ""
    rows: list[tuple[str, SafeString]] = field(default_factory=list)
    count: int = 1
    moved: bool = False


@dataclass(frozen=True)
class Leaf:
    """One field somewhere in a block."""

    block: blocks.Block
    value: Any
    label: str


def leaves_of(block: blocks.Block, value: Any) -> dict[tuple[str, ...], Leaf]:
    """Return every field of a value by its path; items of lists by their own id, which survives a move."""
    return dict(_leaves(block, value, (), ()))


def _leaves(
    block: blocks.Block, value: Any, path: tuple[str, ...], place: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    if isinstance(value, blocks.StructValue):
        for name, child in value.block.child_blocks.items():
            yield from _leaves(child, value.get(name), (*path, name), (*place, str(child.label)))
    elif isinstance(value, blocks.StreamValue):
        for number, bound in enumerate(value, start=1):
            step = (*place, f"{number}. {bound.block.label}")
            yield from _leaves(bound.block, bound.value, (*path, bound.id or str(number)), step)
    elif isinstance(value, blocks.list_block.ListValue):
        for number, bound in enumerate(value.bound_blocks, start=1):
            # Items without an id of their own get a new one each time they are read.
            key = bound.id if getattr(bound, "original_id", None) else str(number)
            yield from _leaves(bound.block, bound.value, (*path, key), (*place, _("第 %d 项") % number))
    else:
        yield path, Leaf(block, value, " › ".join(part for part in place if part))


def _filled(block: blocks.Block, value: Any) -> list[tuple[str, SafeString]]:
    return [
        (leaf.label, words.html_of(leaf.block, leaf.value))
        for path, leaf in leaves_of(block, value).items()
        if path[:1] != (SETTINGS,) and not words.is_empty(leaf.value)
    ]


def _changed(block: blocks.Block, before: Any, after: Any) -> list[tuple[str, SafeString]]:
    old, new = leaves_of(block, before), leaves_of(block, after)
    nothing = None
    rows = []
    for path in [*new, *(path for path in old if path not in new)]:
        a, b = old.get(path), new.get(path)
        leaf = b or a
        values = (a.value if a else nothing, b.value if b else nothing)
        if leaf is None or _is_same(leaf.block, *values):
            continue
        rows.append((leaf.label, words.difference(leaf.block, *values)))
    if [path for path in old if path in new] != [path for path in new if path in old]:
        rows.append((_("顺序"), format_html("{}", _("里面各项的先后变了，请看预览。"))))
    return rows


def _is_same(block: blocks.Block, a: Any, b: Any) -> bool:
    if isinstance(block, ChosenBlock) and words.is_empty(a) and str(b) == block.first:
        return True  # the form sends its first choice for a value older than the field: nobody chose anything
    if words.is_empty(a) and words.is_empty(b):
        return True
    return a is not None and b is not None and block.get_prep_value(a) == block.get_prep_value(b)


def _staying(positions: list[int]) -> set[int]:
    """Return the longest run of positions in rising order: those blocks stayed, the others moved past them."""
    tails: list[int] = []
    at: list[list[int]] = []
    for position in positions:
        place = bisect.bisect_left(tails, position)
        before = at[place - 1] if place else []
        run = [*before, position]
        if place == len(tails):
            tails.append(position)
            at.append(run)
        else:
            tails[place], at[place] = position, run
    return set(at[-1]) if at else set()


def entries(before: Any, after: Any) -> list[Entry]:
    """Return what became of each block, in the order of the newer version; unchanged runs as one entry."""
    old = {child.id: (number, child) for number, child in enumerate(before)}
    kept = [child.id for child in after if child.id in old]
    staying = _staying([old[key][0] for key in kept])
    found: list[tuple[str | None, Entry]] = []
    for child in after:
        label = str(child.block.label)
        if child.id not in old:
            found.append((child.id, Entry("added", label, _filled(child.block, child.value))))
            continue
        number, was = old[child.id]
        rows = _changed(child.block, was.value, child.value)
        moved = number not in staying
        kind: Kind = "changed" if rows else "moved" if moved else "same"
        found.append((child.id, Entry(kind, label, rows, moved=moved)))
    _put_removed_back(found, list(before), {child.id for child in after})
    return _together([entry for _key, entry in found])


def _put_removed_back(found: list[tuple[str | None, Entry]], before: list[Any], there: set[str]) -> None:
    """Show what is gone after the block it used to follow."""
    last: str | None = None
    for child in before:
        if child.id not in there:
            index = next((n + 1 for n, (key, _entry) in enumerate(found) if key == last), 0) if last else 0
            found.insert(index, (child.id, Entry("removed", str(child.block.label), _filled(child.block, child.value))))
        last = child.id


def _together(found: list[Entry]) -> list[Entry]:
    short: list[Entry] = []
    for entry in found:
        if entry.kind == "same" and short and short[-1].kind == "same":
            short[-1].count += 1
        else:
            short.append(entry)
    return short


class BodyComparison(FieldComparison):
    """The blocks of a page, wherever Wagtail compares two versions."""

    def has_changed(self) -> bool:
        """Whether anything staff would notice changed."""
        return any(entry.kind != "same" for entry in self.entries)

    @property
    def entries(self) -> list[Entry]:
        """What became of each block."""
        if not hasattr(self, "_entries"):
            self._entries = entries(self.val_a, self.val_b)
        return self._entries

    def htmldiff(self) -> str:
        """Return the list."""
        return render_to_string("editor/changes/body.html", {"entries": self.entries})


register_comparison_class(PortalStreamField, comparison_class=BodyComparison)
