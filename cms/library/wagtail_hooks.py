"""Where page templates hang in Wagtail: the menu, the step before a new page, 「存为模板」 beside composed pages."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.signals import init_new_page

from cms.backoffice.audit.current import current_request
from cms.blockrules.rights import rights_of
from cms.library import bodies, services, views

PARAMETER = "template"


class TemplatesMenuItem(MenuItem):
    """Shown to those who may see templates."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Tell whether this person may."""
        return request.user.has_perm("library.view_pagetemplate")  # type: ignore[union-attr]


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern | URLResolver]:
    """Add the addresses of templates."""
    urls = [
        path("", views.index, name="index"),
        path("choose/<str:app_label>/<str:model_name>/<int:parent_pk>/", views.choose, name="choose"),
        path("from/<int:page_pk>/", views.save_as, name="save_as"),
        path("<int:pk>/", views.edit, name="edit"),
        path("<int:pk>/delete/", views.delete, name="delete"),
        path("<int:pk>/move/", views.move, name="move"),
        path("<int:pk>/drawing.svg", views.drawing, name="drawing"),
    ]
    return [path("page-templates/", include((urls, "library")))]


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    """Put the templates behind the pages."""
    return TemplatesMenuItem(
        _("页面模板"), reverse("library:index"), name="page-templates", icon_name="copy", order=110
    )


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """Offer the rights in the form of a role."""
    return Permission.objects.filter(content_type__app_label="library")


@hooks.register("insert_global_admin_css")
def style() -> SafeString:
    """Load the style sheet of the galleries."""
    return format_html('<link rel="stylesheet" href="{}">', static("library/library.css"))


@hooks.register("before_create_page")
def choose_first(request: HttpRequest, parent: Page, page_class: type[Page]) -> HttpResponse | None:
    """Ask what a new page is to begin with, where there is something to choose."""
    if request.method != "GET" or PARAMETER in request.GET or not bodies.body_field(page_class):
        return None
    if not services.templates_for(page_class).exists():
        return None
    return redirect("library:choose", page_class._meta.app_label, page_class._meta.model_name, parent.pk)


@receiver(init_new_page)
def begin_with_template(sender: Any, page: Page, parent: Page, **kwargs: Any) -> None:
    """Fill the form of a new page from the template that was chosen."""
    request = current_request()
    code = request.GET.get(PARAMETER, "") if request is not None else ""
    if request is None or not code or code == views.BLANK or not bodies.body_field(type(page)):
        return
    template = services.templates_for(type(page)).filter(code=code).first()
    if template is None:
        messages.warning(request, str(_("这个模板已经删除，从空白开始。")))
        return
    for sentence in services.fill(page, template, rights_of(request.user)):
        messages.warning(request, sentence)


def _button(page: Page, user: Any, **kwargs: Any) -> Iterator[Button]:
    if not bodies.body_field(page.specific_class or Page) or not user.has_perm("library.add_pagetemplate"):
        return
    if not page.permissions_for_user(user).can_edit():
        return
    yield Button(_("存为模板"), reverse("library:save_as", args=[page.pk]), icon_name="copy", priority=35)


@hooks.register("register_page_listing_more_buttons")
def listing_button(page: Page, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Offer it in the list's … menu."""
    yield from _button(page, user)


@hooks.register("register_page_header_buttons")
def header_button(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer it in the editor's … menu."""
    if page.pk:
        yield from _button(page, user)
