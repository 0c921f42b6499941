"""The help button of every screen of the desk."""

from typing import Any

from django import template

from cms.guide import book, where

register = template.Library()


@register.simple_tag(takes_context=True)
def guide_address(context: Any) -> str:
    """Return the address of the page of the guide that belongs to this screen; nothing where nobody is signed in."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    name = where.page_for(request.resolver_match, context.flatten())
    return book.address_of(name if book.exists(name) else book.START)
