"""Web authorisation: the consent page with users to choose from, and one-time codes."""

import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sandbox.context import Sandbox
from sandbox.errors import WeChatError
from sandbox.wechat import users

__all__ = ["SCOPES", "check_request", "exchange", "issue_code", "with_code"]

CODE_SECONDS = 300
SCOPES = {"snsapi_base", "snsapi_userinfo"}
MAX_STATE = 128
OAUTH_TOKEN_SECONDS = 7200


def check_request(sandbox: Sandbox, args: dict[str, str]) -> str:
    """Return what is wrong with an authorisation link, "" when nothing is."""
    redirect, portal = urlsplit(args.get("redirect_uri", "")), urlsplit(sandbox.options.portal_url)
    state = args.get("state", "")
    if args.get("appid") != sandbox.credentials.appid:
        return "appid 错误：公众号不存在"
    if args.get("response_type") != "code":
        return "response_type 应为 code"
    if args.get("scope") not in SCOPES:
        return "scope 参数错误或没有 scope 权限（10005）"
    if redirect.scheme not in {"http", "https"} or redirect.netloc != portal.netloc:
        return f"redirect_uri 域名与后台配置不一致（10003）：网页授权域名是 {portal.netloc}"
    if not state or len(state) > MAX_STATE:
        return "state 不能为空且不超过 128 字节：它保护用户不被他人的授权结果冒名"
    return ""


def issue_code(sandbox: Sandbox, openid: str, scope: str) -> str:
    """Return a code good for one exchange within five minutes."""
    code = "0" + secrets.token_hex(16)[:31]
    with sandbox.store.write() as db:
        db.execute("DELETE FROM oauth_codes WHERE expires_at < ?", (int(time.time()) - CODE_SECONDS,))
        db.execute(
            "INSERT INTO oauth_codes VALUES (?, ?, ?, ?, 0)", (code, openid, scope, int(time.time()) + CODE_SECONDS)
        )
    return code


def with_code(redirect_uri: str, code: str, state: str) -> str:
    """Return the redirect address with code and state added to whatever query it has."""
    parts = urlsplit(redirect_uri)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("code", code), ("state", state)]
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


def exchange(sandbox: Sandbox, args: dict[str, str]) -> dict[str, Any]:
    """Answer /sns/oauth2/access_token. Raises WeChatError."""
    if args.get("appid") != sandbox.credentials.appid:
        raise WeChatError(40013, "invalid appid")
    if not secrets.compare_digest(args.get("secret", "").encode(), sandbox.credentials.app_secret.encode()):
        raise WeChatError(40125, "invalid appsecret")
    if args.get("grant_type") != "authorization_code":
        raise WeChatError(40002, "invalid grant_type")
    code = args.get("code", "")
    if not code:
        raise WeChatError(41008, "missing code")
    with sandbox.store.write() as db:
        row = db.execute("SELECT * FROM oauth_codes WHERE code = ?", (code,)).fetchone()
        if row is None or row["expires_at"] < time.time():
            raise WeChatError(40029, "invalid code")
        if row["used"]:
            raise WeChatError(40163, "code been used")
        db.execute("UPDATE oauth_codes SET used = 1 WHERE code = ?", (code,))
    user = users.by_openid(sandbox.store, row["openid"])
    return {
        "access_token": secrets.token_urlsafe(48),
        "expires_in": OAUTH_TOKEN_SECONDS,
        "refresh_token": secrets.token_urlsafe(48),
        "openid": row["openid"],
        "scope": row["scope"],
        "unionid": "u" + row["openid"][1:] if user else "",
    }
