"""What blocks refer to, found through block definitions: listed, rewritten and checked before they move elsewhere.

Works on block values as pages store them, so it needs no database row to exist: pasting, page templates and portal
bundles all go through here. A block says by itself what it refers to when it is a chooser or rich text; any other
block that stores keys of something says so with two class attributes: ``refers_to`` (a model's label) and
``refers_by`` (the field the stored value, or each value of a stored list, is found by).
"""

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ChooserBlock, ListBlock, RichTextBlock
from wagtail.contrib.typed_table_block.blocks import BaseTypedTableBlock
from wagtail.documents import get_document_model_string
from wagtail.images import get_image_model_string
from wagtail.images.blocks import ImageBlock
from wagtail.rich_text import features
from wagtail.rich_text.rewriters import FIND_EMBED_TAG, extract_attrs

PAGE: Final = "wagtailcore.page"
PRIMARY_KEY: Final = "pk"
# A link with its words; its end may be missing.
_LINK: Final = re.compile(r"<a(\b[^>]*)>(?:((?:(?!<a\b).)*?)</a>)?", re.DOTALL)


class _Gone:
    """What a rewriting function returns for a reference that is to be taken out."""

    def __repr__(self) -> str:
        return "GONE"


GONE: Final = _Gone()


@dataclass(frozen=True)
class Reference:
    """One thing that a block refers to.

    ``kind`` is the model's label in lower case (of the base model: a page is a page, whatever its type), ``by`` the
    field that ``key`` is a value of, ``key`` as it is stored. ``path`` leads to it as in Wagtail's reference index;
    ``place`` says the same in Chinese.
    """

    kind: str
    key: Any
    by: str
    path: str
    place: str

    @property
    def target(self) -> tuple[str, str, str]:
        """What is referred to: the same for two references to one thing."""
        return self.kind, self.by, str(self.key)

    @property
    def is_portable(self) -> bool:
        """Whether the key means the same in another installation (a code of HIS does, a primary key does not)."""
        return self.by != PRIMARY_KEY


@dataclass(frozen=True)
class Unknown:
    """A block of a type that does not exist here."""

    name: str
    path: str
    place: str

    @property
    def sentence(self) -> str:
        """What to tell staff."""
        return _("「%(name)s」组件在这里不存在（%(place)s），不能带过来。") % {"name": self.name, "place": self.place}


@dataclass(frozen=True)
class Loss:
    """A reference whose target does not exist here."""

    reference: Reference

    @property
    def sentence(self) -> str:
        """What to tell staff."""
        words = {"place": self.reference.place, "kind": kind_label(self.reference.kind), "key": self.reference.key}
        if self.reference.is_portable:
            return _("%(place)s：这里没有代码为 %(key)s 的%(kind)s，会留空。") % words
        return _("%(place)s：引用的%(kind)s在这里不存在，会留空。") % words


Change = Callable[[Reference], Any]

_LABELS: Final = {
    PAGE: gettext_lazy("页面"),
    get_image_model_string().lower(): gettext_lazy("图片"),
    get_document_model_string().lower(): gettext_lazy("文件"),
    "wagtailmedia.media": gettext_lazy("音视频"),
}


def kind_label(kind: str) -> str:
    """Return the Chinese name of a kind of thing."""
    if kind in _LABELS:
        return str(_LABELS[kind])
    try:
        return str(apps.get_model(kind)._meta.verbose_name)
    except (LookupError, ValueError):
        return kind


def kind_of(model: type[models.Model]) -> str:
    """Return the kind of a model: the label of the base model whose primary key it shares."""
    parents = model._meta.get_parent_list()
    return (parents[-1] if parents else model)._meta.label_lower


# --- walking -----------------------------------------------------------------------------------------------------


class _Walker:
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


# --- what others call --------------------------------------------------------------------------------------------


def rewrite(block: Block, raw: Any, change: Change, *, wash: Callable[[str], str] = str) -> Any:
    """Return a stored value with every reference replaced by what ``change`` returns for it.

    The new key itself keeps the reference when it equals the old one; :data:`GONE` takes it out: a chooser becomes
    empty, a link leaves its words, a picture inside a text disappears. ``raw`` is left as it was. ``wash`` is what
    every rich text goes through.
    """
    return _Walker(change, wash=wash).visit(block, raw, "", "")


def renew_ids(block: Block, raw: Any) -> Any:
    """Return a stored value whose blocks and list items have new ids, as a copy beside the original needs them."""
    return _Walker(_same, new_ids=True).visit(block, raw, "", "")


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
    walker = _Walker(_same)
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
