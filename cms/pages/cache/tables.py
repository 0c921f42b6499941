"""Which table belongs to which subject, and what a statement does to it."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from django.apps import apps
from django.db import models

# Subjects by app; a model may say otherwise: ``cache_tag = "…"``, or ``""`` where nobody needs to see its changes
# at once (counters).
TAGS_OF_APPS: Final[dict[str, str]] = {
    "pages": "pages",
    "wagtailredirects": "pages",
    "taggit": "pages",
    "articles": "articles",
    "help": "help",
    "library": "library",
    "studio": "studio",
    "shared": "shared",
    "notices": "notices",
    "datasources": "datasources",
    "wagtaildocs": "media",
    "wagtailmedia": "media",
}
TAGS_OF_MODELS: Final[dict[str, str]] = {
    "wagtailcore.Page": "pages",
    "wagtailcore.Site": "pages",
    "wagtailcore.Locale": "pages",
    "wagtailcore.Collection": "media",
    "wagtailcore.PageViewRestriction": "pages",
    "wagtailcore.PageViewRestriction_groups": "pages",
    "wagtailimages.Image": "media",
    "wagtailimages.Rendition": "media",
    "hospital.Department": "departments",
    "hospital.Doctor": "doctors",
    "hospital.Doctor_departments": "doctors",
    "articles.ArticleReads": "",  # a count may be some minutes behind
    # Made from what is watched, or the same for ever.
    "wagtailembeds.Embed": "",
    "contenttypes.ContentType": "",
    "page_cache.Mark": "",
}
TAG_OF_OTHER_PLACES: Final = "places"  # campus, building, floor, room …
# What Wagtail writes while staff only draft, lock or look at a page: patients see none of it. A model of ours may name
# such columns in ``cache_quiet``.
QUIET_COLUMNS: Final[dict[str, frozenset[str]]] = {
    "wagtailcore_page": frozenset(
        {
            "latest_revision_id",
            "latest_revision_created_at",
            "draft_title",
            "has_unpublished_changes",
            "locked",
            "locked_at",
            "locked_by_id",
            "owner_id",
        }
    ),
}
# A new picture is on no page yet; the page that takes it in changes too.
QUIET_INSERTS: Final = frozenset({"media"})

_NAME: Final = r'["`]?(\w+)["`]?'
_WRITE: Final = re.compile(
    rf"\s*(?:(UPDATE)|(INSERT|REPLACE)(?:\s+OR\s+\w+|\s+IGNORE)?\s+INTO|(DELETE)(?:\s+{_NAME})?\s+FROM)\s+{_NAME}", re.I
)
_READ: Final = re.compile(rf"\b(?:FROM|JOIN)\s+{_NAME}", re.I)
_SET: Final = re.compile(r"\bSET\s+(.*?)(?:\s+WHERE\s|$)", re.I | re.S)
_COLUMN: Final = re.compile(r'["`](\w+)["`] = ')


@cache
def tags() -> dict[str, str]:
    """Return the subject of every watched table, empty where changes do not matter; other tables are missing."""
    found: dict[str, str] = {}
    for model in apps.get_models(include_auto_created=True):
        tag = _tag_of(model)
        if tag is not None:
            found[model._meta.db_table] = tag
    return found


def _tag_of(model: type[models.Model]) -> str | None:
    from wagtail.models import Page

    own = model.__dict__.get("cache_tag")
    if own is not None:
        return str(own)
    meta = model._meta
    if (tag := TAGS_OF_MODELS.get(f"{meta.app_label}.{meta.object_name}")) is not None:
        return tag
    if issubclass(model, Page):
        return "pages"
    if meta.app_label == "hospital":
        return TAG_OF_OTHER_PLACES
    return TAGS_OF_APPS.get(meta.app_label)


@cache
def _quiet_columns() -> dict[str, frozenset[str]]:
    own = {
        m._meta.db_table: frozenset(m.__dict__["cache_quiet"]) for m in apps.get_models() if "cache_quiet" in m.__dict__
    }
    return {**QUIET_COLUMNS, **own}


def tag_written(sql: str) -> str:
    """Return the subject that a statement changes, empty where it changes none that is watched."""
    # Most statements are reads: look at one letter before anything else.
    if sql[:1] not in "UIDRuidr \n":
        return ""
    match = _WRITE.match(sql)
    if match is None:
        return ""
    update, insert, _delete, _alias, table = match.groups()
    tag = tags().get(table, "")
    if not tag or (insert and tag in QUIET_INSERTS):
        return ""
    if update and table in _quiet_columns() and _only_quiet(sql, table):
        return ""
    return tag


def _only_quiet(sql: str, table: str) -> bool:
    found = _SET.search(sql)
    columns = _COLUMN.findall(found.group(1)) if found else []
    # A comma for each further column: what the pattern does not understand counts as a change.
    understood = bool(found) and len(columns) == found.group(1).count(",") + 1
    return understood and set(columns) <= _quiet_columns()[table]


def tables_read(sql: str) -> Iterator[str]:
    """Yield the tables that a statement reads."""
    yield from _READ.findall(sql)
