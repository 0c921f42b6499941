"""The HTTP edge of sign-in: to WeChat and back with a state of our own, a session cookie, sign-out."""

import secrets
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import segno
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from blocks.client_address import source_ip
from blocks.visitor import entrance_of
from business.integration.outcomes import Unknown
from business.patients import sessions, signin
from business.patients.models import Account
from business.security import crypto
from business.security.errors import PortalError
from themes.look import COOKIE as LOOK_COOKIE
from themes.look import Look

REAL_WECHAT: Final = "https://open.weixin.qq.com"
STATE_COOKIE: Final = "ph_signin"
STATE_SECONDS: Final = 600
STATES_KEPT: Final = 3  # tabs that may be on their way to WeChat at once
SALT: Final = "blocks.patients.signin"
LONGEST_NEXT: Final = 1000
MOVED: Final = "moved"  # says that the browser was sent to the registered name once; never twice


def safe_next(request: HttpRequest, target: str) -> str:
    """Return ``target`` if it is a path of this site, else the home page: nobody is sent elsewhere after sign-in."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and len(target) <= LONGEST_NEXT
    if plain and url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=False):
        own = (reverse("signin"), reverse("signout"))
        return "/" if target.partition("?")[0].startswith(own) else target
    return "/"


def _real_wechat() -> bool:
    return str(settings.WECHAT["OPEN_URL"]).rstrip("/") == REAL_WECHAT


def _elsewhere(request: HttpRequest) -> bool:
    """Tell whether the browser calls this site by another name than WeChat does: cookies would not come along."""
    return urlsplit(str(settings.PORTAL_URL)).netloc != request.get_host() and MOVED not in request.GET


def _states(request: HttpRequest) -> list[list[str]]:
    try:
        states: list[list[str]] = signing.loads(request.COOKIES.get(STATE_COOKIE, ""), salt=SALT, max_age=STATE_SECONDS)
    except signing.BadSignature:
        return []
    return states


def _message(request: HttpRequest, *, title: str, text: str, status: int = 200, **context: Any) -> HttpResponse:
    look = Look.from_cookie(request.COOKIES.get(LOOK_COOKIE, ""))
    shell = {
        "hospital_name": settings.WAGTAIL_SITE_NAME,
        "show_title_bar": True,
        "back_url": "/",
        "path": "/",
        "care": look.care,
        "mode": look.mode,
    }
    return render(
        request,
        "blocks/patients/message.html",
        {"shell": shell, "page_title": _("登录"), "title": title, "text": text, **context},
        status=status,
    )


def _failed(request: HttpRequest, text: str, target: str, *, title: str = "", status: int = 400) -> HttpResponse:
    return _message(
        request,
        title=title or _("没有登录成功"),
        text=text,
        status=status,
        action_label=_("重新登录"),
        action_url=f"{reverse('signin')}?{urlencode({'next': target})}",
        is_error=True,
    )


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to WeChat; outside WeChat show how to get there."""
    target = safe_next(request, request.GET.get("next", "/"))
    if request.account is not None:  # type: ignore[attr-defined]
        return HttpResponseRedirect(target)
    if _real_wechat() and entrance_of(request.headers.get("User-Agent", "")) != "wechat":
        return _open_in_wechat(request, target)
    if _elsewhere(request):
        query = urlencode({"next": target, MOVED: "1"})
        return HttpResponseRedirect(f"{settings.PORTAL_URL}{reverse('signin')}?{query}")
    state = secrets.token_urlsafe(24)
    response = HttpResponseRedirect(signin.authorize_url(state, f"{settings.PORTAL_URL}{reverse('signin_wechat')}"))
    states = [*_states(request), [state, target]][-STATES_KEPT:]
    response.set_cookie(
        STATE_COOKIE,
        signing.dumps(states, salt=SALT, compress=True),
        max_age=STATE_SECONDS,
        path=reverse("signin"),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def _open_in_wechat(request: HttpRequest, target: str) -> HttpResponse:
    address = f"{settings.PORTAL_URL}{reverse('signin')}?{urlencode({'next': target})}"
    code = segno.make(address, error="m", micro=False)
    # Drawn by segno from our own address: paths and numbers only, nothing of it is markup of somebody else.
    picture = mark_safe(code.svg_inline(border=2, omitsize=True))  # noqa: S308
    return _message(
        request,
        title=_("请在微信中打开"),
        text=_("预约、缴费等服务需要微信登录。请用微信扫描二维码，或复制本页地址到微信中打开。"),
        qr=picture,
    )


@never_cache
@require_GET
def wechat_callback(request: HttpRequest) -> HttpResponse:
    """Take WeChat's answer: compare the state, change the code for an account, open a session."""
    state = request.GET.get("state", "")
    target = next((path for known, path in _states(request) if crypto.same(known, state)), None)
    if target is None:
        return _failed(request, _("登录页面已过期，或不是从本站打开的，请重新登录。"), "/")
    target = safe_next(request, target)
    code = request.GET.get("code", "")
    if not code or code == "authdeny":
        return _failed(request, _("您没有同意微信登录。浏览医院信息不需要登录，预约和缴费时再登录即可。"), target)
    try:
        account = signin.account_from_code(code)
    except PortalError as problem:
        if problem.code == "code_used" and request.account is not None:  # type: ignore[attr-defined]
            return HttpResponseRedirect(target)  # WeChat's browser opened the same address twice
        return _failed(request, problem.sentence, target)
    except Unknown:
        return _failed(request, _("微信暂时没有回应，请稍后重新登录。"), target, status=503)
    return _signed_in(request, account, target)


def _signed_in(request: HttpRequest, account: Account, target: str) -> HttpResponse:
    sessions.end(request.COOKIES.get(settings.ACCOUNT_COOKIE, ""), source_ip=source_ip(request))
    token = sessions.start(account, entrance_of(request.headers.get("User-Agent", "")), source_ip=source_ip(request))
    response = HttpResponseRedirect(target)
    response.set_cookie(
        settings.ACCOUNT_COOKIE,
        token,
        max_age=int(settings.ACCOUNT_MAX_HOURS * 3600),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    response.delete_cookie(STATE_COOKIE, path=reverse("signin"), samesite="Lax")
    return response


@never_cache
@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    """End the session here and on the server."""
    sessions.end(request.COOKIES.get(settings.ACCOUNT_COOKIE, ""), source_ip=source_ip(request))
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", "/")))
    response.delete_cookie(settings.ACCOUNT_COOKIE, samesite="Lax")
    response["Clear-Site-Data"] = '"cache"'
    return response
