"""Kept shells: in the process, and beside it in a cache that all processes share where there is one (Redis)."""

import functools
import gzip
import hashlib
import threading
import time
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.html import escape
from django.utils.http import parse_etags

from blocks.rendering import WHOLE_PARAMETER
from cms.pages.cache import watch
from cms.pages.cache.marks import Marks
from cms.pages.cache.neutral import HOLE

# A net below exactness: what somebody changed behind the portal's back is seen after this long.
LONGEST: Final = timedelta(minutes=10)
REFUSALS: Final = 1000
NO_QUERY: Final = f"{WHOLE_PARAMETER}=1"
COMPRESS_FROM: Final = 500  # bytes

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Made:
    """A shell as the page made it, before any middleware saw it."""

    body: bytes  # with the hole
    notes: watch.Notes
    names: frozenset[str] | None  # query parameters it depends on, None for all


@dataclass
class Kept:
    """A shell with its headers, good as long as its marks are."""

    body: bytes
    headers: dict[str, str]
    marks: dict[str, int]
    notes: watch.Notes
    digest: str = ""
    packed: bytes = field(default=b"", compare=False)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.body) + len(self.packed) + 2000

    def is_good(self, now: Marks, at: datetime) -> bool:
        """Whether it is what the page would answer now."""
        if self.notes.until is not None and self.notes.until <= at:
            return False
        return all(now.get(tag, 0) == mark for tag, mark in self.marks.items())

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return the answer to this request: whole, compressed, or that nothing has changed."""
        query = request.META.get("QUERY_STRING", "")
        packed = bool(self.packed) and not query and "gzip" in request.headers.get("Accept-Encoding", "")
        etag = f'"{self.digest}{f"-{zlib.crc32(query.encode()):x}" if query else ""}{"-gz" if packed else ""}"'
        # nginx reckons in whole seconds: kept to the end of this one, it never shows what is older than a second.
        headers = {**self.headers, "ETag": etag, "X-Accel-Expires": f"@{int(time.time())}"}
        known = request.headers.get("If-None-Match", "")
        if known and etag in (found.removeprefix("W/") for found in parse_etags(known)):
            headers.pop("Content-Type", None)
            return HttpResponseNotModified(headers=headers)
        body = self.packed if packed else fill(self.body, request)
        if packed:
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        return HttpResponse(b"" if request.method == "HEAD" else body, headers=headers)


def fill(body: bytes, request: HttpRequest) -> bytes:
    """Put the visitor's own query into the address of the whole page."""
    text = NO_QUERY
    if request.GET:
        query = request.GET.copy()
        query[WHOLE_PARAMETER] = "1"
        text = query.urlencode()
    return body.replace(HOLE.encode(), escape(text).encode())


def keep(made: Made, response: HttpResponse, now: Marks) -> Kept | None:
    """Return what may be kept of an answer, None where it may not be kept."""
    cache_control = response.headers.get("Cache-Control", "")
    refused = (
        response.status_code != 200  # noqa: PLR2004
        or bool(response.cookies)
        or "public" not in cache_control
        or "no-store" in cache_control
        or "private" in cache_control
        or "Cookie" in response.headers.get("Vary", "")
        or "nonce-" in response.headers.get("Content-Security-Policy", "")
        or made.notes.unwatched
    )
    if refused:
        return None
    made.notes.add("pages", "media", "studio", until=timezone.now() + LONGEST)
    headers = {name: value for name, value in response.headers.items() if name not in {"Content-Length", "ETag"}}
    kept = Kept(
        made.body,
        headers,
        {tag: now.get(tag, 0) for tag in made.notes.tags},
        made.notes,
        digest=hashlib.blake2b(made.body, digest_size=10).hexdigest(),
    )
    if len(made.body) >= COMPRESS_FROM:
        kept.headers["Vary"] = ", ".join(filter(None, [kept.headers.get("Vary", ""), "Accept-Encoding"]))
        filled = made.body.replace(HOLE.encode(), NO_QUERY.encode())
        kept.packed = gzip.compress(filled, 6, mtime=0)
    return kept


class Store:
    """Both tiers. An address may have variants; which query parameters make one is learnt from the page itself."""

    def __init__(self) -> None:
        """Begin empty."""
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._names: dict[Key, frozenset[str] | None] = {}
        self._refused: dict[Key, Marks] = {}
        self._size = 0
        self._lock = threading.Lock()

    # --- keys --------------------------------------------------------------------------------------------------

    @staticmethod
    def address(request: HttpRequest) -> Key:
        """Return scheme, host and path; raises DisallowedHost."""
        return (request.scheme, request.get_host(), request.path_info)

    def variant(self, address: Key, request: HttpRequest) -> Key:
        """Return the address with the parameters that matter to it."""
        names = self._names.get(address, frozenset())
        return self._variant(address, names, request)

    @staticmethod
    def _variant(address: Key, names: frozenset[str] | None, request: HttpRequest) -> Key:
        if names is None:
            return (*address, request.META.get("QUERY_STRING", ""))
        if not names:
            return address
        return (*address, *((name, *request.GET.getlist(name)) for name in sorted(names)))

    # --- reading and writing -----------------------------------------------------------------------------------

    def find(self, request: HttpRequest, address: Key, now: Marks) -> Kept | None:
        """Return the shell kept for a request if it is still good."""
        at = timezone.now()
        kept = self._kept.get(self.variant(address, request))
        if kept is not None and kept.is_good(now, at):
            return kept
        return self._find_shared(request, address, now, at) if settings.PAGE_CACHE_SHARED else None

    def _find_shared(self, request: HttpRequest, address: Key, now: Marks, at: datetime) -> Kept | None:
        found = caches["default"].get(_shared_key(self.variant(address, request)))
        if isinstance(found, frozenset) or found == ALL_NAMES:
            names = None if found == ALL_NAMES else frozenset(found)
            self._names[address] = names
            found = caches["default"].get(_shared_key(self._variant(address, names, request)))
        if isinstance(found, Kept) and found.is_good(now, at):
            self._keep_here(address, self.variant(address, request), found)
            return found
        return None

    def put(self, request: HttpRequest, address: Key, made: Made, kept: Kept) -> None:
        """Keep a shell in every tier."""
        names = self._names.get(address, frozenset())
        names = None if names is None or made.names is None else names | made.names
        self._names[address] = names
        variant = self._variant(address, names, request)
        self._keep_here(address, variant, kept)
        if settings.PAGE_CACHE_SHARED:
            seconds = int(LONGEST.total_seconds())
            if variant != address:
                caches["default"].set(_shared_key(address), ALL_NAMES if names is None else names, seconds)
            caches["default"].set(_shared_key(variant), kept, seconds)

    def _keep_here(self, address: Key, variant: Key, kept: Kept) -> None:
        limit = settings.PAGE_CACHE_MB * 1_000_000
        if kept.size > limit:
            return
        with self._lock:
            if (old := self._kept.pop(variant, None)) is not None:
                self._size -= old.size
            self._kept[variant] = kept
            self._size += kept.size
            while self._size > limit:
                gone, old = self._kept.popitem(last=False)
                self._size -= old.size
                self._names.pop(gone[: len(address)], None)

    def refuse(self, variant: Key, now: Marks) -> None:
        """Remember that an address answers nothing that can be kept, so that nobody waits for it."""
        if len(self._refused) > REFUSALS:
            self._refused.clear()
        self._refused[variant] = now

    def is_refused(self, variant: Key, now: Marks) -> bool:
        """Whether an address is known to answer nothing that can be kept."""
        return self._refused.get(variant) == now

    def forget(self) -> None:
        """Forget everything kept in this process."""
        with self._lock:
            self._kept.clear()
            self._names.clear()
            self._refused.clear()
            self._size = 0


ALL_NAMES: Final = "*"
store = Store()


def _shared_key(key: Key) -> str:
    return f"shell:{_release()}:{hashlib.blake2b(repr(key).encode(), digest_size=16).hexdigest()}"


@functools.cache
def _release() -> str:
    """Return what tells this release of the code and this installation from others in the shared cache."""
    digest = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=10)
    digest.update(str(settings.DATABASES["default"]["NAME"]).encode())
    for folder in ("cms", "blocks", "themes", "business"):
        for file in sorted((Path(settings.BASE_DIR) / folder).rglob("*")):
            if file.suffix in {".py", ".html", ".css", ".js", ".svg", ".mo"}:
                digest.update(str(file).encode() + file.read_bytes())
    return digest.hexdigest()
