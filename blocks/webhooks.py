"""Where the official account's server configuration leads: WeChat tells what people do and what became of messages."""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from business.messaging import inbound

logger = logging.getLogger(__name__)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def wechat_notice(request: HttpRequest) -> HttpResponse:
    """GET: WeChat checks that the address is ours. POST: a message or an event; ``success`` ends its repeating."""
    params = request.GET.dict()
    try:
        if request.method == "GET":
            inbound.check_signature(params)
            return HttpResponse(params.get("echostr", ""), content_type="text/plain; charset=utf-8")
        inbound.receive(params, request.body)
    except inbound.NotFromWeChat:
        logger.warning("a notice with a wrong signature was refused")
        return HttpResponse("", status=403, content_type="text/plain")
    return HttpResponse("success", content_type="text/plain")
