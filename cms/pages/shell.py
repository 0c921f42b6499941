"""What the shell around a page's blocks needs (themes/shell.html): names, tabs, look."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from blocks import freshness, images, links, roles
from blocks.visitor import campus_of
from cms.pages.settings import PortalSettings
from cms.pages.theme_plan import worn
from themes.look import COOKIE as LOOK_COOKIE
from themes.look import Look


@dataclass(frozen=True)
class Tab:
    """One item of the tab bar."""

    label: str
    icon: str
    url: str
    is_active: bool = False


@dataclass
class Shell:
    """The frame of a patient page; the same for everybody unless the page is rendered whole."""

    hospital_name: str = ""
    subtitle: str = ""
    logo_url: str = ""
    hotline: str = ""
    footer_text: str = ""
    icp: str = ""
    tabs: list[Tab] = field(default_factory=list)
    hero: bool = False
    show_title_bar: bool = True
    back_url: str = ""
    search_url: str = ""
    search_placeholder: str = ""
    theme_css_url: str = ""
    theme_pack: str = ""
    # What the browser paints its own bars with; empty: the present look's.
    hero_colour: str = ""
    bar_colour: str = ""
    dark_colour: str = ""
    # When another theme comes by itself: no cache may keep the page longer.
    changes_at: datetime | None = None
    campus: str = ""

    def kept_for(self, seconds: int) -> int:
        """Return how many seconds a cache may keep the page: ``seconds``, less where another theme begins before."""
        if self.changes_at is None:
            return seconds
        return min(seconds, max(0, int((self.changes_at - timezone.now()).total_seconds())))

    path: str = "/"
    care: bool = False
    mode: str = ""


def site_shell(request: HttpRequest, path: str = "/") -> Shell:
    """Return the frame that all pages of the site share."""
    values, tabs, plan = freshness.remember("shell", lambda: _site_shell(request), request)
    marked = [replace(tab, is_active=tab.url.split("?")[0] == path) for tab in tabs]
    # The timetable is remembered, what it says now is not: a date must come without anybody's doing.
    theme = worn(plan)
    return Shell(
        **values,
        tabs=marked,
        path=path,
        theme_css_url=theme.css_url,
        theme_pack=theme.pack,
        hero_colour=theme.hero,
        bar_colour=theme.bar,
        dark_colour=theme.dark,
        changes_at=theme.until,
    )


def _site_shell(request: HttpRequest) -> tuple[dict[str, Any], list[Tab], list[dict[str, Any]]]:
    site_settings = PortalSettings.for_request(request)
    logo = site_settings.logo
    if logo is not None:
        images.prefetch_renditions([logo])
    values: dict[str, Any] = {
        "hospital_name": site_settings.hospital_name,
        "subtitle": site_settings.subtitle,
        "logo_url": images.url_of(logo, "square"),
        "hotline": site_settings.hotline,
        "footer_text": site_settings.footer_text,
        "icp": site_settings.icp_number,
        "search_url": roles.url_for("search", request) or roles.url_for("registration.departments", request) or "",
    }
    return values, _tabs(site_settings, request), site_settings.theme_plan


def _tabs(site_settings: PortalSettings, request: HttpRequest) -> list[Tab]:
    tabs = []
    for item in site_settings.tabs:
        value: Any = item.value
        link: links.LinkValue = value["link"]
        if url := link.resolve(request):
            tabs.append(Tab(value["label"], value["icon"], url))
    return tabs


def page_shell(page: Any, request: HttpRequest, *, personal: bool) -> Shell:
    """Return the frame of one page; ``personal`` pages (rendered whole) know the visitor's look from the cookie."""
    path = page.get_url(request) if page.pk else "/"
    shell = site_shell(request, path or "/")
    shell.hero = page.is_home_style
    shell.show_title_bar = page.show_title_bar
    shell.back_url = "" if any(tab.is_active for tab in shell.tabs) else back_url(page, request)
    if personal:
        wear(shell, Look.from_cookie(request.COOKIES.get(LOOK_COOKIE, "")))
        shell.campus = campus_of(request)
    return shell


def wear(shell: Shell, look: Look) -> None:
    """Put care and dark mode on the frame itself, for browsers without JavaScript and for previews."""
    shell.care, shell.mode = look.care, look.mode


def back_url(page: Any, request: HttpRequest) -> str:
    """Return where the arrow of the title bar leads: the parent page, else home."""
    home = roles.url_for("home", request) or "/"
    if not page.pk or page.depth is None or page.depth <= 2:  # noqa: PLR2004  # the site's root page has depth 2
        return ""
    path = page.get_url(request) or ""
    parent = path.rstrip("/").rsplit("/", 1)[0] + "/"
    return parent if parent != path else home
