"""Uploaded pictures, where no front server hands them out."""

import posixpath

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.static import serve

DOCUMENTS = "documents"


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Return a file below MEDIA_ROOT, but no document: those have a view of their own, which asks who may read them."""
    plain = posixpath.normpath(path).lstrip("/")
    if plain.partition("/")[0].lower() == DOCUMENTS:
        raise Http404(path)
    return serve(request, plain, document_root=settings.MEDIA_ROOT)
