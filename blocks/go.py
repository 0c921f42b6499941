"""Lasting addresses of the portal's steps: messages and codes link to a role, whichever page has it now."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from blocks import roles


@require_GET
def go(request: HttpRequest, role: str) -> HttpResponse:
    """Redirect to the live page of a role and keep the query; 404 where no page has it."""
    url = roles.url_for(role, request) if role in roles.ROLES else None
    if url is None:
        raise Http404(_("没有页面承担这个功能"))
    query = request.META.get("QUERY_STRING", "")
    response = HttpResponseRedirect(f"{url}{'&' if '?' in url else '?'}{query}" if query else url)
    # Staff may move the role to another page at any time.
    response["Cache-Control"] = "no-store"
    return response
