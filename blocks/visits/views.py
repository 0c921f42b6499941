"""Beside the blocks: the printed code's address, and the queue's live line (under 1 KB, never stored)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET

from blocks import roles
from blocks.visits.queue import line_context
from business.registration.errors import NotFound
from business.visits import codes, queries
from business.visits.models import CheckPoint

LONGEST = 9999


def address_of(point: CheckPoint) -> str:
    """Return what a check-in point's QR code says: the portal's page, so that WeChat's own scanner leads there."""
    return f"{settings.PORTAL_URL}{reverse('check-in', args=[codes.code_of(point)])}"


@require_GET
def scanned(request: HttpRequest, code: str) -> HttpResponse:
    """Lead from the code at a check-in point to the page that checks in, whichever has that role now."""
    url = roles.url_for("visits.checkin", request, at=code)
    if url is None:
        raise Http404
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def line(request: HttpRequest) -> HttpResponse:
    """Return where a booking of the account stands now; HIS is not asked for it (business.visits.queues)."""
    account = getattr(request, "account", None)
    if not account:
        raise Http404
    asked = request.GET.get("n", "0")
    n = min(int(asked), LONGEST) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0  # noqa: PLR2004
    try:
        standing = queries.standing(account, request.GET.get("appointment", ""))
    except NotFound as error:
        raise Http404 from error
    response = HttpResponse(render_to_string("blocks/visits/line.html", {"line": line_context(standing, n)}))
    patch_cache_control(response, no_store=True, private=True)
    response["X-Robots-Tag"] = "noindex"
    return response
