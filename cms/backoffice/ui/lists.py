"""Lists of business records: read-only, paginated, found by whole numbers, exported only where that is harmless."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.search import SearchForm
from wagtail.admin.views import generic

from business.security.masking import mask_text
from business.security.models import AuditEvent
from cms.backoffice.audit import trail

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_EXPORT = 50_000


class GuardedMixin:
    """Business records are never kept by browsers, and who is refused is written down."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer, or write down the refusal and refuse."""
        try:
            response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        except PermissionDenied:
            trail.deed(
                request,
                "staff.denied",
                object_type=request.resolver_match.view_name[:60] if request.resolver_match else "",
                object_ref=str(kwargs.get("pk", "")),
                result=AuditEvent.Result.DENIED,
                detail={"path": mask_text(request.path)},
            )
            raise
        add_never_cache_headers(response)
        return response


def harmless(value: Any) -> str:
    """Return a spreadsheet cell that no program takes for a formula (ASVS 1.2.10)."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class DeskIndexView(GuardedMixin, generic.IndexView):
    """A list that only those with the view permission see."""

    any_permission_required = ["view"]
    template_name = "backoffice/list.html"
    results_template_name = "backoffice/list_results.html"
    # Whole numbers that find a record; whole, because part of a number would read every row.
    exact_fields: tuple[str, ...] = ()
    search_hint: Any = ""
    related: tuple[str, ...] = ()
    export_permission = ""
    export_event = "money.exported"
    intro: Any = ""

    @property
    def is_searchable(self) -> bool:
        """Searchable if anything is to be found."""
        return bool(self.exact_fields)

    def get_search_form(self) -> SearchForm | None:
        """Say in the field what can be typed."""
        if not self.is_searchable:
            return None
        data = self.request.GET if self.search_kwarg in self.request.GET else None
        return SearchForm(data, placeholder=str(self.search_hint)) if data else SearchForm(placeholder=self.search_hint)

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        """Find by any of the numbers."""
        if not self.is_searching:
            return queryset
        return queryset.filter(self.found_by(self.search_query.strip()))

    def found_by(self, text: str) -> Q:
        """Return the condition under which ``text`` finds a record."""
        query = Q()
        for field in self.exact_fields:
            query |= Q(**{field: text})
        return query

    def get_base_queryset(self) -> QuerySet:
        """Fetch what the columns show in the same query."""
        queryset = super().get_base_queryset()
        return queryset.select_related(*self.related) if self.related else queryset

    @property
    def show_export_buttons(self) -> bool:
        """Offer exports to those who may make them."""
        return bool(self.list_export) and self.request.user.has_perm(self.export_permission)

    def get_filename(self) -> str:
        """Name the file after what it holds."""
        return str(self.model._meta.db_table)

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Take the sting out of formulas."""
        value = super().preprocess_field_value(field, value, export_format)
        return harmless(value) if isinstance(value, str) else value

    def as_spreadsheet(self, queryset: QuerySet, spreadsheet_format: str) -> HttpResponse:
        """Export, with right and trace."""
        if not self.list_export or not self.request.user.has_perm(self.export_permission):
            raise PermissionDenied
        rows = queryset[:LONGEST_EXPORT]
        trail.deed(
            self.request,
            self.export_event,
            object_type=self.model._meta.label,
            detail={"rows": min(queryset.count(), LONGEST_EXPORT), "filter": self.request.GET.urlencode()[:300]},
        )
        return super().as_spreadsheet(rows, spreadsheet_format)

    def totals(self) -> list[tuple[Any, str]]:
        """Return sums over everything the filter lets through, shown above the list."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the totals."""
        context = super().get_context_data(*args, **kwargs)
        context["totals"] = self.totals()
        context["intro"] = self.intro
        return context


READ_ONLY_HINT = _("此处只供查看")
