"""Who looks at a page: through which entrance, for which campus, signed in or not."""

import re
from typing import TYPE_CHECKING, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from business.patients.models import Account, Patient

ENTRANCES: Final[list[tuple[str, str]]] = [
    ("wechat", _("微信公众号")),
    ("mini_program", _("微信小程序")),
    ("alipay", _("支付宝")),
    ("browser", _("浏览器")),
]

CAMPUS_COOKIE: Final = "ph_campus"
CAMPUS_CODE = re.compile(r"[\w.-]{1,40}")


def entrance_of(user_agent: str) -> str:
    """Return the entrance a User-Agent speaks of: wechat, mini_program, alipay or browser."""
    if "AlipayClient" in user_agent:
        return "alipay"
    if "miniProgram" in user_agent:
        return "mini_program"
    if "MicroMessenger" in user_agent:
        return "wechat"
    return "browser"


def campus_of(request: HttpRequest) -> str:
    """Return the code of the campus the visitor chose (query first, then cookie), empty for none."""
    code = request.GET.get("campus") or request.COOKIES.get(CAMPUS_COOKIE, "")
    return code if CAMPUS_CODE.fullmatch(code) else ""


class Visitor:
    """The visitor of one request; remembers whether anybody asked who it is, which forbids caching the answer."""

    def __init__(self, request: HttpRequest) -> None:
        """Read nothing yet: a page for everybody must not touch cookies."""
        self._request = request
        self.account_used = False

    @property
    def account(self) -> "Account | None":
        """The signed-in account, None for a guest."""
        self.account_used = True
        return getattr(self._request, "account", None) or None

    @property
    def patients(self) -> "list[Patient]":
        """The account's listed patients, none for a guest; asked before the account, both come in one query."""
        self.account_used = True
        return getattr(self._request, "patients", None) or []

    @property
    def entrance(self) -> str:
        """The entrance by User-Agent."""
        return entrance_of(self._request.headers.get("User-Agent", ""))

    @property
    def campus(self) -> str:
        """The chosen campus's code, empty for none."""
        return campus_of(self._request)


def visitor_of(request: HttpRequest) -> Visitor:
    """Return the request's visitor, one object per request."""
    visitor = getattr(request, "portal_visitor", None)
    if visitor is None:
        visitor = request.portal_visitor = Visitor(request)  # type: ignore[attr-defined]
    return visitor
