"""What changes themes: saving and publishing, going back, taking into use; each writes the site's timetable anew."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Site

from cms.pages.settings import PortalSettings
from cms.studio.models import StyleSheet, Theme, ThemeUse, ThemeVersion
from themes import packs
from themes.design.colour import to_oklch
from themes.design.derive import derive, problems
from themes.design.sheet import CAMPUS, sheet, squeezed
from themes.design.spec import ThemeSpec

# A timetable is written this far ahead at most; the sweep and every change write it on.
MOMENTS: Final = 60


class Unreadable(ValueError):
    """A theme whose text cannot be read; ``sentences`` name the pairs."""

    def __init__(self, sentences: list[str]) -> None:
        """Keep the sentences."""
        super().__init__("；".join(sentences))
        self.sentences = sentences


def unreadable(spec: ThemeSpec) -> list[str]:
    """Return the sentences of text that cannot be read; such a theme is not published."""
    return [failure.sentence for failure in problems(spec) if failure.is_text]


def save_draft(theme: Theme, spec: ThemeSpec) -> Theme:
    """Keep the draft; patients see nothing of it."""
    theme.draft = spec.as_data()
    theme.save()
    return theme


@transaction.atomic
def publish(theme: Theme, *, user: Any = None, note: str = "") -> ThemeVersion:
    """Publish the draft as the next version; every site that wears the theme shows it with the next page.

    Raises Unreadable where text could not be read.
    """
    Theme.objects.select_for_update().get(pk=theme.pk)
    spec = theme.spec
    if sentences := unreadable(spec):
        raise Unreadable(sentences)
    last = theme.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ThemeVersion.objects.create(
        theme=theme, number=last + 1, data=spec.as_data(), note=note[:100], published_by=user
    )
    rewrite_all(ThemeUse.objects.filter(theme=theme).values_list("site_id", flat=True))
    return version


def restore(theme: Theme, version: ThemeVersion, *, user: Any = None) -> ThemeVersion:
    """Publish an earlier version again, as a new one: nothing that was published is lost."""
    save_draft(theme, version.spec)
    return publish(theme, user=user, note=_("恢复版本 %(number)d") % {"number": version.number})


def rewrite_all(site_pks: Iterable[int]) -> None:
    """Write the timetables of several sites anew."""
    for site in Site.objects.filter(pk__in=set(site_pks)):
        rewrite(site)


@transaction.atomic
def rewrite(site: Site) -> None:
    """Write which style sheet a site wears from now on, and from which moment another; pages need no query for it."""
    uses = [use for use in _uses(site) if use.theme.published is not None]
    now = timezone.now()
    moments = sorted({m for use in uses for m in (use.starts_at, use.ends_at) if m is not None and m > now})[:MOMENTS]
    plan: list[dict[str, Any]] = []
    for moment in [now, *moments]:
        entry = _entry([use for use in uses if in_time(use, moment)])
        if not plan or {key: plan[-1].get(key) for key in entry} != entry:
            plan.append({"from": moment.isoformat(), **entry})
    settings = PortalSettings.for_site(site)
    settings.theme_plan = plan
    settings.save(update_fields=["theme_plan"])


def _uses(site: Site) -> list[ThemeUse]:
    return list(ThemeUse.objects.filter(site=site).select_related("theme", "campus").order_by("-priority", "-pk"))


def in_time(use: ThemeUse, moment: datetime) -> bool:
    """Whether a use counts at a moment: from its start (inclusive) until its end (exclusive)."""
    return (use.starts_at is None or use.starts_at <= moment) and (use.ends_at is None or moment < use.ends_at)


def _entry(uses: list[ThemeUse]) -> dict[str, Any]:
    """Return the style sheet, the colours of the browser's own bars, and the pack, of the uses that count.

    One style sheet holds the site's theme and those of its campuses, so that the page stays the same for everybody. A
    site-wide use with a higher priority than a campus's own wins there too: mourning is for all.
    """
    whole = next((use for use in uses if use.campus_id is None), None)
    best: dict[str, ThemeUse] = {}
    for use in uses:
        if use.campus is not None and CAMPUS.fullmatch(use.campus.code):
            best.setdefault(use.campus.code, use)
    campuses = {
        code: use
        for code, use in sorted(best.items())
        if whole is None or (use.priority, use.starts_at is not None) >= (whole.priority, whole.starts_at is not None)
    }
    if whole is None and not campuses:
        return {"css": "", "pack": ""}
    parts = [_sheet_of(whole)] if whole else []
    parts += [_sheet_of(use, campus=code) for code, use in campuses.items()]
    entry = {"css": store("".join(parts)), "pack": whole.theme.pack if whole else ""}
    if whole is not None and whole.theme.published is not None:
        entry |= bar_colours(whole.theme.published.spec)
    return entry


def _sheet_of(use: ThemeUse, campus: str = "") -> str:
    version = use.theme.published
    assert version is not None  # noqa: S101 - the caller has left the others out
    rules = packs.own_rules(use.theme.pack) if use.theme.pack in packs.names() else ()
    return sheet(version.spec, campus=campus, own_rules=rules)


def bar_colours(spec: ThemeSpec) -> dict[str, str]:
    """Return what the browser paints its own bars with: over the hero, over a title bar, in the dark."""
    modes = derive(spec)
    brand_bar = spec.choice("bar") == "brand"
    return {
        "hero": modes.light["hero-2"] if spec.choice("header") == "solid" else modes.light["hero-1"],
        "bar": modes.light["hero-2"] if brand_bar else modes.light["card"],
        "dark": modes.dark["ground"],
    }


def store(css: str) -> str:
    """Keep a style sheet and return its digest; the same text is kept once."""
    text = squeezed(css)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    StyleSheet.objects.get_or_create(digest=digest, defaults={"css": text})
    return digest


def swatches(spec: ThemeSpec) -> list[str]:
    """Return the colours that tell themes apart in a list, darkest first."""
    light = derive(spec).light
    names = ("hero-1", "brand", "hero-3", "brand-soft", "ground")
    return sorted({light[name] for name in names}, key=lambda colour: to_oklch(colour).lightness)
