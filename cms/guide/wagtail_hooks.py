"""Where the guide hangs in the desk; the button itself stands in wagtailadmin/base.html."""

from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks

from cms.guide import views


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """Add the guide's addresses."""
    return [
        path("guide/", views.page, name="guide"),
        path("guide/search/", views.search, name="guide_search"),
        path("guide/print/", views.whole, name="guide_print"),
        path("guide/<slug:name>/", views.page, name="guide_page"),
    ]


@hooks.register("insert_global_admin_css")
def add_style() -> SafeString:
    """Load the style sheet of button, drawer and pages."""
    return format_html('<link rel="stylesheet" href="{}">', static("guide/guide.css"))


@hooks.register("insert_global_admin_js")
def add_drawer() -> SafeString:
    """Open the guide beside what somebody is working on."""
    return format_html('<script defer src="{}"></script>', static("guide/guide.js"))
