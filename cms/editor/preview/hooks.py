"""What the preview and the checklist add to the desk: addresses, scripts, a list among the reports."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms.editor.preview import drafts
from cms.editor.preview.checklist import ChecklistOnCreate, ChecklistOnEdit

SCRIPTS = ("jump", "preview", "drafts", "checklist", "errors", "sessions")


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """Add the addresses behind the preview panel."""
    return [
        # Named so that the audit trail takes them for what they are: asked all the time, changing nothing.
        path("pages/<int:page_id>/edit/checklist/", ChecklistOnEdit.as_view(), name="editor_checks_run"),
        path(
            "pages/add/<slug:content_type_app_name>/<slug:content_type_model_name>/<int:parent_page_id>/checklist/",
            ChecklistOnCreate.as_view(),
            name="editor_checks_run_on_add",
        ),
        path("draft-links/", drafts.listing, name="editor_draft_list"),
        path("draft-links/<int:page_pk>/", drafts.window, name="editor_draft_links"),
        path("draft-links/revoke/<int:link_pk>/", drafts.revoke, name="editor_draft_revoke"),
    ]


@hooks.register("insert_editor_js")
def scripts() -> SafeString:
    """Add the scripts, in the order in which they need each other."""
    return format_html_join(
        "", '<script defer src="{}"></script>', ((static(f"editor/{name}.js"),) for name in SCRIPTS)
    )


@hooks.register("insert_global_admin_css")
def style() -> SafeString:
    """Add the style sheet."""
    return format_html('<link rel="stylesheet" href="{}">', static("editor/preview.css"))


class _ForWhoEditsPages(MenuItem):
    """Shown to those who may edit at least one page."""

    def is_shown(self, request: HttpRequest) -> Any:
        """Ask Wagtail's own rules."""
        return drafts.may_see_drafts(request.user)


@hooks.register("register_reports_menu_item")
def draft_links_item() -> MenuItem:
    """List who shows which draft."""
    return _ForWhoEditsPages(_("草稿链接"), reverse("editor_draft_list"), icon_name="mobile-alt", order=900)
