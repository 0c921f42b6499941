"""Articles in the portal's search, by words of title and summary and by the title's pinyin initials."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blocks import images, search
from cms.articles.listing import dated, lean_articles, matching
from cms.articles.models import ArticlePage
from cms.pages.roles import address_of, site_of


def find_articles(text: str, request: Any, limit: int) -> list[search.Hit]:
    """Find live articles that hold every word; where there is none, those that share letters side by side.

    At most four queries besides the site's, however many there are.
    """
    site = site_of(request)
    if site is None:
        return []
    articles = lean_articles().filter(path__startswith=site.root_page.path).order_by("-published_on", "-pk")
    found: list[ArticlePage] = list(articles.filter(matching(text))[:limit])
    pairs = search.bigrams(text.lower())
    if not found and len(pairs) > 1:
        holding = reduce(or_, (Q(search_text__contains=pair) for pair in pairs))
        some: list[ArticlePage] = list(articles.filter(holding)[: limit * 4])
        found = search.closest(some, lambda page: f"{page.title} {page.digest_of_lists}", pairs, limit)
    images.prefetch_renditions(page.cover for page in found)
    return [
        search.Hit(
            title=page.title,
            url=address_of(page, site),
            text=page.digest_of_lists,
            meta=f"{page.category} · {dated(page)}",
            picture=images.picture_html(page.cover, "card", alt="", css="ph-list-image"),
        )
        for page in found
    ]


def register() -> None:
    """Offer articles to the search."""
    search.register("articles", _("文章"), find_articles, order=50)
