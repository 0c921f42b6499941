"""Every change that staff ask for leaves a trace, also where Wagtail's own views do the work."""

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib.messages import ERROR, get_messages
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse

from business.security.models import AuditEvent
from cms.backoffice.audit import trail
from cms.backoffice.audit.current import serving

# Sent by the editor every few seconds while somebody types; they change nothing that lasts.
CHATTER = re.compile(
    r"preview|editing_sessions|dismissibles|comments_subscription|userbar|checks?_run|compose_(copy|paste)"
)
CLIENT_ERROR = 400
FOUND = 302


def desk_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Keep the request at hand for the signals, and write down each POST that no view has written down itself."""
    prefix = f"/{settings.ADMIN_PATH.strip('/')}/"

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(prefix):
            return get_response(request)
        with serving(request):
            response = get_response(request)
            _write_down(request, response)
        return response

    return middleware


def _is_refusal(request: HttpRequest, response: HttpResponse) -> bool:
    """Tell a refusal: those who may not enter are sent to sign in, the others to the first page with an error."""
    if response.status_code in {401, 403}:
        return True
    if not request.user.has_perm("wagtailadmin.access_admin"):
        return True
    queued = getattr(get_messages(request), "_queued_messages", [])
    return (
        response.status_code == FOUND
        and response.headers.get("Location") == reverse("wagtailadmin_home")
        and any(message.level == ERROR for message in queued)
    )


def _write_down(request: HttpRequest, response: HttpResponse) -> None:
    if getattr(request, "deed_written", False) or not request.user.is_authenticated:
        return
    refused = _is_refusal(request, response)
    if request.method in {"GET", "HEAD", "OPTIONS"} and not refused:
        return
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return
    if CHATTER.search(match.view_name):
        return
    result = AuditEvent.Result.FAILED if response.status_code >= CLIENT_ERROR else AuditEvent.Result.OK
    if refused:
        result = AuditEvent.Result.DENIED
    trail.deed(
        request,
        "staff.denied" if refused else "staff.request",
        object_type=match.view_name[:60],
        object_ref="/".join(str(value) for value in [*match.args, *match.kwargs.values()])[:64],
        result=result,
        detail={"path": request.path, "status": response.status_code},
    )
