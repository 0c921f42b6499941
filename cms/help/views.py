"""What readers' browsers ask for beside an answer: counting, and the form 「有帮助吗」."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from blocks.islands import live_page, problem_context
from blocks.rendering import WHOLE_PARAMETER
from blocks.roles import with_query
from business.security.errors import PortalError
from cms.articles.reads import shown
from cms.help import reads, votes
from cms.help.models import HelpPage

UNPROCESSABLE = 422


@csrf_exempt  # changes nothing but a number that anybody may raise once in half an hour
@require_POST
@never_cache
def read(request: HttpRequest, answer: int) -> HttpResponse:
    """Count a visit and answer with the number of visits; writes nothing to the database."""
    if reads.counter.total(answer) is None:
        return JsonResponse({"reads": ""}, status=404)
    reads.counter.count_request(answer, request, request.GET.get("visit", ""))
    return JsonResponse({"reads": shown(reads.counter.total(answer) or 0)})


@require_http_methods(["GET", "POST"])
@never_cache
def vote(request: HttpRequest, answer: int) -> HttpResponse:
    """Return the form as a fragment; a POST keeps the vote and shows the form again, alone or on its page."""
    page = live_page(request, answer)
    if not isinstance(page, HelpPage):
        raise Http404
    if request.method == "GET":
        return _fragment(request, votes.context_for(page, request), page)
    try:
        fresh = votes.cast(page, request)
    except PortalError as error:
        return _refused(request, page, error)
    if getattr(request, "htmx", False):
        response = _fragment(request, votes.context_for(page, request, token=fresh), page)
    else:
        url = with_query(page.get_url(request) or "/", **{WHOLE_PARAMETER: 1})
        response = HttpResponseRedirect(f"{url}#helpful", status=303)
    if fresh:
        votes.remember(request, response, fresh)
    return response


def _fragment(request: HttpRequest, vote: dict[str, Any], page: HelpPage, status: int = 200) -> HttpResponse:
    response = render(request, "help/vote.html", {"vote": vote, "page": page}, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def _refused(request: HttpRequest, page: HelpPage, error: PortalError) -> HttpResponse:
    """Show the form again with the sentence and what was typed: alone, or on its page where there is no script."""
    typed = {"is_helpful": {"0": False, "1": True}.get(request.POST.get("helpful", ""))}
    refused = {**problem_context(error, request.POST), **typed, "reason": request.POST.get("reason", "")}
    if getattr(request, "htmx", False):
        return _fragment(request, votes.context_for(page, request, refused), page, UNPROCESSABLE)
    request.portal_rendering_extra = {votes.EXTRA: refused}  # type: ignore[attr-defined]
    response: HttpResponse = page.serve(request).render()
    response.status_code = UNPROCESSABLE
    return response
