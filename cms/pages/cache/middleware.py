"""Answers a kept shell before anything else is asked: no session, no account, no routing, one tiny query.

First in the list: what is kept is the finished answer with every header, and http is another answer than https.
"""

import threading
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from blocks.rendering import WHOLE_PARAMETER
from cms.null_bytes import has_null
from cms.pages.cache import lookups, marks
from cms.pages.cache.shells import Key, keep, store

GetResponse = Callable[[HttpRequest], HttpResponse]

# One renders, the others of this process wait for the result, at most this long.
WAIT_SECONDS: Final = 3.0
_LOCKS: Final = [threading.Lock() for _ in range(64)]
FRAGMENTS: Final = "/-/island/"
BLOCKS: Final = (FRAGMENTS, "/-/action/")


def page_cache_middleware(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponse]:
    """Keep shells, and give every other request the marks it may go by."""
    never = tuple(f"/{name}/" for name in (settings.ADMIN_PATH, "-", "documents", "static", "media"))

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        with marks.Span(lenient=path.startswith(FRAGMENTS)) as span:
            asks_shell = request.method in ("GET", "HEAD") and not path.startswith(never)
            if not asks_shell and not path.startswith(BLOCKS):
                return get_response(request)
            if has_null(request):  # refused further in, with every header
                return get_response(request)
            try:
                address = store.address(request)
                now = span.ask()
                if not asks_shell:
                    lookups.prepare(request)
            except (DisallowedHost, DatabaseError):
                return get_response(request)
            if not asks_shell:
                return get_response(request)
            answer = _routed(get_response)
            if WHOLE_PARAMETER in request.META.get("QUERY_STRING", "") or not _is_on():
                return answer(request)
            return _shell(request, address, now, answer)

    return middleware


def _routed(get_response: GetResponse) -> GetResponse:
    """Return the rest of the portal for a request that is told its site and its page."""

    def answer(request: HttpRequest) -> HttpResponse:
        lookups.prepare(request)
        lookups.route(request)
        return get_response(request)

    return answer


def _is_on() -> bool:
    return bool(settings.PAGE_CACHE_MB or settings.PAGE_CACHE_SHARED)


def _shell(request: HttpRequest, address: Key, now: marks.Marks, get_response: GetResponse) -> HttpResponse:
    if kept := store.find(request, address, now):
        return kept.answer(request)
    variant = store.variant(address, request)
    if request.method != "GET" or store.is_refused(variant, now):
        return get_response(request)
    lock = _LOCKS[hash(variant) % len(_LOCKS)]
    mine = lock.acquire(timeout=WAIT_SECONDS)
    try:
        # Somebody else may have made it while we waited.
        if kept := store.find(request, address, now):
            return kept.answer(request)
        return _make(request, address, variant, now, get_response)
    finally:
        if mine:
            lock.release()


def _make(
    request: HttpRequest, address: Key, variant: Key, now: marks.Marks, get_response: GetResponse
) -> HttpResponse:
    response = get_response(request)
    made = getattr(response, "portal_shell", None)
    kept = keep(made, response, now) if made is not None else None
    if made is None or kept is None:
        store.refuse(variant, now)
        return response
    store.put(request, address, made, kept)
    return kept.answer(request)
