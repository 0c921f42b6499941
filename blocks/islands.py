"""The addresses behind the blocks of a page: an island's fragment, and what its forms post to."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_GET, require_POST
from wagtail.models import Page, Site

from blocks import freshness
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.rendering import Rendering, find_child, render_island, signin_url
from blocks.visitor import visitor_of
from business.integration.outcomes import OutsideError
from business.security.errors import InvalidInput, PortalError, SeveralInvalid

SILENCE = "医院系统暂时没有应答，请稍后再试。您填写的内容已经保留。"


class SeeOther(HttpResponseRedirect):
    """303: go on with GET."""

    status_code = 303


LivePage = Callable[[int], Page | None]
_live_page: list[LivePage] = []


def set_live_page(provider: LivePage) -> None:
    """Plug in the function that returns a live page of its own type (called once, by ``cms.pages``)."""
    _live_page[:] = [provider]


def live_page(request: HttpRequest, page_pk: int) -> Page:
    """Return the live page of this site, held to its view restrictions; raises Http404 or PermissionDenied."""
    page = _live_page[0](page_pk) if _live_page else None
    site = Site.find_for_request(request)
    if page is None or site is None or not hasattr(page, "body"):
        raise Http404
    if not page.url_path.startswith(site.root_page.url_path):
        raise Http404
    if any(not restriction.accept_request(request) for restriction in page.get_view_restrictions()):
        raise PermissionDenied
    return page


def _find(request: HttpRequest, page_pk: int, block_id: str) -> tuple[Page, Any]:
    try:
        page = live_page(request, page_pk)
        child = find_child(page.body, block_id)
    except Http404:
        child = None
    if child is not None:
        return page, child
    # It may have been published within the last second.
    if freshness.renew():
        return _find(request, page_pk, block_id)
    raise Http404


def _finish(request: HttpRequest, response: HttpResponse, cache_seconds: int) -> HttpResponse:
    """Forbid storing a personal answer; let a public live one be shared for as long as its block allows."""
    if cache_seconds and not visitor_of(request).account_used and not response.cookies:
        patch_cache_control(response, public=True, max_age=cache_seconds)
    else:
        patch_cache_control(response, no_store=True, private=True)
    patch_vary_headers(response, ["HX-Request"])
    response["X-Robots-Tag"] = "noindex"
    return response


@require_GET
def island(request: HttpRequest, page_pk: int, block_id: str) -> HttpResponse:
    """Return one island as a fragment."""
    page, child = _find(request, page_pk, block_id)
    html = render_island(child, Rendering(page=page, request=request))
    shared = child.block.cache_seconds if not child.value["settings"].needs_visitor else 0
    return _finish(request, HttpResponse(html), shared)


def problem_context(error: PortalError, data: Any) -> dict[str, Any]:
    """Return what shows an error at its form: ``form_error`` or ``field_errors``, and what was ``typed``."""
    context: dict[str, Any] = {"form_error": "", "field_errors": {}, "typed": data, "error_code": error.code}
    if isinstance(error, SeveralInvalid):
        context["field_errors"] = {e.field: e.sentence for e in error.errors}
    elif isinstance(error, InvalidInput):
        context["field_errors"] = {error.field: error.sentence}
    else:
        context["form_error"] = error.sentence
    return context


def _run(child: Any, action_request: ActionRequest, name: str) -> ActionResult:
    try:
        return child.block.actions[name](action_request)
    except PortalError as error:
        return Again(problem_context(error, action_request.data))
    except OutsideError:
        return Again(problem_context(PortalError(SILENCE, code="outside_unknown"), action_request.data))


@require_POST
def action(request: HttpRequest, page_pk: int, block_id: str, name: str) -> HttpResponse:
    """Run one action of a block: on to a page, or the block again with the error at its form."""
    page, child = _find(request, page_pk, block_id)
    if name not in child.block.actions:
        raise Http404
    if any("\0" in text for texts in request.POST.lists() for text in texts[1]):
        raise SuspiciousOperation("null character in a form")
    visitor = visitor_of(request)
    block_settings = child.value["settings"]
    if not (block_settings.in_time() and block_settings.admits(visitor)):
        raise Http404
    rendering = Rendering(page=page, request=request)
    must_sign_in = child.block.needs_account or getattr(child.block.actions[name], "requires_sign_in", False)
    result: ActionResult
    if must_sign_in and visitor.account is None:
        result = GoTo(signin_url(rendering))
    else:
        result = _run(child, ActionRequest(request, page, child.value, block_id, visitor.account, request.POST), name)
    if isinstance(result, GoTo):
        return _finish(request, _go(request, result.url), 0)
    rendering.extra[block_id] = {"field_errors": {}, "form_error": "", "typed": request.POST, **result.context}
    if getattr(request, "htmx", False):
        return _finish(request, HttpResponse(render_island(child, rendering), status=result.status), 0)
    # Without htmx the whole page is shown again; the page renders itself, with this block's answer in place.
    request.portal_rendering_extra = rendering.extra  # type: ignore[attr-defined]
    response = page.serve(request)
    if hasattr(response, "render"):
        response = response.render()
    response.status_code = result.status
    return _finish(request, response, 0)


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        response = HttpResponse(status=200)
        response["HX-Redirect"] = iri_to_uri(url)
        return response
    return SeeOther(url)
