"""Whether an answer helped: one vote of each visitor, which may be changed; nothing that says who it was."""

import re
import secrets
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from blocks.client_address import source_ip
from blocks.visitor import visitor_of
from business.security.errors import InvalidInput, PortalError
from business.security.masking import mask_text

if TYPE_CHECKING:
    from cms.help.models import HelpPage

EXTRA = "help_vote"  # where a refused vote waits for the page to be shown again
COOKIE = "ph_help"
COOKIE_SECONDS = 365 * 24 * 3600
SALT = "help.vote"
MOST_OF_ONE_ADDRESS = 60  # votes in that time: a ward's wireless network
ADDRESS_SECONDS = 1800
LONGEST_REASON = 200
TOO_MANY = "提交得太频繁了，请过一会儿再试"
SPACES = re.compile(r"\s+")


def token_of(request: HttpRequest) -> str:
    """Return the random token of a visitor's cookie, empty where there is none of ours."""
    try:
        return str(request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=COOKIE_SECONDS))
    except BadSignature:
        return ""


def remember(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Keep the token in the visitor's browser."""
    response.set_signed_cookie(
        COOKIE, token, salt=SALT, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure()
    )


def visitor_key(page: "HelpPage", request: HttpRequest, token: str) -> str:
    """Return the keyed hash that stands for this visitor at this answer; empty for somebody nothing is known of."""
    account = visitor_of(request).account
    who = f"account:{account.ref}" if account is not None else f"cookie:{token}" if token else ""
    return salted_hmac(SALT, f"{page.pk}|{who}", algorithm="sha256").hexdigest() if who else ""


def context_for(
    page: "HelpPage", request: HttpRequest, refused: dict[str, Any] | None = None, *, token: str = ""
) -> dict[str, Any]:
    """Return what the form shows: the visitor's vote, or the refused one with its sentence.

    ``token`` is the one that the visitor's browser is given with this very answer.
    """
    from cms.help.models import HelpVote

    key = visitor_key(page, request, token or token_of(request))
    vote = HelpVote.objects.filter(answer=page, visitor=key).first() if key else None
    kept = {"is_helpful": vote.is_helpful if vote else None, "reason": vote.reason if vote else ""}
    return {**kept, "is_given": vote is not None, "longest": LONGEST_REASON, **(refused or {})}


def _check_address(request: HttpRequest) -> None:
    """Count a vote of this address; only a keyed hash of it is kept, for half an hour."""
    key = f"help-votes:{salted_hmac(SALT, source_ip(request) or '').hexdigest()}"
    cache.add(key, 0, ADDRESS_SECONDS)
    try:
        number = cache.incr(key)
    except ValueError:  # it ran out between the two lines
        return
    if number > MOST_OF_ONE_ADDRESS:
        raise PortalError(_(TOO_MANY), code="too_many")


def cast(page: "HelpPage", request: HttpRequest) -> str:
    """Keep or change the posted vote; return a token to remember where the visitor has none yet, else empty.

    Raises InvalidInput for what was posted, PortalError for too many votes of one address. Numbers that look like
    phone or ID numbers are masked before the reason is kept.
    """
    from cms.help.models import HelpVote

    choice = request.POST.get("helpful", "")
    if choice not in {"0", "1"}:
        raise InvalidInput(_("请选择有没有帮助"), field="helpful")
    reason = SPACES.sub(" ", request.POST.get("reason", "")).strip()
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(_("最多写 200 个字，请说得短一些"), field="reason")
    _check_address(request)
    token, fresh = token_of(request), ""
    if not visitor_key(page, request, token):
        token = fresh = secrets.token_urlsafe(16)
    HelpVote.objects.update_or_create(
        answer=page,
        visitor=visitor_key(page, request, token),
        defaults={"is_helpful": choice == "1", "reason": mask_text(reason) if choice == "0" else ""},
    )
    return fresh
