"""The nested-set numbers of a whole tree, computed at once.

mptt's own ``rebuild()`` asks the database for every node; here a synchronisation stays at a constant number of queries.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Item(Generic[K]):
    """A node to place: its key, its parent's key (None at the top) and where it stands among its siblings."""

    key: K
    parent: K | None
    order: tuple[int, str]


@dataclass(frozen=True)
class Place(Generic[K]):
    """mptt's numbers of a node, and the parent it was given."""

    parent: K | None
    tree_id: int
    level: int
    lft: int
    rght: int


def places_of(items: Iterable[Item[K]]) -> dict[K, Place[K]]:
    """Return the numbers of every node, parents before their children.

    A node whose parent is unknown, or that is its own ancestor, stands at the top: a strange answer must not lose it.
    """
    by_key = {item.key: item for item in items}
    parents = {key: _parent(item, by_key) for key, item in by_key.items()}
    children: dict[K | None, list[Item[K]]] = {}
    for key, item in by_key.items():
        children.setdefault(parents[key], []).append(item)
    for siblings in children.values():
        siblings.sort(key=lambda item: item.order)
    places: dict[K, Place[K]] = {}

    def place(item: Item[K], parent: K | None, tree_id: int, level: int, number: int) -> int:
        places[item.key] = Place(parent, tree_id, level, number, number + 1)  # before its children
        last = number
        for child in children.get(item.key, []):
            last = place(child, item.key, tree_id, level + 1, last + 1)
        places[item.key] = Place(parent, tree_id, level, number, last + 1)
        return last + 1

    for tree_id, root in enumerate(children.get(None, []), start=1):
        place(root, None, tree_id, 0, 1)
    return places


def _parent(item: Item[K], by_key: dict[K, Item[K]]) -> K | None:
    seen = {item.key}
    above = item.parent
    while above is not None:
        if above not in by_key or above in seen:
            return None
        seen.add(above)
        above = by_key[above].parent
    return item.parent
