"""Where portal bundles hang in Wagtail: the settings menu, and 「导出为门户包」 beside every page."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page

from cms.bundles import views


class BundlesMenuItem(MenuItem):
    """Shown to administrators."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Tell whether this person may carry portals."""
        return request.user.has_perm(views.RIGHT)  # type: ignore[union-attr]


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern | URLResolver]:
    """Add the addresses of bundles."""
    urls = [
        path("", views.index, name="index"),
        path("export/", views.export, name="export"),
        path("upload/", views.upload, name="upload"),
        path("<int:pk>/", views.difference, name="difference"),
        path("<int:pk>/apply/", views.apply, name="apply"),
        path("<int:pk>/cancel/", views.cancel, name="cancel"),
        path("<int:pk>/progress/", views.progress, name="progress"),
    ]
    return [path("portal-bundles/", include((urls, "bundles")))]


@hooks.register("register_settings_menu_item")
def menu_item() -> MenuItem:
    """Put bundles among the settings."""
    return BundlesMenuItem(
        _("门户包"), reverse("bundles:index"), name="portal-bundles", icon_name="download", order=900
    )


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """Offer the right in the form of a role."""
    return Permission.objects.filter(content_type__app_label="bundles", codename="carry_portal")


@hooks.register("register_page_listing_more_buttons")
def listing_button(page: Page, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Offer to export a page with all below it."""
    if user.has_perm(views.RIGHT) and not page.is_root():
        yield Button(_("导出为门户包"), f"{reverse('bundles:index')}?page={page.pk}", icon_name="download", priority=36)
