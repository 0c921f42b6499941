"""The portal's addresses and beside them the floors: constant answers behind the same middleware."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from cms.urls import handler400, handler403, handler404, handler500
from cms.urls import urlpatterns as portal_patterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@cache
def _bytes(name: str) -> bytes:
    return (Path(settings.VAR_DIR) / "floors" / name).read_bytes()


@csrf_exempt
def floor(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the bytes that the page answered when it was recorded; reads its input as any form handler does."""
    if request.method == "POST":
        request.POST.get("slot")
    return HttpResponse(_bytes(name))


urlpatterns = [path("-/bench/floor/<slug:name>/", floor), *portal_patterns]
