"""Going through a stored value beside its block definition."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ChooserBlock, ListBlock, RichTextBlock
from wagtail.contrib.typed_table_block.blocks import BaseTypedTableBlock
from wagtail.images.blocks import ImageBlock
from wagtail.rich_text import features
from wagtail.rich_text.rewriters import FIND_EMBED_TAG, extract_attrs

from cms.library.travel.terms import GONE, PRIMARY_KEY, Change, Reference, Unknown, kind_of

# A link with its words; its end may be missing.
_LINK: Final = re.compile(r"<a(\b[^>]*)>(?:((?:(?!<a\b).)*?)</a>)?", re.DOTALL)


class Walker:
    """Goes through one stored value beside its block definition; returns the value as ``change`` makes it."""

    def __init__(self, change: Change, *, new_ids: bool = False, wash: Callable[[str], str] = str) -> None:
        self.change = change
        self.wash = wash  # of every rich text
        self.new_ids = new_ids
        self.unknown: list[Unknown] = []
        # The more special first.
        self._visits: tuple[tuple[type[Block], Callable[[Any, Any, str, str], Any]], ...] = (
            (ImageBlock, self._image),
            (BaseTypedTableBlock, self._table),
            (BaseStreamBlock, self._stream),
            (ListBlock, self._list),
            (BaseStructBlock, self._struct),
            (RichTextBlock, self._text),
        )

    def visit(self, block: Block, raw: Any, path: str, place: str) -> Any:
        """Return ``raw`` rewritten; a part that does not fit its definition is kept as it is."""
        for kind, visit in self._visits:
            if isinstance(block, kind):
                return visit(block, raw, path, place)
        if refers_to := getattr(block, "refers_to", None):
            return self._keys(refers_to.lower(), block.refers_by, raw, path, place)
        if isinstance(block, ChooserBlock) and isinstance(block.model_class, type):
            return self._key(kind_of(block.model_class), PRIMARY_KEY, raw, path, place)
        return raw

    def _ask(self, kind: str, by: str, key: Any, path: str, place: str) -> Any:
        return self.change(Reference(kind, key, by, path, place))

    def _key(self, kind: str, by: str, raw: Any, path: str, place: str) -> Any:
        if raw in (None, "") or isinstance(raw, dict | list):
            return raw
        found = self._ask(kind, by, raw, path, place)
        return (raw if found == raw else found) if found is not GONE else ("" if by != PRIMARY_KEY else None)

    def _keys(self, kind: str, by: str, raw: Any, path: str, place: str) -> Any:
        if not isinstance(raw, list | tuple):
            return self._key(kind, by, raw, path, place)
        found = [self._ask(kind, by, key, path, place) for key in raw]
        return [key for key in found if key is not GONE]

    def _image(self, block: ImageBlock, raw: Any, path: str, place: str) -> Any:
        # Wagtail's index leaves the name of the inner chooser out of the path.
        chooser = block.child_blocks["image"]
        if not isinstance(raw, Mapping):  # stored before the block had an alternative text
            return self.visit(chooser, raw, path, place)
        return {**raw, "image": self.visit(chooser, raw.get("image"), path, place)} if "image" in raw else dict(raw)

    def _struct(self, block: BaseStructBlock, raw: Any, path: str, place: str) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        return {
            name: self.visit(child, value, _join(path, name), _step(place, child))
            if (child := block.child_blocks.get(name)) is not None
            else value
            for name, value in raw.items()
        }

    def _list(self, block: ListBlock, raw: Any, path: str, place: str) -> Any:
        if not isinstance(raw, list):
            return raw
        found = []
        for number, item in enumerate(raw, 1):
            here = f"{place} {number}"
            if block._item_is_in_block_format(item):
                value = self.visit(block.child_block, item["value"], _join(path, item["id"]), here)
                found.append(self._with_id({**item, "value": value}))
            else:
                found.append(self.visit(block.child_block, item, path, here))
        return found

    def _stream(self, block: BaseStreamBlock, raw: Any, path: str, place: str) -> Any:
        if not isinstance(raw, list):
            return raw
        found = []
        for number, item in enumerate(raw, 1):
            if not isinstance(item, Mapping) or "type" not in item:
                found.append(item)
                continue
            child = block.child_blocks.get(item["type"])
            here = _join(path, item.get("id") or "")
            where = _("第 %(number)d 块") % {"number": number}
            if child is None:
                self.unknown.append(Unknown(str(item["type"]), here, f"{place} › {where}" if place else where))
                found.append(self._with_id(dict(item)))
                continue
            words = f"{where}「{child.label}」"
            value = self.visit(child, item.get("value"), here, f"{place} › {words}" if place else words)
            found.append(self._with_id({**item, "value": value}))
        return found

    def _text(self, block: RichTextBlock, raw: Any, path: str, place: str) -> Any:
        return self.rich_text(raw, path, place) if isinstance(raw, str) else raw

    def _table(self, block: BaseTypedTableBlock, raw: Any, path: str, place: str) -> Any:
        if not isinstance(raw, Mapping) or not isinstance(raw.get("columns"), list):
            return raw
        columns = [block.child_blocks.get(column.get("type", "")) for column in raw["columns"]]
        rows = [
            {
                **row,
                "values": [
                    value if child is None else self.visit(child, value, path, f"{place} {number}")
                    for child, value in zip(columns, row.get("values", []), strict=False)
                ],
            }
            for number, row in enumerate(raw.get("rows") or [], 1)
        ]
        return {**raw, "rows": rows}

    def _with_id(self, item: dict[str, Any]) -> dict[str, Any]:
        if self.new_ids and "id" in item:
            item["id"] = str(uuid.uuid4())
        return item

    # --- rich text -----------------------------------------------------------------------------------------------

    def rich_text(self, html: str, path: str, place: str) -> str:
        """Rewrite links and embeds; a link that goes leaves its words, an embed that goes leaves nothing."""
        links, embeds = features.get_link_types(), features.get_embed_types()

        def of(handlers: Mapping[str, Any], attribute: str, tag: str) -> tuple[Any, Any]:
            attrs = extract_attrs(tag)
            handler, key = handlers.get(attrs.get(attribute, "")), attrs.get("id")
            if handler is None or not key:
                return None, None
            try:
                kind = kind_of(handler.get_model())
            except NotImplementedError:
                return None, None
            return key, self._ask(kind, PRIMARY_KEY, key, path, place)

        def link(match: re.Match[str]) -> str:
            key, found = of(links, "linktype", match[1])
            if key is None or str(found) == key:
                return match[0]
            return (match[2] or "") if found is GONE else _with_key(match[0], found)

        def embed(match: re.Match[str]) -> str:
            key, found = of(embeds, "embedtype", match[1])
            if key is None or str(found) == key:
                return match[0]
            return "" if found is GONE else _with_key(match[0], found)

        return self.wash(FIND_EMBED_TAG.sub(embed, _LINK.sub(link, html)))


def _with_key(tag: str, key: Any) -> str:
    return re.sub(r'\bid="[^"]*"', f'id="{key}"', tag, count=1)


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _step(place: str, block: Block) -> str:
    label = str(block.label or "")
    return f"{place} › {label}" if place and label else place or label
