"""Which live page has which service role: the resolver behind ``blocks.roles.url_for``."""

from urllib.parse import quote

from django.http import HttpRequest
from wagtail.models import Page, Site

from cms.pages.cache import memo

_CACHE = "_portal_role_urls"


def site_of(request: HttpRequest | None) -> Site | None:
    """Return the site of a request; the default site where there is no request or no site of its host."""
    site = Site.find_for_request(request) if request is not None else None
    return site or Site.objects.select_related("root_page").filter(is_default_site=True).first()


def site_holding(path: str) -> Site | None:
    """Return the site whose tree holds a treebeard path; the deepest root wins."""
    sites = [s for s in Site.objects.select_related("root_page") if path.startswith(s.root_page.path)]
    return max(sites, key=lambda s: len(s.root_page.path), default=None)


def pages_with_roles(site: Site) -> "dict[str, str]":
    """Return role → address of the site's live pages, in one query; the first in the tree wins."""
    from cms.pages.models import PortalPage

    pages = (
        PortalPage.objects.live()
        .descendant_of(site.root_page, inclusive=True)
        .exclude(service_role="")
        .order_by("path")
        .only("pk", "url_path", "service_role", "path", "depth", "locale_id", "content_type_id", "slug")
    )
    found: dict[str, str] = {}
    for page in pages:
        if page.service_role not in found:
            found[page.service_role] = address_of(page, site)
    return found


def address_of(page: Page, site: Site) -> str:
    """Return the path of a page below its site, as ``page.get_url`` does but without a query for the sites' roots.

    Quoted: the editor makes Chinese slugs out of Chinese titles, and a header holds no Chinese.
    """
    return "/" + quote(page.url_path[len(site.root_page.url_path) :])


def resolve(role: str, request: HttpRequest | None) -> str | None:
    """Return the address of the live page with ``role``; roles are read once per request."""
    known: dict[str, str] | None = getattr(request, _CACHE, None)
    if known is None:
        site = site_of(request)
        known = memo.remember(("roles", site.pk), lambda: pages_with_roles(site)) if site else {}
        if request is not None:
            setattr(request, _CACHE, known)
    return known.get(role)
