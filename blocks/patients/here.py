"""Where the patient is, and the way to sign in and back: for links inside islands, whose own address is another."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils.http import url_has_allowed_host_and_scheme

from blocks import roles
from blocks.rendering import WHOLE_PARAMETER

if TYPE_CHECKING:
    from business.patients.models import Account


def account_in(context: Mapping[str, Any]) -> "Account | None":
    """Return the signed-in account of a block's context, None for a guest and in previews."""
    visitor = context.get("visitor")
    if visitor is None or context.get("is_preview"):
        return None
    account: Account | None = visitor.account
    return account


def parameters(context: Mapping[str, Any]) -> dict[str, str]:
    """Return the page's own query parameters; the last of a repeated one."""
    request = context.get("request")
    found = dict(request.GET.items()) if request is not None else {}
    found.pop(WHOLE_PARAMETER, None)
    return found


def is_whole(context: Mapping[str, Any]) -> bool:
    """Whether the page is shown whole (no JavaScript), so that its links stay with that."""
    request = context.get("request")
    return bool(request is not None and request.GET.get(WHOLE_PARAMETER))


def here(context: Mapping[str, Any], **changes: object) -> str:
    """Return the address of the page with its query, some parameters changed; None removes one."""
    query: dict[str, object] = {**parameters(context), **changes}
    return _join(context.get("page_url") or "", {k: v for k, v in query.items() if v not in (None, "")})


def fragment(context: Mapping[str, Any], **changes: object) -> str:
    """Return the island's address with the page's query; a removed parameter stays as an empty one.

    The portal's script adds what the page's address has and the fragment's has not, hence the empty ones.
    """
    query: dict[str, object] = {**parameters(context), **{k: "" if v is None else v for k, v in changes.items()}}
    address = context.get("island_url") or ""
    return _join(address, query) if address else ""


def _join(address: str, query: Mapping[str, object]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


def sign_in_url(context: Mapping[str, Any]) -> str:
    """Return where a guest signs in and comes back to this very page."""
    return roles.with_query("/-/signin/", next=here(context))


def safe_next(address: str | None) -> str:
    """Return ``address`` if it is a path of this portal, else an empty text: never an open redirect."""
    if not address or not address.startswith("/") or "\\" in address:
        return ""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""
