"""Which style sheet a site wears at a moment: read from the site's settings, without a query of its own.

``cms.studio`` writes the plan: a list of entries ``{"from": ISO moment, "css": digest, "pack": name, …}``, the first
already in force, each in force until the next begins.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone


@dataclass(frozen=True)
class Worn:
    """What a site wears now, and the moment at which that may change (None: never by itself)."""

    css_url: str = ""
    pack: str = ""
    hero: str = ""
    bar: str = ""
    dark: str = ""
    until: datetime | None = None


def worn(plan: list[dict[str, Any]], now: datetime | None = None) -> Worn:
    """Return the entry of the plan that is in force at ``now``."""
    now = now or timezone.now()
    current: dict[str, Any] = {}
    until: datetime | None = None
    for entry in plan:
        start = datetime.fromisoformat(entry["from"])
        # The first entry was in force when the plan was written; a clock that went back must not undress the site.
        if start > now and current:
            until = start
            break
        current = entry
    digest = current.get("css") or ""
    return Worn(
        css_url=reverse("theme_css", args=[digest]) if digest else "",
        pack=current.get("pack") or "",
        hero=current.get("hero") or "",
        bar=current.get("bar") or "",
        dark=current.get("dark") or "",
        until=until,
    )
