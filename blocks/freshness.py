"""What a page was made of, so that a kept page is made anew exactly when that changes.

What blocks read through the ORM is noted by itself (docs/adding-a-block.md, "Kept pages"). These two functions are for
what cannot be seen there: dates at which the answer changes by itself, files, answers of outside systems. ``blocks``
knows no cache; ``cms.pages.cache`` plugs itself in.
"""

from collections.abc import Callable
from datetime import datetime

_provider: dict[str, Callable[..., None]] = {}


def set_provider(*, depends_on: Callable[..., None], touch: Callable[..., None]) -> None:
    """Plug in the cache (called once)."""
    _provider.update(depends_on=depends_on, touch=touch)


def depends_on(*tags: str, until: datetime | None = None) -> None:
    """Say what the block being rendered depends on: subjects (``"articles"``), and the moment its answer changes."""
    if "depends_on" in _provider:
        _provider["depends_on"](*tags, until=until)


def touch(*tags: str) -> None:
    """Say that subjects have changed; pages made of them are made anew once the surrounding transaction commits."""
    if "touch" in _provider:
        _provider["touch"](*tags)
