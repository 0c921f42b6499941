"""Sites, addresses and rows that every request asks for; remembered as plain values, handed out as new instances."""

from collections.abc import Hashable, Iterable
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest
from django.http.request import split_domain_port
from wagtail.blocks import StreamValue
from wagtail.models import Page, PageViewRestriction, Site, get_page_models
from wagtail.models.sites import SiteRootPath, get_site_for_hostname

from cms.pages.cache import memo

# --- rows ------------------------------------------------------------------------------------------------------------


def _fields(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _values(instance: Model, names: list[str]) -> tuple[Any, ...]:
    """Return what an instance holds, a stream as the plain data it came from."""
    return tuple(_plain(instance.__dict__[name]) for name in names)


def _plain(value: Any) -> Any:
    if isinstance(value, StreamValue):
        return list(value.raw_data)
    return value.name if isinstance(value, FieldFile) else value


def rows(model: type[Model], pks: Iterable[Any]) -> dict[Any, Any]:
    """Return a new instance of each row that exists; one query for those not seen since they last changed."""
    wanted = list(dict.fromkeys(pk for pk in pks if pk is not None))
    names, label = _fields(model), model._meta.label

    def read(missing: list[Any]) -> dict[Any, Any]:
        found = model._default_manager.in_bulk(missing)
        return {pk: _values(found[pk], names) if pk in found else None for pk in missing}

    found = memo.remember_many(("row", label), wanted, read)
    return {pk: _instance(model, names, found[pk]) for pk in wanted if found[pk] is not None}


def _instance(model: type[Model], names: list[str], values: tuple[Any, ...]) -> Any:
    return model.from_db("default", names, values)


def all_rows(model: type[Model]) -> list[Any]:
    """Return a new instance of every row of a small table."""
    names = _fields(model)

    def read() -> list[tuple[Any, ...]]:
        return [_values(row, names) for row in model._default_manager.all()]

    return [_instance(model, names, values) for values in memo.remember(("all", model._meta.label), read)]


def live_page(pk: int) -> Page | None:
    """Return a live page of its own type."""
    label = memo.remember(("page", pk), lambda: _kind(pk))
    if label is None:
        return None
    return rows(apps.get_model(label), [pk]).get(pk)


def _kind(pk: int) -> str | None:
    page = Page.objects.live().filter(pk=pk).only("pk", "content_type_id").first()
    return page.cached_content_type.model_class()._meta.label if page is not None else None


# --- sites and addresses ---------------------------------------------------------------------------------------------


def prepare(request: HttpRequest) -> None:
    """Tell a request its site and where the roots of all sites are, so that nobody asks the database."""
    if hasattr(request, "_wagtail_site"):
        return
    request._wagtail_site = site_of(request._get_raw_host(), request.get_port())  # type: ignore[attr-defined]
    request._wagtail_cached_site_root_paths = memo.remember("roots", _roots)  # type: ignore[attr-defined]


def site_of(host: str, port: str) -> Site | None:
    """Return the site of a host as Wagtail finds it."""
    name = split_domain_port(host)[0]
    found = memo.remember(("site", name, port), lambda: _site(name, port))
    if found is None:
        return None
    site_values, root_values = found
    site = _instance(Site, _fields(Site), site_values)
    site.root_page = _instance(Page, _fields(Page), root_values)
    return site


def _site(name: str, port: str) -> tuple[Any, Any] | None:
    try:
        site = get_site_for_hostname(name, port)
    except Site.DoesNotExist:
        return None
    return _values(site, _fields(Site)), _values(site.root_page, _fields(Page))


def _roots() -> list[SiteRootPath]:
    """Return what ``Site.get_site_root_paths`` does, without a cache that other processes do not hear of."""
    sites = Site.objects.select_related("root_page", "root_page__locale")
    return [
        SiteRootPath(site.pk, site.root_page.url_path, site.root_url, site.root_page.locale.language_code)
        for site in sites.order_by("-root_page__url_path", "-is_default_site", "hostname")
    ]


def route(request: HttpRequest) -> None:
    """Tell a request which page its address is, where an earlier request found out."""
    site = getattr(request, "_wagtail_site", None)
    if site is None:
        return
    parts = request.path_info.strip("/")
    url_path = f"{site.root_page.url_path}{parts}/" if parts else site.root_page.url_path
    pk = memo.remember(("route", url_path), lambda: _routed(url_path))
    page = live_page(pk) if pk is not None else None
    if page is not None:
        request._wagtail_route_for_request = (page, [], {})  # type: ignore[attr-defined]


def _routed(url_path: str) -> int | None:
    """Return the one live page of an address, None where Wagtail has to find out itself."""
    found = list(Page.objects.live().filter(url_path=url_path).values_list("pk", flat=True)[:2])
    if len(found) != 1:
        return None
    return found[0] if _plain_routes() else None


@cache
def _plain_routes() -> bool:
    """Whether no page type has routes of its own, for itself or for what is below it."""
    return all(model.route is Page.route for model in get_page_models())


def may_be_restricted(page: Page) -> bool:
    """Whether a page or one above it may have view restrictions; False is certain."""
    paths: tuple[str, ...] = memo.remember("restricted", _restricted_paths)
    return any(page.path.startswith(path) for path in paths)


def _restricted_paths() -> tuple[str, ...]:
    paths = tuple(PageViewRestriction.objects.values_list("page__path", flat=True))
    # Aliases are as restricted as their originals: let Wagtail follow them.
    aliases = tuple(Page.objects.exclude(alias_of=None).values_list("path", flat=True)) if paths else ()
    return paths + aliases


def remember(key: Hashable, make: Any, request: HttpRequest | None = None) -> Any:
    """Remember an answer, for each site where there is a request."""
    site = Site.find_for_request(request) if request is not None else None
    return memo.remember((key, site.pk if site else None), make)
