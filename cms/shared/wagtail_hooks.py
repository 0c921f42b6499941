"""Where shared content hangs in Wagtail: the menu, rights, guards."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from cms.shared import desk
from cms.shared.models import SharedBlock

register_snippet(desk.SharedBlockViewSet)
hooks.register("before_publish", desk.before_publish)
hooks.register("before_bulk_action", desk.before_bulk)


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """Add the address behind 「仍然发布」."""
    return [path("shared-content/<int:pk>/publish-anyway/", desk.publish_anyway, name="shared_publish_anyway")]


@hooks.register("construct_snippet_action_menu")
def publish_first(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """Offer publishing first, as for pages."""
    if context.get("model") is SharedBlock:
        items.sort(key=lambda item: item.name != "action-publish")


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """Offer the rights in the form of a role."""
    return Permission.objects.filter(content_type__app_label="shared")
