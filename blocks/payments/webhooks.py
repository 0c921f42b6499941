"""Where payment channels reach the portal."""

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from business.payments import services

logger = logging.getLogger(__name__)


@csrf_exempt
@never_cache
@require_POST
def wechatpay_notice(request: HttpRequest) -> HttpResponse:
    """Take a notice of WeChat Pay: 204 once it is stored, else an error so that it comes again (protocols.md §2.3)."""
    try:
        services.handle_notification(request.headers, request.body)
    except services.BadNotification as bad:
        logger.warning("wechatpay notice refused: %s", bad)
        return _fail(bad.message, bad.status)
    except Exception:
        logger.exception("wechatpay notice could not be applied")
        return _fail("系统繁忙", 500)
    return HttpResponse(status=204)


def _fail(message: str, status: int) -> JsonResponse:
    return JsonResponse({"code": "FAIL", "message": message}, status=status, json_dumps_params={"ensure_ascii": False})
