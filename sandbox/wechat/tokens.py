"""Interface tokens and JS-SDK tickets: the stable one repeats itself, the old one invalidates its predecessor."""

import secrets
import time
from typing import Any

from sandbox.context import Sandbox
from sandbox.errors import WeChatError

__all__ = ["check", "check_client", "classic", "stable", "ticket"]

LIFE_SECONDS = 7200
RENEW_BEFORE_SECONDS = 300
OLD_TOKEN_GRACE_SECONDS = 300


def check_client(sandbox: Sandbox, appid: object, secret: object, grant_type: object) -> None:
    """Verify app id, secret and grant type. Raises WeChatError."""
    if grant_type != "client_credential":
        raise WeChatError(40002, "invalid grant_type")
    if appid != sandbox.credentials.appid:
        raise WeChatError(40013, "invalid appid")
    if not secrets.compare_digest(str(secret).encode(), sandbox.credentials.app_secret.encode()):
        raise WeChatError(40125, "invalid appsecret")


def stable(sandbox: Sandbox, *, force_refresh: bool) -> dict[str, Any]:
    """Answer cgi-bin/stable_token: the same token until five minutes before its end."""
    return _token(sandbox, "stable", force=force_refresh)


def classic(sandbox: Sandbox) -> dict[str, Any]:
    """Answer cgi-bin/token: each call makes a new token, the former one lives five minutes more."""
    return _token(sandbox, "classic", force=True)


def check(sandbox: Sandbox, token: str) -> None:
    """Accept a live interface token. Raises 41001 or 40001."""
    if not token:
        raise WeChatError(41001, "access_token missing")
    row = sandbox.store.one(
        "SELECT 1 FROM access_tokens WHERE token = ? AND kind IN ('stable', 'classic') AND expires_at > ?",
        (token, int(time.time())),
    )
    if row is None:
        raise WeChatError(40001, "invalid credential, access_token is invalid or not latest")


def ticket(sandbox: Sandbox) -> dict[str, Any]:
    """Answer cgi-bin/ticket/getticket for the JS-SDK."""
    answer = _token(sandbox, "ticket", force=False)
    return {"errcode": 0, "errmsg": "ok", "ticket": answer["access_token"], "expires_in": answer["expires_in"]}


def _token(sandbox: Sandbox, kind: str, *, force: bool) -> dict[str, Any]:
    now = int(time.time())
    with sandbox.store.write() as db:
        row = db.execute(
            "SELECT * FROM access_tokens WHERE kind = ? AND expires_at > ? ORDER BY expires_at DESC LIMIT 1",
            (kind, now + RENEW_BEFORE_SECONDS),
        ).fetchone()
        if row is not None and not force:
            return {"access_token": row["token"], "expires_in": row["expires_at"] - now}
        db.execute("DELETE FROM access_tokens WHERE expires_at <= ?", (now,))
        db.execute(
            "UPDATE access_tokens SET expires_at = MIN(expires_at, ?) WHERE kind = ?",
            (now + OLD_TOKEN_GRACE_SECONDS, kind),
        )
        token = f"{len(kind)}_{secrets.token_urlsafe(100)}"
        db.execute("INSERT INTO access_tokens VALUES (?, ?, ?)", (token, kind, now + LIFE_SECONDS))
    return {"access_token": token, "expires_in": LIFE_SECONDS}
