"""Template tags of pages and blocks: a page's body, links, pictures."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blocks import images, roles
from blocks import prose as rich_texts
from blocks.links import LinkValue
from blocks.rendering import Rendering, render_body

register = template.Library()


@register.simple_tag(takes_context=True)
def portal_body(context: template.Context, stream: Any) -> SafeString:
    """Render the body of a page; ``rendering`` comes from the page's context."""
    rendering = context.get("rendering") or Rendering(page=context["page"], request=context["request"])
    return render_body(stream, rendering)


@register.simple_tag(takes_context=True)
def link_url(context: template.Context, link: LinkValue | None) -> str:
    """Return where a link value leads, empty where it leads nowhere."""
    return link.resolve(context.get("request")) if link else ""


@register.simple_tag(takes_context=True)
def role_url(context: template.Context, role: str, **params: Any) -> str:
    """Return the page of a role with query parameters: ``{% role_url "registration.slots" schedule=ref as url %}``."""
    return roles.url_for(role, context.get("request"), **params) or ""


@register.simple_tag
def picture(
    image: Any, size: str, alt: str | None = None, css: str = "", lazy: bool = True, first: bool = False
) -> SafeString:
    """Return a picture of a named size; the alternative text is the block's own unless given."""
    return images.picture_html(image, size, alt=alt, css=css, lazy=lazy, first=first)


@register.filter
def image_url(image: Any, size: str) -> str:
    """Return the address of an image in a named size: ``{{ value.photo|image_url:"card" }}``."""
    return images.url_of(image or None, size)


@register.filter
def prose(text: Any, top: int = 2) -> SafeString:
    """Return the HTML of a rich text, expanded together with the page's other texts: inside ``class="ph-prose"``.

    ``{{ item.answer|prose:inner_level }}``: its headings start at that level.
    """
    return rich_texts.html_of(text, int(top or 2))


@register.simple_tag
def heading(text: str, level: int = 2, css: str = "") -> SafeString:
    """Return a heading whose level was computed: ``{% heading item.title inner_level "ph-step-title" %}``."""
    return format_html('<h{0} class="{1}">{2}</h{0}>', int(level), css, text) if text else SafeString("")
