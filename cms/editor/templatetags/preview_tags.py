"""Template tags of the preview panel and of the checklist."""

from typing import Any

from django import template
from django.urls import reverse

from blocks.visibility import campus_choices
from blocks.visitor import ENTRANCES
from cms.pages.models import ComposedPage
from cms.shared.models import SharedBlock

register = template.Library()


@register.simple_tag
def preview_controls(page: Any) -> dict[str, Any] | None:
    """Return what the preview of a composed page or of shared content offers to choose, None for anything else."""
    if not isinstance(page, ComposedPage | SharedBlock):
        return None
    return {"entrances": ENTRANCES, "campuses": campus_choices()}


@register.simple_tag
def may_share_draft(page: Any) -> str:
    """Return where links to this page's draft are made; empty for a page that is not saved yet."""
    if not isinstance(page, ComposedPage) or not page.pk:
        return ""
    return reverse("editor_draft_links", args=[page.pk])


@register.simple_tag
def is_composed(page: Any) -> bool:
    """Tell whether a thing in the editor is made of blocks: a page, or shared content."""
    return isinstance(page, ComposedPage | SharedBlock)
