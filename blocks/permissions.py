"""Who may put which block on a page, change it and take it away again; compared on the server whenever a page is saved.

Pure rules: ``cms.blockrules`` knows the people, the groups and the locked pages. Requirement 46.26.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from wagtail import blocks

from blocks.base import PortalBlock
from blocks.conditions import ConditionalBlock
from blocks.registry import block_classes, is_business
from blocks.shared import expansion

_WITHOUT_KEYS = re.compile(r' data-block-key="[^"]*"').sub
_EMPTY_TEXT = re.compile(r"(?:<p>\s*</p>)*")


class Deed(StrEnum):
    """What can be done with a block of a page; moving it is free."""

    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True)
class Allowed:
    """What somebody may do with blocks of one type."""

    add: bool = True
    change: bool = True
    delete: bool = True

    def __or__(self, other: "Allowed") -> "Allowed":
        return Allowed(self.add or other.add, self.change or other.change, self.delete or other.delete)

    def may(self, deed: Deed) -> bool:
        """Whether ``deed`` is allowed."""
        return bool(getattr(self, deed.value))

    @property
    def names(self) -> list[str]:
        """The deeds that are allowed, for the editor's script."""
        return [deed.value for deed in Deed if self.may(deed)]


EVERYTHING = Allowed()
NOTHING = Allowed(False, False, False)


def default_for(block_class: type[PortalBlock]) -> Allowed:
    """Return what everybody who edits pages may do until an administrator decides otherwise.

    A block that does the work of a step of the portal stays where an administrator has put it: its words may be
    changed. A block that can do harm belongs to administrators alone.
    """
    if block_class.admin_only:
        return NOTHING
    return Allowed(add=False, delete=False) if block_class.serves else EVERYTHING


@dataclass(frozen=True)
class Rights:
    """What one person may do with the blocks of one page."""

    everything: bool = False
    rules: Mapping[str, Allowed] = field(default_factory=dict)  # where an administrator has decided
    page_locked: bool = False  # the business blocks of this page stay as they are

    def allowed(self, name: str) -> Allowed:
        """Return what is allowed with blocks of this type."""
        if self.everything:
            return EVERYTHING
        block_class = block_classes().get(name)
        if block_class is None:
            return EVERYTHING
        if self.page_locked and is_business(name):
            return NOTHING
        return self.rules.get(name, default_for(block_class))


@dataclass(frozen=True)
class Refusal:
    """One deed that is not allowed."""

    deed: Deed
    name: str
    label: str

    @property
    def sentence(self) -> str:
        """What to tell staff."""
        sentences = {
            Deed.ADD: _("「%(label)s」组件只能由管理员添加，请去掉后再保存，或联系管理员。"),
            Deed.CHANGE: _("「%(label)s」组件已锁定，内容不能修改；请恢复原来的内容，或联系管理员。"),
            Deed.DELETE: _("「%(label)s」组件不能删除：患者在这一页办事要用它。请撤销删除，或联系管理员。"),
        }
        return sentences[self.deed] % {"label": self.label}


def placeable(stream: blocks.StreamBlock, raw: Iterable[Any], rights: Rights) -> tuple[list[Any], list[str]]:
    """Return the stored blocks that may be added, and a sentence for each type that may not: paste, templates."""
    kept, sentences = [], {}
    for item in raw:
        block = stream.child_blocks.get(item["type"])
        # Shared content counts with the blocks that are in it.
        inside = expansion.expand([item]) if not rights.everything else []
        refused = [name for name in (item["type"], *(one["type"] for one in inside)) if not rights.allowed(name).add]
        refused = [name for name in refused if name in stream.child_blocks]
        if block is None or not refused:
            kept.append(item)
        for name in refused:
            label = stream.child_blocks[name].label
            sentences[name] = _("「%(label)s」只能由管理员添加，没有带过来。") % {"label": label}
    return kept, list(sentences.values())


def refusals(stream: blocks.StreamBlock, old: Iterable[Any], new: Iterable[Any], rights: Rights) -> list[Refusal]:
    """Compare two bodies as pages store them; return what was done without being allowed, each once.

    A block is the same as long as its id and its type are; a second block with the same id is an added one.
    """
    if rights.everything:
        return []
    found: dict[Refusal, None] = {}

    def refuse(deed: Deed, name: str) -> None:
        block = stream.child_blocks.get(name)
        if block is not None and not rights.allowed(name).may(deed):
            found[Refusal(deed, name, str(block.label))] = None

    before: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for item in old:
        before[item.get("id") or "", item["type"]].append(item["value"])
    for item in new:
        name = item["type"]
        same = before.get((item.get("id") or "", name)) or before.get(("", name))
        if not same:
            refuse(Deed.ADD, name)
            continue
        value = same.pop(0)
        if name in stream.child_blocks and not rights.allowed(name).change:
            block = stream.child_blocks[name]
            if settled(block, value) != settled(block, item["value"]):
                refuse(Deed.CHANGE, name)
    for (_id, name), left in before.items():
        if left:
            refuse(Deed.DELETE, name)
    return list(found)


def settled(block: blocks.Block, raw: Any) -> Any:
    """Return a stored value in a form in which two are equal when they mean the same.

    Saving a page gives list items new ids, fills in defaults, drops what is hidden and writes times to the minute.
    """
    if isinstance(block, blocks.StructBlock) and isinstance(raw, Mapping):
        return _settled_struct(block, raw)
    if isinstance(block, blocks.ListBlock):
        items = [one["value"] if block._item_is_in_block_format(one) else one for one in raw or []]
        return [settled(block.child_block, item) for item in items] or None
    if isinstance(block, blocks.StreamBlock):
        known = [one for one in raw or [] if one["type"] in block.child_blocks]
        return [(one["type"], settled(block.child_blocks[one["type"]], one["value"])) for one in known] or None
    if isinstance(block, blocks.RichTextBlock):
        return _settled_text(block, raw)
    return _settled_field(block, raw)


def _settled_struct(block: blocks.StructBlock, raw: Mapping[str, Any]) -> Any:
    hidden: set[str] = set()
    if isinstance(block, ConditionalBlock):
        raw = {**raw, **block.implied(raw)}
        conditions = block.meta.conditions
        hidden = {name for name in block.hidden(raw) if not conditions[name].keep}
    found = {}
    for name, child in block.child_blocks.items():
        given = name in raw and name not in hidden
        value = settled(child, raw[name] if given else child.get_prep_value(child.get_default()))
        if value is not None:
            found[name] = value
    return found or None


def _settled_text(block: blocks.RichTextBlock, raw: Any) -> Any:
    if not raw:
        return None
    widget = block.field.widget
    # Through the editor and back, as a form that nobody touched sends it; keys of paragraphs are made anew each time.
    contents = widget.converter.from_database_format(str(raw))
    text = widget.converter.to_database_format(contents)
    text = _WITHOUT_KEYS("", text).strip()
    return None if _EMPTY_TEXT.fullmatch(text) else text


def _settled_field(block: blocks.Block, raw: Any) -> Any:
    if raw in (None, "", [], (), {}) or raw is False:
        return None
    if isinstance(block, blocks.DateTimeBlock):
        moment = block.to_python(raw) if isinstance(raw, str) else raw
        return moment.astimezone(dt.UTC).replace(second=0, microsecond=0) if moment else None
    if isinstance(raw, list | tuple):
        return [str(one) for one in raw]
    return "\n".join(str(raw).splitlines()).strip() or None
