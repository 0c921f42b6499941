"""Which answers a category, a block or an answer's own page shows: the most read first."""

from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, Count, Q, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blocks.help.reading import AnswerQuery
from cms.articles.reads import shown
from cms.pages.roles import address_of, site_of

if TYPE_CHECKING:
    from wagtail.models import Site

    from cms.help.models import HelpPage

LEAN = ("body", "search_text", "search_description")
MOST_RELATED = 5
MOST_READ_FIRST = ("-times_read", "path")


def answers_of(site: "Site") -> Any:
    """Return the site's live answers of shown categories, without their text, with ``times_read``."""
    from cms.help.models import HelpPage

    return (
        HelpPage.objects.live()
        .public()
        .filter(path__startswith=site.root_page.path, category__is_active=True)
        .defer(*LEAN)
        .select_related("category")
        .annotate(times_read=Coalesce("reads__count", Value(0), output_field=BigIntegerField()))
    )


def cards(pages: "list[HelpPage]", site: "Site", *, with_category: bool) -> list[dict[str, Any]]:
    """Return answers as the part ``card_list`` takes them: no query."""
    return [
        {
            "title": page.title,
            "text": page.summary,
            "meta": " · ".join(
                part
                for part in (
                    page.category.name if with_category else "",
                    _("阅读 %(count)s") % {"count": shown(page.times_read)} if page.times_read else "",
                )
                if part
            ),
            "url": address_of(page, site),
        }
        for page in pages
    ]


def answers(query: AnswerQuery, request: HttpRequest | None) -> list[dict[str, Any]]:
    """Return the answers of a category, or of all, the most read first: two queries however many they are."""
    site = site_of(request)
    if site is None:
        return []
    found = answers_of(site)
    if query.category:
        found = found.filter(category__slug=query.category)
    pages = list(found.order_by(*MOST_READ_FIRST)[: query.most])
    return cards(pages, site, with_category=not query.category)


def categories(request: HttpRequest | None) -> list[dict[str, Any]]:
    """Return the shown categories that have an answer on this site, in staff's order: one query."""
    from cms.help.models import HelpCategory

    site = site_of(request)
    if site is None:
        return []
    here = Q(answers__live=True, answers__path__startswith=site.root_page.path)
    used = HelpCategory.objects.filter(is_active=True).annotate(used=Count("answers", filter=here)).filter(used__gt=0)
    rows = used.order_by("order", "pk")  # a counting query does not take the order of the model
    return [{"slug": c.slug, "label": c.name, "icon": c.icon, "tone": c.tone} for c in rows]


def category_choices() -> list[tuple[str, str]]:
    """Return the categories as choices of a form field."""
    from cms.help.models import HelpCategory

    return list(HelpCategory.objects.values_list("slug", "name"))


def related(page: "HelpPage", request: HttpRequest) -> list[dict[str, Any]]:
    """Return the other answers of the page's category, the most read first."""
    site = site_of(request)
    if site is None or not page.category_id:
        return []
    others = answers_of(site).filter(category_id=page.category_id).exclude(pk=page.pk)
    return cards(list(others.order_by(*MOST_READ_FIRST)[:MOST_RELATED]), site, with_category=False)
