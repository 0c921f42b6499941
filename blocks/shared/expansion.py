"""Shared content in the place of the block that names it, before anything is rendered, checked or compared.

Everything that asks for the blocks of a body asks here, so a shared block is rendered, delivered as an island, acted
upon and held to the rules exactly as a block of the page itself. Its id on a page is made of two: that of the place
and its own; islands and actions find it by that.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from wagtail.blocks import StreamValue

from blocks.shared import reading

NAME: Final = "shared"  # the block's name in the registry
FIELD: Final = "content"  # its field that holds the key
JOINT: Final = "__"  # fits an address and an HTML id

Raw = dict[str, Any]
Contents = Callable[[Iterable[int]], Mapping[int, list[Raw]]]


def key_of(raw: Mapping[str, Any]) -> int | None:
    """Return which shared content a stored block of a page names."""
    if raw.get("type") != NAME or not isinstance(raw.get("value"), Mapping):
        return None
    key = raw["value"].get(FIELD)
    return key if isinstance(key, int) and not isinstance(key, bool) else None


def keys_in(raw: Iterable[Mapping[str, Any]]) -> set[int]:
    """Return all shared content that a stored body names."""
    return {key for one in raw if (key := key_of(one)) is not None}


def joined(place: str, own: str) -> str:
    """Return the id that a shared block has on a page."""
    return f"{place}{JOINT}{own}"


def expand(body: Iterable[Raw], contents: Contents = reading.published) -> list[Raw]:
    """Return a stored body with shared content in its places; what is not published leaves nothing behind.

    ``contents`` gives the blocks by key; a caller who reads many bodies gives one that asks the database once.
    """
    body = list(body)
    keys = keys_in(body)
    known = contents(keys) if keys else {}
    found: list[Raw] = []
    for one in body:
        if one.get("type") != NAME:
            found.append(one)
        elif (key := key_of(one)) is not None:
            found += _in_place(one, known.get(key, ()))
    return found


def _in_place(place: Raw, inner: Iterable[Raw]) -> Iterator[Raw]:
    around = place["value"].get("settings") or {}
    for one in inner:
        if one.get("type") == NAME:
            continue  # the editor refuses it; nothing can run in a circle
        value = one.get("value")
        if not isinstance(value, Mapping):
            continue
        together = meeting(value.get("settings") or {}, around)
        if together is not None:
            own = joined(str(place.get("id") or "new"), str(one.get("id") or "new"))
            yield {**one, "id": own, "value": {**value, "settings": together}}


def own_copy(place: Raw, contents: Contents = reading.published) -> list[Raw]:
    """Return the blocks behind a place as a page's own, with the settings of both; ids are to be given anew."""
    return [{key: value for key, value in one.items() if key != "id"} for one in expand([place], contents)]


# --- settings of the place and of the block ------------------------------------------------------------------------


def meeting(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the settings under which a block is shown when both its own and those of its place allow it.

    None where nobody can ever be meant by both.
    """
    if not outer:
        return dict(inner)
    start = _latest(inner.get("visible_from"), outer.get("visible_from"), max)
    end = _latest(inner.get("visible_until"), outer.get("visible_until"), min)
    together = {**inner, "visible_from": start, "visible_until": end}
    together["schedule"] = "timed" if start or end else "always"
    audiences = {one for one in (inner.get("audience"), outer.get("audience")) if one and one != "everyone"}
    if len(audiences) > 1:
        return None
    together["audience"] = next(iter(audiences), "everyone")
    for name in ("entrances", "campuses"):
        one, other = inner.get(name) or [], outer.get(name) or []
        both = [code for code in one if code in other] if one and other else [*one, *other]
        if one and other and not both:
            return None
        together[name] = both
    together["advertising"] = bool(inner.get("advertising") or outer.get("advertising"))
    return together


def _latest(one: Any, other: Any, choose: Callable[..., datetime]) -> datetime | None:
    moments = [moment for moment in (_moment(one), _moment(other)) if moment is not None]
    return choose(moments) if moments else None


def _moment(value: Any) -> datetime | None:
    found = parse_datetime(value) if isinstance(value, str) and value else value
    if not isinstance(found, datetime):
        return None
    return timezone.make_aware(found) if timezone.is_naive(found) else found


# --- bodies as pages hold them ---------------------------------------------------------------------------------------


def children(stream: Any, *, with_empty_places: bool = False) -> Iterator[Any]:
    """Yield the blocks of a body, shared ones in their places.

    However many places a body has: one query for the shared content, and one for each kind of thing chosen in it.
    ``with_empty_places``: a place whose content is not published is yielded itself (previews say why it is empty).
    """
    raw = list(stream.raw_data)
    if not any(one.get("type") == NAME for one in raw):
        yield from stream
        return
    known = reading.published(keys_in(raw))
    pieces = [list(_in_place(one, known.get(key, ()))) if (key := key_of(one)) is not None else [] for one in raw]
    flat = [item for piece in pieces for item in piece]
    together = _values(stream, flat)
    numbers = iter(range(len(flat)))
    for at, one in enumerate(raw):
        if one.get("type") != NAME:
            yield stream[at]
            continue
        shared = [together[next(numbers)] for _item in pieces[at]]
        if shared:
            yield from shared
        elif with_empty_places:
            yield stream[at]


def _values(stream: Any, flat: list[Raw]) -> StreamValue:
    """Return shared blocks as values; a body that is asked twice in one request converts them once."""
    kept = stream.__dict__.get("portal_shared")
    if kept is None or kept[0] != flat:
        kept = stream.__dict__["portal_shared"] = (flat, StreamValue(stream.stream_block, list(flat), is_lazy=True))
    return kept[1]


def find(stream: Any, block_id: str) -> Any | None:
    """Return the block with this id; converts no block of another type, and asks for one shared content at most."""
    place, joint, _own = block_id.partition(JOINT)
    for index, one in enumerate(stream.raw_data):
        if one.get("id") == block_id:
            return stream[index]
        if joint and one.get("id") == place and (key := key_of(one)) is not None:
            inner = reading.published([key]).get(key, [])
            found = [item for item in _in_place(one, inner) if item["id"] == block_id]
            return StreamValue(stream.stream_block, found[:1], is_lazy=True)[0] if found else None
    return None
