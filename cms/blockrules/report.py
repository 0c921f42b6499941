"""The report of used blocks: before one is locked, changed or given up, staff see where it is."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site
from wagtail.permissions import page_permission_policy

from blocks.registry import block_classes
from cms.blockrules.models import BlockUse
from cms.blockrules.views import families
from cms.shared.uses import holding, pages_using

ROWS = 50
STATES = [("", _("全部")), ("live", _("已发布的页面在用")), ("draft", _("只在草稿里"))]


class UsageFilter(forms.Form):
    """What to look for; an answer that makes no sense is as good as none."""

    block = forms.ChoiceField(label=_("组件"), required=False)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=STATES)
    site = forms.ChoiceField(label=_("站点"), required=False)
    title = forms.CharField(label=_("页面标题"), required=False, max_length=100)

    def __init__(self, *args: Any, sites: list[Site], **kwargs: Any) -> None:
        """Offer the blocks by their headings and the sites by their names."""
        super().__init__(*args, **kwargs)
        grouped = [(heading, [(name, block.label) for name, block in blocks]) for heading, blocks in families()]
        self.fields["block"].choices = [("", _("全部组件")), *grouped]
        self.fields["site"].choices = [("", _("全部站点")), *((str(s.pk), s.site_name or s.hostname) for s in sites)]
        if len(sites) < 2:  # noqa: PLR2004
            del self.fields["site"]


def uses_seen_by(user: Any) -> QuerySet[BlockUse]:
    """Return the uses on pages that this person may edit or publish."""
    pages = page_permission_policy.instances_user_has_any_permission_for(user, ["add", "change", "publish"])
    return BlockUse.objects.filter(page__in=pages.order_by().values("pk"))


def _narrowed(uses: QuerySet[BlockUse], wanted: dict[str, Any], sites: list[Site]) -> QuerySet[BlockUse]:
    if wanted.get("state") == "live":
        uses = uses.filter(live__gt=0)
    elif wanted.get("state") == "draft":
        uses = uses.filter(live=0)
    if title := wanted.get("title"):
        uses = uses.filter(page__title__icontains=title)
    site = next((one for one in sites if str(one.pk) == wanted.get("site")), None)
    return uses.filter(page__path__startswith=site.root_page.path) if site else uses


def summary(uses: QuerySet[BlockUse]) -> list[dict[str, Any]]:
    """Return every block of the registry by heading, with how many pages use it and how often; one query."""
    counted = {
        row["block_type"]: row
        for row in uses.order_by()
        .values("block_type")
        .annotate(
            pages=Count("pk"), live_pages=Count("pk", filter=Q(live__gt=0)), times=Sum("draft"), live_times=Sum("live")
        )
    }
    nothing = {"pages": 0, "live_pages": 0, "times": 0, "live_times": 0}
    sections = [
        {
            "heading": heading,
            "rows": [{"name": name, "block": block, **counted.get(name, nothing)} for name, block in blocks],
        }
        for heading, blocks in families()
    ]
    return sections


def _edit_url(use: BlockUse) -> str:
    url = reverse("wagtailadmin_pages:edit", args=[use.page_id])
    return f"{url}#block-{use.first_id}-section" if use.first_id else url


def usage(request: HttpRequest) -> HttpResponse:
    """Show where blocks are used: all of them in numbers, or one of them page by page."""
    if not page_permission_policy.user_has_any_permission(request.user, ["add", "change", "publish"]):
        raise PermissionDenied
    sites = list(Site.objects.select_related("root_page").order_by("pk"))
    form = UsageFilter(request.GET or None, sites=sites)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    uses = _narrowed(uses_seen_by(request.user), wanted, sites)
    context: dict[str, Any] = {"form": form, "wanted": wanted}
    if name := wanted.get("block"):
        newest = F("page__latest_revision_created_at").desc(nulls_last=True)
        rows = uses.filter(block_type=name).select_related("page").order_by(newest, "pk")
        page = Paginator(rows, ROWS).get_page(request.GET.get("p"))
        for use in page:
            use.edit_url = _edit_url(use)
        context |= {"block": block_classes()[name](), "rows": page, "query": _query_without_page(request)}
        context["shared"] = [_shared_row(one) for one in holding(name)] if _may_see_shared(request.user) else []
    else:
        context |= {"sections": summary(uses), "query": _query_without_page(request)}
    return TemplateResponse(request, "blockrules/usage.html", context)


def _may_see_shared(user: Any) -> bool:
    return bool(user.has_perm("shared.change_sharedblock"))


def _shared_row(shared: Any) -> dict[str, Any]:
    url = reverse(shared.snippet_viewset.get_url_name("edit"), args=[shared.pk])
    return {"name": shared.name, "edit_url": url, "pages": len(pages_using(shared)), "is_live": shared.live}


def _query_without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    for name in ("p", "block"):
        query.pop(name, None)
    return query.urlencode()
