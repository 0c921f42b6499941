"""Fragments of places under ``/-/places/``: a floor, what the map's search found, a plan's drawing. All are public."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from blocks import roles
from blocks.patients.here import safe_next
from blocks.places import directory, plan
from business.hospital import place_queries
from business.hospital.models import FloorPlan

FLOOR_SECONDS: Final = 60
SEARCH_SECONDS: Final = 60
DRAWING_SECONDS: Final = 31_536_000  # its address changes with it


def _fragment(template: str, context: dict[str, object], seconds: int) -> HttpResponse:
    response = HttpResponse(render_to_string(template, context))
    patch_cache_control(response, public=True, max_age=seconds)
    response["X-Robots-Tag"] = "noindex"
    return response


def _map_page(request: HttpRequest) -> str:
    """Return the page the fragment stands on: a path of this portal, else the page with the map's role."""
    return safe_next(request.GET.get("at")).split("?")[0] or roles.url_for("places.map", request) or "/"


@require_safe
def floor(request: HttpRequest, ref: str) -> HttpResponse:
    """Return one floor with its plan, rooms and switches."""
    buildings = place_queries.buildings()
    chosen = plan.choose(plan.Asked(floor=ref, room=request.GET.get("room", "")[:40]), buildings)
    if chosen.floor_ref != ref:
        raise Http404
    context = plan.floor_context(chosen, buildings, request, _map_page(request))
    return _fragment("blocks/places/floor.html", context, FLOOR_SECONDS)


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Return what the map's search found."""
    context = plan.search_results(request.GET.get("q", ""), request, _map_page(request))
    return _fragment("blocks/registration/department_results.html", context, SEARCH_SECONDS)


@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """Return what the directory's search found."""
    context = directory.search_results(request.GET.get("q", ""), request)
    return _fragment("blocks/registration/department_results.html", context, SEARCH_SECONDS)


@require_safe
def drawing(request: HttpRequest, ref: str, version: str) -> HttpResponse:
    """Return a floor's drawing; nothing in it may run, load or be framed as a page."""
    found = FloorPlan.objects.filter(floor__ref=ref).first()
    if found is None or not (found.svg or found.image):
        raise Http404
    if found.svg:
        response = HttpResponse(found.svg, content_type="image/svg+xml; charset=utf-8")
    else:
        try:
            with found.image.open("rb") as file:
                response = HttpResponse(file.read(), content_type="image/webp")
        except OSError as error:
            raise Http404 from error
    # Django's middleware for the policy leaves one alone that is there.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    seconds = DRAWING_SECONDS if version == found.version else FLOOR_SECONDS
    patch_cache_control(response, public=True, max_age=seconds)
    return response
