"""Customer-service messages: a person writes, and for 48 hours the account may answer five times."""

import re
import time
from typing import Any

from sandbox.context import Sandbox
from sandbox.errors import WeChatError
from sandbox.wechat import push, users

__all__ = ["send", "write"]

WINDOW_SECONDS = 48 * 3600
MOST = 5
LONGEST = 600
_LINK = re.compile(r'<a href="(https?://[^"<>\s]+)">([^<]+)</a>')


def send(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Answer cgi-bin/message/custom/send: text only, within the window."""
    openid = str(body.get("touser", ""))
    text = body.get("text")
    content = text.get("content") if isinstance(text, dict) else None
    if users.by_openid(sandbox.store, openid) is None:
        raise WeChatError(40003, "invalid openid")
    if body.get("msgtype") != "text" or not isinstance(content, str) or not content.strip():
        raise WeChatError(44004, "empty content")
    if len(content) > LONGEST:
        raise WeChatError(45002, "content size out of limit")
    with sandbox.store.write() as db:
        wrote = db.execute(
            "SELECT MAX(id) AS id, MAX(sent_unix) AS at FROM chat_messages WHERE openid = ? AND sender = 'user'",
            (openid,),
        ).fetchone()
        if wrote["at"] is None or time.time() - wrote["at"] > WINDOW_SECONDS:
            raise WeChatError(45015, "response out of time limit or subscription is canceled")
        answered = db.execute(
            "SELECT COUNT(*) AS n FROM chat_messages WHERE openid = ? AND sender = 'account' AND id > ?",
            (openid, wrote["id"]),
        ).fetchone()
        if answered["n"] >= MOST:
            raise WeChatError(45047, "out of response count limit")
        _keep(sandbox, db, openid, "account", content)
    return {"errcode": 0, "errmsg": "ok"}


def write(sandbox: Sandbox, openid: str, content: str) -> None:
    """A person writes to the account; the portal is told."""
    with sandbox.store.write() as db:
        _keep(sandbox, db, openid, "user", content)
    push.message(sandbox, openid, content)


def _keep(sandbox: Sandbox, db: Any, openid: str, sender: str, content: str) -> None:
    db.execute(
        "INSERT INTO chat_messages (openid, sender, content, sent_at, sent_unix) VALUES (?, ?, ?, ?, ?)",
        (openid, sender, content, sandbox.clock.now().isoformat(), int(time.time())),
    )


def parts(content: str) -> list[tuple[str, str]]:
    """Return text and links in order, as a phone shows them: ``(words, address or "")``."""
    found, at = [], 0
    for link in _LINK.finditer(content):
        found += [(content[at : link.start()], ""), (link[2], link[1])]
        at = link.end()
    return [part for part in [*found, (content[at:], "")] if part[0]]
