"""Materials and the draft box: WeChat's limits for pictures and articles, and what an editor sees of them.

Limits as developers.weixin.qq.com states them for ``media/uploadimg``, ``material/add_material`` and ``draft/add``.
"""

import json
import re
import secrets
import time
from typing import Any

from sandbox.context import Sandbox
from sandbox.errors import WeChatError

__all__ = ["add", "batchget", "delete", "everything", "get", "picture", "update", "upload_material", "upload_picture"]

BODY_PICTURE_BYTES = 1_000_000
THUMB_BYTES = 64 * 1024
MATERIAL_BYTES = 10 * 1024 * 1024
TITLE, AUTHOR, DIGEST = 32, 16, 128
CONTENT, CONTENT_BYTES, SOURCE_URL_BYTES = 20_000, 1_000_000, 1024
MOST_ARTICLES = 8
MOST_LISTED = 20
SIGNS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif", b"BM": "bmp"}
PICTURE = re.compile(r"""<img\b[^>]*?\bsrc\s*=\s*["']([^"']*)["'][^>]*>""", re.I)
SCRIPT = re.compile(r"<script\b.*?(?:</script>|$)", re.I | re.S)
FIELDS = ("title", "author", "digest", "content", "content_source_url", "thumb_media_id")


def _kind(content: bytes) -> str:
    return next((name for sign, name in SIGNS.items() if content.startswith(sign)), "")


def _keep(sandbox: Sandbox, kind: str, name: str, content: bytes) -> str:
    media_id = secrets.token_urlsafe(32)
    with sandbox.store.write() as db:
        db.execute(
            "INSERT INTO materials VALUES (?, ?, ?, ?, ?)",
            (media_id, kind, name[:100], content, int(time.time())),
        )
    return media_id


def upload_picture(sandbox: Sandbox, name: str, content: bytes, root: str) -> dict[str, Any]:
    """Answer cgi-bin/media/uploadimg: a picture for the text of an article, jpg or png, at most 1 MB."""
    if not content:
        raise WeChatError(41005, "media data missing")
    if _kind(content) not in {"jpg", "png"}:
        raise WeChatError(40005, "invalid file type")
    if len(content) > BODY_PICTURE_BYTES:
        raise WeChatError(40009, "invalid image size")
    return {"url": f"{root}mmbiz/{_keep(sandbox, 'body', name, content)}"}


def upload_material(sandbox: Sandbox, kind: str, name: str, content: bytes, root: str) -> dict[str, Any]:
    """Answer cgi-bin/material/add_material for pictures (10 MB) and thumbs (64 KB, jpg)."""
    if kind not in {"image", "thumb"}:
        raise WeChatError(40004, "invalid media type")
    if not content:
        raise WeChatError(41005, "media data missing")
    found = _kind(content)
    if not found or (kind == "thumb" and found != "jpg"):
        raise WeChatError(40005, "invalid file type")
    if len(content) > (THUMB_BYTES if kind == "thumb" else MATERIAL_BYTES):
        raise WeChatError(40012 if kind == "thumb" else 40009, "invalid image size")
    media_id = _keep(sandbox, kind, name, content)
    return {"media_id": media_id, "url": f"{root}mmbiz/{media_id}"}


def picture(sandbox: Sandbox, media_id: str) -> tuple[bytes, str] | None:
    """Return bytes and type of a stored picture."""
    row = sandbox.store.one("SELECT content FROM materials WHERE media_id = ?", (media_id,))
    if row is None:
        return None
    kind = _kind(row["content"])
    return row["content"], f"image/{'jpeg' if kind == 'jpg' else kind}"


def _checked(sandbox: Sandbox, given: Any, root: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise WeChatError(47001, "data format error")
    article = {name: str(given.get(name) or "") for name in FIELDS}
    for name, most, code in (("title", TITLE, 45003), ("author", AUTHOR, 45110), ("digest", DIGEST, 45004)):
        if len(article[name]) > most:
            raise WeChatError(code, f"{name} size out of limit")
    if not article["title"]:
        raise WeChatError(45003, "title size out of limit")
    if len(article["content_source_url"].encode()) > SOURCE_URL_BYTES:
        raise WeChatError(45005, "url size out of limit")
    content = SCRIPT.sub("", article["content"])
    if not content.strip():
        raise WeChatError(44003, "empty news data")
    if len(content) >= CONTENT or len(content.encode()) >= CONTENT_BYTES:
        raise WeChatError(45002, "content size out of limit")
    # Pictures from elsewhere are filtered out without a word.
    article["content"] = PICTURE.sub(lambda m: m[0] if m[1].startswith(f"{root}mmbiz/") else "", content)
    thumb = sandbox.store.one(
        "SELECT 1 FROM materials WHERE media_id = ? AND kind IN ('image', 'thumb')", (article["thumb_media_id"],)
    )
    if thumb is None:
        raise WeChatError(40007, "invalid media_id: thumb_media_id")
    if not article["digest"]:
        article["digest"] = re.sub(r"<[^>]+>|\s+", "", content)[:54]
    return article


def add(sandbox: Sandbox, body: dict[str, Any], root: str) -> dict[str, Any]:
    """Answer cgi-bin/draft/add; the same articles again are another draft, as on the real platform."""
    given = body.get("articles")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_ARTICLES:
        raise WeChatError(45008, "article size out of limit")
    articles = [_checked(sandbox, article, root) for article in given]
    media_id = secrets.token_urlsafe(48)
    now = int(time.time())
    with sandbox.store.write() as db:
        db.execute("INSERT INTO drafts VALUES (?, ?, ?, ?)", (media_id, json.dumps(articles), now, now))
    return {"media_id": media_id, "item": []}


def _row(sandbox: Sandbox, body: dict[str, Any]) -> Any:
    row = sandbox.store.one("SELECT * FROM drafts WHERE media_id = ?", (str(body.get("media_id", "")),))
    if row is None:
        raise WeChatError(40007, "invalid media_id")
    return row


def update(sandbox: Sandbox, body: dict[str, Any], root: str) -> dict[str, Any]:
    """Answer cgi-bin/draft/update: one article of a draft is replaced."""
    row = _row(sandbox, body)
    articles, index = json.loads(row["articles"]), body.get("index")
    if not isinstance(index, int) or not 0 <= index < len(articles):
        raise WeChatError(40114, "invalid index value")
    articles[index] = _checked(sandbox, body.get("articles"), root)
    with sandbox.store.write() as db:
        db.execute(
            "UPDATE drafts SET articles = ?, updated_at = ? WHERE media_id = ?",
            (json.dumps(articles), int(time.time()), row["media_id"]),
        )
    return {"errcode": 0, "errmsg": "ok"}


def _news(row: Any, root: str, *, content: bool = True) -> list[dict[str, Any]]:
    return [
        {**article, "content": article["content"] if content else "", "url": f"{root}mp/{row['media_id']}"}
        for article in json.loads(row["articles"])
    ]


def get(sandbox: Sandbox, body: dict[str, Any], root: str) -> dict[str, Any]:
    """Answer cgi-bin/draft/get: the articles with the address of each one's preview."""
    return {"news_item": _news(_row(sandbox, body), root)}


def batchget(sandbox: Sandbox, body: dict[str, Any], root: str) -> dict[str, Any]:
    """Answer cgi-bin/draft/batchget: the newest first, at most twenty at a time."""
    offset, count = int(body.get("offset") or 0), int(body.get("count") or 0)
    if not 1 <= count <= MOST_LISTED or offset < 0:
        raise WeChatError(40097, "invalid args")
    newest = "SELECT * FROM drafts ORDER BY updated_at DESC, rowid DESC LIMIT ? OFFSET ?"
    rows = sandbox.store.all(newest, (count, offset))
    total = sandbox.store.one("SELECT COUNT(*) AS n FROM drafts")
    items = [
        {
            "media_id": row["media_id"],
            "content": {"news_item": _news(row, root, content=body.get("no_content") != 1)},
            "update_time": row["updated_at"],
        }
        for row in rows
    ]
    return {"total_count": total["n"] if total else 0, "item_count": len(items), "item": items}


def delete(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Answer cgi-bin/draft/delete."""
    row = _row(sandbox, body)
    with sandbox.store.write() as db:
        db.execute("DELETE FROM drafts WHERE media_id = ?", (row["media_id"],))
    return {"errcode": 0, "errmsg": "ok"}


def everything(sandbox: Sandbox, media_id: str = "") -> list[dict[str, Any]]:
    """Return drafts as the official account's desk shows them, newest first."""
    rows = sandbox.store.all(
        "SELECT * FROM drafts WHERE ? = '' OR media_id = ? ORDER BY updated_at DESC, rowid DESC LIMIT 100",
        (media_id, media_id),
    )
    return [
        {"media_id": row["media_id"], "articles": json.loads(row["articles"]), "updated_at": row["updated_at"]}
        for row in rows
    ]
