"""The official account's menu: WeChat's limits, and creating, reading and deleting it (自定义菜单, menu/create)."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from business.integration.outcomes import Refused
from business.integration.wechat.client import client

__all__ = ["MENU_NOT_THERE", "create", "current", "delete", "problems", "width"]

BUTTONS: Final = 3
SUB_BUTTONS: Final = 5
# Half-width characters: 4 and 8 Chinese ones. What is longer is cut by WeChat with "…".
NAME_WIDTH: Final = 8
SUB_NAME_WIDTH: Final = 16
NAME_BYTES: Final = 16
SUB_NAME_BYTES: Final = 60
KEY_BYTES: Final = 128
URL_BYTES: Final = 1024
MENU_NOT_THERE: Final = "46003"
KINDS: Final = frozenset({"view", "click", "miniprogram"})

Button = Mapping[str, Any]


def width(text: str) -> int:
    """Return how wide a name is: a Chinese character counts two, a letter one."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def problems(buttons: Sequence[Button], *, plain_http: str = "") -> list[str]:
    """Return a sentence for everything WeChat would refuse or cut.

    ``plain_http`` is an origin that may be reached without TLS (a demonstration's own); all others need https.
    """
    if not 1 <= len(buttons) <= BUTTONS:
        return ["菜单要有 1 到 3 个一级按钮。"]
    found: list[str] = []
    for button in buttons:
        name = str(button.get("name", ""))
        found += _name_problems(name, NAME_WIDTH, NAME_BYTES)
        below = button.get("sub_button") or []
        if len(below) > SUB_BUTTONS:
            found.append(f"「{name}」的子菜单不能超过 5 个。")
        if not below:
            found += _action_problems(button, plain_http)
        for sub in below:
            found += _name_problems(str(sub.get("name", "")), SUB_NAME_WIDTH, SUB_NAME_BYTES)
            found += _action_problems(sub, plain_http)
            if sub.get("sub_button"):
                found.append(f"「{sub.get('name', '')}」下面不能再有子菜单。")
    return found


def _name_problems(name: str, most: int, most_bytes: int) -> list[str]:
    if not name.strip():
        return ["有一个菜单没有名称。"]
    if width(name) > most or len(name.encode()) > most_bytes:
        return [f"「{name}」太长：最多 {most // 2} 个汉字。"]
    return []


def _action_problems(button: Button, plain_http: str) -> list[str]:
    name, kind = button.get("name", ""), button.get("type", "")
    if kind not in KINDS:
        return [f"「{name}」没有设定点击后做什么。"]
    if kind == "click":
        key = str(button.get("key", ""))
        return [] if 0 < len(key.encode()) <= KEY_BYTES else [f"「{name}」的指令为空或太长（最多 128 字节）。"]
    found = []
    url = str(button.get("url", ""))
    parts = urlsplit(url)
    own = bool(plain_http) and f"{parts.scheme}://{parts.netloc}" == plain_http
    if not url:
        found.append(f"「{name}」没有可以打开的网页：链接的页面没有发布。")
    elif not parts.netloc or not (parts.scheme == "https" or own):
        found.append(f"「{name}」的网址要以 https:// 开头。")
    if len(url.encode()) > URL_BYTES:
        found.append(f"「{name}」的网址太长（最多 1024 字节）。")
    if kind == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
        found.append(f"「{name}」要填小程序 AppID 和页面路径。")
    return found


def create(buttons: Sequence[Button]) -> None:
    """Make this the account's menu; pushing the same again changes nothing. Raises Refused or Unknown."""
    client().menu.create({"button": list(buttons)})


def current() -> list[dict[str, Any]]:
    """Return the buttons the account has now, none where it has no menu. Raises Refused or Unknown."""
    try:
        # wechatpy's own `menu.get` takes "no menu" as None and hides the code.
        answer = client().get("menu/get")
    except Refused as refusal:
        if refusal.code == MENU_NOT_THERE:
            return []
        raise
    return [without_empty(button) for button in answer["menu"]["button"]]


def without_empty(button: Button) -> dict[str, Any]:
    """Return a button without the empty ``sub_button`` lists that WeChat adds to its answers."""
    plain = {name: value for name, value in button.items() if name != "sub_button"}
    if below := button.get("sub_button"):
        plain["sub_button"] = [without_empty(sub) for sub in below]
    return plain


def delete() -> None:
    """Take the account's menu away. Raises Refused or Unknown."""
    client().menu.delete()
