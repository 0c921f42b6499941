"""Sign-in with WeChat: from a one-time code to an account."""

from business.integration import wechat
from business.integration.outcomes import Refused
from business.patients import accounts
from business.patients.errors import SignInFailed
from business.patients.models import Account

CODE_USED = "40163"
CODE_WRONG = "40029"


def authorize_url(state: str, redirect_uri: str) -> str:
    """Return where the browser asks WeChat who its user is; WeChat sends it back to ``redirect_uri``."""
    return wechat.authorize_url(state=state, redirect_uri=redirect_uri)


def account_from_code(code: str) -> Account:
    """Return the account of the person a one-time code stands for.

    Raises SignInFailed (a code of its own for each reason), AccountDisabled, or ``outcomes.Unknown`` where WeChat is
    silent.
    """
    try:
        user = wechat.user_from_code(code)
    except wechat.SnapshotUser:
        raise SignInFailed(
            "您正在浏览的是微信快照页，请点击页面底部的“使用完整服务”后再登录", code="snapshot"
        ) from None
    except Refused as refusal:
        if refusal.code in {CODE_USED, CODE_WRONG}:
            raise SignInFailed("登录链接已使用过或已过期，请重新登录", code="code_used") from refusal
        raise SignInFailed("微信没有通过本次登录，请稍后再试", code="refused") from refusal
    return accounts.of_wechat(user)
