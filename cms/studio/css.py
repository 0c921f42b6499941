"""The address of a theme's style sheet: named by its digest, so a browser keeps it for ever."""

import gzip
from functools import lru_cache

import brotli
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from cms.studio.models import StyleSheet

YEAR_SECONDS = 365 * 24 * 3600


@lru_cache(maxsize=64)
def _bodies(digest: str) -> dict[str, bytes]:
    """Return the text of a style sheet, plain and compressed; kept by the process, for it never changes."""
    plain = StyleSheet.objects.values_list("css", flat=True).get(pk=digest).encode()
    return {"br": brotli.compress(plain), "gzip": gzip.compress(plain, 9, mtime=0), "": plain}


@require_safe
def theme_css(request: HttpRequest, digest: str) -> HttpResponse:
    """Answer with a style sheet."""
    try:
        bodies = _bodies(digest)
    except StyleSheet.DoesNotExist:
        raise Http404 from None
    accepted = request.headers.get("Accept-Encoding", "")
    encoding = next((name for name in ("br", "gzip") if name in accepted), "")
    response = HttpResponse(bodies[encoding], content_type="text/css; charset=utf-8")
    if encoding:
        response["Content-Encoding"] = encoding
    response["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
