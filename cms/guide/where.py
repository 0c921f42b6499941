"""Which page of the guide belongs to the screen somebody is looking at."""

from collections.abc import Mapping
from typing import Any

from django.urls import ResolverMatch

from cms.articles.models import ArticlePage
from cms.guide.markdown import START
from cms.help.models import HelpPage
from cms.pages.models import IntroductionPage

# What an address of the desk begins with, and the page; the longest that fits counts.
FIRST_SCREEN = "five-minutes"
SCREENS = {
    "articles/": "articles",
    "desk/notices/": "notices",
    "help/": "help-centre",
    "desk/help-": "help-centre",
    "page-templates/": "templates",
    "snippets/shared/": "shared",
    "desk/places/": "places",
    "desk/plans/": "places",
    "desk/conditions/": "introductions",
    "desk/department-staff/": "introductions",
    "images/": "media",
    "media/": "media",
    "documents/": "media",
    "studio/": "themes",
    "studio/wechat-menu/": "menus",
    "settings/studio/wechatmenu/": "menus",
    "settings/pages/portalsettings/": "menus",
    "desk/data-sources/": "data",
    "portal-bundles/": "bundles",
    "draft-links/": "compose",
    "reports/": "trouble",
    "reports/blocks/": "editing",
    "blocks/": "trouble",
    "pages/": "compose",
    "publish-anyway/": "checklist",
    "review/": "review",
    "workflows/": "review",
    "reports/workflow/": "review",
}
KINDS: tuple[tuple[type, str], ...] = (
    (ArticlePage, "articles"),
    (HelpPage, "help-centre"),
    (IntroductionPage, "introductions"),
)


def page_for(match: ResolverMatch | None, context: Mapping[str, Any] | None = None) -> str:
    """Return the name of the page for a screen: by what is edited, else by its address."""
    if match is None:
        return START
    edited = (context or {}).get("page")
    if edited is not None and match.view_name.startswith("wagtailadmin_pages:"):
        for kind, name in KINDS:
            if isinstance(edited, kind):
                return name
    route = match.route.split("/", 1)[1] if "/" in match.route else ""
    path = route
    for name, value in match.kwargs.items():
        for converter in ("slug", "str", "int"):
            path = path.replace(f"<{converter}:{name}>", str(value))
    if not path:
        return FIRST_SCREEN
    fitting = [begin for begin in SCREENS if path.startswith(begin)]
    return SCREENS[max(fitting, key=len)] if fitting else START
