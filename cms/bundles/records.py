"""A page (or another thing) as plain data and back, field by field from its model: no page type is known by name.

A reference becomes a token: ``page:<key>``, ``file:<sha256>``, ``code:<model>:<code>`` for what HIS knows,
``thing:<model>:<key>`` for what staff made beside pages (a category, a shared block).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

import nh3
from django.conf import settings
from django.db import models
from modelcluster.models import get_all_child_relations
from wagtail.blocks import Block
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from business.security.fields import EncryptedTextField
from cms.bundles.archive import as_json
from cms.library import travel

# Of Wagtail's own fields only what staff write.
PAGE_FIELDS: Final = {"seo_title", "search_description", "show_in_menus", "go_live_at", "expire_at"}
# Never carried, whatever they are called in a model of the future.
SECRET: Final = re.compile(r"secret|password|token|private|credential|api_?key", re.IGNORECASE)
TOKEN: Final = re.compile(r"(page|file|code|thing):.+", re.DOTALL)
# Things of these apps are known to HIS by a code and are never carried, only referred to.
BY_CODE: Final = {"hospital"}
# Things of these apps are carried whole where a page refers to them.
OWN_APPS: Final = {"articles", "help"}


# What Wagtail's editor stores.
RICH_TAGS: Final = {
    *("p", "h2", "h3", "h4", "h5", "h6", "b", "strong", "i", "em", "u", "s", "sup", "sub", "small", "code", "del"),
    *("ul", "ol", "li", "blockquote", "hr", "br", "a", "embed", "span", "mark"),
}
RICH_ATTRIBUTES: Final = {
    "*": {"data-block-key", "id", "class"},
    "a": {"href", "linktype", "parent-id"},
    "embed": {"embedtype", "alt", "format", "url"},
}
_VOID: Final = re.compile(r'<((?:br|hr|embed)\b(?:"[^"]*"|[^">])*)>')


class Namer(Protocol):
    """Knows the token of what is referred to, or GONE."""

    def token(self, model: type[models.Model], by: str, key: Any) -> Any:
        """Return the token."""


class Finder(Protocol):
    """Knows the primary key behind a token, or GONE."""

    def key(self, token: str) -> Any:
        """Return the primary key."""

    def code(self, label: str, by: str, code: Any) -> Any:
        """Return the code that stands for ``code`` here."""


def fields_of(model: type[models.Model]) -> list[models.Field]:
    """Return the fields that travel."""
    own = {field.name for field in Page._meta.get_fields()} if issubclass(model, Page) else set()
    left_out = set(getattr(model, "exclude_fields_in_bundle", ()))
    found = []
    for field in [*model._meta.concrete_fields, *model._meta.many_to_many]:
        if field.primary_key or field.name in left_out or SECRET.search(field.name):
            continue
        if field.name in own and field.name not in PAGE_FIELDS:
            continue
        parent_link = field.remote_field and getattr(field.remote_field, "parent_link", False)
        if not field.editable or parent_link or isinstance(field, EncryptedTextField):
            continue
        if field.is_relation and field.related_model._meta.label == settings.AUTH_USER_MODEL:
            continue
        found.append(field)
    return found


def stream_block(field: models.Field) -> Block:
    """Return the block definition of a StreamField."""
    return field.stream_block  # type: ignore[attr-defined]


# --- out -----------------------------------------------------------------------------------------------------------


def values_of(thing: models.Model, namer: Namer, *, skip: Iterable[str] = ()) -> dict[str, Any]:
    """Return the fields of a thing as plain data; a reference that cannot travel is left empty."""
    return {field.name: _out(thing, field, namer) for field in fields_of(type(thing)) if field.name not in set(skip)}


def children_of(thing: models.Model, namer: Namer) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that belong to a page (Wagtail's child relations), in their order."""
    return {
        relation.get_accessor_name(): [
            values_of(row, namer, skip={relation.field.name})
            for row in getattr(thing, relation.get_accessor_name()).all()
        ]
        for relation in _relations(type(thing))
    }


def _relations(model: type[models.Model]) -> list[Any]:
    # Comments are conversation between staff; what Wagtail itself hangs on pages stays behind.
    return [one for one in get_all_child_relations(model) if one.related_model._meta.app_label != "wagtailcore"]


def _out(thing: models.Model, field: Any, namer: Namer) -> Any:
    if isinstance(field, StreamField):
        raw = list(getattr(thing, field.name).get_prep_value())
        return travel.rewrite(stream_block(field), raw, lambda ref: _token_of(ref, namer))
    if isinstance(field, RichTextField):
        return travel.rewrite_rich_text(getattr(thing, field.name) or "", lambda ref: _token_of(ref, namer))
    if field.many_to_many:
        keys = [one.pk for one in getattr(thing, field.name).all()]
        tokens = [namer.token(field.related_model, travel.PRIMARY_KEY, key) for key in keys]
        return sorted(token for token in tokens if token is not travel.GONE)
    if field.is_relation:
        key = getattr(thing, field.attname)
        token = travel.GONE if key is None else namer.token(field.related_model, travel.PRIMARY_KEY, key)
        return None if token is travel.GONE else token
    if isinstance(field, models.FileField):
        return None
    value = field.value_from_object(thing)
    return value if isinstance(value, bool | int | float | str | list | dict | None) else field.value_to_string(thing)


def _token_of(reference: travel.Reference, namer: Namer) -> Any:
    from django.apps import apps

    token = namer.token(apps.get_model(reference.kind), reference.by, reference.key)
    return reference.key if reference.is_portable else token


# --- in ------------------------------------------------------------------------------------------------------------


def harmless(html: str) -> str:
    """Return a rich text as the editor could have written it: whoever wrote the bundle, nothing in it runs or asks."""
    clean = nh3.clean(
        html,
        tags=RICH_TAGS,
        attributes=RICH_ATTRIBUTES,
        url_schemes={"http", "https", "tel", "mailto"},
        link_rel=None,
    )
    return _VOID.sub(r"<\1/>", clean)  # as Wagtail stores and reads them


def put_values(thing: models.Model, values: Mapping[str, Any], finder: Finder) -> list[tuple[Any, list[Any]]]:
    """Give a thing the values of a record; return its many-to-many fields with their keys, to be set after saving.

    A field that this version does not have is left out; a reference that leads nowhere becomes empty.
    """
    later = []
    for field in fields_of(type(thing)):
        if field.name not in values or isinstance(field, models.FileField):
            continue
        value = values[field.name]
        if isinstance(field, StreamField):
            block = stream_block(field)
            clean = travel.without_unknown(block, value if isinstance(value, list) else [])
            setattr(thing, field.name, travel.rewrite(block, clean, lambda ref: _key_of(ref, finder), wash=harmless))
        elif isinstance(field, RichTextField):
            text = travel.rewrite_rich_text(str(value or ""), lambda ref: _key_of(ref, finder), wash=harmless)
            setattr(thing, field.name, text)
        elif field.many_to_many:
            keys = [finder.key(token) for token in value or []]
            later.append((field, [key for key in keys if key is not travel.GONE]))
        elif field.is_relation:
            key = finder.key(value) if value else travel.GONE
            setattr(thing, field.attname, None if key is travel.GONE else key)
        else:
            setattr(thing, field.name, field.to_python(value))
    return later


def put_children(page: Any, children: Mapping[str, Any], finder: Finder) -> None:
    """Give a page the rows of a record; a row whose required reference leads nowhere is left out."""
    for relation in _relations(type(page)):
        name = relation.get_accessor_name()
        if name not in children:
            continue
        rows = []
        for number, values in enumerate(children[name]):
            row = relation.related_model()
            put_values(row, values, finder)
            if hasattr(row, "sort_order"):
                row.sort_order = number
            required = [f for f in fields_of(relation.related_model) if f.many_to_one and not f.null]
            if all(getattr(row, f.attname) is not None for f in required if f.name != relation.field.name):
                rows.append(row)
        setattr(page, name, rows)


def _key_of(reference: travel.Reference, finder: Finder) -> Any:
    if reference.is_portable:
        return finder.code(reference.kind, reference.by, reference.key)
    return finder.key(str(reference.key))


# --- comparing -----------------------------------------------------------------------------------------------------


def fingerprint(record: Mapping[str, Any]) -> str:
    """Return what tells one content of a thing from another; its place and whether it is live do not count."""
    facts = {name: record.get(name) for name in ("type", "title", "slug", "fields", "children")}
    return hashlib.sha256(as_json(facts)).hexdigest()
