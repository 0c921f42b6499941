"""Refuses addresses with a null character, which no page has and PostgreSQL does not take."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse


def has_null(request: HttpRequest) -> bool:
    """Tell whether an address holds a null character."""
    return "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")


def null_bytes_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 before any view looks something up by it; forms refuse it in their fields themselves."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if has_null(request):
            raise SuspiciousOperation("null character in the address")
        return get_response(request)

    return middleware
