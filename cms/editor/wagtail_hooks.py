"""Where the editor's desk differs from Wagtail's own: menu, first page, guards before publishing, style sheet."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail import hooks

from cms.editor import guards
from cms.editor.changes import body as changes_of_bodies
from cms.editor.compose import shared as compose_shared
from cms.editor.compose import views as compose_views
from cms.editor.dashboard import ProblemsPanel, QuickPanel
from cms.editor.moderation import hooks as moderation
from cms.editor.moderation import panels as moderation_panels
from cms.editor.moderation import views as moderation_views
from cms.editor.preview import hooks as preview_hooks

__all__ = ["changes_of_bodies", "preview_hooks"]

# Links that leave the hospital's network, and lists nobody here needs.
HIDDEN_MENU_ITEMS = {"help"}
HIDDEN_SETTINGS_ITEMS = {"workflow-tasks"}
HIDDEN_REPORTS = {"workflow-tasks", "page-types-usage"}

hooks.register("before_publish_page", guards.before_publish)
hooks.register("before_unpublish_page", guards.before_unpublish)
hooks.register("before_delete_page", guards.before_delete)
hooks.register("before_move_page", guards.before_move)
hooks.register("before_bulk_action", guards.before_bulk)
hooks.register("before_edit_page", moderation.before_edit)
hooks.register("before_create_page", moderation.before_create, order=10)
hooks.register("after_edit_page", moderation.after_save)
hooks.register("after_create_page", moderation.after_save)
hooks.register("construct_page_action_menu", moderation.action_menu)


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """Add the address behind 「仍然发布」 and those of the composing tools."""
    return [
        *moderation_views.urls(),
        path("publish-anyway/<int:page_pk>/", guards.publish_anyway, name="editor_publish_anyway"),
        path("compose/facts/", compose_views.facts, name="editor_compose_facts"),
        path("compose/copy/", compose_views.copy, name="editor_compose_copy"),
        path("compose/paste/", compose_views.paste, name="editor_compose_paste"),
        path("compose/share/", compose_shared.share, name="editor_compose_share"),
        path("compose/own-copy/", compose_shared.own_copy, name="editor_compose_copy_own"),
        path("compose/sections/<slug:code>/", compose_views.section, name="editor_compose_section"),
        path(
            "compose/sections/<slug:code>/preview/",
            compose_views.section_preview,
            name="editor_compose_section_preview",
        ),
    ]


@hooks.register("construct_homepage_panels")
def first_page(request: HttpRequest, panels: list[Any]) -> None:
    """Begin with what waits and what staff do; list what patients would stumble over."""
    moderation_panels.add_to(request, panels)
    quick, problems = QuickPanel(request), ProblemsPanel(request)
    if quick.items():
        panels.append(quick)
    if problems.problems:
        panels.append(problems)


@hooks.register("construct_homepage_summary_items", order=1000)
def no_summary(request: HttpRequest, items: list[Any]) -> None:
    """Leave out the counts of pages and images."""
    items.clear()


@hooks.register("construct_main_menu")
def main_menu(request: HttpRequest, items: list[Any]) -> None:
    """Keep what is useful."""
    items[:] = [item for item in items if item.name not in HIDDEN_MENU_ITEMS]


@hooks.register("construct_settings_menu")
def settings_menu(request: HttpRequest, items: list[Any]) -> None:
    """Keep what is useful."""
    items[:] = [item for item in items if item.name not in HIDDEN_SETTINGS_ITEMS]


@hooks.register("construct_reports_menu")
def reports_menu(request: HttpRequest, items: list[Any]) -> None:
    """Keep what is useful."""
    items[:] = [item for item in items if item.name not in HIDDEN_REPORTS]


@hooks.register("insert_global_admin_css")
def desk_css() -> SafeString:
    """Add the desk's own style sheets."""
    sheets = [(static(f"editor/{name}.css"),) for name in ("desk", "compose", "moderation")]
    return format_html_join("", '<link rel="stylesheet" href="{}">', sheets)


@hooks.register("insert_editor_js")
def conditions_js() -> SafeString:
    """Show fields when they matter."""
    return format_html('<script defer src="{}"></script>', static("editor/compose-conditions.js"))


@hooks.register("insert_editor_js")
def compose_js() -> SafeString:
    """Give the blocks of a page a picker, a clipboard and a history."""
    core = format_html(
        '<script defer src="{}" data-facts="{}" data-copy="{}" data-paste="{}" data-section="{}"'
        ' data-share="{}" data-own="{}"></script>',
        static("editor/compose.js"),
        reverse("editor_compose_facts"),
        reverse("editor_compose_copy"),
        reverse("editor_compose_paste"),
        reverse("editor_compose_section", args=["--code--"]),
        reverse("editor_compose_share"),
        reverse("editor_compose_copy_own"),
    )
    others = format_html_join(
        "",
        '<script defer src="{}"></script>',
        [(static(f"editor/compose-{name}.js"),) for name in ("clipboard", "shared", "picker", "split")],
    )
    return core + others


@hooks.register("insert_editor_js")
def icon_picker_js() -> SafeString:
    """Show icons as pictures where one is chosen."""
    return format_html(
        '<script defer src="{}" data-actions="{}" data-medical="{}"></script>',
        static("editor/icon-picker.js"),
        static("themes/icons/actions.svg"),
        static("themes/icons/medical.svg"),
    )


@hooks.register("insert_editor_js")
def data_fields_js() -> SafeString:
    """Choose a field of a data source from its sample."""
    address = reverse("desk_data_source_fields")
    return format_html('<script defer src="{}" data-fields="{}"></script>', static("editor/data-fields.js"), address)
