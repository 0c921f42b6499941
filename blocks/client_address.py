"""Where a request comes from, when proxies stand between."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def _trusted(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in ipaddress.ip_network(net, strict=False) for net in settings.TRUSTED_PROXIES)


def source_ip(request: HttpRequest) -> str | None:
    """Return the address of the person's machine, or None if it cannot be told.

    X-Forwarded-For is believed only as far as our own proxies wrote it: from the right, the first address that is not
    one of ``TRUSTED_PROXIES``. Anything further left was typed by whoever asked.
    """
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    address = request.META.get("REMOTE_ADDR", "")
    while hops and _trusted(address):
        address = hops.pop()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
