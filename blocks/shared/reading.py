"""What ``cms.shared`` lends to the blocks: the blocks of shared content, as they are stored.

``blocks`` knows no snippets; ``cms.shared`` plugs its function in.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from blocks import freshness

Raw = list[dict[str, Any]]
# Published content by primary key; what is not published is left out.
Provider = Callable[[list[int]], dict[int, Raw]]
# The same, asked once for all there is: for who looks at many pages.
Library = Callable[[], Callable[[Iterable[int]], Mapping[int, Raw]]]
_provider: list[Provider] = []
_library: list[Library] = []


def set_provider(provider: Provider, library: Library) -> None:
    """Plug in the functions (called once, by ``cms.shared``)."""
    _provider[:] = [provider]
    _library[:] = [library]


def everything() -> Callable[[Iterable[int]], Mapping[int, Raw]]:
    """Return what gives shared content as :func:`published` does, with one query for any number of pages."""
    return _library[0]() if _library else published


def published(pks: Iterable[int]) -> dict[int, Raw]:
    """Return the blocks of shared content by primary key, one query for all that is not known yet; never change them.

    A page that asks is made anew when any of it changes.
    """
    wanted = sorted(set(pks))
    if not wanted or not _provider:
        return {}
    found = freshness.many("shared content", wanted, _read)
    return {pk: raw for pk, raw in found.items() if raw is not None}


def _read(pks: list[int]) -> dict[int, Raw | None]:
    found = _provider[0](pks)
    return {pk: found.get(pk) for pk in pks}
