"""Pushing the official account's menu: what will stand there, what stands there now, and what WeChat said."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.auth import permission_required

from business.integration.outcomes import OutsideError, Refused
from business.integration.wechat import menu as wechat_menu
from cms.backoffice.audit import trail
from cms.studio import menu as menus
from cms.studio.models import WechatMenu

PUSH = "studio.push_wechatmenu"


@require_http_methods(["GET", "POST"])
@permission_required(PUSH)
def push(request: HttpRequest) -> HttpResponse:
    """Show the saved draft as a phone, with its checks; push it, or take the account's menu away."""
    menu = WechatMenu.load(request_or_site=request)
    if request.method == "POST":
        return _do(request, menu)
    live: list[dict[str, Any]] | None = None
    trouble = ""
    try:
        live = wechat_menu.current()
    except (OutsideError, ImproperlyConfigured) as error:
        trouble = _sentence(error)
    buttons = menus.buttons_of(menu)
    context = {
        "menu": menu,
        "buttons": buttons,
        "problems": menus.problems_of(menu),
        "live": live,
        "is_same": live is not None and live == buttons,
        "trouble": trouble,
    }
    return TemplateResponse(request, "studio/menu_push.html", context)


def _do(request: HttpRequest, menu: WechatMenu) -> HttpResponse:
    deleting = request.POST.get("action") == "delete"
    try:
        menus.delete(request, menu) if deleting else menus.push(request, menu)
    except (OutsideError, ImproperlyConfigured, ValueError) as error:
        trail.deed(
            request, "menu.failed", menu, result="failed", detail={"deleting": deleting, "why": _sentence(error)[:300]}
        )
        messages.error(request, _("没有推送：%(reason)s") % {"reason": _sentence(error)})
        return redirect("studio_menu_push")
    done = (
        _("已删除公众号菜单。") if deleting else _("已推送到公众号。关注者重新进入公众号，或最多 24 小时后看到新菜单。")
    )
    messages.success(request, done)
    return redirect("studio_menu_push")


def _sentence(error: Exception) -> str:
    if isinstance(error, Refused):
        return _("微信拒绝了（%(code)s %(words)s）。") % {"code": error.code, "words": error.message}
    if isinstance(error, ImproperlyConfigured):
        return _("没有配置公众号。")
    if isinstance(error, OutsideError):
        return _("微信没有回答，不知道是否生效，请稍后再试；重复推送不会有副作用。")
    return str(error)
