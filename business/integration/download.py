"""Fetching a file from an address that somebody outside wrote down: pictures of pasted articles.

Such an address is a way into the hospital's network (SSRF): only http and https, only hosts on the list, and only
where the name leads to public addresses, looked up once and connected to as looked up. Each hop of a redirect is held
to the same. Never inside a transaction.
"""

import functools
import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

import httpcore
from django.conf import settings

from business.integration.http import ForbiddenAddress, OutsideClient
from business.integration.outcomes import Refused

SYSTEM = "pictures"
SECONDS = 10.0
MOST_BYTES = 10_000_000
MOST_HOPS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})

NOT_LISTED = "NOT_LISTED"
NOT_PUBLIC = "NOT_PUBLIC"


def is_listed(host: str) -> bool:
    """Whether a host is on the list of settings, itself or below one that is."""
    host = host.lower().rstrip(".")
    return any(host == one or host.endswith(f".{one}") for one in settings.PICTURE_HOSTS)


def is_inside(netloc: str) -> bool:
    """Whether a host and port are named as the hospital's own, which need not be public."""
    return netloc.lower() in settings.PICTURE_HOSTS_INSIDE


def public_address(host: str, port: int) -> str:
    """Return the address a public host name stands for; raise ConnectError where any of its addresses is not public."""
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    for one in found:
        ip = ipaddress.ip_address(one.partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if not ip.is_global or ip.is_multicast:
            raise httpcore.ConnectError(NOT_PUBLIC)
    return min(found, key=lambda one: (":" in one, one))  # IPv4 first: hospitals seldom have the other


@functools.lru_cache(maxsize=32)
def _client(origin: str, inside: bool) -> OutsideClient:
    return OutsideClient(
        SYSTEM, origin, timeout=SECONDS, max_bytes=MOST_BYTES, resolve=None if inside else public_address
    )


def fetch_file(url: str) -> bytes:
    """Return what stands at a web address.

    Raises Refused (NOT_LISTED, HTTP_404 …), NotSent (no connection, no public address) or Unknown (no answer within
    :data:`SECONDS`, more than :data:`MOST_BYTES`).
    """
    for _hop in range(MOST_HOPS):
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise Refused(NOT_LISTED, "not an address") from error
        inside = is_inside(parts.netloc)
        if parts.scheme not in {"http", "https"} or parts.username or not parts.hostname:
            raise Refused(NOT_LISTED, "not a web address")
        if not inside and not (is_listed(parts.hostname) and port in {None, 80, 443}):
            raise Refused(NOT_LISTED, parts.hostname)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with _client(f"{parts.scheme}://{parts.netloc}", inside).call("fetch") as call:
                response = call.request("GET", path, headers={"accept": "image/*"})
                if response.status >= 400:  # noqa: PLR2004
                    raise Refused(f"HTTP_{response.status}")
        except ForbiddenAddress as error:
            raise Refused(NOT_LISTED, "not a path") from error
        if response.status not in REDIRECTS:
            return response.content
        url = urljoin(url, response.headers.get("location", ""))
    raise Refused("REDIRECTS", "too many")
