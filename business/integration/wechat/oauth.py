"""Sign-in with WeChat: silent web authorisation (``snsapi_base``) through wechatpy."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from wechatpy.exceptions import WeChatOAuthException
from wechatpy.oauth import WeChatOAuth

from business.integration.outcomes import Refused, Unknown
from business.integration.wechat.client import outside
from business.integration.wechat.transport import Transport


class SnapshotUser(Exception):
    """WeChat gave a virtual openid (a snapshot page): it must never be bound to a person (protocols.md §1.1)."""


@dataclass(frozen=True)
class WeChatUser:
    """Whom a one-time code stands for."""

    app_id: str
    openid: str
    unionid: str


def _oauth(redirect_uri: str = "", state: str = "") -> Any:
    wechat: dict[str, Any] = settings.WECHAT
    oauth = WeChatOAuth(wechat["APP_ID"], wechat["SECRET"], redirect_uri, scope="snsapi_base", state=state)
    oauth.API_BASE_URL = f"{wechat['API_URL'].rstrip('/')}/"
    oauth.OAUTH_BASE_URL = f"{wechat['OPEN_URL'].rstrip('/')}/connect/"
    oauth._http = Transport(outside())
    return oauth


def authorize_url(*, state: str, redirect_uri: str) -> str:
    """Return where to send the browser; WeChat sends it back to ``redirect_uri`` with a code and our state."""
    url: str = _oauth(redirect_uri, state).authorize_url
    return url


def user_from_code(code: str) -> WeChatUser:
    """Change a one-time code for the user.

    Raises Refused (40029 not a code, 40163 used before), Unknown, or SnapshotUser.
    """
    try:
        answer = _oauth().fetch_access_token(code)
    except WeChatOAuthException as error:
        if error.errcode is None:
            raise Unknown("wechat: HTTP error") from error
        raise Refused(str(error.errcode), str(error.errmsg)) from error
    except (KeyError, ValueError, TypeError) as error:
        raise Unknown("wechat: unreadable answer") from error
    if answer.get("is_snapshotuser"):
        raise SnapshotUser
    openid = answer["openid"]
    if not isinstance(openid, str) or not openid:
        raise Unknown("wechat: no openid in the answer")
    return WeChatUser(str(settings.WECHAT["APP_ID"]), openid, str(answer.get("unionid") or ""))
