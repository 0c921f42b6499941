"""自定义菜单: create, get, delete, with WeChat's own limits and error codes; one menu for the account."""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.context import Sandbox
from sandbox.errors import WeChatError

__all__ = ["create", "delete", "read", "stored"]

KEY = "wechat_menu"
BUTTONS, SUB_BUTTONS = 3, 5
NAME_BYTES, SUB_NAME_BYTES = 16, 60
SHOWN_WIDTH, SUB_SHOWN_WIDTH = 8, 16
KEY_BYTES, URL_BYTES = 128, 1024
KINDS = {
    "click", "view", "miniprogram", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album",
    "pic_weixin", "location_select", "media_id", "article_id", "article_view_limited",
}  # fmt: skip


def create(sandbox: Sandbox, raw: bytes) -> dict[str, Any]:
    """Take a menu in place of the former one. Raises WeChatError as WeChat answers."""
    if b"\\u" in raw:
        raise WeChatError(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!")
    try:
        body = json.loads(raw)
    except ValueError:
        raise WeChatError(47001, "data format error") from None
    buttons = body.get("button") if isinstance(body, Mapping) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS:
        raise WeChatError(40016, "invalid button size")
    kept = [_button(button) for button in buttons]
    with sandbox.store.write() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KEY, json.dumps(kept, ensure_ascii=False)))
    return {"errcode": 0, "errmsg": "ok"}


def read(sandbox: Sandbox) -> dict[str, Any]:
    """Answer with the menu. Raises 46003 where there is none."""
    buttons = stored(sandbox)
    if not buttons:
        raise WeChatError(46003, "menu no exist")
    return {"menu": {"button": buttons}}


def delete(sandbox: Sandbox) -> dict[str, Any]:
    """Take the menu away; taking away none is no error."""
    with sandbox.store.write() as db:
        db.execute("DELETE FROM meta WHERE key = ?", (KEY,))
    return {"errcode": 0, "errmsg": "ok"}


def stored(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the menu's buttons, none where there is no menu."""
    row = sandbox.store.one("SELECT value FROM meta WHERE key = ?", (KEY,))
    found: list[dict[str, Any]] = json.loads(row["value"]) if row is not None else []
    return found


def _button(button: object) -> dict[str, Any]:
    if not isinstance(button, Mapping):
        raise WeChatError(47001, "data format error")
    below = button.get("sub_button") or []
    if not isinstance(below, list):
        raise WeChatError(47001, "data format error")
    if not below:
        return {**_action(button, sub=False), "sub_button": []}
    if len(below) > SUB_BUTTONS:
        raise WeChatError(40023, "invalid sub button size")
    subs = []
    for sub in below:
        if not isinstance(sub, Mapping):
            raise WeChatError(47001, "data format error")
        if sub.get("sub_button"):
            raise WeChatError(40022, "invalid sub button level")
        subs.append({**_action(sub, sub=True), "sub_button": []})
    return {"name": _name(button, sub=False), "sub_button": subs}


def _name(button: Mapping[str, Any], *, sub: bool) -> str:
    name = button.get("name")
    most = SUB_NAME_BYTES if sub else NAME_BYTES
    if not isinstance(name, str) or not name or len(name.encode()) > most:
        raise WeChatError(40025 if sub else 40018, f"invalid {'sub ' if sub else ''}button name size")
    return name


def _action(button: Mapping[str, Any], *, sub: bool) -> dict[str, Any]:
    word = "sub button" if sub else "button"
    name, kind = _name(button, sub=sub), button.get("type")
    if kind not in KINDS:
        raise WeChatError(40024 if sub else 40017, f"invalid {word} type")
    if kind in {"view", "miniprogram"}:
        url = button.get("url")
        if not isinstance(url, str) or not url or len(url.encode()) > URL_BYTES:
            raise WeChatError(40027 if sub else 40020, f"invalid {word} url size")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise WeChatError(40054 if sub else 40055, f"invalid {word} url domain")
        kept: dict[str, Any] = {"type": kind, "name": name, "url": url}
        if kind == "miniprogram":
            appid, path = button.get("appid"), button.get("pagepath")
            if not isinstance(appid, str) or not appid.startswith("wx") or not isinstance(path, str) or not path:
                raise WeChatError(85005, "appid not bind weapp")
            kept |= {"appid": appid, "pagepath": path}
        return kept
    key = button.get("key")
    if not isinstance(key, str) or not key or len(key.encode()) > KEY_BYTES:
        raise WeChatError(40026 if sub else 40019, f"invalid {word} key size")
    return {"type": kind, "name": name, "key": key}


def shown(name: str, *, sub: bool) -> str:
    """Return a name as a phone shows it: what is too wide is cut with an ellipsis."""
    most, used, kept = SUB_SHOWN_WIDTH if sub else SHOWN_WIDTH, 0, ""
    for letter in name:
        used += 2 if unicodedata.east_asian_width(letter) in "WFA" else 1
        if used > most:
            return kept + "…"
        kept += letter
    return kept
