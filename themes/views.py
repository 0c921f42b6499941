"""Two small views: the look switch for visitors without JavaScript, and the style guide while developing."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from themes import pictures, samples
from themes.look import COOKIE, COOKIE_AGE_SECONDS, Look


@require_safe
@never_cache
def look(request: HttpRequest) -> HttpResponse:
    """Remember care mode and dark mode in a cookie that says nothing about a person, and go back to ``next``."""
    chosen = Look.from_cookie(request.COOKIES.get(COOKIE, "")).changed(
        care=request.GET.get("care"), mode=request.GET.get("mode")
    )
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None) or not target.startswith("/"):
        target = "/"
    response = HttpResponseRedirect(target)
    response.set_cookie(
        COOKIE, chosen.as_cookie(), max_age=COOKIE_AGE_SECONDS, samesite="Lax", secure=request.is_secure()
    )
    return response


STYLE_GUIDE_PAGES: Final[dict[str, str]] = {
    "": "themes/styleguide.html",
    **{name: f"themes/samples/{name}.html" for name in samples.PAGES},
}


@require_safe
def styleguide(request: HttpRequest, name: str = "") -> HttpResponse:
    """Show the kit, or one sample page, in the look of the cookie or of ``?care=1&mode=dark``."""
    if name not in STYLE_GUIDE_PAGES:
        raise Http404
    chosen = Look.from_cookie(request.COOKIES.get(COOKIE, "")).changed(
        care=request.GET.get("care"), mode=request.GET.get("mode")
    )
    sample = samples.context(name, care=chosen.care, mode=chosen.mode)
    return render(request, STYLE_GUIDE_PAGES[name], sample)


@require_safe
def sample_picture(request: HttpRequest, kind: str, seed: int) -> HttpResponse:
    """Give a generated picture to the style guide."""
    if kind == "portrait":
        data = pictures.portrait_png(seed=seed, gender="female" if seed % 2 else "male", size=256)
    elif kind in pictures.BANNERS:
        data = pictures.banner_png(kind)
    elif kind == "cover":
        data = pictures.cover_png(seed=seed)
    else:
        raise Http404
    return HttpResponse(data, content_type="image/png")
