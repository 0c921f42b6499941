"""Page types that are composed of blocks, whoever defines them."""

from typing import Any

from django.apps import apps
from django.db import models
from wagtail.models import Page

from blocks.registry import PortalStreamField

# A role belongs to one page; a template gives it to none.
NEVER_PRESET = {"service_role"}


def body_field(model: type[models.Model]) -> str:
    """Return the name of the field that holds the blocks of a page type; empty where it is not composed."""
    return next((field.name for field in model._meta.get_fields() if isinstance(field, PortalStreamField)), "")


def composed_types() -> list[type[Page]]:
    """Return every page type that is composed of blocks."""
    return [model for model in apps.get_models() if issubclass(model, Page) and body_field(model)]


def raw_body(page: Page) -> list[dict[str, Any]]:
    """Return the blocks of a page as they are stored."""
    name = body_field(type(page))
    return list(getattr(page, name).get_prep_value()) if name else []


def presets_of(page: Page) -> dict[str, Any]:
    """Return the switches and choices of a page type that make up its look."""
    return {name: getattr(page, name) for name in _preset_fields(type(page))}


def apply_presets(page: Page, presets: dict[str, Any]) -> None:
    """Set the switches and choices that this page type has; what another type calls otherwise is left out."""
    for name in _preset_fields(type(page)):
        if name in presets:
            setattr(page, name, presets[name])


def _preset_fields(model: type[models.Model]) -> tuple[str, ...]:
    own = {field.name for field in Page._meta.get_fields()} | NEVER_PRESET
    return tuple(
        field.name
        for field in model._meta.concrete_fields
        if field.name not in own
        and (isinstance(field, models.BooleanField) or (isinstance(field, models.CharField) and field.choices))
    )
