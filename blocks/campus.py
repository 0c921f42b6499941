"""The campus a visitor chose: a cookie that says nothing about a person, for blocks shown for some campuses only."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from blocks.roles import with_query
from blocks.visitor import CAMPUS_CODE, CAMPUS_COOKIE

COOKIE_AGE_SECONDS: Final = 365 * 24 * 3600


def choosing_url(code: str, address: str) -> str:
    """Return the address that remembers a campus and goes on to ``address``."""
    return with_query("/-/campus/", campus=code, next=address)


@require_safe
@never_cache
def choose_campus(request: HttpRequest) -> HttpResponse:
    """Remember ``campus`` (empty forgets it) and go on to ``next``, a path of this portal."""
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None) or not target.startswith("/"):
        target = "/"
    response = HttpResponseRedirect(target)
    code = request.GET.get("campus", "")
    if not code:
        response.delete_cookie(CAMPUS_COOKIE, samesite="Lax")
    elif CAMPUS_CODE.fullmatch(code):
        response.set_cookie(CAMPUS_COOKIE, code, max_age=COOKIE_AGE_SECONDS, samesite="Lax", secure=request.is_secure())
    return response
