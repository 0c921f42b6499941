"""Renders patients' pages and fragments with the templates of the pack their site wears, where packs have templates."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from blocks import freshness
from cms.pages.settings import PortalSettings
from cms.pages.theme_plan import worn
from themes import packs
from themes.loaders import wearing


def pack_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Wear the site's pack; not there at all while no installed pack brings templates."""
    if not packs.any_templates():
        raise MiddlewareNotUsed
    desk = f"/{settings.ADMIN_PATH}/"

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(desk):
            return get_response(request)

        def plan() -> list[dict[str, Any]]:
            return PortalSettings.for_request(request).theme_plan

        with wearing(lambda: worn(freshness.remember("theme_plan", plan, request)).pack):
            return get_response(request)

    return middleware
