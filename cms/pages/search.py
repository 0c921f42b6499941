"""Pages in the portal's search: services, guides, introductions; articles and help have providers of their own."""

from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blocks import search
from cms.pages.models import PortalPage
from cms.pages.roles import address_of, site_of

# Steps in the middle of a service make no sense on their own.
STEPS = frozenset({"registration.slots", "registration.confirm", "registration.result", "payments.checkout", "search"})


def find_pages(text: str, request: Any, limit: int) -> list[search.Hit]:
    """Find pages by words of their title or description; where there is none, by any two letters side by side.

    At most two queries besides the site's.
    """
    site = site_of(request)
    if site is None:
        return []
    pages = (
        PortalPage.objects.live()
        .public()
        .descendant_of(site.root_page)
        .exclude(service_role__in=STEPS)
        .only("pk", "title", "search_description", "url_path", "path", "service_role")
    )
    found = list(pages.filter(reduce(and_, map(_holding, search.words(text)))).order_by("path")[:limit])
    pairs = search.bigrams(text)
    if not found and len(pairs) > 1:
        some = list(pages.filter(reduce(or_, map(_holding, pairs))).order_by("path")[: limit * 4])
        found = search.closest(some, lambda page: f"{page.title} {page.search_description}", pairs, limit)
    return [
        search.Hit(
            title=page.title,
            text=page.search_description,
            url=address_of(page, site),
            icon="file-text",
            tone="slate",
        )
        for page in found
    ]


def _holding(word: str) -> Q:
    return Q(title__icontains=word) | Q(search_description__icontains=word)


def register() -> None:
    """Offer pages to the search."""
    search.register("pages", _("页面与服务"), find_pages, order=90)
