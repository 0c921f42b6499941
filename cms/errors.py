"""Error pages in the hospital's own words and look; plain ones where even the database is away."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cms.pages.shell import Shell, site_shell

logger = logging.getLogger("portal.errors")


def _page(request: HttpRequest, status: int, title: str, text: str, icon: str = "alert-circle") -> HttpResponse:
    try:
        shell = site_shell(request, request.path)
    except Exception:  # the database is away, or no site has this name: an error page must not be the next error
        logger.exception("the error page has no shell")
        shell = Shell(hospital_name=_("掌上医院"))
    context: dict[str, Any] = {"shell": shell, "page_title": title, "title": title, "text": text, "icon": icon}
    response = render(request, "pages/error.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent something unreadable."""
    return _page(request, 400, _("请求有误"), _("请返回上一页重新操作。"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: not meant for this visitor."""
    return _page(request, 403, _("不能打开这一页"), _("您没有查看这一页的权限。"), "lock")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or no longer."""
    return _page(request, 404, _("没有找到这一页"), _("它可能已经下线，或者地址有误。"), "search-off")


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more than any form here asks for."""
    return _page(request, 413, _("填写的内容太长"), _("请返回上一页，把文字缩短后再提交。"))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; touches nothing that may be broken."""
    try:
        context = {"shell": Shell(hospital_name=_("掌上医院")), "page_title": _("系统繁忙")}
        context |= {"title": _("系统繁忙"), "text": _("请稍后再试。已完成的预约和付款不受影响。"), "icon": "alert"}
        response = render(request, "pages/error.html", context, status=500)
    except Exception:
        logger.exception("the page for errors failed itself")
        response = HttpResponse("系统繁忙，请稍后再试。", status=500, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of the CSRF check: mostly a page left open for long, or cookies switched off."""
    return _page(
        request, 403, _("页面已过期"), _("请返回上一页，刷新后重新提交；并请确认手机没有禁用 Cookie。"), "clock"
    )
