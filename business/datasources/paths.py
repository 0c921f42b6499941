"""Fields of an answer by their place: ``list.0.name``. Plain keys and numbers; nothing is ever evaluated."""

from collections.abc import Iterator, Mapping
from typing import Any

DEEPEST = 6
MOST = 200
MISSING = object()


def value_at(data: Any, path: str) -> Any:
    """Return what stands at ``path`` (empty: the whole) inside ``data``; :data:`MISSING` where nothing does."""
    for key in path.split(".") if path else ():
        if isinstance(data, Mapping) and key in data:
            data = data[key]
        elif isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            return MISSING
    return data


def items_at(data: Any, path: str) -> list[Any] | None:
    """Return the list at ``path``; None where there is no list."""
    found = value_at(data, path)
    return found if isinstance(found, list) else None


def fields_of(data: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield path and value of every plain value inside ``data``; of a list its first entry speaks for all."""
    if isinstance(data, Mapping) and depth < DEEPEST:
        for key, value in list(data.items())[:MOST]:
            if key and "." not in str(key):
                yield from fields_of(value, f"{prefix}.{key}" if prefix else str(key), depth + 1)
    elif isinstance(data, list) and depth < DEEPEST:
        if data:
            yield from fields_of(data[0], f"{prefix}.0" if prefix else "0", depth + 1)
    elif prefix and not isinstance(data, (Mapping, list)):
        yield prefix, data


def lists_in(data: Any, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the path of every list of objects inside ``data``; an empty path is the answer itself."""
    if isinstance(data, list):
        if all(isinstance(one, Mapping) for one in data):
            yield prefix
    elif isinstance(data, Mapping) and depth < DEEPEST:
        for key, value in data.items():
            yield from lists_in(value, f"{prefix}.{key}" if prefix else str(key), depth + 1)
