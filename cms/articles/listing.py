"""Which articles an index page or a block shows, and what the look needs of each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Site

from blocks import images, roles
from blocks.articles.reading import ArticleQuery
from cms.articles import reads
from cms.pages.roles import address_of, site_of
from themes.templatetags.portal_tags import cn_date

if TYPE_CHECKING:
    from cms.articles.models import ArticleIndexPage, ArticlePage, Category

PER_PAGE = 12
MOST_SEARCHED = 40  # characters
LEAN = ("body", "search_text", "search_description")


def lean_articles() -> Any:
    """Return the live articles that everybody may read, without their text."""
    from cms.articles.models import ArticlePage

    return ArticlePage.objects.live().public().defer(*LEAN).select_related("cover", "category", "reads")


def dated(page: "ArticlePage") -> str:
    """Return the day of an article; the year only where it is not this one."""
    day = timezone.localtime(page.published_on).date()
    return str(cn_date(day)).split(" ")[0] if day.year == timezone.localdate().year else f"{day:%Y-%m-%d}"


def cards(pages: "list[ArticlePage]", request: HttpRequest | None, *, first_wide: bool = False) -> list[dict[str, Any]]:
    """Return articles as the parts ``card_list`` and ``articles/list`` take them: one query for all pictures."""
    images.prefetch_renditions(page.cover for page in pages)
    site = site_of(request)
    return [
        {
            "title": page.title,
            "text": page.digest_of_lists,
            "meta": " · ".join(part for part in (str(page.category), dated(page)) if part),
            "picture": images.picture_html(page.cover, "card", alt="", css="ph-list-image"),
            "wide_picture": images.picture_html(page.cover, "banner", alt="") if first_wide and not place else "",
            "badge": _("置顶") if page.is_pinned else "",
            "url": address_of(page, site) if site else page.url,
        }
        for place, page in enumerate(pages)
    ]


@dataclass(frozen=True)
class Listing:
    """One page of the index."""

    chips: list[dict[str, Any]]
    cards: list[dict[str, Any]]
    query: str
    category: "Category | None"
    more_url: str
    back_url: str
    number: int


def _number(text: str | None) -> int:
    return min(int(text), 500) if text and text.isascii() and text.isdigit() and int(text) else 1


def matching(words: str) -> Q:
    """Return the condition that every word stands in title, summary or the title's pinyin initials."""
    condition = Q()
    for word in words.lower().split()[:5]:
        condition &= Q(search_text__contains=word)
    return condition


def _chips(
    chosen: "Category | None", base: str, used: set[int], tree: "list[Category]", query: str
) -> list[dict[str, Any]]:
    """Return the categories one can go to: the top, or the chosen one's own with the way back to all."""
    covered = {node.pk for node in tree if any(_holds(node, other) for other in tree if other.pk in used)}
    top = chosen if chosen and any(c.parent_id == chosen.pk for c in tree) else (chosen.parent if chosen else None)
    level = [c for c in tree if c.parent_id == (top.pk if top else None) and c.pk in covered]
    first = {"label": str(top) if top else _("全部"), "url": _url(base, top, query), "is_active": chosen == top}
    way_back = [{"label": _("全部"), "url": _url(base, None, query), "is_active": False}] if top else []
    return [
        *way_back,
        first,
        *({"label": c.name, "url": _url(base, c, query), "is_active": c == chosen} for c in level),
    ]


def _holds(node: "Category", other: "Category") -> bool:
    return node.tree_id == other.tree_id and node.lft <= other.lft and other.rght <= node.rght


def _url(base: str, category: "Category | None", query: str, number: int = 1) -> str:
    return roles.with_query(
        base, category=category.slug if category else "", q=query, page=number if number > 1 else ""
    )


def listing_of(page: "ArticleIndexPage", request: HttpRequest) -> Listing:
    """Return the part of the index that the address asks for; a constant number of queries."""
    from cms.articles.models import Category

    base = (page.get_url(request) or "/") if page.pk else "/"
    query = request.GET.get("q", "").replace("\0", "").strip()[:MOST_SEARCHED]
    number = _number(request.GET.get("page"))
    tree = list(Category.objects.order_by("tree_id", "lft").select_related("parent"))
    chosen = next((c for c in tree if c.slug == request.GET.get("category")), None)
    articles = lean_articles().child_of(page) if page.pk else lean_articles().none()
    used = set(articles.order_by().values_list("category_id", flat=True).distinct())
    if chosen:
        articles = articles.filter(category_id__in=[c.pk for c in tree if _holds(chosen, c)])
    if query:
        articles = articles.filter(matching(query))
    start = (number - 1) * PER_PAGE
    found = list(articles.order_by("-is_pinned", "-published_on", "-pk")[start : start + PER_PAGE + 1])
    more = len(found) > PER_PAGE
    return Listing(
        chips=_chips(chosen, base, used, tree, query),
        cards=cards(found[:PER_PAGE], request),
        query=query,
        category=chosen,
        more_url=_url(base, chosen, query, number + 1) if more else "",
        back_url=_url(base, chosen, query, number - 1) if number > 1 else "",
        number=number,
    )


# --- what blocks ask (blocks/articles/reading.py) ------------------------------------------------------------------


def for_block(query: ArticleQuery, request: HttpRequest | None) -> list[dict[str, Any]]:
    """Return the articles of a block, newest or most read first: three queries however many they are."""
    from cms.articles.models import Category

    site = site_of(request)
    articles = lean_articles()
    if site is not None:
        articles = articles.filter(path__startswith=site.root_page.path)
    if query.category:
        root = Category.objects.filter(slug=query.category).first()
        if root is None:
            return []
        articles = articles.filter(
            category__tree_id=root.tree_id, category__lft__gte=root.lft, category__rght__lte=root.rght
        )
    if query.most_read:
        pages = list(articles.filter(reads__count__gt=0).order_by("-reads__count", "-published_on")[: query.most])
        return [
            {**card, "meta": _("阅读 %(count)s") % {"count": reads.shown(page.reads.count)}}
            for page, card in zip(pages, cards(pages, request, first_wide=query.first_wide), strict=True)
        ]
    newest = list(articles.order_by("-is_pinned", "-published_on", "-pk")[: query.most])
    return cards(newest, request, first_wide=query.first_wide)


def index_url(category: str, request: HttpRequest | None) -> str:
    """Return where all articles of a category are listed; empty where the site has no index page."""
    from cms.articles.models import ArticleIndexPage

    site: Site | None = site_of(request)
    if site is None:
        return ""
    page = ArticleIndexPage.objects.live().descendant_of(site.root_page).order_by("path").defer("body").first()
    return roles.with_query(address_of(page, site), category=category) if page else ""


def category_choices() -> list[tuple[str, str]]:
    """Return the tree of categories as choices of a form field."""
    from cms.articles.models import Category

    tree = Category.objects.order_by("tree_id", "lft").values_list("slug", "name", "level")
    return [(slug, "　" * level + name) for slug, name, level in tree]
