"""What the editor's form sends for a value that nobody touched."""

from typing import Any

from django import forms
from wagtail import blocks
from wagtail.images.blocks import ImageBlock


def as_posted(block: blocks.Block, value: Any, prefix: str) -> dict[str, Any]:
    """Return the form data of ``value`` (native) under ``prefix``."""
    if isinstance(block, ImageBlock):
        value = {
            "image": value,
            "decorative": getattr(value, "decorative", False),
            "alt_text": getattr(value, "contextual_alt_text", ""),
        }
    if isinstance(block, blocks.StructBlock):
        state = block.implied(value) if hasattr(block, "implied") else {}
        found: dict[str, Any] = {}
        for name, child in block.child_blocks.items():
            found |= as_posted(child, state.get(name, value.get(name)), f"{prefix}-{name}")
        return found
    if isinstance(block, blocks.ListBlock):
        return _sequence(prefix, [("", one.value, block.child_block, one.id) for one in value.bound_blocks])
    if isinstance(block, blocks.StreamBlock):
        return _sequence(prefix, [(one.block_type, one.value, one.block, one.id) for one in value])
    return _field(block, value, prefix)


def _sequence(prefix: str, children: list[tuple[str, Any, blocks.Block, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {f"{prefix}-count": str(len(children))}
    for number, (name, value, block, block_id) in enumerate(children):
        here = f"{prefix}-{number}"
        found |= {f"{here}-deleted": "", f"{here}-order": str(number), f"{here}-id": block_id or ""}
        found |= {f"{here}-type": name} | as_posted(block, value, f"{here}-value")
    return found


def _field(block: blocks.Block, value: Any, prefix: str) -> dict[str, Any]:
    widget = block.field.widget
    shown = block.field.prepare_value(block.value_for_form(value))
    if isinstance(widget, forms.CheckboxInput):
        return {prefix: "on"} if value else {}
    if isinstance(widget, forms.SelectMultiple | forms.CheckboxSelectMultiple):
        return {prefix: [str(one) for one in value or []]}
    if isinstance(block, blocks.ChooserBlock):
        return {prefix: str(value.pk) if value is not None else ""}
    if isinstance(block, blocks.RichTextBlock):
        return {prefix: widget.format_value(shown)}
    text = widget.format_value(shown)
    if isinstance(text, list):
        text = text[0] if text else ""
    return {prefix: "" if text is None else str(text)}


def page_form(page: Any, *, title: str | None = None) -> dict[str, Any]:
    """Return the form of a page as its editor sends it untouched."""
    draft = page.get_latest_revision_as_object()
    stream = draft.body.stream_block
    return {
        "title": title or draft.title,
        "slug": draft.slug,
        "service_role": getattr(draft, "service_role", ""),
        "show_title_bar": "on",
        "seo_title": "",
        "search_description": "",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "",
        **as_posted(stream, draft.body, "body"),
    }
