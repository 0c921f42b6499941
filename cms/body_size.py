"""Small bodies from patients, large ones from staff alone: what anybody may send costs the portal memory and time."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from cms import errors

# The longest form a patient fills in has a few thousand characters; notices of the payment channel are smaller still.
MOST_BYTES: Final = 256_000


def body_size_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 413 with a sentence before a body is read; without a length Django reads none."""
    desk = f"/{settings.ADMIN_PATH}/"

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > MOST_BYTES and not request.path_info.startswith(desk):
            return errors.too_large(request)
        return get_response(request)

    return middleware
